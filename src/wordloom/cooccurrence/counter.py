"""Counting co-occurrences in bounded memory: the same result whatever the memory and threads."""

import hashlib
import math
import threading
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import numpy as np

from wordloom.array_file import append_file
from wordloom.cooccurrence.blocks import BlockWriter
from wordloom.cooccurrence.files import (
    is_cooccurrence_folder,
    write_array,
    write_description,
)
from wordloom.cooccurrence.index import ENTRY_BYTES, Index
from wordloom.cooccurrence.memory import CELL_BYTES, Plan, make_plan
from wordloom.cooccurrence.runs import Reader, Runs
from wordloom.cooccurrence.stripes import Stripes
from wordloom.cooccurrence.threads import Desk, Turns, do_stripes
from wordloom.errors import InputError
from wordloom.output import explained, new_folder
from wordloom.progress import Advance, progress_bar
from wordloom.safetensors_file import write_tensors

if TYPE_CHECKING:
    from wordloom.text.corpus import Corpus

__all__ = ["write_cooccurrences"]

WHAT = "the co-occurrence counts"


class Weights:
    """The weight of each distance, as a whole number of units.

    The unit is a power of two, so large that the sum of all weights fits 63 bits. Still it is so
    small that 1 / distance is as good as exact: for 10^9 tokens and a window of 10 the relative
    error is below 2^-26, for 10^10 tokens and a window of 255 below 2^-17.

    Args:
        n_tokens: Length of the corpus.
        window: Widest distance.

    Attributes:
        units: uint64 (window + 1,), the weight of each distance; that of 0 is 0.
        unit: What one of them is worth.
    """

    def __init__(self, n_tokens: int, window: int) -> None:
        most = 2.0 * n_tokens * sum(1 / distance for distance in range(1, window + 1))
        bits = min(62 - math.ceil(math.log2(most)), 40)
        self.unit = 2.0**-bits
        self.units = np.array(
            [0, *(round(2**bits / distance) for distance in range(1, window + 1))], np.uint64
        )


class Meter:
    """Adds up what threads have done, for a progress bar."""

    def __init__(self, advance: Advance) -> None:
        self.advance = advance
        self.done = 0
        self.lock = threading.Lock()

    def add(self, amount: int) -> None:
        """Show that so much more is done."""
        with self.lock:
            self.done += amount
            self.advance(self.done)


def write_cooccurrences(
    corpus: "Corpus",
    folder: Path,
    *,
    window: int,
    symmetric: bool,
    memory: int,
    threads: int,
    progress: bool,
) -> None:
    """Count the co-occurrences of a corpus and write the folder.

    The folder is written beside its place and renamed, so that it is there completely or not at
    all. The counts of parts of the corpus go there for a time as well, in a file without a name.

    Args:
        corpus: The corpus.
        folder: The folder to write; it may be there when it is empty or holds counts.
        window: Widest distance of two words that are counted.
        symmetric: Whether words to the right count as those to the left.
        memory: How many bytes of memory to take.
        threads: How many threads count at most.
        progress: Show progress bars.

    Raises:
        InputError: The memory is too little, no two words stand side by side, the corpus cannot be
            read any more, or the folder cannot be written.
    """
    stripes = Stripes.of(len(corpus.vocabulary))
    plan = make_plan(memory, threads, corpus.n_tokens, corpus.n_documents, window, stripes)
    with new_folder(folder, WHAT, is_cooccurrence_folder) as content, explained(folder, WHAT):
        n_cells = write_arrays(corpus, content, stripes, plan, window, symmetric, progress)
        if n_cells == 0:
            raise InputError(
                "Co-occurrences need two words that stand side by side. Received: "
                f"{corpus.source}, of whose {corpus.n_documents:,} documents none has more than "
                f"one word of the vocabulary (`min_count={corpus.min_count}`). Use longer "
                "documents, or lower `min_count`."
            )
        write_tensors(content / "vocabulary.safetensors", corpus.vocabulary.tensors())
        facts = {
            "window": window,
            "symmetric": symmetric,
            "n_stripes": stripes.n_stripes,
            "n_cells": n_cells,
            "n_words": stripes.n_words,
            "n_tokens": corpus.n_tokens,
            "tokenizer": corpus.tokenizer.settings(),
            "source": corpus.source,
            "corpus": corpus.fingerprint,
            "fingerprint": fingerprint(corpus, window, symmetric),
        }
        write_description(content, facts)


