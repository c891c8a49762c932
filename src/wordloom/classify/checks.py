"""What a classifier accepts as texts and labels, checked where they enter."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError

__all__ = ["Label", "check_labels", "check_texts"]

Label = str | int
"""The class of a text."""


def check_texts(texts: Iterable[str]) -> list[str]:
    """Return texts as a list.

    Args:
        texts: The texts: a list, tuple, array or series of str.

    Returns:
        The same texts.

    Raises:
        InputError: `texts` is empty, a single str, or holds something that is not a str.

    Example:
        >>> check_texts(("one", "two"))
        ['one', 'two']
    """
    if isinstance(texts, str):
        raise InputError(
            f"A list of texts is needed. Received: one str of {len(texts)} characters. "
            "Write [text] to pass a single text."
        )
    listed = list(texts)
    if not listed:
        raise InputError("At least one text is needed. Received: an empty list.")
    for number, text in enumerate(listed):
        if not isinstance(text, str):
            raise InputError(
                f"Every text must be a str. Received: {text!r} (of type {type(text).__name__}) as "
                f"text {number}, counted from 0. Remove it or convert it with str()."
            )
    return listed


def check_labels(labels: Sequence[Label], n_texts: int) -> NDArray[np.generic]:
    """Return labels as an array.

    Args:
        labels: One label for each text, all of them str or all of them whole numbers.
        n_texts: How many texts there are.

    Returns:
        str or int64 (n_texts,), the labels.

    Raises:
        InputError: There are more or fewer labels than texts, a label is missing, or the labels
            are of different types.

    Example:
        >>> check_labels(["spam", "ham"], 2).tolist()
        ['spam', 'ham']
    """
    listed = [label.item() if isinstance(label, np.generic) else label for label in labels]
    if len(listed) != n_texts:
        raise InputError(
            f"Each text needs one label. Received: {n_texts:,} texts and {len(listed):,} labels. "
            "Check that both come from the same rows."
        )
    for kind in (str, int, bool):
        if all(type(label) is kind for label in listed):
            return np.array(listed)
    strange = next(
        (number for number, label in enumerate(listed) if type(label) is not type(listed[0])), 0
    )
    raise InputError(
        f"Labels must be all str or all whole numbers. Received: {listed[strange]!r} (of type "
        f"{type(listed[strange]).__name__}) as label {strange}, counted from 0. Complete missing "
        "labels, and convert the others with str() or int()."
    )
