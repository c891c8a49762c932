"""Tokens to the numbers of the different words among them."""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import read_only
from wordloom.kernels.words import intern_words, slot_count
from wordloom.text.tokenizer import Tokens
from wordloom.text.vocabulary import Vocabulary

__all__ = ["intern"]


def intern(tokens: Tokens) -> tuple[Vocabulary, NDArray[np.int64]]:
    """Find the different words among tokens.

    Args:
        tokens: The tokens.

    Returns:
        The words in the order in which they first occur (their counts are left at 0), and the
        number of the word that each token is, int64 (n_tokens,).

    Example:
        >>> from wordloom.text.batches import pack_texts
        >>> from wordloom.text.tokenizer import Tokenizer
        >>> words, ids = intern(Tokenizer().tokenize_batch(pack_texts(["b a b", "a c"])))
        >>> words.words, ids.tolist()
        (['b', 'a', 'c'], [0, 1, 0, 1, 2])
    """
    data = np.empty(len(tokens.data), np.uint8)
    offsets = np.zeros(len(tokens) + 1, np.int64)
    slots = np.zeros(slot_count(len(tokens)), np.int64)
    ids = np.empty(len(tokens), np.int32)
    n_words = intern_words(
        read_only(tokens.data), read_only(tokens.offsets), data, offsets, slots, 0, ids
    )
    offsets = offsets[: n_words + 1]
    words = Vocabulary(data[: offsets[-1]], offsets, np.zeros(n_words, np.int64))
    return words, ids.astype(np.int64)
