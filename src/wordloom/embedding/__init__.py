"""Embeddings: words to vectors, texts to vectors, saving and opening."""
