"""What is drawn in training: which words are kept, and which are drawn as negatives."""

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.kernels.negative_sampling import Sampler

__all__ = ["alias_table", "keep_probabilities", "make_sampler", "negative_weights"]

UNIT = 2**32
"""Kernels compare probabilities with 32 random bits."""


def make_sampler(counts: NDArray[np.int64], subsample: float, exponent: float) -> Sampler:
    """Return the tables from which the kernels draw."""
    if counts.sum() <= 0:
        raise InputError(
            "Training needs word counts. Received: a vocabulary whose counts are all 0. Build the "
            "corpus again."
        )
    threshold, alias = alias_table(negative_weights(counts, exponent))
    keep = np.minimum(keep_probabilities(counts, subsample) * UNIT, UNIT - 1).astype(np.uint32)
    return Sampler(keep, threshold, alias)


def negative_weights(counts: NDArray[np.int64], exponent: float) -> NDArray[np.float64]:
    """Return in which proportion words are drawn as negatives.

    Args:
        counts: int64 (n_words,).
        exponent: 0.75 in word2vec.c: between the frequencies of the text and a uniform choice.

    Returns:
        float64 (n_words,): count ** exponent.
    """
    return np.asarray(counts.astype(np.float64) ** exponent, np.float64)


def keep_probabilities(counts: NDArray[np.int64], subsample: float) -> NDArray[np.float64]:
    """Return the probability with which each word survives subsampling, as word2vec.c computes it.

    Args:
        counts: int64 (n_words,).
        subsample: The threshold t; 0 keeps all.

    Returns:
        float64 (n_words,): sqrt(t / f) + t / f for share f, at most 1.

    Example:
        >>> keep_probabilities(np.array([9_999, 1]), 1e-4).round(4).tolist()
        [0.0101, 1.0]
    """
    if subsample == 0:
        return np.ones(len(counts))
    ratio = subsample * int(counts.sum()) / np.maximum(counts, 1)
    return np.minimum(np.sqrt(ratio) + ratio, 1.0)


def alias_table(weights: NDArray[np.float64]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Return the alias table of a discrete distribution (Vose 1991).

    Args:
        weights: float64 (n,), in proportion to the probabilities.

    Returns:
        uint32 (n,), with which probability (in units of 2^-32) a slot stands for itself, and int32
        (n,), for what it stands otherwise.

    Example:
        >>> threshold, alias = alias_table(np.array([3.0, 1.0]))
        >>> (threshold / 2**32).round(3).tolist(), alias.tolist()
        ([1.0, 0.5], [0, 0])
    """
    share = weights * (len(weights) / weights.sum())
    alias = np.arange(len(weights), dtype=np.int32)
    small = np.flatnonzero(share < 1).tolist()
    large = np.flatnonzero(share >= 1).tolist()
    # What falls through the two lists is 1 up to rounding, and stands for itself.
    probability = np.ones(len(weights))
    while small and large:
        less, more = small.pop(), large[-1]
        probability[less] = share[less]
        alias[less] = more
        share[more] -= 1 - share[less]
        if share[more] < 1:
            small.append(large.pop())
    return np.minimum(probability * UNIT, UNIT - 1).astype(np.uint32), alias
