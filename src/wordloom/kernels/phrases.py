"""Pairs of adjacent words: counted in a stream of word ids, and joined in it and in tokens.

A pair of ids is one int64 key, the left id above the right one. Tables of pairs are open addressing
with linear probing over int64 rows of two: the key plus one (zero marks a free row), and what
belongs to the pair, its count or its word id. The number of rows is a power of two, at least twice
the number of pairs (`wordloom.kernels.words.slot_count`).
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel

__all__ = ["count_pairs", "enter_pairs", "join_pairs", "join_tokens"]

# The golden gamma, as in `wordloom.kernels.words`.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(32)
UNDERSCORE = np.uint8(ord("_"))


@inline_kernel
def row_of(table: NDArray[np.int64], left: int, right: int) -> int:
    """Return the row of a pair: its own, or the free one where it would go."""
    key = (np.int64(left) << 32 | np.int64(right)) + 1
    mask = np.int64(len(table) - 1)
    code = np.uint64(key) * GOLDEN
    row = np.int64(code ^ (code >> SHIFT)) & mask
    while table[row, 0] != 0 and table[row, 0] != key:
        row = (row + 1) & mask
    return int(row)


@kernel
def enter_pairs(pairs: NDArray[np.int64], table: NDArray[np.int64]) -> None:
    """Enter pairs into a table that has none of them.

    Args:
        pairs: int64 (n, 2), the keys plus one and what belongs to them; rows of zeros are passed
            over, so that a smaller table can be entered as it is.
        table: int64 (n_rows, 2), written.
    """
    for number in range(len(pairs)):
        if pairs[number, 0] != 0:
            key = pairs[number, 0] - 1
            row = row_of(table, key >> 32, key & 0xFFFFFFFF)
            table[row, 0] = pairs[number, 0]
            table[row, 1] = pairs[number, 1]


@kernel
def count_pairs(
    stream: NDArray[np.int32],
    limits: NDArray[np.float64],
    threshold: float,
    table: NDArray[np.int64],
    n_pairs: int,
) -> int:
    """Count the pairs of neighbours whose score can still reach a threshold.

    Nearly all distinct pairs cannot, such as those of "the" with a rare word. They are passed over,
    which keeps the table small: a pair counts when, for either order of its words, the first's
    rise times the second's reach is at least the threshold.

    Args:
        stream: int32 (n,), word ids; -1 stands where neighbours end.
        limits: float64 (n_words, 2), the rise and the reach of each word.
        threshold: The least product.
        table: int64 (n_rows, 2), pairs and counts so far, raised; with room for n pairs more.
        n_pairs: How many pairs it holds before the call.

    Returns:
        How many pairs the table holds after the call.
    """
    for place in range(len(stream) - 1):
        left, right = stream[place], stream[place + 1]
        if (
            left >= 0
            and right >= 0
            and limits[left, 0] * limits[right, 1] >= threshold
            and limits[right, 0] * limits[left, 1] >= threshold
        ):
            row = row_of(table, left, right)
            if table[row, 0] == 0:
                table[row, 0] = (np.int64(left) << 32 | np.int64(right)) + 1
                n_pairs += 1
            table[row, 1] += 1
    return n_pairs


@kernel
def join_pairs(
    stream: NDArray[np.int32],
    table: NDArray[np.int64],
    joined: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> tuple[int, int]:
    """Replace pairs by their own word ids, from the left, and count the words anew.

    Args:
        stream: int32 (n,), word ids; -1 stands where neighbours end.
        table: int64 (n_rows, 2), pairs and the word ids that stand for them.
        joined: int32, room for n; written: the stream with pairs joined.
        counts: int64 (n_words,), raised: how often each word occurs in `joined`.

    Returns:
        How many entries of the stream were used: all, unless the last is a word, which may be the
        left half of a pair; and how many were written.
    """
    place = 0
    written = 0
    while place < len(stream):
        word = stream[place]
        if word >= 0:
            if place + 1 == len(stream):
                break
            if stream[place + 1] >= 0:
                row = row_of(table, word, stream[place + 1])
                if table[row, 0] != 0:
                    word = np.int32(table[row, 1])
                    place += 1
            counts[word] += 1
        joined[written] = word
        written += 1
        place += 1
    return place, written


@kernel
def join_tokens(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    splits: NDArray[np.int64],
    ids: NDArray[np.int32],
    table: NDArray[np.int64],
    new_data: NDArray[np.uint8],
    new_offsets: NDArray[np.int64],
    new_splits: NDArray[np.int64],
) -> int:
    """Join pairs of neighbouring tokens by an underscore, from the left, within documents.

    Args:
        data: uint8 (n_bytes,), the tokens end to end.
        offsets: int64 (n_tokens + 1,).
        splits: int64 (n_documents + 1,), the first token of each document, then n_tokens.
        ids: int32 (n_tokens,), what the tokens are called in the table, -1 for those in no pair.
        table: int64 (n_rows, 2), the pairs.
        new_data: uint8, room for n_bytes + n_tokens // 2; written: the tokens that come out.
        new_offsets: int64, room for n_tokens + 1; written.
        new_splits: int64 (n_documents + 1,), written.

    Returns:
        How many pairs were joined.
    """
    n_joined = 0
    copied = np.int64(0)  # Bytes before it are in place: up to the next joint all go at once.
    new_offsets[0] = 0
    for document in range(len(splits) - 1):
        token, end = splits[document], splits[document + 1]
        new_splits[document] = token - n_joined
        while token < end:
            if ids[token] >= 0 and token + 1 < end and ids[token + 1] >= 0:
                row = row_of(table, ids[token], ids[token + 1])
                if table[row, 0] != 0:
                    token += 1
                    joint = offsets[token]
                    place = copied + n_joined
                    new_data[place : joint + n_joined] = data[copied:joint]
                    new_data[joint + n_joined] = UNDERSCORE
                    copied = joint
                    n_joined += 1
            token += 1
            new_offsets[token - n_joined] = offsets[token] + n_joined
    new_splits[len(splits) - 1] = splits[len(splits) - 1] - n_joined
    new_data[copied + n_joined : len(data) + n_joined] = data[copied:]
    return n_joined
