"""Words of strangers' texts as they can be shown to people."""

__all__ = ["printable"]

# Longer words are cut.
WORD_LETTERS = 60
# Marks that turn the direction of what follows, beyond their word.
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(word: str) -> str:
    r"""Return a word as it can be shown: no control characters, and not too long.

    Args:
        word: Any word; lone surrogates are allowed.

    Returns:
        The word, cut to 60 characters; the sign of the empty set if nothing is left.

    Example:
        >>> printable("a\x00b"), printable("")
        ('a�b', '∅')
    """
    shown = "".join(
        "\ufffd" if c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" else c
        for c in word[: WORD_LETTERS + 1]
        if c not in DIRECTION_MARKS
    )
    if len(shown) > WORD_LETTERS:
        shown = f"{shown[:WORD_LETTERS]}…"
    return shown or "\u2205"
