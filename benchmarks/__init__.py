"""Measurements beside peers: each in one run, on the same text, with two threads."""
