"""Rank correlation, and how far scores move when their items are drawn again (the bootstrap).

A bootstrap draws as many items as there are, with replacement, many times over, and works out the
score of each draw. The middle 95 % of these scores are its percentile interval (Efron 1979). Scores
of several embeddings are worked out on the same draws, so that the interval of their difference
says whether one is really better.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "percentile_interval",
    "resampled_means",
    "resampled_spearman",
    "spearman",
]

CELLS_AT_ONCE = 1 << 20
"""Draws × items that are worked on at a time: 8 MB for each array."""


def spearman(left: ArrayLike, right: ArrayLike) -> float | None:
    """Return Spearman's rank correlation; equal values share the mean of their ranks.

    Args:
        left: (n_items,), numbers.
        right: (n_items,), numbers.

    Returns:
        The correlation, from -1 to 1; None for fewer than three items, or where all numbers of one
        side are equal.

    Example:
        >>> spearman([1, 2, 3, 4], [10, 30, 20, 40])
        0.8
    """
    first = np.asarray(left, np.float64)
    if len(first) < 3:
        return None
    once = np.ones((1, len(first)), np.int32)
    correlation = float(correlate(once, Ranking(first), [Ranking(np.asarray(right))])[0, 0])
    return None if np.isnan(correlation) else correlation


def resampled_spearman(
    human: ArrayLike, predictions: Sequence[ArrayLike], resamples: int, seed: int = 0
) -> NDArray[np.float64]:
    """Return Spearman's rank correlation of several predictions on the same draws of items.

    Ranks are worked out anew for each draw, so the result is what the plain way gives.

    Args:
        human: (n_items,), what the predictions are compared with.
        predictions: For each embedding (n_items,), its similarities.
        resamples: How many draws.
        seed: What the draws follow from.

    Returns:
        float64 (n_predictions, resamples); NaN where all numbers of one side are equal.

    Example:
        >>> human, close, far = [1, 2, 3, 4, 5], [1, 2, 4, 3, 5], [5, 4, 3, 2, 1]
        >>> found = resampled_spearman(human, [close, far], resamples=4)
        >>> found.shape, bool((found[0] > found[1]).all())
        ((2, 4), True)
    """
    scores = Ranking(np.asarray(human, np.float64))
    rankings = [Ranking(np.asarray(values, np.float64)) for values in predictions]
    blocks = [
        correlate(counts, scores, rankings) for counts in draws(len(scores.order), resamples, seed)
    ]
    return np.concatenate(blocks, axis=1)


def resampled_means(
    values: NDArray[np.float64], groups: NDArray[np.int64], resamples: int, seed: int = 0
) -> NDArray[np.float64]:
    """Return the means of several rows of values on the same draws of groups of items.

    Items that have something in common, as questions about the same pair of words, are right or
    wrong together. Drawing whole groups keeps the interval from being too narrow.

    Args:
        values: float64 (n_rows, n_items).
        groups: int64 (n_items,), the group of each item, from 0 on.
        resamples: How many draws.
        seed: What the draws follow from.

    Returns:
        float64 (n_rows, resamples).

    Example:
        >>> resampled_means(np.ones((1, 4)), np.array([0, 0, 1, 2]), resamples=3).tolist()
        [[1.0, 1.0, 1.0]]
    """
    sizes = np.bincount(groups)
    sums = np.array([np.bincount(groups, row) for row in values])
    blocks = [sums @ counts.T / (sizes @ counts.T) for counts in draws(len(sizes), resamples, seed)]
    return np.concatenate(blocks, axis=1)


def percentile_interval(scores: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the middle 95 % of scores.

    Args:
        scores: float64 (resamples,), the scores of the draws; NaN counts for nothing.

    Returns:
        Its lower and its upper end; None where there is no score.

    Example:
        >>> percentile_interval(np.arange(101.0))
        (2.5, 97.5)
    """
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return None
    low, high = np.percentile(finite, [2.5, 97.5]).tolist()
    return low, high


class Ranking:
    """Numbers in rising order, and which of them are equal.

    Args:
        values: float64 (n_values,).
    """

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.order = np.argsort(values, kind="stable")
        risen = values[self.order]
        differs = risen[1:] != risen[:-1]
        self.last_of_tie = np.flatnonzero(np.append(differs, True))
        self.tie = np.empty(len(values), np.int64)
        self.tie[self.order] = np.concatenate([[0], np.cumsum(differs)])

    def centred(self, counts: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the ranks of the values in each draw, less the mean rank.

        A tie takes the places from `start` to `end`; the mean of its ranks, less that of all
        ranks, is (start + end - n) / 2.

        Args:
            counts: int32 (n_draws, n_values), how often each draw holds each value.

        Returns:
            float64 (n_draws, n_values).
        """
        taken = np.cumsum(counts[:, self.order], axis=1, dtype=np.int32)[:, self.last_of_tie]
        middle = taken.astype(np.float64)
        middle[:, 1:] += taken[:, :-1]
        middle -= taken[:, -1:]
        middle /= 2
        ranks: NDArray[np.float64] = middle[:, self.tie]
        return ranks


def correlate(
    counts: NDArray[np.int32], human: Ranking, predictions: Sequence[Ranking]
) -> NDArray[np.float64]:
    """Return the rank correlations on draws, float64 (n_predictions, n_draws)."""
    ranks = human.centred(counts)
    weighted = ranks * counts
    spread = np.einsum("ij,ij->i", weighted, ranks)
    found = np.empty((len(predictions), len(counts)))
    for row, prediction in zip(found, predictions, strict=True):
        others = prediction.centred(counts)
        product = np.einsum("ij,ij->i", weighted, others)
        others *= others
        others_spread = np.einsum("ij,ij->i", others, counts)
        with np.errstate(invalid="ignore"):
            # 0 / 0 where all are equal.
            row[:] = np.clip(product / np.sqrt(spread * others_spread), -1.0, 1.0)
    return found


def draws(n_items: int, resamples: int, seed: int) -> Iterator[NDArray[np.int32]]:
    """Yield how often each draw holds each item, int32 (n_draws, n_items), block by block."""
    generator = np.random.default_rng(seed)
    at_once = max(1, CELLS_AT_ONCE // n_items)
    for start in range(0, resamples, at_once):
        n_draws = min(at_once, resamples - start)
        cells = generator.integers(0, n_items, (n_draws, n_items))
        cells += np.arange(n_draws)[:, None] * n_items
        counts = np.bincount(cells.ravel(), minlength=n_draws * n_items)
        yield counts.reshape(n_draws, n_items).astype(np.int32)
