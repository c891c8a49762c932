"""Where sentences begin in texts that are split into tokens."""

import numpy as np
from numpy.typing import NDArray

from wordloom.text.vocabulary import Vocabulary

__all__ = ["sentence_splits"]

ENDS = (".", "!", "?", "…", "。", "！", "？", "．")
CLOSES = ("'", "\u2019", "\u201d", "»", ")", "]", "」", "』", "）")
QUOTE = '"'  # opens and closes


def sentence_splits(
    words: Vocabulary, ids: NDArray[np.int64], splits: NDArray[np.int64], *, cased: bool = True
) -> NDArray[np.int64]:
    """Find where sentences begin.

    A sentence ends behind a token that is a full stop, a question mark or an exclamation mark, and
    the quotation marks and brackets that close with it; but not where the next token begins with a
    small letter, as after an abbreviation. Where a tokenizer drops punctuation, each text is one
    sentence.

    Args:
        words: The different words.
        ids: int64 (n_tokens,), the word of each token.
        splits: int64 (n_texts + 1,), where each text starts and the last one ends.
        cased: Whether capitals were kept; without them any token may begin a sentence.

    Returns:
        int64 (n_sentences + 1,): where each sentence starts, and where the last one ends. Texts
        begin with a sentence; a text without a token has none.

    Example:
        >>> words = Vocabulary.from_words(["A", "cat", ".", "It", "purrs"])
        >>> sentence_splits(words, np.array([0, 1, 2, 3, 4, 2]), np.array([0, 6])).tolist()
        [0, 3, 6]
    """
    n_tokens = len(ids)
    begins = np.zeros(n_tokens + 1, np.bool_)
    begins[splits] = True
    begins[n_tokens] = True
    ends, closes = (
        np.isin(ids, known[known >= 0]) for known in (words.ids(ENDS), words.ids(CLOSES))
    )
    closes |= is_closing(ids == words.ids([QUOTE])[0], splits)
    # Behind an end, further ends and what closes belong to the same sentence.
    run = np.zeros(n_tokens, np.bool_)
    follows = np.flatnonzero(ends)
    while len(follows):
        run[follows] = True
        follows = follows[follows + 1 < n_tokens] + 1
        follows = follows[(closes | ends)[follows] & ~begins[follows] & ~run[follows]]
    places = np.flatnonzero(run[:-1] & ~run[1:]) + 1 if n_tokens else np.zeros(0, np.int64)
    if cased and len(places):
        first_words, inverse = np.unique(ids[places], return_inverse=True)
        small = np.array([words.word(word)[:1].islower() for word in first_words.tolist()])
        places = places[~small[inverse]]
    begins[places] = True
    return np.flatnonzero(begins)


def is_closing(quotes: NDArray[np.bool_], splits: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which straight quotation marks close: every second one of a text.

    Args:
        quotes: bool (n_tokens,), which tokens are such marks.
        splits: int64 (n_texts + 1,), where each text starts and the last one ends.

    Returns:
        bool (n_tokens,).

    Example:
        >>> is_closing(np.array([True, False, True, True]), np.array([0, 3, 4])).tolist()
        [False, False, True, False]
    """
    before = np.concatenate([[0], np.cumsum(quotes)])
    within = before[:-1] - np.repeat(before[splits[:-1]], np.diff(splits))
    closing: NDArray[np.bool_] = quotes & (within % 2 == 1)
    return closing
