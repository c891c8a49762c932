"""The network of ELMo as Keras layers, to train it and to fine-tune it."""
