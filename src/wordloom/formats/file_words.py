"""The words of a file: recoded to UTF-8, chosen, told apart; and what is said of odd ones."""

import codecs
import warnings

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import DataWarning, InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.words import build_slots, intern_words, slot_count
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = [
    "first_occurrences",
    "none_chosen",
    "recoded",
    "suitable_tokenizer",
    "warn_of_odd_words",
    "warn_of_repeated_words",
]

WORDS_AT_ONCE = 1 << 16
# A guess from the most frequent words is enough to tell whether upper case was kept.
WORDS_LOOKED_AT = 10_000
CASED_SHARE = 0.005


def recoded(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], encoding: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64], int]:
    r"""Return words in UTF-8.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,), where each starts and the last one ends.
        encoding: How they are encoded.

    Returns:
        The same two arrays for UTF-8 (these themselves if they are UTF-8 already), and how many
        words hold bytes that the encoding does not know, which become escapes such as ``\xe9``.

    Example:
        >>> recoded(np.frombuffer(b"caf\x82", np.uint8), np.array([0, 4]), "cp852")[0].tobytes()
        b'caf\xc3\xa9'
    """
    if codecs.lookup(encoding).name == "utf-8" and all_utf8(data, offsets):
        return data, offsets, 0
    raw = data.tobytes()
    words, n_odd = [], 0
    for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        word = raw[start:end]
        try:
            words.append(word.decode(encoding))
        except UnicodeError:
            n_odd += 1
            words.append(word.decode("utf-8", "backslashreplace"))
    batch = pack_texts(words)
    return batch.data, batch.offsets, n_odd


def warn_of_odd_words(name: str, n_odd: int, encoding: str) -> None:
    """Say how many words of a file hold bytes that the encoding does not know."""
    if n_odd:
        warnings.warn(
            f"{name}: {n_odd:,} words are not {encoding}; their odd bytes became escapes as "
            r"\xe9. Pass the file's encoding if you know it.",
            DataWarning,
            stacklevel=5,
        )


def all_utf8(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> bool:
    """Tell whether each word is UTF-8: all together are, and no word starts inside a character."""
    for first in range(0, len(offsets) - 1, WORDS_AT_ONCE):
        starts = offsets[first : first + WORDS_AT_ONCE + 1]
        piece = data[starts[0] : starts[-1]]
        try:
            piece.tobytes().decode("utf-8")
        except UnicodeDecodeError:
            return False
        inside = starts[:-1][starts[:-1] < starts[-1]] - starts[0]
        if np.any((piece[inside] & 0xC0) == 0x80):
            return False
    return True


def suitable_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Return a tokenizer that keeps upper case where the vocabulary does.

    Args:
        vocabulary: The words, by falling count.

    Returns:
        The preset "words"; it does not lower-case if words with capitals are among the frequent.

    Example:
        >>> suitable_tokenizer(Vocabulary.from_words(["the", "Rome"]))
        Tokenizer('words', lowercase=False)
    """
    end = vocabulary.offsets[min(len(vocabulary), WORDS_LOOKED_AT)]
    words = TextBatch(vocabulary.data[:end], vocabulary.offsets[: WORDS_LOOKED_AT + 1]).texts()
    cased = sum(word != word.lower() for word in words)
    return Tokenizer("words", lowercase=cased <= CASED_SHARE * len(words))


def first_occurrences(
    data: NDArray[np.uint8], offsets: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Return which words did not occur before.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,), where each starts and the last one ends.

    Returns:
        int64 (n_different,), their places, rising; None where all words differ.

    Example:
        >>> words = pack_texts(["a", "b", "a", "c"])
        >>> first_occurrences(words.data, words.offsets).tolist()
        [0, 1, 3]
    """
    n_words = len(offsets) - 1
    data, offsets = read_only(data), read_only(offsets)
    # First without the larger arrays that only repeated words need.
    slots = np.zeros(slot_count(n_words), np.int64)
    if build_slots(data, offsets, slots) < 0:
        return None
    slots[:] = 0
    words, starts = np.empty(len(data), np.uint8), np.zeros(n_words + 1, np.int64)
    ids = np.empty(n_words, np.int32)
    intern_words(data, offsets, words, starts, slots, 0, ids)
    # New words get rising ids, so a word is new where the greatest id so far rises.
    return np.flatnonzero(np.diff(np.maximum.accumulate(ids), prepend=-1))


def warn_of_repeated_words(name: str, n_repeated: int, example: str) -> None:
    """Say how many words of a file occur again; `example` tells the first of them, and where."""
    warnings.warn(
        f"{name}: {n_repeated:,} words occur again, the first {example}. The first vector of each "
        "was kept.",
        DataWarning,
        stacklevel=5,
    )


def none_chosen(name: str, n_words: int) -> InputError:
    """Return the error for a choice of words of which a file holds none."""
    return InputError(
        f"At least one of the chosen words must be in the file. Received: {name}, with "
        f"{n_words:,} words, none of them chosen. Check their spelling."
    )
