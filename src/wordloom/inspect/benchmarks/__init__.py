"""Scores on word similarity sets and analogies."""
