"""Character n-grams: the buckets of a word's n-grams as fastText hashes them, and their rows.

A word stands between ``<`` and ``>``, and its n-grams are runs of whole UTF-8 characters, each of
which starts at a byte that does not continue another. They are counted out in the order of
fastText's ``Dictionary::computeSubwords`` (Bojanowski et al. 2017): by start, then by length. The
marks ``<`` and ``>`` alone are no n-grams. The hash is FNV-1a of 32 bits, except that each byte is
a signed char before it is widened, so that bytes from 128 on flip the upper 24 bits as well.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel, read_only

__all__ = ["find_rows", "ngram_buckets"]

FNV_OFFSET = np.uint32(2166136261)
FNV_PRIME = np.uint32(16777619)
OPENING, CLOSING = np.uint8(ord("<")), np.uint8(ord(">"))


def ngram_buckets(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], min_n: int, max_n: int, n_buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the buckets of all character n-grams of words.

    Args:
        data: uint8 (n_bytes,), the words' UTF-8 bytes end to end.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
        min_n: Characters of the shortest n-grams, at least 1.
        max_n: Characters of the longest n-grams.
        n_buckets: How many buckets there are, at least 1 and below 2**31.

    Returns:
        Splits, int64 (n_words + 1,), where the n-grams of each word start and those of the last one
        end; and buckets, int32 (n_ngrams,), from 0 to n_buckets - 1. An n-gram that occurs twice in
        a word is there twice.

    Example:
        >>> splits, buckets = ngram_buckets(
        ...     np.frombuffer(b"acat", np.uint8), np.array([0, 1, 4]), 3, 6, 2_000_000
        ... )
        >>> splits.tolist(), buckets.tolist()
        ([0, 1, 7], [1087600, 916747, 1988973, 1428137, 289031, 1127995, 351106])
    """
    data, offsets = read_only(data), read_only(offsets)
    splits = np.empty(len(offsets), np.int64)
    count_ngrams(data, offsets, min_n, max_n, splits)
    buckets = np.empty(splits[-1], np.int32)
    hash_ngrams(data, offsets, min_n, max_n, n_buckets, buckets)
    return splits, buckets


@inline_kernel
def continues(byte: np.uint8) -> bool:
    """Tell whether a byte of UTF-8 continues a character."""
    return bool((byte & 0xC0) == 0x80)


@inline_kernel
def marked_byte(data: NDArray[np.uint8], start: int, end: int, position: int) -> np.uint8:
    """Return a byte of the word ``data[start:end]`` with ``<`` before it and ``>`` behind it."""
    if position < start:
        return OPENING
    return data[position] if position < end else CLOSING


@kernel
def count_ngrams(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    min_n: int,
    max_n: int,
    splits: NDArray[np.int64],
) -> None:
    """Write where the n-grams of each word start and those of the last one end.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,).
        min_n: Characters of the shortest n-grams.
        max_n: Characters of the longest n-grams.
        splits: int64 (n_words + 1,), written.
    """
    splits[0] = 0
    for word in range(len(offsets) - 1):
        characters = 2
        for position in range(offsets[word], offsets[word + 1]):
            characters += not continues(data[position])
        ngrams = 0
        for n in range(min_n, min(max_n, characters) + 1):
            ngrams += characters - n + 1 if n > 1 else characters - 2
        splits[word + 1] = splits[word] + ngrams


@kernel
def hash_ngrams(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    min_n: int,
    max_n: int,
    n_buckets: int,
    buckets: NDArray[np.int32],
) -> None:
    """Write the buckets of all n-grams of all words.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,).
        min_n: Characters of the shortest n-grams.
        max_n: Characters of the longest n-grams.
        n_buckets: How many buckets there are.
        buckets: int32 (n_ngrams,), written; as many as `count_ngrams` counts.
    """
    written = 0
    modulus = np.uint32(n_buckets)
    for word in range(len(offsets) - 1):
        start, end = offsets[word], offsets[word + 1]
        for first in range(start - 1, end + 1):
            if continues(marked_byte(data, start, end, first)):
                continue
            code = FNV_OFFSET
            position = first
            for n in range(1, max_n + 1):
                if position > end:
                    break
                while True:
                    byte = marked_byte(data, start, end, position)
                    code = np.uint32((code ^ np.uint32(np.int8(byte))) * FNV_PRIME)
                    position += 1
                    if position > end or not continues(marked_byte(data, start, end, position)):
                        break
                mark_alone = n == 1 and (first < start or position > end)
                if n >= min_n and not mark_alone:
                    buckets[written] = np.int32(code % modulus)
                    written += 1


@kernel
def find_rows(
    wanted: NDArray[np.int32],
    buckets: NDArray[np.int32],
    cells: NDArray[np.int32],
    shift: int,
    rows: NDArray[np.int32],
) -> None:
    """Look up buckets among those that have a row.

    Args:
        wanted: int32 (n_wanted,), the buckets to look up, from 0 on and below those that the last
            cell covers.
        buckets: int32 (n_rows,), rising.
        cells: int32 (n_cells + 1,): cell c covers the buckets b with ``b >> shift == c``, which are
            ``buckets[cells[c]:cells[c + 1]]``.
        shift: The width of a cell, as a power of two.
        rows: int32 (n_wanted,), written: the place of each wanted bucket, -1 where it is absent.
    """
    for index in range(len(wanted)):
        bucket = wanted[index]
        cell = bucket >> shift
        rows[index] = -1
        for row in range(cells[cell], cells[cell + 1]):
            if buckets[row] == bucket:
                rows[index] = row
                break
