"""How similar documents are by their lists of keywords."""
