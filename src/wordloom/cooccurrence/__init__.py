"""Co-occurrence counts: taken from a corpus in bounded memory, kept as a folder."""
