"""The entries of word2vec's binary files."""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel

__all__ = ["scan_rows", "write_rows"]

SPACE, LINE_END = np.uint8(ord(" ")), np.uint8(ord("\n"))


@kernel
def scan_rows(
    block: NDArray[np.uint8],
    n_rows: int,
    row_bytes: int,
    words: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.uint8],
    places: NDArray[np.int64],
) -> tuple[int, int]:
    """Read the entries that lie wholly within a block.

    An entry is a word, a space, and the bytes of its vector. A line end before it belongs to the
    entry before: the original word2vec writes one, others do not.

    Args:
        block: uint8 (n_bytes,), from the start of an entry on.
        n_rows: How many entries to read, at most.
        row_bytes: How many bytes a vector has.
        words: uint8, room for n_bytes; written: the words end to end.
        offsets: int64 (n_rows + 1,), written: where each word starts and the last one ends.
        rows: uint8 (n_rows, row_bytes), written: the vectors.
        places: int64 (n_rows,), written: at which byte of the block each entry starts.

    Returns:
        How many entries were read, and how many bytes of the block they take.
    """
    found = 0
    start = 0
    written = 0
    offsets[0] = 0
    while found < n_rows:
        first = start + (start < len(block) and block[start] == LINE_END)
        last = len(block) - row_bytes - 1
        end = first
        while end <= last and block[end] != SPACE:
            end += 1
        if end > last:
            break
        for position in range(first, end):
            words[written] = block[position]
            written += 1
        rows[found] = block[end + 1 : end + 1 + row_bytes]
        places[found] = first
        found += 1
        offsets[found] = written
        start = end + 1 + row_bytes
    return found, start


@kernel
def write_rows(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.uint8],
    entries: NDArray[np.uint8],
) -> None:
    """Write entries.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
        rows: uint8 (n_words, row_bytes), the vectors.
        entries: uint8 (n_bytes + n_words * (row_bytes + 1),), written.
    """
    place = 0
    row_bytes = rows.shape[1]
    for word in range(len(offsets) - 1):
        for position in range(offsets[word], offsets[word + 1]):
            entries[place] = data[position]
            place += 1
        entries[place] = SPACE
        entries[place + 1 : place + 1 + row_bytes] = rows[word]
        place += 1 + row_bytes
