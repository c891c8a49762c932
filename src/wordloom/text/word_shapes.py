"""What is left of a word that is too rare to be known: of which kinds of characters it is made."""

import re
from typing import Final

__all__ = ["shape"]

LETTER: Final = re.compile(r"[^\W\d_]")
DIGIT: Final = re.compile(r"\d")
RUN: Final = re.compile(r"(.)\1{2,}")


def shape(word: str) -> str:
    """Return the shape of a word.

    Letters become "a", digits "0", and of each run no more than three are left; a space in front
    tells it from any word. So "1987" and "2004" look alike, and so do all long names. Finders of
    names have long gone by such features (D. Bikel et al. 1997, Nymble: a High-Performance Learning
    Name-finder).

    Args:
        word: Any word.

    Returns:
        Its shape.

    Example:
        >>> shape("Smith"), shape("2004"), shape("p53"), shape("5-ht")
        (' aaa', ' 000', ' a00', ' 0-aa')
    """
    return " " + RUN.sub(r"\1\1\1", DIGIT.sub("0", LETTER.sub("a", word)))