def fingerprint(corpus: "Corpus", window: int, symmetric: bool) -> str:
    """Return a digest of what counts are made of."""
    text = f"{corpus.fingerprint} window={window} symmetric={symmetric}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def write_arrays(
    corpus: "Corpus",
    folder: Path,
    stripes: Stripes,
    plan: Plan,
    window: int,
    symmetric: bool,
    progress: bool,
) -> int:
    """Count, write the arrays to a folder, and return how many cells there are."""
    weights = Weights(corpus.n_tokens, window)
    index = Index(corpus, stripes, plan.tokens, weights.units, symmetric, plan.threads)
    desks = [Desk(stripes.n_words, plan.cells, int(stripes.sizes[0])) for _ in range(plan.threads)]
    with (
        append_file(folder / "rows.npy", "<u2") as rows,
        append_file(folder / "columns.npy", "<u2") as columns,
        append_file(folder / "counts.npy", "<f4") as counts,
        TemporaryFile(dir=folder) as spilled,
    ):
        writer = BlockWriter(rows, columns, counts, stripes, weights.unit)
        runs = Runs(spilled, stripes)
        with progress_bar("Counting", corpus.n_tokens, "words", show=progress) as advance:
            meter = Meter(advance)
            end = index.read(0)
            if end == corpus.n_tokens:
                count_at_once(index, writer, desks, meter)
            else:
                spill_counts(index, runs, desks, meter)
                while end < corpus.n_tokens:
                    end = index.read(end)
                    spill_counts(index, runs, desks, meter)
        del index
        if runs.n_cells:
            merge_runs(runs, writer, desks, plan, progress)
    column_sums = np.sum([desk.column_sums for desk in desks], 0)
    for name, by_place in (("row_sums", writer.row_sums), ("column_sums", column_sums)):
        write_array(folder / f"{name}.npy", "<f8", by_place[stripes.places] * weights.unit)
    write_array(folder / "block_starts.npy", "<i8", writer.block_starts)
    return writer.n_cells


def count_at_once(index: Index, writer: BlockWriter, desks: list[Desk], meter: Meter) -> None:
    """Count the whole corpus in memory and write the blocks."""

    def work(desk: Desk, stripe: int, turns: Turns) -> None:
        writer.write(index, desk, stripe, turns)
        meter.add(index.size(stripe))

    do_stripes(index.stripes.n_stripes, desks, work)


def spill_counts(index: Index, runs: Runs, desks: list[Desk], meter: Meter) -> None:
    """Count the part of the corpus that the index holds and put the rows on disk."""
    firsts = index.stripes.firsts

    def work(desk: Desk, stripe: int, turns: Turns) -> None:
        row, end = firsts[stripe : stripe + 2].tolist()
        first = row
        desk.length = 0
        while row < end:
            turns.check()
            reached = index.add(desk, (row, end), first, (0, int(firsts[-1])))
            if reached == row:
                runs.spill(desk, stripe, first, row)
                first = row
            row = reached
        runs.spill(desk, stripe, first, end)
        meter.add(index.size(stripe))

    do_stripes(index.stripes.n_stripes, desks, work)


def merge_runs(
    runs: Runs, writer: BlockWriter, desks: list[Desk], plan: Plan, progress: bool
) -> None:
    """Add up the counts of the parts and write the blocks."""
    cells = [runs.cells(stripe) for stripe in range(runs.stripes.n_stripes)]
    # The index has left its memory to the cells that are read, and to where each row is.
    room = ENTRY_BYTES * plan.tokens // len(desks)
    tables = max(runs.table_bytes(stripe) for stripe in range(len(cells)))
    capacity = max((room - tables) // CELL_BYTES, 1)
    buffers = {
        desk: (np.empty(capacity, np.int32), np.empty(capacity, np.uint64)) for desk in desks
    }
    with progress_bar("Adding up", sum(cells), "cells", show=progress) as advance:
        meter = Meter(advance)

        def work(desk: Desk, stripe: int, turns: Turns) -> None:
            writer.write(Reader(runs, stripe, *buffers[desk]), desk, stripe, turns)
            meter.add(cells[stripe])

        do_stripes(len(cells), desks, work)
