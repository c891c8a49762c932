"""Maps of words: projection, picture, interactive page."""
