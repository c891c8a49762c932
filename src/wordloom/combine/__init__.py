"""Keras layers that put embeddings into networks: lookup, pooling, meta-embeddings, fast LSTMs."""
