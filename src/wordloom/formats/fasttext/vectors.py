"""fastText's word vectors: the mean of a word's own row and the rows of its character n-grams.

Bojanowski et al. 2017; as `FastText::getWordVector` has it, where the end of a line, ``</s>``, has
no n-grams.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.subwords import Subwords
from wordloom.kernels.subwords import ngram_buckets
from wordloom.parallel import processor_count

__all__ = ["all_buckets", "compose_in_place", "composed", "own_rows"]

END_OF_LINE: Final = np.frombuffer(b"</s>", np.uint8)
WORDS_AT_ONCE: Final = 1 << 12
BUCKETS_AT_ONCE: Final = 1 << 14
MAX_THREADS: Final = 8


def composed(
    own: NDArray[np.float32],
    subwords: Subwords,
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the vectors of words.

    Args:
        own: float32 (n_words, dim), the words' own rows.
        subwords: The rows of n-grams.
        data: uint8, the words end to end, encoded as the n-grams' text was.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.

    Returns:
        float32 (n_words, dim).
    """
    sums, counts = ngram_sums(subwords, data, offsets)
    sums += own
    sums /= (1 + counts).astype(np.float32)[:, None]
    return sums


def own_rows(
    vectors: NDArray[np.float32],
    subwords: Subwords,
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the own rows from which fastText composes given vectors, where all buckets have a row.

    Args:
        vectors: float32 (n_words, dim), the words' vectors.
        subwords: The rows of n-grams; buckets without one count as rows of zeros.
        data: uint8, the words end to end, encoded as the n-grams' text was.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.

    Returns:
        float32 (n_words, dim).
    """
    sums, _ = ngram_sums(subwords, data, offsets)
    splits, _ = ngram_buckets(data, offsets, subwords.min_n, subwords.max_n, subwords.n_buckets)
    counts = np.diff(splits)
    counts[ends_of_lines(data, offsets)] = 0
    # In float64: with many n-grams the two parts are large and nearly cancel out.
    return (vectors * (1.0 + counts)[:, None] - sums).astype(np.float32)


def compose_in_place(
    rows: NDArray[np.float32],
    subwords: Subwords,
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
) -> None:
    """Turn words' own rows into their vectors, some thousand words at a time, on all cores.

    Args:
        rows: float32 (n_words, dim), the words' own rows; their vectors are written to it.
        subwords: The rows of n-grams.
        data: uint8, the words end to end, encoded as the n-grams' text was.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
    """
    _ = subwords.cells  # built once, before the threads ask for it

    def compose_block(start: int) -> None:
        bounds = offsets[start : start + WORDS_AT_ONCE + 1]
        block = rows[start : start + WORDS_AT_ONCE]
        block[:] = composed(block, subwords, data[bounds[0] : bounds[-1]], bounds - bounds[0])

    if len(rows) <= WORDS_AT_ONCE:
        compose_block(0)
        return
    with ThreadPoolExecutor(min(processor_count(), MAX_THREADS)) as pool:
        for _ in pool.map(compose_block, range(0, len(rows), WORDS_AT_ONCE)):
            pass


def all_buckets(subwords: Subwords) -> Iterator[NDArray[np.float32]]:
    """Yield the vectors of all buckets, zeros for those that have none.

    Args:
        subwords: The rows of n-grams.

    Yields:
        float32 (n, dim), some thousand buckets at a time, by rising bucket.
    """
    for start in range(0, subwords.n_buckets, BUCKETS_AT_ONCE):
        end = min(start + BUCKETS_AT_ONCE, subwords.n_buckets)
        first, last = np.searchsorted(subwords.buckets, [start, end])
        block = np.zeros((end - start, subwords.dim), np.float32)
        block[subwords.buckets[first:last] - start] = subwords.vectors[first:last]
        yield block


def ngram_sums(
    subwords: Subwords, data: NDArray[np.uint8], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the sums of words' n-grams and how many these are: none for the end of a line."""
    sums, counts = subwords.sums(data, offsets)
    ends = ends_of_lines(data, offsets)
    sums[ends], counts[ends] = 0.0, 0
    return sums, counts


def ends_of_lines(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which words are ``</s>``."""
    four_bytes = np.flatnonzero(np.diff(offsets) == len(END_OF_LINE))
    places = offsets[four_bytes][:, None] + np.arange(len(END_OF_LINE))
    is_end: NDArray[np.bool_] = (data[places] == END_OF_LINE).all(axis=1)
    return four_bytes[is_end]
