"""Counting which words stand near each other, one row of the matrix at a time.

Programs that count pairs as they come must look each pair up, or sort all of them. Here the corpus
gets an index first: where does each word occur? A row of the matrix is then made in one go
(Gustavson 1978, for sparse products): walk through the occurrences of the row's word and add each
neighbour's weight to a dense array with one sum for each word, which stays in cache. A bitmap of
the words that were met yields the row's cells in order.

Sums are whole numbers (weights are multiples of a power of two), so that it makes no difference in
which order, in how many parts and by how many threads they are added.

Words go by their place here: the words of stripe 0 first, then those of stripe 1, and so on.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.prefetch import prefetch

__all__ = [
    "Cells",
    "Row",
    "add_cells",
    "count_rows",
    "finish_row",
    "make_cells",
    "make_row",
    "merge_rows",
    "row_bytes",
]

# How many occurrences ahead the neighbours are asked for, which lie anywhere in the text.
AHEAD = 12

ONE = np.uint64(1)
ALL_BITS = np.uint64(63)


class Row(NamedTuple):
    """A row that is being made; all zero between rows, except `met`.

    Attributes:
        sums: uint64 (n_words,), the sum for each place.
        met: int32 (n_words + 1,), the places whose sum is not zero, as they were met.
        bits: uint64 (n_words // 64 + 1,), a bit for each place.
        groups: uint64 (n_words // 4096 + 1,), a bit for each element of `bits`.
    """

    sums: NDArray[np.uint64]
    met: NDArray[np.int32]
    bits: NDArray[np.uint64]
    groups: NDArray[np.uint64]


class Cells(NamedTuple):
    """Cells of consecutive rows, in order of row and column.

    Attributes:
        columns: int32 (capacity,), the place of each cell's column.
        sums: uint64 (capacity,).
        row_ends: int64 (rows,), where the cells of each row end.
    """

    columns: NDArray[np.int32]
    sums: NDArray[np.uint64]
    row_ends: NDArray[np.int64]


def make_row(n_words: int) -> Row:
    """Return room for a row of ``n_words`` columns."""
    return Row(
        np.zeros(n_words, np.uint64),
        np.zeros(n_words + 1, np.int32),
        np.zeros((n_words >> 6) + 1, np.uint64),
        np.zeros((n_words >> 12) + 1, np.uint64),
    )


def row_bytes(n_words: int) -> int:
    """Return about how many bytes `make_row` takes."""
    return 13 * n_words + 64


def make_cells(capacity: int, rows: int) -> Cells:
    """Return room for so many cells of so many rows."""
    return Cells(
        np.empty(capacity, np.int32), np.empty(capacity, np.uint64), np.zeros(rows, np.int64)
    )


def emit_lowest_bit(typing_context: Any, number: Any) -> Any:
    """Type and emit `lowest_bit`; numba calls this, reading the arguments by their names."""
    signature = types.uint64(types.uint64)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        integer, flag = ir.IntType(64), ir.IntType(1)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(integer, [integer, flag]), "llvm.cttz.i64"
        )
        return builder.call(function, [arguments[0], ir.Constant(flag, 1)])

    return signature, codegen


lowest_bit: Callable[..., np.uint64] = intrinsic(emit_lowest_bit)
"""``lowest_bit(number)``: inside kernels, the index of the lowest bit of a uint64 that is set; the
number must not be zero."""


@inline_kernel
def add(row: Row, met: np.uint64, place: np.uint64, weight: np.uint64) -> np.uint64:
    """Add a weight to a column of the row; return how many columns have been met.

    Indices are unsigned, for negative ones would be checked and wrapped: a sixth of the time.
    """
    before = row.sums[place]
    row.sums[place] = before + weight
    # Without a branch, which would be wrong for one neighbour in ten.
    row.met[met] = place
    return met + np.uint64(before == 0)


@kernel
def count_rows(
    text: NDArray[np.int32],
    occurrences: NDArray[np.int32],
    starts: NDArray[np.int64],
    weights: NDArray[np.uint64],
    symmetric: bool,
    rows: tuple[int, int, int],
    columns: tuple[int, int],
    row: Row,
    cells: Cells,
    length: int,
) -> tuple[int, int]:
    """Count the cells of consecutive rows.

    Args:
        text: int32 (1, n), places and gaps; a gap, or `window` tokens that have no occurrence
            here, at each end.
        occurrences: int32 (n_occurrences,), positions in it, by place.
        starts: int64 (n_words + 1,), where the occurrences of each place start.
        weights: uint64 (window + 1,), the weight of each distance.
        symmetric: Whether words to the right count as those to the left.
        rows: First row, end, and the row that `cells.row_ends` begins with.
        columns: First column to keep, and end.
        row: Cleared again at the end.
        cells: Changed in place.
        length: How many there are so far.

    Returns:
        The first row that had no more room, or the end; and how many cells there are now.
    """
    window = len(weights) - 1
    line = text[0]
    last = len(occurrences) - 1
    for place in range(rows[0], rows[1]):
        met = np.uint64(0)
        for number in range(starts[place], starts[place + 1]):
            ahead = np.int64(occurrences[min(number + AHEAD, last)])
            prefetch(text, np.int64(0), ahead - window)
            prefetch(text, np.int64(0), ahead + window)
            position = np.int64(occurrences[number])
            for distance in range(1, window + 1):
                neighbour = np.int64(line[np.uint64(position - distance)])
                if neighbour < 0:
                    break
                met = add(row, met, np.uint64(neighbour), weights[np.uint64(distance)])
            if symmetric:
                for distance in range(1, window + 1):
                    neighbour = np.int64(line[np.uint64(position + distance)])
                    if neighbour < 0:
                        break
                    met = add(row, met, np.uint64(neighbour), weights[np.uint64(distance)])
        reached = finish_row(row, np.int64(met), columns[0], columns[1], cells, length)
        if reached < 0:
            return place, length
        length = reached
        cells.row_ends[place - rows[2]] = length
    return rows[1], length


@kernel
def add_cells(
    columns: NDArray[np.int32], sums: NDArray[np.uint64], row: Row, met: int | np.int64
) -> np.int64:
    """Add cells to a row.

    Args:
        columns: int32 (n,), the columns' places.
        sums: uint64 (n,), none of them zero.
        row: Changed in place.
        met: How many columns it has met so far.

    Returns:
        How many it has met now.
    """
    count = np.uint64(met)
    for cell in range(len(columns)):
        count = add(row, count, np.uint64(columns[cell]), sums[cell])
    return np.int64(count)


@kernel
def merge_rows(
    columns: NDArray[np.int32],
    sums: NDArray[np.uint64],
    bounds: NDArray[np.int64],
    rows: tuple[int, int, int],
    kept: tuple[int, int],
    row: Row,
    cells: Cells,
    length: int,
) -> tuple[int, int]:
    """Add up the cells that several runs have in consecutive rows.

    Args:
        columns: int32 (n,), the columns' places, run after run.
        sums: uint64 (n,).
        bounds: int64 (n_runs, n_rows + 1), where the cells of each run's rows begin and end.
        rows: As for `count_rows`.
        kept: First column to keep, and end.
        row: As for `count_rows`.
        cells: As for `count_rows`.
        length: As for `count_rows`.

    Returns:
        As for `count_rows`.
    """
    for place in range(rows[0], rows[1]):
        met = np.uint64(0)
        number = place - rows[0]
        for run in range(len(bounds)):
            for cell in range(bounds[run, number], bounds[run, number + 1]):
                met = add(row, met, np.uint64(columns[cell]), sums[cell])
        reached = finish_row(row, np.int64(met), kept[0], kept[1], cells, length)
        if reached < 0:
            return place, length
        length = reached
        cells.row_ends[place - rows[2]] = length
    return rows[1], length


@kernel
def finish_row(
    row: Row, met: int | np.int64, first: int, end: int, cells: Cells, length: int
) -> int:
    """Append a row's cells in order of their columns, and clear it.

    Args:
        row: Cleared.
        met: How many columns it has met.
        first: First column to keep.
        end: End of the columns to keep.
        cells: Changed in place.
        length: How many there are so far.

    Returns:
        How many there are now; -1 if there was no room, and none was appended.
    """
    if first > 0 or end < len(row.sums):
        kept = np.int64(0)
        for index in range(met):
            place = np.int64(row.met[index])
            if first <= place < end:
                row.met[kept] = place
                kept += 1
            else:
                row.sums[place] = 0
        met = kept
    if length + met > len(cells.columns):
        for index in range(met):
            row.sums[np.int64(row.met[index])] = 0
        return -1
    for index in range(met):
        column = np.uint64(row.met[index])
        row.bits[column >> np.uint64(6)] |= ONE << (column & ALL_BITS)
        row.groups[column >> np.uint64(12)] |= ONE << ((column >> np.uint64(6)) & ALL_BITS)
    for group in range(len(row.groups)):
        members = row.groups[group]
        row.groups[group] = 0
        while members:
            element = (np.uint64(group) << np.uint64(6)) + lowest_bit(members)
            members &= members - ONE
            bits = row.bits[element]
            row.bits[element] = 0
            while bits:
                column = (element << np.uint64(6)) + lowest_bit(bits)
                bits &= bits - ONE
                cells.columns[length] = column
                cells.sums[length] = row.sums[column]
                row.sums[column] = 0
                length += 1
    return length
