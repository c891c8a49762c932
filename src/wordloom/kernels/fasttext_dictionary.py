"""The dictionary of a fastText file, entry by entry."""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel

__all__ = ["ENTRY_BYTES", "scan_entries", "write_entries"]

ENTRY_BYTES = 10
"""What an entry takes besides its word: a NUL, an int64 count and an int8 type."""

COUNT_BYTES = 8


@kernel
def scan_entries(
    block: NDArray[np.uint8],
    n_entries: int,
    words: NDArray[np.uint8],
    lengths: NDArray[np.int64],
    counts: NDArray[np.int64],
    types: NDArray[np.uint8],
) -> tuple[int, int, int]:
    """Read the entries that lie wholly within a block.

    An entry is a word, a NUL, its count as a little-endian int64, and a byte for its type.

    Args:
        block: uint8 (n_bytes,), from the start of an entry on.
        n_entries: How many entries there are to read, at most.
        words: uint8, room for n_bytes; written: the words end to end.
        lengths: int64, room for n_bytes // ENTRY_BYTES; written: the bytes of each word.
        counts: int64, as long; written: the count of each word.
        types: uint8, as long; written: the type of each.

    Returns:
        How many entries were read, how many bytes of the block they take, and how many bytes their
        words have.
    """
    found = 0
    start = 0
    written = 0
    while found < n_entries:
        end = start
        last = len(block) - ENTRY_BYTES
        while end <= last and block[end] != 0:
            end += 1
        if end > last:
            break
        for position in range(start, end):
            words[written + position - start] = block[position]
        count = np.uint64(0)
        for step in range(COUNT_BYTES):
            count |= np.uint64(block[end + 1 + step]) << np.uint64(8 * step)
        lengths[found] = end - start
        counts[found] = np.int64(count)
        types[found] = block[end + 1 + COUNT_BYTES]
        written += end - start
        start = end + ENTRY_BYTES
        found += 1
    return found, start, written


@kernel
def write_entries(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    counts: NDArray[np.int64],
    entries: NDArray[np.uint8],
) -> None:
    """Write the entries of words.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
        counts: int64 (n_words,), how often each occurs.
        entries: uint8 (n_bytes + ENTRY_BYTES * n_words,), written.
    """
    place = 0
    for word in range(len(offsets) - 1):
        for position in range(offsets[word], offsets[word + 1]):
            entries[place] = data[position]
            place += 1
        entries[place] = 0
        count = np.uint64(counts[word])
        for step in range(COUNT_BYTES):
            entries[place + 1 + step] = np.uint8(count >> np.uint64(8 * step))
        entries[place + 1 + COUNT_BYTES] = 0
        place += ENTRY_BYTES
