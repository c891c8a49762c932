"""Readers: one for each kind of file that text comes in, all streaming in bounded memory."""
