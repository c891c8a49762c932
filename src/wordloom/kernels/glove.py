"""GloVe: the kernel that trains one block of co-occurrence counts.

Weighted least squares (Pennington, Socher, Manning 2014, "GloVe: Global Vectors for Word
Representation", EMNLP, equation 8) by AdaGrad, with the arithmetic of the authors' tool: the
accumulators begin at 1 and add up squares of gradients that are already clipped and multiplied by
the learning rate; biases move without a learning rate. (Here their gradients are clipped as well;
they only reach ±100 where training diverges.)

A word's parameters and their accumulators lie in one row of a table, H = padded(dim + 2) floats
each:

    row word      vector | bias | 1 | 0 … | accumulators of all these
    column word   vector | 1 | bias | 0 … | accumulators of all these

so that the inner product of two first halves is w·w̃ + b + b̃, and one step of AdaGrad trains
vectors and biases alike. The learning rate of everything that is no parameter is 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.adagrad import adagrad_step, dot_halves
from wordloom.kernels.compile import kernel
from wordloom.kernels.negative_sampling import aligned_zeros, next_random, uniform_below
from wordloom.kernels.prefetch import LINE, prefetch
from wordloom.kernels.simd import padded

__all__ = ["Cells", "glove_rates", "make_glove_table", "train_glove_block"]

AHEAD = 2
"""How many cells ahead rows are asked for; 2 was fastest of 0, 2, 4 and 8."""


class Cells(NamedTuple):
    """The cells of a block; every array (n_cells,)."""

    rows: NDArray[np.uint16]  # row of each cell in the block's part of the row words' table
    columns: NDArray[np.uint16]  # the same of the column words' table
    logarithms: NDArray[np.float32]  # of the counts
    weights: NDArray[np.float32]  # how much each cell counts


def make_glove_table(vectors: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return the table of row or column words as training begins.

    Args:
        vectors: float32 (n_words, dim + 1), the words' vectors, then their biases.
        side: 0 for row words, 1 for column words.

    Returns:
        float32 (n_words, 2 * padded(dim + 2)).
    """
    n_words, dim = vectors.shape[0], vectors.shape[1] - 1
    half = padded(dim + 2)
    table = aligned_zeros(n_words, 2 * half)
    table[:, :dim] = vectors[:, :dim]
    table[:, dim : dim + 2] = 1
    table[:, dim + side] = vectors[:, dim]
    table[:, half:] = 1
    return table


def glove_rates(dim: int, learning_rate: float) -> NDArray[np.float32]:
    """Return the learning rate of each place in a row: float32 (2, padded(dim + 2)).

    Example:
        >>> glove_rates(2, 0.5)[:, :5]
        array([[0.5, 0.5, 1. , 0. , 0. ],
               [0.5, 0.5, 0. , 1. , 0. ]], dtype=float32)
    """
    rates = np.zeros((2, padded(dim + 2)), np.float32)
    rates[:, :dim] = learning_rate
    rates[0, dim] = rates[1, dim + 1] = 1
    return rates


@kernel
def shuffle(order: NDArray[np.int32], state: np.uint64) -> None:
    """Fill ``order`` with 0 .. its length - 1 in random order (Fisher and Yates)."""
    for place in range(len(order)):
        order[place] = place
    for place in range(len(order) - 1, 0, -1):
        state = next_random(state)
        other = uniform_below(state, place + 1)
        order[place], order[other] = order[other], order[place]


@kernel
def train_glove_block(
    cells: Cells,
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
    rates: NDArray[np.float32],
    seed: np.uint64,
    order: NDArray[np.int32],
) -> tuple[float, float]:
    """Train on each cell of a block once, in random order.

    Args:
        cells: The cells; their row and column numbers are not checked.
        rows: float32 (n_rows, 2 * H), the block's part of the row words' table, changed in place.
        columns: float32 (n_columns, 2 * H), the same of the column words' table.
        rates: float32 (2, H), see `glove_rates`.
        seed: Where the block's random generator starts.
        order: int32 (n_cells,), this thread's room for the order.

    Returns:
        The loss before each step, half the weighted squared error, summed over the cells in
        float64; and a probe that is not finite as soon as an error is not.
    """
    shuffle(order, seed)
    loss, probe = 0.0, np.float32(0)
    for place in range(len(order)):
        coming = order[min(place + AHEAD, len(order) - 1)]
        for line in range(0, rows.shape[1], LINE):
            prefetch(rows, np.int64(cells.rows[coming]), np.int64(line))
            prefetch(columns, np.int64(cells.columns[coming]), np.int64(line))
        cell = order[place]
        row, column = np.int64(cells.rows[cell]), np.int64(cells.columns[cell])
        error = dot_halves(rows, row, columns, column) - cells.logarithms[cell]
        slope = cells.weights[cell] * error
        adagrad_step(rows, row, columns, column, slope, rates)
        loss += 0.5 * np.float64(slope) * np.float64(error)
        probe += error
    return loss, np.float64(probe)
