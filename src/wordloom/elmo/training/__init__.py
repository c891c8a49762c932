"""Training ELMo: a language model that reads text forward, and one that reads it backward."""
