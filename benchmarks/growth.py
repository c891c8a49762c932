"""Time and memory of every trainer as the text grows: the IMDB reviews 1, 4 and 16 times over."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.corpus import Streamed
from benchmarks.table import Row
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.text.corpus import Corpus
from wordloom.train.fasttext import FastText
from wordloom.train.glove import GloVe
from wordloom.train.skipgram import SkipGram
from wordloom.train.swivel import Swivel
from wordloom.train.trainer import Trainer

__all__ = ["run"]

THREADS = 2
TRAINERS: dict[str, Trainer[Any]] = {
    "skip-gram": SkipGram(epochs=1),
    "FastText": FastText(epochs=1),
    "GloVe": GloVe(epochs=1, window=10),
    "Swivel": Swivel(epochs=1, device="cpu"),
}


def run(seeds: int) -> list[Row]:
    """Train for one epoch, each in a process of its own; `min_count` grows with the text."""
    rows = []
    for times in (1, 4, 16):
        with TemporaryDirectory() as folder:
            place = Path(folder) / "corpus"
            Corpus.build(Streamed(times), place, min_count=5 * times)
            for name in TRAINERS:
                code = f"import benchmarks.growth as g; print(*g.measure({name!r}, {str(place)!r}))"
                shown = subprocess.run(
                    [sys.executable, "-c", code], capture_output=True, text=True, check=True
                ).stdout
                counting, training, memory = map(float, shown.split())
                rows.append(
                    Row(
                        f"{name}, {times}× the text",
                        counting + training,
                        "s",
                        note=f"of them {counting:.1f} s for counting; {memory:,.0f} MiB",
                    )
                )
                print(rows[-1], flush=True)
    return rows


def measure(name: str, corpus_folder: str) -> tuple[float, float, float]:
    """Train for one epoch.

    Returns:
        The seconds for counting and for training, and the MiB of memory, at the peak, that are the
        process's own: mapped files not counted, which the system takes back when it needs room.
    """
    trainer = TRAINERS[name]
    trainer.train(Corpus.from_texts(["one two three four"] * 50, min_count=1))
    corpus = Corpus.load(corpus_folder)
    peak, done = own_memory(), threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, own_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    text: Corpus | Cooccurrences = corpus
    if isinstance(trainer, GloVe | Swivel):
        text = Cooccurrences.count(corpus, window=10, threads=THREADS)
    counted = time.perf_counter()
    trainer.train(text, threads=THREADS)
    ended = time.perf_counter()
    done.set()
    watcher.join()
    return counted - started, ended - counted, peak


def own_memory() -> float:
    """Return the anonymous memory of this process in MiB (Linux)."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024
