"""Compiled loops, and nothing else; they know arrays, not the rest of wordloom."""
