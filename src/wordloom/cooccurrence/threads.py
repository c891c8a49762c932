"""Threads that take stripes in turn, and write what they made of them in order."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np

from wordloom.kernels.cooccurrence import make_cells, make_row

__all__ = ["Desk", "Stopped", "Turns", "do_stripes"]


class Stopped(Exception):  # noqa: N818 - nothing is wrong with this thread
    """Another thread failed, or the user interrupted."""


class Desk:
    """What one thread works with.

    Args:
        n_words: How many columns there are.
        capacity: Room for so many cells.
        rows: Room for so many rows.

    Attributes:
        row: The row that is being made.
        cells: Cells of the rows that were made.
        length: How many cells there are.
        rows: uint16 (capacity,), their rows as they are written.
        columns: uint16 (capacity,), their columns.
        counts: float32 (capacity,), their counts.
        column_sums: uint64 (n_words,), by place, of all that was written from this desk.
    """

    def __init__(self, n_words: int, capacity: int, rows: int) -> None:
        self.row = make_row(n_words)
        self.cells = make_cells(capacity, rows)
        self.length = 0
        # Memory that is never written to takes no room.
        self.rows = np.empty(capacity, np.uint16)
        self.columns = np.empty(capacity, np.uint16)
        self.counts = np.empty(capacity, np.float32)
        self.column_sums = np.zeros(n_words, np.uint64)


class Turns:
    """Which stripe is taken next, and which one is written next.

    Args:
        n_stripes: How many there are.
    """

    def __init__(self, n_stripes: int) -> None:
        self.n_stripes = n_stripes
        self.taken = self.written = 0
        self.stopped = False
        self.changed = threading.Condition()

    def take(self) -> int | None:
        """Return the next stripe; None when none is left."""
        with self.changed:
            if self.stopped or self.taken == self.n_stripes:
                return None
            self.taken += 1
            return self.taken - 1

    def wait_for(self, stripe: int) -> None:
        """Wait until all stripes before this one are written."""
        with self.changed:
            self.changed.wait_for(lambda: self.stopped or self.written == stripe)
        self.check()

    def end(self, stripe: int) -> None:
        """Let the stripe after this one be written."""
        with self.changed:
            self.written = stripe + 1
            self.changed.notify_all()

    def check(self) -> None:
        """End this thread when another one has failed."""
        if self.stopped:
            raise Stopped

    def stop(self) -> None:
        """Let all threads end soon."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()


def do_stripes(
    n_stripes: int, desks: Sequence[Desk], work: Callable[[Desk, int, Turns], None]
) -> None:
    """Work through all stripes, one thread at each desk.

    Args:
        n_stripes: How many there are.
        desks: What the threads work with.
        work: Does a stripe at a desk; calls `Turns.check` now and then.
    """
    turns = Turns(n_stripes)

    def take_turns(desk: Desk) -> None:
        try:
            while (stripe := turns.take()) is not None:
                work(desk, stripe, turns)
        except Stopped:
            pass
        except BaseException:
            turns.stop()
            raise

    with ThreadPoolExecutor(len(desks)) as pool:
        futures = [pool.submit(take_turns, desk) for desk in desks]
        try:
            for future in futures:
                future.result()
        finally:
            turns.stop()
            wait(futures)
