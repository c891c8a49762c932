"""Vectors that stay on disk, or are worked out, until somebody asks for them."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import read_only

__all__ = ["LazyVectors", "needed_rows"]


class LazyVectors(ABC):
    """Stands for a float32 matrix whose rows are made when they are needed.

    `StaticEmbedding` and `Subwords` take one in place of an array.

    Args:
        n_rows: How many rows the matrix has.
        dim: How many numbers a row has.
    """

    def __init__(self, n_rows: int, dim: int) -> None:
        self.shape = (n_rows, dim)

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some rows; safe to call from several threads at once.

        Args:
            ids: int64 (n,), which rows.

        Returns:
            float32 (n, dim), an array of its own.
        """

    def all(self) -> NDArray[np.float32]:
        """Return the whole matrix, float32 (n_rows, dim)."""
        return self.rows(np.arange(len(self)))


def needed_rows(
    vectors: NDArray[np.float32] | LazyVectors, ids: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64] | slice]:
    """Return a table that holds some rows of a matrix.

    Args:
        vectors: float32 (n_rows, dim), there or still to be made.
        ids: int32 (n,), which rows, in any order and repeated at will. Below 0: none. From n_rows
            on they stand for rows of another table, which goes on where this one ends.

    Returns:
        The table, float32 (n_table, dim): the matrix itself where it is there; the ids as places in
        the table; and which rows of the matrix the table holds.

    Example:
        >>> table, places, chosen = needed_rows(np.float32([[1], [2]]), np.array([1, 0, 2, -1]))
        >>> len(table), places.tolist(), chosen
        (2, [1, 0, 2, -1], slice(None, None, None))
    """
    if not isinstance(vectors, LazyVectors):
        return vectors, ids, slice(None)
    beyond = ids >= len(vectors)
    inside = (ids >= 0) & ~beyond
    chosen, found = np.unique(ids[inside].astype(np.int64), return_inverse=True)
    places = ids.copy()
    places[inside] = found
    places[beyond] -= len(vectors) - len(chosen)
    return read_only(vectors.rows(chosen)), places, chosen
