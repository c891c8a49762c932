"""Networks over word vectors: the words of texts, batches, the network, its training."""
