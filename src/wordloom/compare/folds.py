"""Which texts are held out when, which ones a learning curve begins with, and a fair sample."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEVER_HELD_OUT", "assign_folds", "nested_order", "stratified_sample"]

NEVER_HELD_OUT = -1
"""The fold of texts that are only trained on."""


def assign_folds(
    labels: NDArray[np.int64], keys: Sequence[Hashable], n_folds: int, seed: int
) -> NDArray[np.int64]:
    """Spread texts over folds, each label evenly, equal texts together.

    A text and its copy on both sides of a split would let a model score by memory. So texts with
    equal keys go to one fold, by the label of the first of them, always to the one that has the
    fewest texts of that label so far (the fewest texts of all, where several do).

    Args:
        labels: int64 (n_texts,), the number of each text's label.
        keys: What is equal for equal texts.
        n_folds: How many folds there are.
        seed: Seed of the shuffling.

    Returns:
        int64 (n_texts,), the fold of each text; `NEVER_HELD_OUT` where all texts of a label are
        one and the same: held out, nothing would be left to learn it from.

    Example:
        >>> folds = assign_folds(np.array([0, 0, 0, 0, 1]), ["a", "a", "b", "c", "d"], 2, seed=0)
        >>> folds[0] == folds[1], folds[4].item()
        (np.True_, -1)
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for place in np.random.default_rng(seed).permutation(len(labels)).tolist():
        groups[keys[place]].append(place)
    of_label: dict[int, list[list[int]]] = defaultdict(list)
    for members in groups.values():
        of_label[int(labels[members[0]])].append(members)
    folds = np.full(len(labels), NEVER_HELD_OUT, np.int64)
    sizes = [0] * n_folds
    for label in sorted(of_label):
        if len(of_label[label]) < 2:
            continue
        own = [0] * n_folds
        for members in of_label[label]:
            fold = min(range(n_folds), key=lambda each: (own[each], sizes[each]))
            folds[members] = fold
            own[fold] += len(members)
            sizes[fold] += len(members)
    return folds


def nested_order(labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Order texts so that each beginning of the order is a fair, stratified draw.

    First one text of each label, then all others such that each label's share of any beginning is
    about its share of all. A longer beginning holds the shorter ones, so that a learning curve
    rises by what is added, not by the luck of another draw.

    Args:
        labels: int64 (n_texts,), the number of each text's label.
        seed: Seed of the draw.

    Returns:
        int64 (n_texts,), the places of the texts, in their new order.

    Example:
        >>> labels = np.array([0] * 6 + [1] * 2)
        >>> labels[nested_order(labels, seed=1)[:4]].tolist().count(1)
        1
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    _, starts, of_each, counts = np.unique(
        labels[by_label], return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.arange(len(by_label)) - starts[of_each]
    # The middle of the text's own share of its label, and the first of each label before all.
    due = np.where(rank == 0, -1.0, (rank + 0.5) / counts[of_each])
    return by_label[np.argsort(due, kind="stable")]


def stratified_sample(labels: NDArray[np.int64], size: int, seed: int) -> NDArray[np.int64]:
    """Choose texts at random so that labels keep their shares, two of each label at least.

    Args:
        labels: int64 (n_texts,), the number of each text's label.
        size: How many texts to choose, about: rare labels may add a few.
        seed: Seed of the choice.

    Returns:
        int64, the places of the chosen texts, rising; all, if there are no more.

    Example:
        >>> labels = np.array([0] * 90 + [1] * 10)
        >>> np.bincount(labels[stratified_sample(labels, 10, seed=0)]).tolist()
        [9, 2]
    """
    if len(labels) <= size:
        return np.arange(len(labels))
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    chosen = []
    for label in np.unique(labels).tolist():
        members = shuffled[labels[shuffled] == label]
        chosen.append(members[: max(2, round(size * len(members) / len(labels)))])
    return np.sort(np.concatenate(chosen))
