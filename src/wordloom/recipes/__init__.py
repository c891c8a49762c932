"""Whole experiments, short, written with the public API alone."""
