"""fastText's own files: binary models, mapped or read, and written."""
