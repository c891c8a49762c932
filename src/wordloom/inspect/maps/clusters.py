"""The words of a map sorted into clusters, each named by its most central words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Clusters", "find_clusters"]

# More centres do not get better by seeing more words than this.
FITTED_WORDS = 20_000
NAME_WORDS = 3
# A name is looked for among this share of a cluster's words, the most frequent ones, but among no
# fewer than NAMING_WORDS.
NAMING_SHARE = 0.03
NAMING_WORDS = 20


@dataclass(frozen=True)
class Clusters:
    """Which words belong together.

    Attributes:
        of_words: int32 (n_words,), the cluster of each word; cluster 0 is the largest.
        names: For each cluster the rows of its most central words, the most central first.
    """

    of_words: NDArray[np.int32]
    names: list[list[int]]


def find_clusters(units: NDArray[np.float32], count: int, seed: int = 1) -> Clusters:
    """Sort words into clusters by k-means on the unit sphere, in all dimensions of their vectors.

    Args:
        units: float32 (n_words, dim), vectors of length 1, the most important word first.
        count: How many clusters; fewer are made of fewer words.
        seed: What random numbers begin with.

    Returns:
        The clusters, the largest first.

    Example:
        >>> units = np.array([[1, 0], [0, 1], [0.6, 0.8], [0.8, 0.6], [0.1, 0.99]], np.float32)
        >>> clusters = find_clusters(units, 2)
        >>> clusters.of_words.tolist(), clusters.names
        ([1, 0, 0, 1, 0], [[4], [0]])
    """
    from sklearn.cluster import KMeans

    n_words = len(units)
    count = min(count, len(np.unique(units[:FITTED_WORDS], axis=0)))
    if count < 1:
        return Clusters(np.zeros(n_words, np.int32), [])
    fitted = KMeans(count, n_init=3, random_state=seed).fit(units[:FITTED_WORDS])
    found = fitted.predict(units)
    by_size = np.argsort(-np.bincount(found, minlength=count), kind="stable")
    numbers = np.empty(count, np.int32)
    numbers[by_size] = np.arange(count)
    of_words = numbers[found]
    names = []
    for cluster, center in enumerate(fitted.cluster_centers_[by_size]):
        rows = np.flatnonzero(of_words == cluster)
        frequent = rows[: max(NAMING_WORDS, int(len(rows) * NAMING_SHARE))]
        nearness = units[frequent] @ center
        best = np.argsort(-nearness, kind="stable")[: min(NAME_WORDS, max(1, len(rows) // 2))]
        names.append(frequent[best].tolist())
    return Clusters(of_words, names)
