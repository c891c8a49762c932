"""Cells of a co-occurrence matrix as blocks: put in their order, and checked."""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.cooccurrence import Cells

__all__ = ["check_places", "count_cells_by_stripe", "place_cells"]


@kernel
def count_cells_by_stripe(
    columns: NDArray[np.int32], stripes: NDArray[np.uint16], counts: NDArray[np.int64]
) -> None:
    """Count the cells whose column is in each stripe.

    Args:
        columns: int32 (n,), the columns' places.
        stripes: uint16 (n_words,), the stripe of each place.
        counts: int64 (n_stripes,), changed in place.
    """
    for column in columns:
        counts[np.int64(stripes[np.int64(column)])] += 1


@kernel
def place_cells(
    cells: Cells,
    first_row: int,
    n_rows: int,
    stripes: NDArray[np.uint16],
    firsts: NDArray[np.int64],
    unit: float,
    nexts: NDArray[np.int64],
    rows: NDArray[np.uint16],
    columns: NDArray[np.uint16],
    counts: NDArray[np.float32],
    row_sums: NDArray[np.uint64],
    column_sums: NDArray[np.uint64],
) -> None:
    """Write the cells of a stripe's rows block by block.

    Args:
        cells: All rows of the stripe.
        first_row: The place of its first row.
        n_rows: How many rows it has.
        stripes: uint16 (n_words,), the stripe of each place.
        firsts: int64 (n_stripes + 1,), the first place of each stripe.
        unit: What a sum of 1 stands for.
        nexts: int64 (n_stripes,), where to write the next cell of each column stripe; changed in
            place.
        rows: uint16 (n_cells,), written: index within the stripe.
        columns: uint16 (n_cells,), written: index within the column's stripe.
        counts: float32 (n_cells,), written.
        row_sums: uint64 (n_words,), the cells are added; by place.
        column_sums: uint64 (n_words,), the cells are added; by place.
    """
    cell = np.int64(0)
    for row in range(n_rows):
        total = np.uint64(0)
        while cell < cells.row_ends[row]:
            place = np.int64(cells.columns[cell])
            value = cells.sums[cell]
            stripe = np.int64(stripes[place])
            target = nexts[stripe]
            nexts[stripe] = target + 1
            rows[target] = row
            columns[target] = place - firsts[stripe]
            counts[target] = np.float32(np.float64(value) * unit)
            total += value
            column_sums[place] += value
            cell += 1
        row_sums[first_row + row] += total


@kernel
def check_places(
    rows: NDArray[np.uint16],
    columns: NDArray[np.uint16],
    cell: int,
    before: int,
    block_starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> int:
    """Check that the cells of blocks are in order, and among the words of their stripes.

    Args:
        rows: uint16 (n,), a piece of the rows of all cells.
        columns: uint16 (n,), a piece of their columns.
        cell: The number of the first one.
        before: What was returned for the piece before this; -1 for the first one.
        block_starts: int64 (n_stripes**2 + 1,), checked to rise from 0 to the number of cells.
        sizes: int64 (n_stripes,), how many words each stripe has.

    Returns:
        A number from 0 for the last cell; -1 if something is wrong.
    """
    n_stripes = len(sizes)
    block = np.searchsorted(block_starts, cell, side="right") - 1
    if cell == block_starts[block]:
        before = -1
    row_end, column_end = sizes[block // n_stripes], sizes[block % n_stripes]
    for index in range(len(rows)):
        while cell + index == block_starts[block + 1]:
            block += 1
            row_end, column_end = sizes[block // n_stripes], sizes[block % n_stripes]
            before = -1
        row, column = np.int64(rows[index]), np.int64(columns[index])
        key = int((row << 16) | column)
        if row >= row_end or column >= column_end or key <= before:
            return -1
        before = key
    return before
