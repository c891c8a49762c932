"""Word vectors as lines of text."""
