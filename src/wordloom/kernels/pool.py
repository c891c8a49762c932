"""Pooling: from the word ids of many texts to one vector for each text.

A text's ids are ``ids[splits[text]:splits[text + 1]]``; -1 stands for an out-of-vocabulary word, or
it has an id from n_words on, for the vectors in `composed`, which go on where `vectors` ends.
Every text is pooled on its own and in one fixed order, so that the result does not depend on how a
list of texts is cut into blocks or spread over threads.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.prefetch import LINE, prefetch

__all__ = ["BY_COUNT", "BY_ROOT", "BY_WEIGHT", "UNDIVIDED", "pool_max", "pool_sum"]

# What pool_sum divides the sum by.
UNDIVIDED = 0
BY_COUNT = 1
BY_ROOT = 2
BY_WEIGHT = 3

# Rows are added up in float32 over this many words and then in float64, so that a text of millions
# of words keeps its precision.
STRETCH = 256


@inline_kernel
def add_rows(
    vectors: NDArray[np.float32],
    rows: NDArray[np.int64],
    factors: NDArray[np.float32],
    first: int,
    last: int,
    partial: NDArray[np.float32],
) -> None:
    """Add ``factors[i] * vectors[rows[i]]`` to a sum for each i from `first` to below `last`."""
    dim = vectors.shape[1]
    # Four rows at a time: the running sum is read and written a quarter as often.
    whole = last - (last - first) % 4
    for step in range(first, whole, 4):
        a, b, c, d = rows[step], rows[step + 1], rows[step + 2], rows[step + 3]
        p, q = factors[step], factors[step + 1]
        r, s = factors[step + 2], factors[step + 3]
        for axis in range(dim):
            partial[axis] += (p * vectors[a, axis] + q * vectors[b, axis]) + (
                r * vectors[c, axis] + s * vectors[d, axis]
            )
    for step in range(whole, last):
        a, p = rows[step], factors[step]
        for axis in range(dim):
            partial[axis] += p * vectors[a, axis]


@kernel
def pool_sum(
    ids: NDArray[np.int32],
    splits: NDArray[np.int64],
    vectors: NDArray[np.float32],
    composed: NDArray[np.float32],
    weights: NDArray[np.float32],
    unknown_weight: float,
    count_unknown: bool,
    divisor: int,
    pooled: NDArray[np.float32],
) -> None:
    """Add up the (weighted) vectors of each text's words and divide the sum.

    Args:
        ids: int32 (n_tokens,), word ids, -1 for out-of-vocabulary words.
        splits: int64 (n_texts + 1,), where each text starts in `ids` and the last one ends.
        vectors: float32 (n_words, dim).
        composed: float32 (n_composed, dim), the vectors of the words from id n_words on.
        weights: float32 (n_words,), the weight of each word; empty when every word weighs 1.
        unknown_weight: The weight of an out-of-vocabulary word, composed or not.
        count_unknown: Whether out-of-vocabulary words count in the divisor.
        divisor: `UNDIVIDED`, `BY_COUNT` (number of words), `BY_ROOT` (its square root) or
            `BY_WEIGHT` (sum of the weights).
        pooled: float32 (n_texts, dim), written; zero for a text without known words.
    """
    n_words, dim = vectors.shape
    weighted = len(weights) > 0
    total = np.empty(dim, np.float64)
    partial = np.empty(dim, np.float32)
    rows = np.empty(STRETCH, np.int64)
    factors = np.empty(STRETCH, np.float32)
    for text in range(len(splits) - 1):
        first, last = splits[text], splits[text + 1]
        words = 0
        weight_sum = np.float64(0.0)
        for axis in range(dim):
            total[axis] = 0.0
        for start in range(first, last, STRETCH):
            # Words of the vocabulary gather at the front of `rows`, composed ones at its end.
            known, other = 0, STRETCH
            for position in range(start, min(start + STRETCH, last)):
                word = np.int64(ids[position])
                if word >= n_words:
                    other -= 1
                    rows[other] = word - n_words
                    factors[other] = unknown_weight
                    weight_sum += unknown_weight
                elif word >= 0:
                    rows[known] = word
                    # Rows lie all over memory; asking for all of a text's rows at once gained 15 %
                    # on short texts.
                    for line in range(0, dim, LINE):
                        prefetch(vectors, word, line)
                    factors[known] = weights[word] if weighted else np.float32(1.0)
                    weight_sum += factors[known]
                    known += 1
                elif count_unknown:
                    words += 1
                    weight_sum += unknown_weight
            words += known + STRETCH - other
            for axis in range(dim):
                partial[axis] = np.float32(0.0)
            add_rows(vectors, rows, factors, 0, known, partial)
            add_rows(composed, rows, factors, other, STRETCH, partial)
            for axis in range(dim):
                total[axis] += partial[axis]
        scale = 1.0
        if divisor == BY_COUNT:
            scale = np.float64(words)
        elif divisor == BY_ROOT:
            scale = np.sqrt(np.float64(words))
        elif divisor == BY_WEIGHT:
            scale = weight_sum
        scale = 1.0 / scale if scale > 0.0 else 0.0
        for axis in range(dim):
            pooled[text, axis] = np.float32(total[axis] * scale)


@inline_kernel
def raise_to(largest: NDArray[np.float32], vectors: NDArray[np.float32], row: np.int64) -> None:
    """Raise the values of `largest` to those of a row where these are larger."""
    for axis in range(len(largest)):
        # Not max(): its rule for NaN keeps the loop from being vectorised.
        value, seen = vectors[row, axis], largest[axis]
        largest[axis] = value if value > seen else seen


@kernel
def pool_max(
    ids: NDArray[np.int32],
    splits: NDArray[np.int64],
    vectors: NDArray[np.float32],
    composed: NDArray[np.float32],
    count_unknown: bool,
    pooled: NDArray[np.float32],
) -> None:
    """Take the largest value on each axis over the vectors of each text's words.

    Args:
        ids: int32 (n_tokens,), word ids, -1 for out-of-vocabulary words.
        splits: int64 (n_texts + 1,), where each text starts in `ids` and the last one ends.
        vectors: float32 (n_words, dim).
        composed: float32 (n_composed, dim), the vectors of the words from id n_words on.
        count_unknown: Whether an out-of-vocabulary word takes part as a zero vector.
        pooled: float32 (n_texts, dim), written; zero for a text without known words.
    """
    n_words, dim = vectors.shape
    largest = np.empty(dim, np.float32)
    for text in range(len(splits) - 1):
        none_known, some_unknown, some_composed = True, False, False
        for axis in range(dim):
            largest[axis] = np.float32(-np.inf)
        for position in range(splits[text], splits[text + 1]):
            word = np.int64(ids[position])
            if word < 0:
                some_unknown = True
                continue
            none_known = False
            if word >= n_words:
                some_composed = True
                continue
            raise_to(largest, vectors, word)
        # A loop of their own: a choice between two tables in the first one made it 15 % slower.
        if some_composed:
            for position in range(splits[text], splits[text + 1]):
                if ids[position] >= n_words:
                    raise_to(largest, composed, np.int64(ids[position]) - n_words)
        lowest = np.float32(0.0 if some_unknown and count_unknown else -np.inf)
        for axis in range(dim):
            value = largest[axis] if largest[axis] > lowest else lowest
            pooled[text, axis] = np.float32(0.0) if none_known else value
