"""How sure a difference is: intervals and paired tests from predictions of the same texts.

Texts are drawn anew with replacement, within each fold, and the score is computed again: the
bootstrap of Efron and Tibshirani (1993). Two models are compared on the same draws (paired;
Berg-Kirkpatrick, Burkett and Klein 2012). Many comparisons at once are corrected by the method of
Holm (1979). Dror, Baumer, Shlomov and Reichart (2018) give the reasons for each of these in
language processing. What is measured is the luck of which texts were judged; the folds show that of
which texts were learned from.

A draw never touches single texts: only how often each combination of true label and predictions
occurs matters, and these counts of a draw follow a multinomial distribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEVEL",
    "Difference",
    "Interval",
    "holm",
    "macro_f1",
    "paired_difference",
    "score_interval",
    "value_interval",
]

DRAWS = 2000
LEVEL = 0.05
"""Differences with a corrected p-value below this count as real."""

# At most so many numbers in one block of draws, to bound memory.
BLOCK_NUMBERS = 4_000_000

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Interval:
    """A score with its uncertainty.

    Attributes:
        mean: The mean over the folds.
        low: Lower end of the 95 % interval.
        high: Upper end.
        values: The score in each fold.
    """

    mean: float
    low: float
    high: float
    values: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return all figures as what JSON knows."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "values": list(self.values)}


@dataclass(frozen=True)
class Difference:
    """How far a model lies from the best.

    Attributes:
        mean: Its score less that of the best, so below 0 where it is worse.
        low: Lower end of the 95 % interval.
        high: Upper end.
        p: The two-sided p-value; `holm` corrects it for the number of comparisons.
    """

    mean: float
    low: float
    high: float
    p: float

    def to_json(self) -> dict[str, float]:
        """Return all figures as what JSON knows."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "p": self.p}


def macro_f1(true: Codes, predicted: Codes, n_labels: int) -> float:
    """Return the mean F1 of the labels that occur among the true or predicted ones.

    Args:
        true: int64 (n_texts,), the true labels' numbers.
        predicted: int64 (n_texts,), the predicted ones.
        n_labels: How many labels there are.

    Example:
        >>> round(macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1]), 3), 3)
        0.667
    """
    cells = true * n_labels + predicted
    confusion = np.bincount(cells, minlength=n_labels * n_labels).reshape(n_labels, n_labels)
    found = f1_means(
        np.diag(confusion)[None], confusion.sum(axis=1)[None], confusion.sum(axis=0)[None]
    )
    return float(found[0])


def f1_means(
    right: NDArray[Any], true: NDArray[Any], predicted: NDArray[Any]
) -> NDArray[np.float64]:
    """Return macro-F1 of many draws from counts (n_draws, n_labels)."""
    both = true + predicted
    f1 = np.divide(2.0 * right, both, out=np.zeros(both.shape), where=both > 0)
    mean: NDArray[np.float64] = f1.sum(axis=1) / np.maximum(1, (both > 0).sum(axis=1))
    return mean


def score_interval(
    true: Sequence[Codes], predicted: Sequence[Codes], n_labels: int, seed: int = 0
) -> tuple[Interval, Interval]:
    """Return macro-F1 and accuracy of predictions, with percentile intervals of the bootstrap.

    Args:
        true: For each fold int64 (n_texts,), the true labels' numbers.
        predicted: For each fold int64 (n_texts,), the predicted ones.
        n_labels: How many labels there are.
        seed: Seed of the draws.

    Returns:
        Macro-F1, and accuracy: the means over the folds.
    """
    scores, hits = [], []
    for fold, (truth, guess) in enumerate(zip(true, predicted, strict=True)):
        drawn_scores, drawn_hits = drawn(truth, [guess], n_labels, seed + fold)
        scores.append(drawn_scores[0])
        hits.append(drawn_hits[0])
    values = [macro_f1(t, p, n_labels) for t, p in zip(true, predicted, strict=True)]
    shares = [float(np.mean(t == p)) for t, p in zip(true, predicted, strict=True)]
    return (
        percentiles(np.mean(scores, axis=0), values),
        percentiles(np.mean(hits, axis=0), shares),
    )


