"""GloVe on the IMDB reviews: time of an iteration, cost and quality beside plain sequential SGD.

The authors' C program is not at hand where this runs: its time is a figure measured earlier on the
machine of the published figures. What it computes is here as `plain`: one cell after the other, all
cells shuffled together, the same arithmetic.
"""

import statistics
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Row
from benchmarks.word_similarity import word_similarity
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.datasets.registry import open_source
from wordloom.kernels.compile import kernel
from wordloom.text.corpus import Corpus
from wordloom.train.glove import GloVe

__all__ = ["run"]

THREADS = 2
EPOCHS = 15
TRAINER = GloVe(dim=100, epochs=EPOCHS, window=10)

C_CELLS_PER_SECOND = 38.6e6 / 35
"""The C program, dim 100, 2 threads on two cores of an AMD EPYC with AVX-512."""


class Trained(NamedTuple):
    """What one run reached."""

    cost: float
    scores: dict[str, float]
    cells_per_second: float


def run(seeds: int) -> list[Row]:
    """Train with ours for each seed and with plain SGD once, on the same counts."""
    corpus = Corpus.build(open_source("imdb"), progress=True)
    counts = Cooccurrences.count(corpus, window=TRAINER.window, progress=True)
    GloVe(epochs=1).train(Corpus.from_texts(["one two three four"], min_count=1))  # compiles
    ours = [train(counts, seed) for seed in range(1, seeds + 1)]
    for result in ours:
        print(f"GloVe: {result}", flush=True)
    peer = plain(counts)
    print(f"plain: {peer}", flush=True)
    speed = statistics.median(result.cells_per_second for result in ours)
    note = f"dim {TRAINER.dim}, window {TRAINER.window}, {EPOCHS} epochs, {seeds} seeds"
    rows = [
        Row(
            "GloVe, training",
            speed / 1e6,
            "Mcell/s",
            C_CELLS_PER_SECOND / 1e6,
            "GloVe in C (earlier figure)",
            note=f"{counts.n_cells / speed:.2f} s for an epoch over {counts.n_cells:,} cells, "
            f"{THREADS} threads",
        ),
        Row(
            "GloVe, last epoch's cost",
            statistics.mean(result.cost for result in ours),
            "",
            peer.cost,
            "plain SGD",
            higher_is_better=False,
            note=note,
        ),
    ]
    for measure, score in peer.scores.items():
        mine = [result.scores[measure] for result in ours]
        rows.append(
            Row(
                f"GloVe, {measure}",
                statistics.mean(mine),
                "Spearman",
                score,
                "plain SGD",
                note=f"± {np.std(mine):.3f}; plain SGD: one run",
            )
        )
    return rows


def train(counts: Cooccurrences, seed: int) -> Trained:
    """Train with wordloom."""
    embedding = TRAINER.train(counts, threads=THREADS, seed=seed)
    report = embedding.report or {}
    cost = float(np.asarray(report["losses"])[-1])
    scores = word_similarity(embedding.vocabulary.words, embedding.vectors)
    return Trained(cost, scores, float(str(report["units_per_second"])))


def plain(counts: Cooccurrences) -> Trained:
    """Train one cell after the other, all cells shuffled together for each epoch."""
    n_words, dim, stripes = len(counts.vocabulary), TRAINER.dim, counts.n_stripes
    block = np.repeat(np.arange(stripes**2), np.diff(counts.block_starts))
    rows = (counts.rows.astype(np.int64) * stripes + block // stripes).astype(np.int32)
    columns = (counts.columns.astype(np.int64) * stripes + block % stripes).astype(np.int32)
    del block
    random = np.random.default_rng(1)
    row_table, column_table = (
        (random.random((n_words, dim + 1), np.float32) - np.float32(0.5)) / np.float32(dim + 1)
        for _ in range(2)
    )
    row_squares, column_squares = np.ones_like(row_table), np.ones_like(column_table)
    loss = 0.0
    for _ in range(EPOCHS):
        order = random.permutation(counts.n_cells).astype(np.int32)
        loss = plain_epoch(
            order,
            rows,
            columns,
            np.asarray(counts.counts),
            row_table,
            column_table,
            row_squares,
            column_squares,
            np.float32(TRAINER.learning_rate),
            np.float32(TRAINER.x_max),
            np.float32(TRAINER.alpha),
        )
    vectors = (row_table + column_table)[:, :dim]
    scores = word_similarity(counts.vocabulary.words, vectors)
    return Trained(loss / counts.n_cells, scores, float("nan"))


@kernel
def plain_epoch(
    order: NDArray[np.int32],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    counts: NDArray[np.float32],
    row_table: NDArray[np.float32],
    column_table: NDArray[np.float32],
    row_squares: NDArray[np.float32],
    column_squares: NDArray[np.float32],
    rate: np.float32,
    x_max: np.float32,
    alpha: np.float32,
) -> float:
    """Train on each cell in the order given; vectors end with the bias; return the summed loss."""
    dim = row_table.shape[1] - 1
    limit = np.float32(100)
    loss = 0.0
    for cell in order:
        w, c = row_table[rows[cell]], column_table[columns[cell]]
        w_squares, c_squares = row_squares[rows[cell]], column_squares[columns[cell]]
        count = counts[cell]
        error = w[dim] + c[dim] - np.float32(np.log(count))
        for k in range(dim):
            error += w[k] * c[k]
        slope = error if count > x_max else np.float32((count / x_max) ** alpha) * error
        loss += 0.5 * np.float64(slope) * np.float64(error)
        for k in range(dim):
            w_gradient = rate * min(max(slope * c[k], -limit), limit)
            c_gradient = rate * min(max(slope * w[k], -limit), limit)
            w[k] -= w_gradient / np.sqrt(w_squares[k])
            c[k] -= c_gradient / np.sqrt(c_squares[k])
            w_squares[k] += w_gradient * w_gradient
            c_squares[k] += c_gradient * c_gradient
        w[dim] -= slope / np.sqrt(w_squares[dim])
        c[dim] -= slope / np.sqrt(c_squares[dim])
        w_squares[dim] += slope * slope
        c_squares[dim] += slope * slope
    return loss
