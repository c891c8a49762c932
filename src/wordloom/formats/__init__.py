"""Embeddings in the formats of other programs: recognised by content, read and written."""