def percentiles(draws: NDArray[np.float64], values: Sequence[float]) -> Interval:
    """Return the mean of values with the interval of draws around it."""
    low, high = np.percentile(draws, [2.5, 97.5]).tolist()
    mean = float(np.mean(values))
    # A mean beyond all its draws would be an odd interval: macro-F1 of draws is a bit lower.
    return Interval(mean, min(low, mean), max(high, mean), tuple(values))


def value_interval(values: Sequence[float]) -> Interval:
    """Return the mean of a few independent values with a 95 % interval by Student's t.

    Args:
        values: At least one; of a single one nothing is known of the spread, and the interval is
            the value itself.

    Example:
        >>> [round(end, 3) for end in (value_interval([0.7, 0.8]).low, value_interval([0.7]).low)]
        [0.115, 0.7]
    """
    from scipy.stats import t

    mean, n = float(np.mean(values)), len(values)
    reach = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    return Interval(mean, max(0.0, mean - reach), min(1.0, mean + reach), tuple(values))


def paired_difference(
    true: Sequence[Codes],
    predicted: Sequence[Codes],
    best: Sequence[Codes],
    n_labels: int,
    seed: int = 0,
) -> Difference:
    """Compare the macro-F1 of two models on the same texts.

    The p-value is the share of draws in which the difference moves from its mean by at least what
    was measured: how often luck alone does that.

    Args:
        true: For each fold int64 (n_texts,), the true labels' numbers.
        predicted: For each fold the predictions of the one model.
        best: For each fold those of the other.
        n_labels: How many labels there are.
        seed: Seed of the draws.

    Returns:
        The first model's score less the second's.

    Example:
        >>> true = np.array([0, 1] * 50)
        >>> wrong = np.where(np.arange(100) < 20, 1 - true, true)
        >>> paired_difference([true], [wrong], [true], 2).p < 0.01
        True
    """
    draws = np.zeros(DRAWS)
    measured = 0.0
    for fold, (truth, one, other) in enumerate(zip(true, predicted, best, strict=True)):
        scores, _ = drawn(truth, [one, other], n_labels, seed + fold)
        draws += (scores[0] - scores[1]) / len(true)
        measured += (macro_f1(truth, one, n_labels) - macro_f1(truth, other, n_labels)) / len(true)
    low, high = np.percentile(draws, [2.5, 97.5]).tolist()
    # The least change of a float must not make equal models differ.
    extreme = np.sum(np.abs(draws - draws.mean()) >= abs(measured) - 1e-12)
    return Difference(measured, low, high, float((extreme + 1) / (DRAWS + 1)))


def drawn(
    true: Codes, predicted: Sequence[Codes], n_labels: int, seed: int
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Return macro-F1 and accuracy of each model in `DRAWS` draws of the same texts."""
    columns = np.stack([true, *predicted], axis=1)
    cells, counts = np.unique(columns, axis=0, return_counts=True)
    hot = [np.eye(n_labels)[cells[:, place]] for place in range(cells.shape[1])]
    random = np.random.default_rng(seed)
    scores: list[list[NDArray[np.float64]]] = [[] for _ in predicted]
    hits: list[list[NDArray[np.float64]]] = [[] for _ in predicted]
    block = max(1, min(DRAWS, BLOCK_NUMBERS // len(cells)))
    for start in range(0, DRAWS, block):
        draws = random.multinomial(
            len(true), counts / len(true), size=min(block, DRAWS - start)
        ).astype(np.float64)
        in_truth = draws @ hot[0]
        for place in range(len(predicted)):
            right = draws @ (hot[0] * hot[place + 1])
            scores[place].append(f1_means(right, in_truth, draws @ hot[place + 1]))
            hits[place].append(right.sum(axis=1) / len(true))
    return [np.concatenate(each) for each in scores], [np.concatenate(each) for each in hits]


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for the number of comparisons (Holm 1979).

    Args:
        p_values: One for each comparison.

    Returns:
        The corrected ones, in the same order.

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    corrected = [1.0] * len(p_values)
    highest = 0.0
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected
