"""Which numbered n-grams each text holds, and how often: a sparse matrix, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import read_only
from wordloom.kernels.ngrams import count_in_texts

__all__ = ["NgramCounts", "frequent", "listed", "side_by_side"]


@dataclass(frozen=True)
class NgramCounts:
    """The different n-grams of each text: a sparse matrix, row by row.

    Attributes:
        starts: int64 (n_texts + 1,), the first entry of each text, then their number.
        columns: int32 (n_entries,), the n-grams: words first, then pairs, and so on.
        counts: float32 (n_entries,), how often each occurs in the text.
        n_ngrams: How many n-grams are known.
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    counts: NDArray[np.float32]
    n_ngrams: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def frequencies(self) -> NDArray[np.int64]:
        """Return in how many texts each n-gram occurs, int64 (n_ngrams,)."""
        return np.bincount(self.columns, minlength=self.n_ngrams)

    def first(self, n_texts: int) -> "NgramCounts":
        """Return those of the first texts."""
        end = self.starts[n_texts]
        return NgramCounts(
            self.starts[: n_texts + 1], self.columns[:end], self.counts[:end], self.n_ngrams
        )

    def part(self, texts: NDArray[np.int64]) -> "NgramCounts":
        """Return those of chosen texts, in the order given, int64 (n_chosen,)."""
        lengths = np.diff(self.starts)[texts]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[texts] - starts[:-1], lengths)
        return NgramCounts(starts, self.columns[places], self.counts[places], self.n_ngrams)


def listed(ids: NDArray[np.int32], splits: NDArray[np.int64], n_ngrams: int) -> NgramCounts:
    """Return the different n-grams of each text."""
    starts = np.empty(len(splits), np.int64)
    columns, counts = np.empty(len(ids), np.int32), np.empty(len(ids), np.float32)
    n_entries = count_in_texts(
        ids, read_only(splits), np.empty(n_ngrams, np.int64), starts, columns, counts
    )
    return NgramCounts(starts, columns[:n_entries].copy(), counts[:n_entries].copy(), n_ngrams)


def frequent(
    ids: NDArray[np.int32], splits: NDArray[np.int64], n_ngrams: int, least: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Drop n-grams of fewer texts: return the new numbers, and the old number of each one kept."""
    kept = np.flatnonzero(listed(ids, splits, n_ngrams).frequencies() >= least)
    numbers = np.full(n_ngrams + 1, -1, np.int32)
    numbers[kept] = np.arange(len(kept))
    return numbers[ids], kept


def side_by_side(blocks: Sequence[NgramCounts]) -> NgramCounts:
    """Put several matrices of the same texts side by side."""
    n_texts, first = len(blocks[0]), 0
    lengths = [np.diff(block.starts) for block in blocks]
    starts = np.concatenate([[0], np.cumsum(np.sum(lengths, axis=0))])
    columns = np.empty(starts[-1], np.int32)
    counts = np.empty(starts[-1], np.float32)
    begins = starts[:-1].copy()
    for block, length in zip(blocks, lengths, strict=True):
        places = np.arange(len(block.columns)) + np.repeat(begins - block.starts[:-1], length)
        columns[places], counts[places] = block.columns + np.int32(first), block.counts
        begins += length
        first += block.n_ngrams
    return NgramCounts(starts, columns, counts, first) if n_texts else blocks[0]
