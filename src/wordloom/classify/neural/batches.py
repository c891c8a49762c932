"""Texts of about the same length together, so that little time goes into padding."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batch", "Batches", "bucket_lengths", "truncated"]

STEP = 8
# Each bucket compiles the network once more, which takes seconds; a further one has to spare this
# share of all the work.
WORTH = 0.06
MAX_BUCKETS = 5


def truncated(
    ids: NDArray[np.int32], splits: NDArray[np.int64], max_tokens: int, truncate: str
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Cut long texts.

    Args:
        ids: int32 (n_tokens,), the tokens of all texts.
        splits: int64 (n_texts + 1,), where each text starts.
        max_tokens: How many tokens a text keeps.
        truncate: Which end is cut off: "pre", the front, or "post".

    Returns:
        The tokens that are left, and their splits.

    Example:
        >>> ids, splits = np.array([1, 2, 3, 4], np.int32), np.array([0, 3, 4])
        >>> truncated(ids, splits, 2, "pre")
        (array([2, 3, 4], dtype=int32), array([0, 2, 3]))
    """
    lengths = np.minimum(np.diff(splits), max_tokens)
    starts = splits[1:] - lengths if truncate == "pre" else splits[:-1]
    new_splits = np.zeros(len(splits), np.int64)
    np.cumsum(lengths, out=new_splits[1:])
    places = np.arange(new_splits[-1]) - np.repeat(new_splits[:-1] - starts, lengths)
    return ids[places], new_splits


def bucket_lengths(lengths: NDArray[np.int64]) -> tuple[int, ...]:
    """Choose the lengths to which texts are padded, at most five of them.

    Of all choices with so many lengths it is the one with the least padding (by dynamic
    programming); a further length is taken if it spares 6 % of all tokens, padding included.

    Args:
        lengths: int64 (n_texts,), how many tokens each text has.

    Returns:
        The lengths, rising, multiples of 8; the last one holds the longest text.

    Example:
        >>> bucket_lengths(np.array([3] * 50 + [30] * 50))
        (8, 32)
    """
    rounded = np.maximum(-(-lengths // STEP), 1) * STEP
    sizes, counts = np.unique(rounded, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])
    # cost[i, j]: the padded tokens of the sizes from i to j - 1, all padded to the last of them.
    cost = (before[None, :] - before[:, None]) * np.concatenate([[0], sizes])[None, :]
    n = len(sizes)
    cost = np.where(np.arange(n + 1)[:, None] <= np.arange(n + 1)[None, :], cost, np.iinfo(int).max)
    best, ends = cost[0].astype(np.float64), [np.zeros(n + 1, np.int64)]
    chosen = 0
    totals = [best[n]]
    for _ in range(1, min(MAX_BUCKETS, n)):
        sums = best[:, None] + cost
        ends.append(sums.argmin(axis=0))
        best = sums.min(axis=0)
        totals.append(best[n])
        if totals[-2] - totals[-1] < WORTH * totals[0]:
            break
        chosen += 1
    places, end = [], n
    for level in range(chosen, -1, -1):
        places.append(int(sizes[end - 1]))
        end = int(ends[level][end])
    return tuple(sorted(set(places)))


@dataclass(frozen=True)
class Batch:
    """Which texts go through the network together.

    Attributes:
        texts: int64 (n,), the numbers of the texts; at most as many as a batch has rows.
        length: To how many tokens they are padded.
    """

    texts: NDArray[np.int64]
    length: int


class Batches:
    """Makes batches of texts.

    Args:
        ids: int32 (n_tokens,), the tokens of all texts.
        splits: int64 (n_texts + 1,), where each text starts.
        lengths: The lengths to which texts are padded, rising; the last one must hold the longest.
        size: How many texts a batch has.
        pad: Where padding goes: "post", behind the text, or "pre".

    Example:
        >>> ids, splits = np.array([1, 2, 3, 4], np.int32), np.array([0, 3, 4])
        >>> batches = Batches(ids, splits, (4,), size=2)
        >>> batches.ids(batches.in_order()[0]).tolist()
        [[1, 2, 3, 0], [4, 0, 0, 0]]
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        splits: NDArray[np.int64],
        lengths: tuple[int, ...],
        size: int,
        pad: str = "post",
    ) -> None:
        self.tokens = ids
        self.splits = splits
        self.lengths = lengths
        self.size = size
        self.pad = pad
        self.bucket = np.searchsorted(np.array(lengths), np.diff(splits))

    def in_order(self, texts: NDArray[np.int64] | None = None) -> list[Batch]:
        """Return batches of texts by rising length; the last of each length may have fewer rows.

        Args:
            texts: int64, the numbers of the texts; None takes all.
        """
        texts = np.arange(len(self.bucket)) if texts is None else texts
        batches = []
        for bucket, length in enumerate(self.lengths):
            members = texts[self.bucket[texts] == bucket]
            batches += [
                Batch(members[start : start + self.size], length)
                for start in range(0, len(members), self.size)
            ]
        return batches

    def shuffled(self, texts: NDArray[np.int64], random: np.random.Generator) -> list[Batch]:
        """Return batches of texts in a random order, all but one of them full.

        What is left over in a bucket goes with the next longer ones.

        Args:
            texts: int64, the numbers of the texts.
            random: Draws the order.
        """
        texts = random.permutation(texts)
        batches, left = [], texts[:0]
        for bucket, length in enumerate(self.lengths):
            members = np.concatenate([left, texts[self.bucket[texts] == bucket]])
            full = len(members) // self.size * self.size
            batches += [
                Batch(members[start : start + self.size], length)
                for start in range(0, full, self.size)
            ]
            left = members[full:]
        if len(left):
            batches.append(Batch(left, self.lengths[int(self.bucket[left].max())]))
        return [batches[place] for place in random.permutation(len(batches)).tolist()]

    def ids(self, batch: Batch) -> NDArray[np.int32]:
        """Return the words of a batch, int32 (size, length): rows that are left over are padding.

        Args:
            batch: The batch.
        """
        return self.padded(batch, self.tokens[self.places(batch)])

    def places(self, batch: Batch) -> NDArray[np.int64]:
        """Return the places of a batch's tokens among all, int64 (n,), text after text.

        Args:
            batch: The batch.
        """
        starts, ends = self.splits[batch.texts], self.splits[batch.texts + 1]
        lengths = ends - starts
        before = np.cumsum(lengths) - lengths
        places: NDArray[np.int64] = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
        return places

    def padded(self, batch: Batch, values: NDArray[Any]) -> NDArray[Any]:
        """Lay what each token of a batch has into rows, with zeros where there is no token.

        Args:
            batch: The batch.
            values: (n, ...), of the tokens in the order of `places`.

        Returns:
            (size, length, ...), of the same dtype; float32 for float16.
        """
        lengths = self.splits[batch.texts + 1] - self.splits[batch.texts]
        places = np.arange(batch.length)[None, :]
        if self.pad == "pre":
            places = places - (batch.length - lengths)[:, None]
        dtype = np.float32 if values.dtype == np.float16 else values.dtype
        rows = np.zeros((self.size, batch.length, *values.shape[1:]), dtype)
        rows[: len(batch.texts)][(places >= 0) & (places < lengths[:, None])] = values
        return rows
