"""The best few of many scores, as a binary heap whose root is the worst of them."""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel

__all__ = ["replace_worst"]


@inline_kernel
def replace_worst(
    scores: NDArray[np.float32], names: NDArray[np.integer], score: float, name: int
) -> None:
    """Replace the worst of a heap, its root; of equal scores the smaller name is better.

    Args:
        scores: float32 (size,), changed: a binary heap.
        names: whole numbers (size,), changed: what the scores belong to.
        score: The score that takes the worst one's place.
        name: What it belongs to.
    """
    size = len(scores)
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            scores[other] < scores[child]
            or (scores[other] == scores[child] and names[other] > names[child])
        ):
            child = other
        if scores[child] > score or (scores[child] == score and names[child] < name):
            break
        scores[hole] = scores[child]
        names[hole] = names[child]
        hole = child
    scores[hole] = score
    names[hole] = name
