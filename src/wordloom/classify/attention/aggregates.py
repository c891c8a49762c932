"""Means of weights over groups of tokens, a million tokens at a time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["AttentionRow", "aggregate"]


@dataclass(frozen=True)
class AttentionRow:
    """What a group of tokens gave to each embedding. Tuples have one entry for each embedding.

    Attributes:
        name: The group: a word, a range of frequencies, a class.
        n_tokens: How many tokens it has.
        n_texts: How many texts these are from.
        mean: Mean weight; NaN where there are no tokens.
        deviation: Standard deviation of the weight over the tokens.
        error: Standard error of the mean, for texts drawn anew. Words of one text are not
            independent, so what differs from text to text is counted and not from token to token
            (clustered standard error, Liang & Zeger 1986); NaN below two texts.
        largest: Share of the tokens at which the embedding has the largest weight; embeddings
            that share the first place share the token.
        known: Share of the tokens for which the embedding has a vector, or None where that was
            not told.
    """

    name: str
    n_tokens: int
    n_texts: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    error: tuple[float, ...]
    largest: tuple[float, ...]
    known: tuple[float, ...] | None

    def to_json(self) -> dict[str, Any]:
        """Return all figures as what JSON knows; None stands for NaN.

        Returns:
            The fields by name.
        """
        return {
            field: [None if number != number else number for number in value]
            if isinstance(value, tuple)
            else value
            for field, value in asdict(self).items()
        }


def aggregate(
    names: Sequence[str],
    groups: NDArray[np.int64],
    texts: NDArray[np.int64],
    weights: NDArray[np.float32],
    known: NDArray[np.bool_] | None = None,
) -> list[AttentionRow]:
    """Average weights over groups of tokens.

    Args:
        names: The groups' names.
        groups: int64 (n_tokens,), the number of each token's group.
        texts: int64 (n_tokens,), the number of each token's text.
        weights: float32 (n_tokens, n_embeddings).
        known: bool (n_tokens, n_embeddings), or None.

    Returns:
        A row for each group, in their order.

    Example:
        >>> weights = np.array([[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]], np.float32)
        >>> row, empty = aggregate(["all", "none"], np.zeros(3, int), np.arange(3), weights)
        >>> row.mean, row.largest, empty.n_tokens
        ((0.5, 0.5), (0.5, 0.5), 0)
    """
    n_groups = len(names)
    counts = np.bincount(groups, minlength=n_groups)

    def means(values: NDArray[np.generic]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):  # a group without tokens has no mean
            return sums(values, groups, n_groups) / counts[:, None]

    mean = means(weights)
    rest = weights - mean[groups]
    # Each text's part in each group, and the squares of what it adds to the group's sum.
    n_texts = int(texts.max(initial=-1)) + 1
    parts, part = np.unique(groups * n_texts + texts, return_inverse=True)
    owners = parts // max(1, n_texts)
    texts_in = np.bincount(owners, minlength=n_groups)
    square = sums(sums(rest, part, len(parts)) ** 2, owners, n_groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        few = np.where(texts_in > 1, texts_in / (texts_in - 1), np.nan)
        error = np.sqrt(few[:, None] * square) / counts[:, None]
    first = weights == weights.max(axis=1, keepdims=True, initial=0)
    largest = means(first / first.sum(axis=1, keepdims=True))
    columns = [mean, np.sqrt(means(rest**2)), error, largest]
    tables = [list(map(tuple, column.tolist())) for column in columns]
    knowing = [None] * n_groups if known is None else list(map(tuple, means(known).tolist()))
    rows = zip(names, counts.tolist(), texts_in.tolist(), *tables, knowing, strict=True)
    return [AttentionRow(*row) for row in rows]


def sums(
    values: NDArray[np.generic], groups: NDArray[np.int64], n_groups: int
) -> NDArray[np.float64]:
    """Return the sum of each column of values (n, columns) over each group (n_groups, columns)."""
    return np.stack([np.bincount(groups, column, n_groups) for column in values.T], axis=1)
