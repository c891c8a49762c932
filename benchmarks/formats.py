"""Files of other programs, read beside gensim; every reading in a process of its own."""

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import wordloom
from benchmarks.table import Row
from wordloom.embedding.static import StaticEmbedding
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

__all__ = ["run"]

WORDS, DIM = 400_000, 100
MIB = 1 << 20
REPEATS = 3


def run(seeds: int) -> list[Row]:
    """Measure each format; each seed makes vectors of its own."""
    rows = []
    for seed in range(seeds):
        rows += glove_text(seed)
    return rows


def glove_text(seed: int) -> list[Row]:
    """Read and write GloVe text of the size of glove.6B.100d, with its five significant digits."""
    with TemporaryDirectory() as folder:
        place, small = Path(folder) / "glove.txt", Path(folder) / "small.txt"
        save(random_embedding(100, seed), small, format="glove")
        embedding = random_embedding(WORDS, seed)
        started = time.perf_counter()
        save(embedding, place, format="glove")
        writing = time.perf_counter() - started
        del embedding
        ours = best("wordloom", place, small, REPEATS)
        theirs = best("gensim", place, small, 1)
        size = place.stat().st_size
    matrix = WORDS * DIM * 4
    what = f"GloVe text {WORDS:,} × {DIM}"
    return [
        Row(
            f"reading {what}",
            ours[0],
            "s",
            theirs[0],
            "gensim",
            higher_is_better=False,
            note=f"{size / 1e6 / ours[0]:,.0f} MB/s; limit 10×",
        ),
        Row(
            f"memory for reading {what}",
            ours[1] / matrix,
            "× the matrix",
            theirs[1] / matrix,
            "gensim",
            higher_is_better=False,
            note=f"limit 1.3; whole process {ours[2] / MIB:,.0f} and {theirs[2] / MIB:,.0f} MiB",
        ),
        Row(f"writing {what}", writing, "s", note=f"{size / 1e6 / writing:,.0f} MB/s"),
    ]


def random_embedding(n_words: int, seed: int) -> StaticEmbedding:
    """Return an embedding whose numbers have five significant digits."""
    generator = np.random.default_rng(seed)
    vectors = 0.4 * generator.standard_normal((n_words, DIM)) + 1e-9
    scale = 10 ** (4 - np.floor(np.log10(np.abs(vectors))))
    words = [f"word{number}" for number in range(n_words)]
    return StaticEmbedding(Vocabulary.from_words(words), np.round(vectors * scale) / scale)


def best(reader: str, place: Path, small: Path, times: int) -> list[float]:
    """Return the least seconds and bytes of several readings, each in a process of its own."""
    code = f"import benchmarks.formats as f; print(*f.measure({reader!r}, {str(place)!r}, "
    code += f"{str(small)!r}))"
    runs = []
    for _ in range(times):
        shown = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        runs.append(list(map(float, shown.split())))
    return [min(column) for column in zip(*runs, strict=True)]


def measure(reader: str, place: str, small: str) -> tuple[float, int, int]:
    """Read a file once, after a small one that loads all code.

    Returns:
        The seconds, the bytes of memory at the peak beyond those before, and all of them (Linux).
    """
    read = READERS[reader]
    read(small)
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts anew
    before = memory("VmRSS")
    started = time.perf_counter()
    kept = read(place)
    seconds = time.perf_counter() - started
    peak = memory("VmHWM")
    del kept
    return seconds, peak - before, peak


def read_with_gensim(path: str) -> object:
    """Read a file without a first line that tells its size."""
    from gensim.models.keyedvectors import KeyedVectors

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        return KeyedVectors.load_word2vec_format(path, no_header=True)


READERS: dict[str, Callable[[str], object]] = {
    "wordloom": wordloom.load,
    "gensim": read_with_gensim,
}


def memory(kind: str) -> int:
    """Return a figure of this process's memory in bytes (Linux)."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split(f"{kind}:")[1].split()[0]) * 1024
