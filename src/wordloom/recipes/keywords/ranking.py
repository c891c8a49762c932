"""How well a measure of keyword lists ranks: by the other half of a list, and by discipline.

Each score is compared with all others of its row. Equal scores share their ranks: each gets what a
random order of them would get on average, so that a measure which says 0 everywhere gets chance.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.keywords.lists import KeywordLists

__all__ = ["TOP", "by_topic", "of_other_half", "split_halves"]

TOP = 10
"""Recall and precision are those of so many papers at the top."""

Matrix = NDArray[np.float32]
Values = NDArray[np.float64]


def split_halves(lists: Sequence[Sequence[str]], seed: int) -> tuple[KeywordLists, KeywordLists]:
    """Split each list at random; where the number is odd, the second half has one more.

    Args:
        lists: The keywords of each paper, at least two different ones.
        seed: Seed of the random generator.

    Returns:
        The first halves, and the second ones. The two of a paper share no keyword, however it is
        spelled.

    Example:
        >>> one, other = split_halves([["fever", "cough", "Cough", "flu"]], seed=1)
        >>> len(one[0]), len(other[0]), set(one.keywords) & set(other.keywords)
        (1, 2, set())
    """
    random = np.random.default_rng(seed)
    halves: tuple[list[list[str]], list[list[str]]] = ([], [])
    for own in lists:
        distinct = KeywordLists([own])[0]
        mixed = [distinct[place] for place in random.permutation(len(distinct)).tolist()]
        middle = len(mixed) // 2
        halves[0].append(mixed[:middle])
        halves[1].append(mixed[middle:])
    return KeywordLists(halves[0]), KeywordLists(halves[1])


def of_other_half(scores: Matrix) -> tuple[Values, Values]:
    """Judge a measure by where it puts the other half of a paper's own keywords.

    Args:
        scores: float32 (n, n), how similar each first half is to each second one; those of one
            paper stand on the diagonal.

    Returns:
        For each paper the reciprocal of the rank of its own second half, and whether that is among
        the first 10; both float64 (n,).

    Example:
        >>> rank, recall = of_other_half(np.array([[0.5, 0.1], [0.2, 0.2]], np.float32))
        >>> rank.tolist(), recall.tolist()
        ([1.0, 0.75], [1.0, 1.0])
    """
    own = np.diag(scores)[:, None]
    better = (scores > own).sum(axis=1)
    equal = (scores == own).sum(axis=1)
    # The mean of 1 / rank over the ranks that equal scores share.
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, len(scores) + 1))])
    reciprocal = (harmonic[better + equal] - harmonic[better]) / equal
    return reciprocal, np.clip((TOP - better) / equal, 0.0, 1.0)


def by_topic(scores: Matrix, topics: Sequence[str]) -> tuple[Values, Values]:
    """Judge a measure by whether papers of one discipline come before others.

    Args:
        scores: float32 (n, n), how similar each paper's keywords are to those of each.
        topics: The discipline of each paper.

    Returns:
        For each paper, all others ranked: how probable it is that one of its own discipline comes
        before one of another (the area under the ROC curve, 0.5 by chance), and the share of its
        own among the first 10; both float64 (n,). NaN where there is none of its own, or no other.

    Example:
        >>> scores = np.array([[1, 0.9, 0.2], [0.9, 1, 0.1], [0.2, 0.1, 1]], np.float32)
        >>> by_topic(scores, ["a", "a", "b"])[0].tolist()
        [1.0, 1.0, nan]
    """
    from scipy.stats import rankdata

    names = np.unique(np.asarray(topics), return_inverse=True)[1]
    n = len(names)
    others = ~np.eye(n, dtype=np.bool_)
    scores = scores[others].reshape(n, n - 1)
    same = (names[:, None] == names)[others].reshape(n, n - 1)
    n_same = same.sum(axis=1)
    n_other = n - 1 - n_same
    # Mann and Whitney: the rank sum of the ones, less what it is at least, over all pairs.
    sums = np.where(same, rankdata(scores, axis=1), 0.0).sum(axis=1) - n_same * (n_same + 1) / 2
    pairs = (n_same * n_other).astype(np.float64)
    area = np.divide(sums, pairs, out=np.full(n, np.nan), where=pairs > 0)

    top = min(TOP, n - 1)
    last = np.partition(scores, -top, axis=1)[:, -top, None]
    above, equal = scores > last, scores == last
    left = (top - above.sum(axis=1)) / equal.sum(axis=1)
    found = (above & same).sum(axis=1) + left * (equal & same).sum(axis=1)
    return area, np.where(np.isnan(area), np.nan, found / top)
