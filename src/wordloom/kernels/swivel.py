"""Swivel: one step on a block of the matrix of co-occurrence counts (Shazeer et al. 2016).

The score of a cell is the inner product of its row's vector and its column's. A block's step takes
three matrix products (`matrix_product`):

    scores = rows @ columns.T;   gradient of rows = G @ columns;   gradient of columns = G.T @ rows

with G the derivative of each cell's loss by its score. Rows go through in tiles, so that the scores
of a tile stay in cache. Nearly all cells are zero: G is computed as if all were, by arithmetic on
vectors without a branch, and then put right for those few that are not.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.matrix_product import (
    add_product,
    add_transposed_product,
    round_up,
    row_length,
)
from wordloom.kernels.negative_sampling import aligned_zeros
from wordloom.kernels.simd import VECTOR

__all__ = ["Cells", "Rule", "Side", "Space", "make_space", "soft_hinges", "train_swivel_block"]

TILE = 192
"""How many rows go through at a time: their scores against 1024 columns take 800 KiB."""

NEVER = np.float32(-1e30)
"""A score so low that the cell has neither loss nor gradient as an unobserved one."""


class Side(NamedTuple):
    """The rows of a block, or its columns; float32 arrays with one row for each.

    `vectors` and `squares` (the optimizer's mean or sum of squared gradients) are (n, padded dim)
    and change; `biases` is (n,): log(1 + sum of counts), for rows less log(1 + sum of all counts).
    """

    vectors: NDArray[np.float32]
    squares: NDArray[np.float32]
    biases: NDArray[np.float32]


class Cells(NamedTuple):
    """The cells of a block that are not zero, sorted by row; arrays (n_cells,)."""

    rows: NDArray[np.uint16]
    columns: NDArray[np.uint16]
    counts: NDArray[np.float32]


class Rule(NamedTuple):
    """The constants of a variant.

    A cell of count x weighs `confidence_base` + `confidence_scale` * sqrt(x). The optimizer keeps
    squares = `kept` * squares + `added` * gradient ** 2 and steps by learning rate * gradient /
    sqrt(squares + `epsilon`): AdaGrad with 1, 1 and 0, RMSProp with decay, 1 - decay and epsilon.
    """

    confidence_base: np.float32
    confidence_scale: np.float32
    kept: np.float32
    added: np.float32
    epsilon: np.float32


class Space(NamedTuple):
    """One thread's buffers, with the room beyond their content that `matrix_product` needs."""

    scores: NDArray[np.float32]  # (tile, columns), with the biases; later the derivatives
    observed: NDArray[np.float32]  # (tile * columns,), the scores of a tile's observed cells
    rows: NDArray[np.float32]  # (tile, dim), the vectors of a tile
    columns: NDArray[np.float32]  # (columns, dim), the vectors of the columns
    transposed: NDArray[np.float32]  # (dim, columns), the same
    row_gradients: NDArray[np.float32]  # (tile, dim)
    column_gradients: NDArray[np.float32]  # (columns, dim)


def make_space(columns: int, dim: int) -> Space:
    """Return room for blocks of up to ``columns`` columns and vectors of padded length ``dim``."""
    width, length = row_length(round_up(columns)), row_length(dim)
    return Space(
        scores=aligned_zeros(round_up(TILE), width),
        observed=aligned_zeros(1, TILE * columns)[0],
        rows=aligned_zeros(round_up(TILE), length),
        columns=aligned_zeros(columns, length),
        transposed=aligned_zeros(dim, width),
        row_gradients=aligned_zeros(round_up(TILE), length),
        column_gradients=aligned_zeros(round_up(columns), length),
    )


@inline_kernel
def soft_hinges(scores: NDArray[np.float32]) -> np.float32:
    """Replace scores by the derivatives that they have as unobserved cells.

    With x the score less its ceiling, the loss is log(1 + exp(x)) and its derivative the logistic
    function of x; both follow from e = exp(-|x|). e is a power of two times a polynomial,
    log(1 + e) / e another (both minimax fits made for this; relative errors 1e-7 and 2e-7).

    Args:
        scores: float32 (columns,), less their ceilings; replaced.

    Returns:
        The summed loss; not finite as soon as a score is not.
    """
    loss = np.float32(0)
    zero, one = np.float32(0), np.float32(1)
    for column in range(len(scores)):
        x = scores[column]
        power = min(abs(x), np.float32(64)) * np.float32(-1.4426950408889634)
        whole = np.floor(power + np.float32(0.5))
        part = power - whole
        e = part * np.float32(0.0013276471) + np.float32(0.0096755419)
        e = e * part + np.float32(0.0555071309)
        e = e * part + np.float32(0.2402212024)
        e = e * part + np.float32(0.6931469440)
        e = e * part + np.float32(1.0000001192)
        e *= np.int32((np.int32(whole) + 127) << 23).view(np.float32)
        logarithm = e * np.float32(-0.0085392026) + np.float32(0.0440896191)
        logarithm = logarithm * e + np.float32(-0.1076817065)
        logarithm = logarithm * e + np.float32(0.1774524152)
        logarithm = logarithm * e + np.float32(-0.2449546307)
        logarithm = logarithm * e + np.float32(0.3327547908)
        logarithm = logarithm * e + np.float32(-0.4999740422)
        logarithm = logarithm * e + np.float32(0.9999998212)
        # Written so that the loss of NaN is NaN.
        loss += (zero if x < zero else x) + e * logarithm
        scores[column] = (e if x < zero else one) / (one + e)
    return loss


@kernel
def copy_vectors(
    vectors: NDArray[np.float32], target: NDArray[np.float32], transposed: NDArray[np.float32]
) -> None:
    """Copy vectors to the first rows of ``target`` and to the first columns of ``transposed``."""
    for first in range(0, len(vectors), VECTOR):
        end = min(first + VECTOR, len(vectors))
        for row in range(first, end):
            for i in range(vectors.shape[1]):
                target[row, i] = vectors[row, i]
        for i in range(vectors.shape[1]):
            for row in range(first, end):
                transposed[i, row] = vectors[row, i]


@kernel
def update(
    side: Side, first: int, gradients: NDArray[np.float32], scale: float, rate: float, rule: Rule
) -> None:
    """Step vectors, from row ``first`` on, against ``scale`` times their gradients."""
    factor, size = np.float32(scale), np.float32(rate)
    for row in range(len(gradients)):
        vector, squares = side.vectors[first + row], side.squares[first + row]
        gradient = gradients[row]
        for i in range(len(vector)):
            g = factor * gradient[i]
            square = rule.kept * squares[i] + rule.added * (g * g)
            squares[i] = square
            vector[i] -= size * g / np.sqrt(square + rule.epsilon)


@kernel
def train_swivel_block(
    rows: Side, columns: Side, cells: Cells, learning_rate: float, rule: Rule, space: Space
) -> float:
    """Make one step on all cells of a block, from the state before it.

    The loss of the block is the sum of its cells' over the square root of their number.

    Args:
        rows: The block's rows; changed.
        columns: Its columns; changed.
        cells: Its observed cells.
        learning_rate: Step size.
        rule: The constants.
        space: This thread's buffers.

    Returns:
        The loss summed over all cells, before the step; not finite as soon as a score is not.
    """
    n_rows, n_columns, dim = len(rows.vectors), len(columns.vectors), rows.vectors.shape[1]
    scale = 1 / np.sqrt(np.float64(n_rows) * np.float64(n_columns))
    scores = space.scores
    copy_vectors(columns.vectors, space.columns, space.transposed)
    space.column_gradients[:] = np.float32(0)
    loss = 0.0
    end = 0
    for first in range(0, n_rows, TILE):
        size = min(TILE, n_rows - first)
        space.rows[:size, :dim] = rows.vectors[first : first + size]
        for row in range(size):
            bias, line = rows.biases[first + row], scores[row]
            for column in range(n_columns):
                line[column] = bias + columns.biases[column]
        add_product(scores, space.rows, space.transposed, size, n_columns, dim)

        start = end
        while end < len(cells.rows) and cells.rows[end] < first + size:
            row, column = cells.rows[end] - first, cells.columns[end]
            space.observed[end - start] = scores[row, column]
            scores[row, column] = NEVER
            end += 1
        for row in range(size):
            loss += np.float64(soft_hinges(scores[row, :n_columns]))
        for cell in range(start, end):
            count = cells.counts[cell]
            error = space.observed[cell - start] - np.log(count)
            weight = rule.confidence_base + rule.confidence_scale * np.sqrt(count)
            loss += np.float64(np.float32(0.5) * weight * error * error)
            scores[cells.rows[cell] - first, cells.columns[cell]] = weight * error

        space.row_gradients[:] = np.float32(0)
        add_product(space.row_gradients, scores, space.columns, size, dim, n_columns)
        add_transposed_product(space.column_gradients, scores, space.rows, n_columns, dim, size)
        update(rows, first, space.row_gradients[:size], scale, learning_rate, rule)
    update(columns, 0, space.column_gradients[:n_columns], scale, learning_rate, rule)
    return loss
