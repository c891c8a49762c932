"""Texts as rows of word numbers, by the rules of Keras' Tokenizer and ``pad_sequences``."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["pad_front", "texts_of", "word_numbers"]


def word_numbers(
    texts: Iterable[Sequence[str]], first: int = 1, limit: int | None = None
) -> dict[str, int]:
    """Number words by falling frequency, as the Tokenizer of Keras does; 0 stands for padding.

    Args:
        texts: The tokens of each training text.
        first: The number of the most frequent word. Of words equally frequent, the one that came
            first has the lower number.
        limit: Only words with lower numbers, as ``num_words`` of Keras; None for all.

    Returns:
        The number of each word.

    Example:
        >>> word_numbers([["a", "rose", "is"], ["a", "rose"]], limit=3)
        {'a': 1, 'rose': 2}
    """
    counts = Counter(word for text in texts for word in text)
    most = None if limit is None else max(limit - first, 0)
    # Without a limit of its own, most_common keeps the order of words equally frequent.
    words = [word for word, _ in counts.most_common()][:most]
    return {word: number for number, word in enumerate(words, first)}


def pad_front(
    texts: Iterable[Sequence[str]],
    numbers: Mapping[str, int],
    length: int,
    unknown: int | None = None,
) -> NDArray[np.int32]:
    """Turn texts into rows of word numbers: the last ones, with zeros in front of short texts.

    Keras' ``pad_sequences`` truncates and pads at the front unless told otherwise, so that the
    "first" words of the published experiments are the last.

    Args:
        texts: The tokens of each text.
        numbers: The number of each known word.
        length: How many numbers a row has.
        unknown: The number of all other words; None leaves them out before the last are taken.

    Returns:
        int32 (n_texts, length).

    Example:
        >>> pad_front([["a", "very", "red", "rose"], ["rose"]], {"a": 1, "red": 2, "rose": 3}, 2)
        array([[2, 3],
               [0, 3]], dtype=int32)
    """
    rows = []
    for text in texts:
        found = (numbers.get(word, unknown) for word in text)
        row = [number for number in found if number is not None][-length:]
        rows.append([0] * (length - len(row)) + row)
    return np.array(rows, np.int32).reshape(len(rows), length)


def texts_of(inputs: NDArray[np.int32], numbers: Mapping[str, int]) -> list[str]:
    """Return the texts that rows of word numbers stand for, so that baselines see the same.

    Args:
        inputs: int32 (n_texts, length).
        numbers: The number of each word; other numbers are left out.

    Example:
        >>> texts_of(np.array([[0, 3]], np.int32), {"a": 1, "rose": 3})
        ['rose']
    """
    words = {number: word for word, number in numbers.items()}
    return [" ".join(words[number] for number in row if number in words) for row in inputs.tolist()]
