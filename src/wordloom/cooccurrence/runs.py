"""Counts of the parts of a corpus that does not fit in memory: put on disk, then added up."""

import os
import threading
from array import array
from io import BufferedRandom

import numpy as np
from numpy.typing import NDArray

from wordloom.cooccurrence.stripes import Stripes
from wordloom.cooccurrence.threads import Desk
from wordloom.kernels.compile import read_only
from wordloom.kernels.cooccurrence import add_cells, finish_row, merge_rows

__all__ = ["Reader", "Runs"]

Numbers = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.uint64]

# What the table of a run takes: first row, rows, place in the file, cells.
FACTS = 4


class Runs:
    """Rows on disk, each part of the corpus with cells of its own, and their sum.

    A run is the end of each of its rows (int64), then the columns of its cells, then their sums.

    Args:
        file: Where runs are put, open for reading and writing.
        stripes: How words are dealt to stripes.

    Attributes:
        n_cells: How many cells there are in all.
    """

    def __init__(self, file: BufferedRandom, stripes: Stripes) -> None:
        self.file = file
        self.stripes = stripes
        self.tables = [array("q") for _ in range(stripes.n_stripes)]
        self.lock = threading.Lock()
        self.n_cells = 0

    def cells(self, stripe: int) -> int:
        """Return how many cells a stripe has in all runs."""
        return sum(self.tables[stripe][FACTS - 1 :: FACTS])

    def table_bytes(self, stripe: int) -> int:
        """Return about how much memory a `Reader` takes to know where a stripe's rows are."""
        n_runs = len(self.tables[stripe]) // FACTS
        return 24 * n_runs * (int(self.stripes.sizes[stripe]) + 1)

    def spill(self, desk: Desk, stripe: int, first_row: int, end_row: int) -> None:
        """Put a desk's cells on disk, and clear the desk.

        Args:
            desk: Its `cells.row_ends` begins with the first row.
            stripe: Which stripe the rows are of.
            first_row: The place of the first row.
            end_row: The end of the rows.

        Raises:
            OSError: The disk is full.
        """
        n_rows, n_cells = end_row - first_row, desk.length
        desk.length = 0
        if n_cells == 0:
            return
        with self.lock:
            offset = self.file.seek(0, os.SEEK_END)
            self.file.write(desk.cells.row_ends[:n_rows].data)
            self.file.write(desk.cells.columns[:n_cells].data)
            self.file.write(desk.cells.sums[:n_cells].data)
            self.n_cells += n_cells
            self.tables[stripe].extend([first_row, n_rows, offset, n_cells])

    def read(self, part: Numbers, offset: int) -> None:
        """Fill an array from a place in the file."""
        with self.lock:
            self.file.seek(offset)
            count = self.file.readinto(part.data)
        if count < part.nbytes:
            raise OSError("the temporary file is shorter than what was written to it")


class Reader:
    """The rows of a stripe, added up over all runs.

    Args:
        runs: The runs.
        stripe: Which stripe.
        columns: int32 (capacity,), room for columns that were read.
        sums: uint64 (capacity,), room for their sums.
    """

    def __init__(
        self, runs: Runs, stripe: int, columns: NDArray[np.int32], sums: NDArray[np.uint64]
    ) -> None:
        self.runs = runs
        self.columns, self.sums = columns, sums
        self.first = int(runs.stripes.firsts[stripe])
        self.table = np.array(runs.tables[stripe], np.int64).reshape(-1, FACTS)
        n_rows = int(runs.stripes.sizes[stripe])
        # Where in its run each row begins, and the last one ends.
        self.bounds = np.zeros((len(self.table), n_rows + 1), np.int64)
        for (first_row, rows, offset, n_cells), bounds in zip(
            self.table.tolist(), self.bounds, strict=True
        ):
            ends = bounds[first_row - self.first + 1 :]
            runs.read(ends[:rows], offset)
            ends[rows:] = n_cells
        self.totals = np.concatenate([[0], np.cumsum(np.diff(self.bounds).sum(0))])

    def add(self, desk: Desk, rows: tuple[int, int], origin: int, columns: tuple[int, int]) -> int:
        """Add rows' cells to those of a desk; see `Index.add`."""
        first, end = rows
        row = first - self.first
        most = self.totals[row] + len(self.columns)
        last = min(int(np.searchsorted(self.totals, most, "right")) - 1, end - self.first)
        if last <= row:
            return self.add_long_row(desk, first, origin, columns)
        starts = np.zeros((len(self.table), last - row + 1), np.int64)
        length = 0
        for number, bounds in enumerate(self.bounds):
            begin, stop = int(bounds[row]), int(bounds[last])
            self.fetch(number, begin, stop, length)
            starts[number] = bounds[row : last + 1] - begin + length
            length += stop - begin
        reached, desk.length = merge_rows(
            read_only(self.columns),
            read_only(self.sums),
            starts,
            (first, self.first + last, origin),
            columns,
            desk.row,
            desk.cells,
            desk.length,
        )
        return int(reached)

    def add_long_row(self, desk: Desk, row: int, origin: int, columns: tuple[int, int]) -> int:
        """Add a row that is too long to be read at once."""
        met = np.int64(0)
        for number, bounds in enumerate(self.bounds):
            begin, stop = bounds[row - self.first : row - self.first + 2].tolist()
            for start in range(begin, stop, len(self.columns)):
                count = self.fetch(number, start, min(stop, start + len(self.columns)), 0)
                met = add_cells(
                    read_only(self.columns[:count]), read_only(self.sums[:count]), desk.row, met
                )
        length = finish_row(desk.row, met, columns[0], columns[1], desk.cells, desk.length)
        if length < 0:
            return row
        desk.length = length
        desk.cells.row_ends[row - origin] = length
        return row + 1

    def fetch(self, number: int, begin: int, stop: int, target: int) -> int:
        """Read cells of a run to a place in the buffers; return how many."""
        _, rows, offset, n_cells = self.table[number].tolist()
        columns = offset + 8 * rows
        sums = columns + 4 * n_cells
        count = stop - begin
        self.runs.read(self.columns[target : target + count], columns + 4 * begin)
        self.runs.read(self.sums[target : target + count], sums + 8 * begin)
        return count
