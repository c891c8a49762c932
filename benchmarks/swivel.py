"""Swivel on the IMDB reviews: cells per second, and quality beside skip-gram for equal time."""

import statistics
from typing import NamedTuple

import numpy as np

from benchmarks.table import Row
from benchmarks.word_similarity import word_similarity
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.datasets.registry import open_source
from wordloom.embedding.static import StaticEmbedding
from wordloom.text.corpus import Corpus
from wordloom.train.skipgram import SkipGram
from wordloom.train.swivel import Swivel

__all__ = ["run"]

THREADS = 2
EPOCHS = 20
TRAINER = Swivel(dim=128, epochs=EPOCHS, window=10, variant="adaptive", device="cpu")

BLAS_CELLS_PER_SECOND = 0.25e9
"""Products by a BLAS and a fused loop over the scores, dim 128, 2 threads on two cores of an AMD
EPYC with AVX-512."""


class Trained(NamedTuple):
    """What one run reached."""

    seconds: float
    losses: list[float]
    scores: dict[str, float]
    units_per_second: float
    epochs: int


def run(seeds: int) -> list[Row]:
    """Train Swivel and skip-gram for each seed, skip-gram for as long as Swivel took."""
    corpus = Corpus.build(open_source("imdb"), progress=True)
    counts = Cooccurrences.count(corpus, window=TRAINER.window, progress=True)
    small = Corpus.from_texts(["one two three four"], min_count=1)
    for trainer in (Swivel(epochs=1, device="cpu"), SkipGram(epochs=1, subsample=0)):
        trainer.train(small)  # compiles
    ours = []
    for seed in range(1, seeds + 1):
        ours.append(measured(TRAINER.train(counts, threads=THREADS, seed=seed)))
        print(f"Swivel: {ours[-1]}", flush=True)
    seconds = statistics.median(result.seconds for result in ours)
    trial = measured(SkipGram(dim=TRAINER.dim, epochs=1).train(corpus, threads=THREADS))
    skip_gram = SkipGram(dim=TRAINER.dim, epochs=max(1, round(seconds / trial.seconds)))
    peers = []
    for seed in range(1, seeds + 1):
        peers.append(measured(skip_gram.train(corpus, threads=THREADS, seed=seed)))
        print(f"skip-gram: {peers[-1]}", flush=True)

    speed = statistics.median(result.units_per_second for result in ours)
    n_words = len(counts.vocabulary)
    rows = [
        Row(
            "Swivel, training",
            speed / 1e9,
            "Gcell/s",
            BLAS_CELLS_PER_SECOND / 1e9,
            "a BLAS and a fused loop (earlier figure)",
            note=f"{n_words**2 / speed:.2f} s for an epoch over {n_words:,} words squared, dim "
            f"{TRAINER.dim}, {THREADS} threads; losses of seed 1: "
            + " ".join(f"{loss:.4f}" for loss in ours[0].losses),
        )
    ]
    for measure in ours[0].scores:
        mine = [result.scores[measure] for result in ours]
        theirs = [result.scores[measure] for result in peers]
        rows.append(
            Row(
                f"Swivel, {measure}",
                statistics.mean(mine),
                "Spearman",
                statistics.mean(theirs),
                "skip-gram",
                note=f"± {np.std(mine):.3f}, {EPOCHS} epochs, {seconds:.0f} s; skip-gram: "
                f"± {np.std(theirs):.3f}, {skip_gram.epochs} epochs, "
                f"{statistics.median(result.seconds for result in peers):.0f} s; {seeds} seeds; "
                "counting not included",
            )
        )
    return rows


def measured(embedding: StaticEmbedding) -> Trained:
    """Return the figures of a training."""
    report = embedding.report or {}
    losses = np.asarray(report["losses"], np.float64).tolist()
    seconds, speed = (float(str(report[name])) for name in ("seconds", "units_per_second"))
    scores = word_similarity(embedding.vocabulary.words, embedding.vectors)
    return Trained(seconds, losses, scores, speed, len(losses))
