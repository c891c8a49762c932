"""Placeholder."""

from wordloom.formats.format import Format

FORMATS: tuple[Format, ...] = ()
