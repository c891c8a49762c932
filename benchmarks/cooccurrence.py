"""Counting co-occurrences in the IMDB reviews: speed, and time and memory as the text grows."""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus import Streamed
from benchmarks.table import Row, median_seconds
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.datasets.registry import open_source
from wordloom.text.corpus import Corpus

__all__ = ["run"]

# GloVe's `cooccur` and `shuffle` (C, window 10) took so long for the same 17.4 million tokens on a
# machine with two cores.
GLOVE_SECONDS = 34.0

WINDOW = 10


def run(seeds: int) -> list[Row]:
    """Measure speed and memory."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        corpus = Corpus.build(open_source("imdb"), place / "corpus")

        def count() -> None:
            Cooccurrences.count(corpus, place / "counts", window=WINDOW, threads=2)

        seconds = median_seconds(count, 5)
        cells = Cooccurrences.load(place / "counts").n_cells
    rows = [
        Row(
            "co-occurrence counts, two threads",
            seconds,
            "s",
            peer=GLOVE_SECONDS,
            peer_name="GloVe cooccur + shuffle",
            higher_is_better=False,
            note=f"{corpus.n_tokens:,} tokens, {cells:,} cells, median of 5",
        )
    ]
    for times in (1, 4, 16):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "corpus"
            Corpus.build(Streamed(times), path, min_count=5 * times)
            for memory in ("4GB", "500MB"):
                arguments = f"{str(path)!r}, {memory!r}"
                code = f"import benchmarks.cooccurrence as c; print(*c.measure({arguments}))"
                shown = subprocess.run(
                    [sys.executable, "-c", code],
                    capture_output=True,
                    text=True,
                    check=True,
                    env=os.environ,
                ).stdout
                taken, peak = map(float, shown.split())
                rows.append(
                    Row(
                        f"co-occurrence counts at {times}×, memory={memory}",
                        taken,
                        "s",
                        note=f"peak memory {peak:,.0f} MiB above that of the opened corpus",
                    )
                )
    return rows


def measure(corpus_folder: str, memory: str) -> tuple[float, float]:
    """Count with two threads; return the seconds, and the MiB by which the peak of memory rose."""
    with TemporaryDirectory() as folder:
        small = Corpus.from_texts(["a rose is a rose"], min_count=1)
        for little in (10_000, memory):  # load the kernels
            Cooccurrences.count(small, window=2, memory=little, threads=2)
        corpus = Corpus.load(corpus_folder)
        before = peak_memory(reset=True)
        started = time.perf_counter()
        Cooccurrences.count(
            corpus, Path(folder) / "counts", window=WINDOW, memory=memory, threads=2
        )
        return time.perf_counter() - started, peak_memory() - before


def peak_memory(*, reset: bool = False) -> float:
    """Return the process's peak of memory so far in MiB, after a reset to what it has now."""
    # Not getrusage: a new process inherits its parent's peak there.
    if reset:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
