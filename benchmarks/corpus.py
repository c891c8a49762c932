"""Building a corpus from the IMDB reviews: speed in memory, and peak memory as the text grows."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row, median_seconds
from wordloom.datasets.registry import open_source
from wordloom.text.batches import TextBatch
from wordloom.text.corpus import Corpus

__all__ = ["run"]


class Repeated:
    """The training reviews, several times over; decompressed once and held as batches."""

    name = "the IMDB training reviews in memory"
    total_bytes = None

    def __init__(self, times: int = 1) -> None:
        self.times = times
        self.held = list(open_source("imdb").batches())

    def batches(self, batch_bytes: int = 1 << 20) -> Iterator[TextBatch]:
        """Yield the batches as often as asked."""
        for _ in range(self.times):
            yield from self.held


class Streamed(Repeated):
    """The same read anew from the archive each time, so that nothing is held."""

    def __init__(self, times: int) -> None:
        self.times = times

    def batches(self, batch_bytes: int = 1 << 20) -> Iterator[TextBatch]:
        """Read the archive as often as asked."""
        for _ in range(self.times):
            yield from open_source("imdb").batches(batch_bytes)


def run(seeds: int) -> list[Row]:
    """Measure speed and memory."""
    source = Repeated()
    raw = 0

    def build() -> None:
        nonlocal raw
        with TemporaryDirectory() as folder:
            raw = Corpus.build(source, Path(folder) / "corpus").n_raw_tokens

    def archive() -> None:
        with TemporaryDirectory() as folder:
            Corpus.build(open_source("imdb"), Path(folder) / "corpus")

    seconds = median_seconds(build, 5)
    whole = median_seconds(archive, 3)
    rows = [
        Row(
            "corpus, text in memory", raw / seconds, "tokens/s", note=f"{raw:,} tokens, median of 5"
        ),
        Row(
            "corpus, from the .tar.gz", raw / whole, "tokens/s", note=f"{whole:.1f} s, median of 3"
        ),
    ]
    for times in (1, 4, 16):
        code = f"import benchmarks.corpus as corpus; print(corpus.measure({times}))"
        started = time.perf_counter()
        peak = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
        ).stdout
        rows.append(
            Row(
                f"corpus, peak memory at {times}×",
                int(peak) / 1024,
                "MiB",
                note=f"from the archive, {time.perf_counter() - started:.1f} s",
            )
        )
    return rows


def measure(times: int) -> int:
    """Build a corpus from the archive, read so many times; return the process's peak in KiB."""
    with TemporaryDirectory() as folder:
        Corpus.build(Streamed(times), Path(folder) / "corpus")
    # Not getrusage: a new process inherits its parent's peak there.
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0])
