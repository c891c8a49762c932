"""Words as the numbers of their characters, which are the bytes of UTF-8."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.options import ELMoOptions
from wordloom.text.batches import TextBatch, pack_texts

__all__ = [
    "BEGIN_SENTENCE",
    "BEGIN_WORD",
    "END_SENTENCE",
    "END_WORD",
    "PADDING",
    "character_ids",
    "sentence_marks",
    "used_characters",
]

BEGIN_SENTENCE = 256
END_SENTENCE = 257
BEGIN_WORD = 258
END_WORD = 259
PADDING = 260


def character_ids(words: TextBatch | Sequence[str], max_characters: int) -> NDArray[np.int32]:
    """Return the numbers of words' characters, as the published program makes them.

    A word is its UTF-8 bytes between two marks, and padding behind them. Of a longer word the
    first `max_characters` - 2 bytes are kept, even where that cuts through a character.

    Args:
        words: The words.
        max_characters: How many places a word has, its two marks included (50 in all published
            networks).

    Returns:
        int32 (n_words, max_characters), 0 to 260: the rows of the table of character vectors.
        (In published programs all are one higher when the network is used, and 0 is padding behind
        the last token.)

    Example:
        >>> character_ids(["a", "abcdef"], 6).tolist()
        [[258, 97, 259, 260, 260, 260], [258, 97, 98, 99, 100, 259]]
    """
    batch = words if isinstance(words, TextBatch) else pack_texts(words)
    lengths = np.minimum(np.diff(batch.offsets), max_characters - 2)
    ids = np.full((len(batch), max_characters), PADDING, np.int32)
    ids[:, 0] = BEGIN_WORD
    place = np.arange(max_characters - 2)
    there = place < lengths[:, None]
    ids[:, 1:-1][there] = batch.data[(batch.offsets[:-1, None] + place)[there]]
    ids[np.arange(len(batch)), lengths + 1] = END_WORD
    return ids


def sentence_marks(max_characters: int) -> NDArray[np.int32]:
    """Return the characters of the two words that stand before and behind each sentence.

    Args:
        max_characters: How many places a word has.

    Returns:
        int32 (2, max_characters): of the mark where a sentence begins, and of that where it ends.

    Example:
        >>> sentence_marks(4).tolist()
        [[258, 256, 259, 260], [258, 257, 259, 260]]
    """
    ids = np.full((2, max_characters), PADDING, np.int32)
    ids[:, 0], ids[:, 2] = BEGIN_WORD, END_WORD
    ids[:, 1] = BEGIN_SENTENCE, END_SENTENCE
    return ids


def used_characters(options: ELMoOptions, longest: int) -> int:
    """Return how many characters of each token the network needs to see.

    Windows that hold nothing but padding all give the same numbers. So one of them is enough, and
    a batch of short tokens is encoded several times faster, with the same result.

    Args:
        options: The shape of the network.
        longest: How many characters the longest token has, its two marks included.

    Returns:
        The character network returns the same for `ids[..., :n]` as for all of them.

    Example:
        >>> from wordloom.elmo.options import SIZES
        >>> used_characters(SIZES["original"], 12), used_characters(SIZES["original"], 48)
        (19, 50)
    """
    widest = max(width for width, _ in options.filters)
    return min(options.max_characters, longest + widest)
