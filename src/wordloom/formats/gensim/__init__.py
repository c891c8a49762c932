"""gensim's own files, read without unpickling, and written."""
