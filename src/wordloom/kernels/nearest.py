"""The nearest vectors to queries by cosine: one pass over the vectors, keeping the best few.

Many queries are one matrix product, taken in pieces that stay in a core's cache: a block of words
is scaled to length one and laid out for the product once, and most of its cosines are passed over
by a comparison of whole vectors, because they cannot enter a query's best few any more. With few
queries, memory is the limit, and each vector is read once from where it lies.

What was found so far is a heap for each query: `values` float32 (n_queries, count) and `ids` int32
of the same shape, with the worst one in column 0. Of equal cosines the smaller id is better.
Candidates must come by rising id. A start value of a heap is a bound that cosines must exceed.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.heap import replace_worst
from wordloom.kernels.matrix_product import add_product

__all__ = [
    "TILE",
    "gather_units",
    "invert_lengths",
    "nearest_to_few",
    "nearest_to_many",
]

TILE = 192
"""How many queries are compared with a block at a time."""
SMALLEST, LARGEST = 1e-38, 1e38


@kernel
def invert_lengths(
    vectors: NDArray[np.float32], candidates: NDArray[np.int32], inverse: NDArray[np.float32]
) -> None:
    """Work out one over the length of vectors.

    Args:
        vectors: float32 (n_words, dim).
        candidates: int32 (n_candidates,), which of them.
        inverse: float32 (n_candidates,), written; 0 for a zero vector.
    """
    for place in range(len(candidates)):
        row = vectors[candidates[place]]
        total = np.float32(0)
        for axis in range(len(row)):
            total += row[axis] * row[axis]
        length = np.sqrt(np.float64(total))
        if not 1e-15 < length < 1e15:
            # Squares of such numbers do not fit into float32.
            square = 0.0
            for axis in range(len(row)):
                square += np.float64(row[axis]) * np.float64(row[axis])
            length = np.sqrt(square)
        inverse[place] = np.float32(1 / length) if SMALLEST < length < LARGEST else np.float32(0)


@kernel
def offer(
    values: NDArray[np.float32],
    ids: NDArray[np.int32],
    excluded: NDArray[np.int32],
    query: int,
    value: float,
    word: int,
) -> None:
    """Let a word take the place of the worst in a query's heap, unless it is excluded there."""
    for column in range(excluded.shape[1]):
        if excluded[query, column] == word:
            return
    replace_worst(values[query], ids[query], value, word)


@kernel
def nearest_to_few(
    vectors: NDArray[np.float32],
    candidates: NDArray[np.int32],
    inverse: NDArray[np.float32],
    queries: NDArray[np.float32],
    excluded: NDArray[np.int32],
    values: NDArray[np.float32],
    ids: NDArray[np.int32],
) -> None:
    """Find the nearest words of few queries.

    Args:
        vectors: float32 (n_words, dim).
        candidates: int32 (n_candidates,), rising: the words that may be found.
        inverse: float32 (n_candidates,), one over their lengths.
        queries: float32 (n_queries, dim), of length one.
        excluded: int32 (n_queries, n_excluded), words that a query must not find.
        values: float32 (n_queries, count), changed: the heaps' cosines.
        ids: int32 (n_queries, count), changed: the heaps' words.
    """
    for place in range(len(candidates)):
        word = candidates[place]
        row = vectors[word]
        for query in range(len(queries)):
            other = queries[query]
            value = np.float32(0)
            for axis in range(len(row)):
                value += row[axis] * other[axis]
            value *= inverse[place]
            if value > values[query, 0]:
                offer(values, ids, excluded, query, value, word)


@kernel
def gather_units(
    vectors: NDArray[np.float32],
    candidates: NDArray[np.int32],
    inverse: NDArray[np.float32],
    block: NDArray[np.float32],
) -> None:
    """Copy unit vectors to where a product wants them.

    Args:
        vectors: float32 (n_words, dim).
        candidates: int32 (n_candidates,), which of them.
        inverse: float32 (n_candidates,), one over their lengths.
        block: float32, at least (n_candidates, dim), written.
    """
    for place in range(len(candidates)):
        row, scale, line = vectors[candidates[place]], inverse[place], block[place]
        for axis in range(len(row)):
            line[axis] = row[axis] * scale


@kernel
def nearest_to_many(
    vectors: NDArray[np.float32],
    candidates: NDArray[np.int32],
    inverse: NDArray[np.float32],
    queries: NDArray[np.float32],
    excluded: NDArray[np.int32],
    values: NDArray[np.float32],
    ids: NDArray[np.int32],
    block: NDArray[np.float32],
    cosines: NDArray[np.float32],
) -> None:
    """Find the nearest words of many queries.

    Args:
        vectors: float32 (n_words, dim).
        candidates: int32 (n_candidates,), rising: the words that may be found.
        inverse: float32 (n_candidates,), one over their lengths.
        queries: float32 (n_tiles, dim, row_length(TILE)): queries of length one, as columns.
        excluded: int32 (n_queries, n_excluded), words that a query must not find.
        values: float32 (n_queries, count), changed: the heaps' cosines.
        ids: int32 (n_queries, count), changed: the heaps' words.
        block: float32, room, (round_up(any), row_length(dim)): so many words at a time.
        cosines: float32, room, (as many, row_length(TILE)).
    """
    n_queries, dim = len(values), vectors.shape[1]
    floors = np.empty(TILE, np.float32)
    for first in range(0, len(candidates), len(block)):
        n = min(len(block), len(candidates) - first)
        words = candidates[first : first + n]
        gather_units(vectors, words, inverse[first : first + n], block)
        for tile in range(len(queries)):
            before = tile * TILE
            size = min(TILE, n_queries - before)
            for column in range(size):
                floors[column] = values[before + column, 0]
            cosines[:] = np.float32(0)
            add_product(cosines, block, queries[tile], n, size, dim)
            for place in range(n):
                line = cosines[place]
                better = np.int32(0)
                for column in range(size):
                    better += np.int32(line[column] > floors[column])
                if better == 0:
                    continue
                for column in range(size):
                    if line[column] > floors[column]:
                        query = before + column
                        offer(values, ids, excluded, query, line[column], words[place])
                        floors[column] = values[query, 0]
