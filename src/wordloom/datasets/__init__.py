"""Data sets by name, downloads with checksums, and labelled texts."""
