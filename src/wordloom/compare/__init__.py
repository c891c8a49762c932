"""Which embedding for my texts: a leaderboard, fair and with error bars."""
