"""How much each embedding was used: weights of words averaged in tables, drawn, and as a page."""
