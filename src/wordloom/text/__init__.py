"""Raw text in: sources, tokenizer, vocabulary, corpus."""
