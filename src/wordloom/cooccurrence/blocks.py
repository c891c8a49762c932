"""Rows of counts as blocks on disk, written in order by several threads."""

from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from wordloom.cooccurrence.stripes import Stripes
from wordloom.cooccurrence.threads import Desk, Turns
from wordloom.kernels.compile import read_only
from wordloom.kernels.cooccurrence_blocks import count_cells_by_stripe, place_cells

__all__ = ["BlockWriter", "Rows"]


class Rows(Protocol):
    """Where the cells of rows come from: the index of a corpus, or runs on disk."""

    def add(self, desk: Desk, rows: tuple[int, int], origin: int, columns: tuple[int, int]) -> int:
        """Add rows' cells to those of a desk; see `Index.add`."""
        ...


class BlockWriter:
    """Writes rows as blocks.

    Args:
        rows: The file of rows.
        columns: The file of columns.
        counts: The file of counts.
        stripes: How words are dealt to stripes.
        unit: What a sum of 1 stands for.

    Attributes:
        n_cells: How many cells have been written.
        row_sums: uint64 (n_words,), by place.
    """

    def __init__(
        self,
        rows: IO[bytes],
        columns: IO[bytes],
        counts: IO[bytes],
        stripes: Stripes,
        unit: float,
    ) -> None:
        self.rows, self.columns, self.counts = rows, columns, counts
        self.stripes = stripes
        self.unit = unit
        self.n_cells = 0
        self.row_sums = np.zeros(stripes.n_words, np.uint64)
        self.block_starts = np.zeros(stripes.n_stripes**2 + 1, np.int64)

    def write(self, source: Rows, desk: Desk, stripe: int, turns: Turns) -> None:
        """Write the blocks of a stripe's rows.

        Args:
            source: Where its rows come from.
            desk: What the thread works with.
            stripe: The stripe.
            turns: Says when it is this stripe's turn.
        """
        n_stripes = self.stripes.n_stripes
        first = 0
        width = n_stripes
        while first < n_stripes:
            end = min(first + width, n_stripes)
            if not self.fill(source, desk, stripe, first, end, turns):
                # Too many cells for the memory: take fewer columns at a time.
                width = (width + 1) // 2
                continue
            sizes = self.arrange(desk, stripe, first, end)
            turns.wait_for(stripe)
            begin = stripe * n_stripes + first
            self.block_starts[begin + 1 : begin + 1 + end - first] = self.n_cells + np.cumsum(sizes)
            self.n_cells += desk.length
            self.rows.write(desk.rows[: desk.length].data)
            self.columns.write(desk.columns[: desk.length].data)
            self.counts.write(desk.counts[: desk.length].data)
            first = end
        turns.end(stripe)

    def fill(
        self, source: Rows, desk: Desk, stripe: int, first: int, end: int, turns: Turns
    ) -> bool:
        """Make a stripe's rows, with the columns of some stripes; tell whether there was room."""
        desk.length = 0
        row, stop = self.stripes.firsts[stripe : stripe + 2].tolist()
        columns = (int(self.stripes.firsts[first]), int(self.stripes.firsts[end]))
        origin = row
        while row < stop:
            turns.check()
            reached = source.add(desk, (row, stop), origin, columns)
            if reached == row:
                return False
            row = reached
        return True

    def arrange(self, desk: Desk, stripe: int, first: int, end: int) -> NDArray[np.int64]:
        """Put a desk's cells in the order of blocks; return the size of each block."""
        stripes = self.stripes
        sizes = np.zeros(stripes.n_stripes, np.int64)
        of_places = read_only(stripes.of_places)
        count_cells_by_stripe(desk.cells.columns[: desk.length], of_places, sizes)
        place_cells(
            desk.cells,
            int(stripes.firsts[stripe]),
            int(stripes.sizes[stripe]),
            of_places,
            read_only(stripes.firsts),
            self.unit,
            np.cumsum(sizes) - sizes,
            desk.rows,
            desk.columns,
            desk.counts,
            self.row_sums,
            desk.column_sums,
        )
        return sizes[first:end]
