"""One linear support vector machine for each label, on weighted n-grams beside vectors."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import read_only
from wordloom.kernels.linear_svm import add_ngram_scores, row_lengths, train_svm
from wordloom.parallel import processor_count
from wordloom.text.ngram_counts import NgramCounts

__all__ = ["Job", "OneVsRest", "Rows", "fit", "held_out_scores", "log_count_ratios"]

TOLERANCE: Final = 0.1
"""liblinear's own default for this solver."""

MAX_EPOCHS: Final = 300


@dataclass(frozen=True)
class Rows:
    """What a model sees of texts.

    Attributes:
        counts: Their n-grams.
        dense: float32 (n_texts, n_dense), their vectors: those of embeddings standardised, those of
            whole texts of length 1.
    """

    counts: NgramCounts
    dense: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.counts)

    def part(self, texts: NDArray[np.int64]) -> "Rows":
        """Return those of chosen texts."""
        return Rows(self.counts.part(texts), self.dense[texts])


@dataclass(frozen=True)
class Job:
    """What a model learns from.

    Attributes:
        texts: int64 (n_texts,), which of the rows.
        positive: bool (n_rows, n_outputs), which labels each row has, or is thought to have.
        costs: float32 (n_rows, n_outputs), how much an error on each counts, times C.
    """

    texts: NDArray[np.int64]
    positive: NDArray[np.bool_]
    costs: NDArray[np.float32]


@dataclass(frozen=True)
class OneVsRest:
    """The weights of a fitted model.

    Attributes:
        ngram_weights: float32 (n_ngrams, n_outputs).
        ngram_squares: float32 (n_ngrams, n_outputs), the squared log-count ratios, of which a
            text's length is made.
        dense_weights: float32 (n_dense, n_outputs).
        biases: float32 (n_outputs,).
    """

    ngram_weights: NDArray[np.float32]
    ngram_squares: NDArray[np.float32]
    dense_weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    def scores(self, rows: Rows) -> NDArray[np.float64]:
        """Return how much speaks for each label, float64 (n_texts, n_outputs)."""
        scores = np.asarray(rows.dense @ self.dense_weights + self.biases, np.float64)
        add_ngram_scores(
            read_only(rows.counts.starts),
            read_only(rows.counts.columns),
            read_only(self.ngram_weights),
            read_only(self.ngram_squares),
            scores,
        )
        return scores


def log_count_ratios(
    counts: NgramCounts, texts: NDArray[np.int64], positive: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return how much more often each n-gram occurs in texts of a label than in others, as a log.

    S. Wang and C. Manning (2012), Baselines and Bigrams: r = log((p / |p|) / (q / |q|)), where p
    and q count the texts with the n-gram, plus 1. An n-gram of none of these texts has 0, as if it
    were unknown: so a held-out text is seen as a new one will be.

    Args:
        counts: The n-grams of all texts.
        texts: int64, which texts count.
        positive: bool (n_all,), which texts have the label.

    Returns:
        float32 (n_ngrams,).
    """
    own, others = (
        counts.part(rows).frequencies()
        for rows in (texts[positive[texts]], texts[~positive[texts]])
    )
    ratios = np.log((1 + own) / (1 + others)) - np.log(np.sum(1 + own) / np.sum(1 + others))
    ratios[own + others == 0] = 0
    return np.asarray(ratios, np.float32)


def fit(rows: Rows, job: Job, C: float, share: float, seed: int) -> OneVsRest:
    """Fit a model.

    Args:
        rows: All texts.
        job: What to learn from.
        C: Inverse strength of the penalty.
        share: The length of the dense part beside the n-grams' part of length 1.
        seed: Seed of the order in which texts are visited.

    Returns:
        The model.
    """
    dense = rows.dense * np.float32(share)
    labels = range(job.positive.shape[1])
    with ThreadPoolExecutor(processor_count()) as pool:
        parts = list(
            pool.map(lambda label: next(fit_label(rows, dense, job, label, [C], seed)), labels)
        )
    weights, squares, dense_weights = (
        np.stack([part[place] for part in parts], axis=1) for place in range(3)
    )
    return OneVsRest(weights, squares, dense_weights[:-1] * np.float32(share), dense_weights[-1])


def held_out_scores(
    rows: Rows,
    jobs: Sequence[Job],
    held_out: Sequence[NDArray[np.int64]],
    strengths: Sequence[float],
    share: float,
    seed: int,
) -> list[NDArray[np.float64]]:
    """Fit models of several strengths, and return their scores of texts that they did not see.

    Args:
        rows: All texts.
        jobs: What to learn from, fold by fold.
        held_out: int64 each, the texts to score, fold by fold.
        strengths: Values of C, rising; each fit goes on from the one before.
        share: The length of the dense part beside the n-grams' part of length 1.
        seed: Seed of the order in which texts are visited.

    Returns:
        For each value of C float64 (n_held_out, n_outputs), all folds one after the other.
    """
    dense = rows.dense * np.float32(share)
    n_outputs = jobs[0].positive.shape[1]
    asked = [Rows(rows.counts.part(texts), dense[texts]) for texts in held_out]

    def scores_of(task: tuple[int, int]) -> NDArray[np.float64]:
        fold, label = task
        found = [
            OneVsRest(
                weights[:, None], squares[:, None], dense_weights[:-1, None], dense_weights[-1:]
            ).scores(asked[fold])[:, 0]
            for weights, squares, dense_weights in fit_label(
                rows, dense, jobs[fold], label, strengths, seed
            )
        ]
        return np.stack(found)

    tasks = [(fold, label) for fold in range(len(jobs)) for label in range(n_outputs)]
    with ThreadPoolExecutor(processor_count()) as pool:
        found = list(pool.map(scores_of, tasks))
    folds = [
        np.stack(found[first : first + n_outputs], axis=2)
        for first in range(0, len(found), n_outputs)
    ]
    return list(np.concatenate(folds, axis=1))


def fit_label(
    rows: Rows,
    dense: NDArray[np.float32],
    job: Job,
    label: int,
    strengths: Sequence[float],
    seed: int,
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]]:
    """Fit one label against the rest with rising C.

    Yields:
        The weights of n-grams and the squares of their values, float32 (n_ngrams,), and the weights
        of the dense part, float32 (n_dense + 1,), the bias last; good until the next is asked for.
    """
    counts, positive = rows.counts, job.positive[:, label]
    squares = log_count_ratios(counts, job.texts, positive) ** 2
    lengths = np.empty(len(counts), np.float32)
    row_lengths(read_only(counts.starts), read_only(counts.columns), squares, lengths)
    signs = np.where(positive, np.float32(1), np.float32(-1))
    duals = np.zeros(len(counts))
    ngram_weights = np.zeros(counts.n_ngrams, np.float32)
    dense_weights = np.zeros(dense.shape[1] + 1, np.float32)
    for strength in strengths:
        train_svm(
            read_only(counts.starts),
            read_only(counts.columns),
            squares,
            lengths,
            read_only(dense),
            job.texts.copy(),
            signs,
            job.costs[:, label] * np.float32(strength),
            TOLERANCE,
            MAX_EPOCHS,
            seed,
            duals,
            ngram_weights,
            dense_weights,
        )
        yield ngram_weights, squares, dense_weights
