"""Trainers: a corpus in, an embedding out."""
