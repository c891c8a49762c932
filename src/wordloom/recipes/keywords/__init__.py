"""Keyword lists compared, from Jaccard's measure to embeddings, on papers that are there to try."""
