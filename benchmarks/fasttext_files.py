"""fastText's binary files: time and memory of opening them, beside gensim and fastText itself.

Each measurement runs in a process of its own. Memory is the highest that it takes while it opens
the file, above what it takes when everything is imported.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.table import Row
from wordloom.formats.fasttext.dictionary import PRUNED, SIZES
from wordloom.formats.fasttext.file import MAGIC, SETTINGS, SIGNATURE
from wordloom.kernels.fasttext_dictionary import ENTRY_BYTES, write_entries

__all__ = ["make_file", "measure", "run"]

OPENERS = {
    "wordloom": "opened = load(path)",
    "wordloom, mapped": "opened = load(path, memory_map=True)",
    "wordloom, mapped, one word": "opened = load(path, memory_map=True)['unheardof']",
    "gensim": "opened = load_facebook_vectors(path)",
    "fastText": "opened = fasttext.load_model(path)",
}
"""What is measured: who opens a file, and how."""

PROGRAM = """
import json, sys, time
from pathlib import Path
path, small = sys.argv[1:]
if {peer!r} == "gensim":
    from gensim.models.fasttext import load_facebook_vectors
elif {peer!r} == "fastText":
    import fasttext
    fasttext.FastText.eprint = lambda text: None
else:
    from wordloom import load

def memory(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))

path, big = small, path
{opener}
del opened
path = big
Path("/proc/self/clear_refs").write_text("5")
before, started, used = memory("VmRSS"), time.perf_counter(), time.process_time()
{opener}
seconds, used = time.perf_counter() - started, time.process_time() - used
print(json.dumps([seconds, used, memory("VmHWM") - before]))
"""


def make_file(path: Path, n_words: int, n_buckets: int, dim: int, seed: int = 0) -> None:
    """Write a fastText file with random numbers in its tables.

    Args:
        path: Where to.
        n_words: How many words.
        n_buckets: How many buckets of n-grams of 3 to 6 characters.
        dim: How many numbers a row has.
        seed: Of the random numbers.
    """
    random = np.random.default_rng(seed)
    lengths = random.integers(5, 12, n_words)
    offsets = np.append(0, np.cumsum(lengths))
    data = random.integers(ord("a"), ord("z") + 1, offsets[-1]).astype(np.uint8)
    # A number at the end of each word keeps them apart.
    for digit in range(5):
        data[offsets[1:] - 1 - digit] = 97 + np.arange(n_words) // 26**digit % 26
    counts = np.sort(random.zipf(1.3, n_words).astype(np.int64) % 10**9 + 1)[::-1].copy()
    entries = np.empty(len(data) + ENTRY_BYTES * n_words, np.uint8)
    write_entries(data, offsets, counts, entries)
    with path.open("wb") as file:
        file.write(SIGNATURE.pack(MAGIC, 12))
        file.write(SETTINGS.pack(dim, 5, 5, 5, 5, 1, 2, 2, n_buckets, 3, 6, 100, 1e-4))
        file.write(SIZES.pack(n_words, n_words, 0, int(counts.sum())) + PRUNED.pack(-1))
        file.write(entries.data)
        for n_rows in (n_words + n_buckets, n_words):
            file.write(b"\0" + n_rows.to_bytes(8, "little") + dim.to_bytes(8, "little"))
            for start in range(0, n_rows, 1 << 16):
                size = (min(1 << 16, n_rows - start), dim)
                file.write((random.random(size, np.float32) - np.float32(0.5)).data)


def measure(opener: str, path: Path, small: Path) -> tuple[float, float, float]:
    """Open a file in a new process.

    Args:
        opener: One of `OPENERS`.
        path: The file.
        small: Another one, opened before, so that loading code does not count.

    Returns:
        Seconds, seconds of processor time, and bytes of memory at the highest.
    """
    program = PROGRAM.format(peer=opener, opener=OPENERS[opener])
    command = [sys.executable, "-c", program, str(path), str(small)]
    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    seconds, used, memory = json.loads(answer.splitlines()[-1])
    return seconds, used, memory


def run(seeds: int, n_words: int = 400_000, n_buckets: int = 500_000, dim: int = 100) -> list[Row]:
    """Measure time and memory of opening a file.

    Args:
        seeds: How many times each is measured; the best counts.
        n_words: How many words the file has.
        n_buckets: How many buckets of n-grams.
        dim: How many numbers a row has.

    Returns:
        A row for each figure, beside gensim and beside fastText.
    """
    rows = []
    with TemporaryDirectory() as folder:
        path, small = Path(folder, "made.bin"), Path(folder, "small.bin")
        make_file(path, n_words, n_buckets, dim)
        make_file(small, 1000, 1000, dim)
        size = path.stat().st_size
        best = {
            opener: np.min([measure(opener, path, small) for _ in range(seeds)], axis=0)
            for opener in OPENERS
        }
    what = f"{n_words:,} words, {n_buckets:,} buckets × {dim} ({size / 1e6:,.0f} MB)"
    for ours in list(OPENERS)[:3]:
        for peer in list(OPENERS)[3:]:
            mine, theirs = best[ours], best[peer]
            title = f"{ours}: {what}"
            rows += [
                Row(f"{title}, time", mine[0], "s", theirs[0], peer, False),
                Row(f"{title}, processor time", mine[1], "s", theirs[1], peer, False),
                Row(f"{title}, memory", mine[2] / size, "× file", theirs[2] / size, peer, False),
            ]
    return rows
