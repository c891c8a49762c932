"""What counts alone predict: the perplexity of unigrams and bigrams, to judge a language model by.

Bigrams are smoothed as Chen and Goodman (1999), "An empirical study of smoothing techniques for
language modeling", found best: interpolated Kneser-Ney with three discounts, which follow from the
counts of counts. Nothing is tuned on the text that is judged.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["NGramPerplexity", "ngram_perplexity"]


class NGramPerplexity(NamedTuple):
    """The perplexity of models of counts.

    Attributes:
        unigram: Of words' frequencies alone.
        bigram: Of words after the word before.
    """

    unigram: float
    bigram: float


def ngram_perplexity(
    trained: tuple[NDArray[np.int32], NDArray[np.int32]],
    judged: tuple[NDArray[np.int32], NDArray[np.int32]],
    n_words: int,
) -> NGramPerplexity:
    """Count pairs in one text, and measure how well they predict another.

    Args:
        trained: int32 (n_pairs,) each, contexts and what follows them, from 0 to `n_words`.
        judged: The same of the other text.
        n_words: How many words there are.

    Returns:
        exp of the mean negative log-likelihood of a prediction.

    Example:
        >>> text = np.array([0, 1, 0, 1, 0, 1, 0, 2], np.int32)
        >>> found = ngram_perplexity((text[:-1], text[1:]), (text[:-1], text[1:]), 3)
        >>> found.bigram < found.unigram < 3
        True
    """
    contexts, targets = (each.astype(np.int64) for each in trained)
    at, then = (each.astype(np.int64) for each in judged)
    unigram = interpolated(np.bincount(targets, minlength=n_words), n_words)
    pairs, counts = np.unique(contexts * n_words + targets, return_counts=True)
    first, second = np.divmod(pairs, n_words)
    # In how many contexts a word occurs says more of it in a new one than how often it does.
    lower = interpolated(np.bincount(second, minlength=n_words), n_words)
    discounts = discounts_of(counts)
    removed = discounts[np.minimum(counts, 3)]
    totals = np.bincount(first, counts, n_words)
    left = np.bincount(first, removed, n_words)
    wanted = at * n_words + then
    place = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    kept = np.where(pairs[place] == wanted, counts[place] - removed[place], 0.0)
    known = np.maximum(totals[at], 1)
    share = np.where(totals[at] > 0, left[at] / known, 1.0)
    bigram = kept / known + share * lower[then]
    return NGramPerplexity(
        float(np.exp(-np.log(unigram[then]).mean())), float(np.exp(-np.log(bigram).mean()))
    )


def interpolated(counts: NDArray[np.int64], n_words: int) -> NDArray[np.float64]:
    """Return probabilities from counts, with what discounts take away spread over all words."""
    removed = np.minimum(discounts_of(counts[counts > 0])[np.minimum(counts, 3)], counts)
    total = max(int(counts.sum()), 1)
    rest = removed.sum() / total if counts.any() else 1.0
    probabilities: NDArray[np.float64] = (counts - removed) / total + rest / n_words
    return probabilities


def discounts_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what is taken from counts of 0, 1, 2, and 3 or more (Chen and Goodman, 1999)."""
    n = [int((counts == times).sum()) for times in range(1, 5)]
    if not all(n):
        return np.array([0.0, 0.5, 0.5, 0.5])  # too little text to estimate them
    y = n[0] / (n[0] + 2 * n[1])
    found = [times - (times + 1) * y * n[times] / n[times - 1] for times in (1, 2, 3)]
    return np.array([0.0, *np.clip(found, 0.1, (1, 2, 3))])
