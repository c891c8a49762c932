"""CBOW with negative sampling: the kernel that trains one block of words.

The input is the mean of the context words, the positive output the center word (Mikolov et al.
2013, arXiv 1301.3781, section 3.1). A window's sum is the difference of two running sums over the
chunk, and its gradient reaches the words in the same way backwards, so that the work for a center
does not grow with the window.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.negative_sampling import (
    Block,
    Negatives,
    Sampler,
    Settings,
    Tables,
    aligned_zeros,
    chunk_end,
    draw_negatives,
    gather_rows,
    logistic_steps,
    make_block,
    make_negatives,
    negative_gradients,
    next_random,
    scatter_rows,
    subsample,
    uniform_below,
)

__all__ = ["CBOWSpace", "make_cbow_space", "train_cbow_block", "train_cbow_words"]


class CBOWSpace(NamedTuple):
    """One thread's buffers for one chunk and the R = chunk + 2 * window context rows around it."""

    block: Block
    negatives: Negatives
    rows: NDArray[np.float32]  # (R, dim) input rows of the context words
    sums: NDArray[np.float32]  # (R + 1, dim) running sums over `rows`; later, their gradients
    means: NDArray[np.float32]  # (chunk, dim) of each center's context
    mean_gradients: NDArray[np.float32]  # (chunk, dim)
    centers: NDArray[np.float32]  # (chunk, dim) output rows of the center words
    low: NDArray[np.int64]  # (chunk,) first context row of each center
    high: NDArray[np.int64]  # (chunk,) end of its context rows
    pairs: NDArray[np.int64]  # (chunk,) 1 where a center has context, else 0
    weights: NDArray[np.float32]  # (chunk,) the same as numbers to multiply by
    steps: NDArray[np.float32]  # (chunk,) score, then step, of each center


def make_cbow_space(settings: Settings, dim: int, block: int, n_words: int) -> CBOWSpace:
    """Return one thread's buffers.

    Args:
        settings: Window, negatives, chunk and pool.
        dim: Padded length of a row.
        block: Words of a block, at most.
        n_words: Words of the vocabulary.
    """
    chunk = settings.chunk
    rows = chunk + 2 * settings.window
    return CBOWSpace(
        block=make_block(block, n_words),
        negatives=make_negatives(settings.pool, dim, chunk),
        rows=aligned_zeros(rows, dim),
        sums=aligned_zeros(rows + 1, dim),
        means=aligned_zeros(chunk, dim),
        mean_gradients=aligned_zeros(chunk, dim),
        centers=aligned_zeros(chunk, dim),
        low=np.zeros(chunk, np.int64),
        high=np.zeros(chunk, np.int64),
        pairs=np.zeros(chunk, np.int64),
        weights=np.zeros(chunk, np.float32),
        steps=np.zeros(chunk, np.float32),
    )


@kernel
def context_means(
    begin: int, end: int, first: int, n_rows: int, window: int, state: np.uint64, space: CBOWSpace
) -> np.uint64:
    """Draw each center's window of 1 .. ``window`` words each side and average its context.

    Args:
        begin: First center of the chunk, an index into the block's words.
        end: End of the chunk.
        first: First context row, an index into the block's words.
        n_rows: How many context rows there are.
        window: Widest window, in words each side.
        state: State of the random generator.
        space: Reads `rows`; writes `sums`, `means`, `low`, `high` and `pairs`.

    Returns:
        The generator's new state.
    """
    rows, sums, means = space.rows, space.sums, space.means
    dim = rows.shape[1]
    sums[0] = np.float32(0)
    for row in range(n_rows):
        for column in range(dim):
            sums[row + 1, column] = sums[row, column] + rows[row, column]
    for center in range(end - begin):
        position = begin + center
        state = next_random(state)
        reach = 1 + uniform_below(state, window)
        low = max(position - reach, space.block.first[position]) - first
        high = min(position + reach + 1, space.block.last[position]) - first
        own = position - first
        share = np.float32(1) / np.float32(max(high - low - 1, 1))
        for column in range(dim):
            total = sums[high, column] - sums[low, column] - rows[own, column]
            means[center, column] = share * total
        space.low[center], space.high[center] = low, high
        space.pairs[center] = np.int64(high - low > 1)
    return state


@kernel
def positive_gradients(
    n_centers: int, learning_rate: float, exact_gradient: bool, space: CBOWSpace
) -> float:
    """Add the positive pairs' gradients to `mean_gradients`; turn `centers` into their gradients.

    Returns:
        The positive part of the loss, summed over centers that have context.
    """
    means, mean_gradients, centers = space.means, space.mean_gradients, space.centers
    dim = means.shape[1]
    for center in range(n_centers):
        score = np.float32(0)
        for column in range(dim):
            score += means[center, column] * centers[center, column]
        space.steps[center] = score
        space.weights[center] = np.float32(space.pairs[center])
    loss, _ = logistic_steps(space.steps[:n_centers], space.weights, -1, learning_rate)
    for center in range(n_centers):
        step = space.steps[center]
        size = space.high[center] - space.low[center] - 1
        share = np.float32(1) / np.float32(max(size, 1)) if exact_gradient else np.float32(1)
        for column in range(dim):
            mean_gradients[center, column] = share * (
                mean_gradients[center, column] + step * centers[center, column]
            )
            centers[center, column] = step * means[center, column]
    return loss


@kernel
def spread_gradients(own: int, n_centers: int, n_rows: int, space: CBOWSpace) -> None:
    """Turn the gradients of the means into those of the context rows, written to `rows`.

    ``own`` is the row of the first center. A center's gradient belongs to every row from `low` to
    `high` but its own: it is added where they begin, taken back where they end, and summed up once.
    """
    sums, gradients = space.sums, space.mean_gradients
    dim = sums.shape[1]
    sums[: n_rows + 1] = np.float32(0)
    for center in range(n_centers):
        low, high = space.low[center], space.high[center]
        for column in range(dim):
            gradient = gradients[center, column]
            sums[low, column] += gradient
            sums[high, column] -= gradient
    for row in range(1, n_rows):
        for column in range(dim):
            sums[row, column] += sums[row - 1, column]
    for row in range(n_rows):
        for column in range(dim):
            space.rows[row, column] = sums[row, column]
    for center in range(n_centers):
        for column in range(dim):
            space.rows[own + center, column] -= gradients[center, column]


@kernel
def train_cbow_words(
    begin: int,
    end: int,
    inputs: NDArray[np.float32],
    input_rows: NDArray[np.int32],
    output: NDArray[np.float32],
    sampler: Sampler,
    settings: Settings,
    exact_gradient: bool,
    learning_rate: float,
    state: np.uint64,
    space: CBOWSpace,
) -> tuple[float, int, float, np.uint64]:
    """Train on the block's words ``begin`` to ``end``, chunk by chunk.

    Args:
        begin: First center, an index into ``space.block.words``.
        end: End of the centers.
        inputs: float32 (n, dim), the input vectors; changed in place.
        input_rows: int32 (block size + 1,), the row of each of the block's words in ``inputs``.
        output: float32 (n_words, dim), the output vectors; changed in place.
        sampler: Negative sampling.
        settings: Window, negatives, chunk and pool.
        exact_gradient: See `train_cbow_block`.
        learning_rate: Step size.
        state: State of the random generator.
        space: This thread's buffers; `block` holds the words.

    Returns:
        The loss summed over centers, the number of centers that have context, a probe that is not
        finite as soon as a score is not, and the generator's new state.
    """
    block, negatives = space.block, space.negatives
    loss, pairs, probe = 0.0, 0, 0.0
    start = begin
    while start < end:
        stop = chunk_end(start, min(start + settings.chunk, end), settings.repeats, block)
        n_centers = stop - start
        first = max(start - settings.window, block.first[start])
        last = min(stop + settings.window, block.last[stop - 1])
        context_rows, center_words = input_rows[first:last], block.words[start:stop]
        gather_rows(inputs, context_rows, space.rows)
        gather_rows(output, center_words, space.centers)
        state = context_means(start, stop, first, last - first, settings.window, state, space)
        state = draw_negatives(output, sampler, state, negatives)
        negative_loss, scores = negative_gradients(
            space.means[:n_centers],
            space.pairs[:n_centers],
            settings.negative / settings.pool,
            learning_rate,
            space.mean_gradients[:n_centers],
            negatives,
        )
        positive_loss = positive_gradients(n_centers, learning_rate, exact_gradient, space)
        spread_gradients(start - first, n_centers, last - first, space)
        scatter_rows(inputs, context_rows, space.rows)
        scatter_rows(output, center_words, space.centers)
        scatter_rows(output, negatives.words, negatives.gradients)
        loss += negative_loss + positive_loss
        pairs += space.pairs[:n_centers].sum()
        probe += scores
        start = stop
    return loss, pairs, probe, state


@kernel
def train_cbow_block(
    tokens: NDArray[np.int32],
    documents: NDArray[np.int64],
    start: int,
    end: int,
    tables: Tables,
    sampler: Sampler,
    settings: Settings,
    exact_gradient: bool,
    learning_rate: float,
    seed: np.uint64,
    space: CBOWSpace,
) -> tuple[float, int, float]:
    """Train on tokens ``start`` to ``end`` of a corpus.

    Args:
        tokens: int32 (n_tokens,), word ids.
        documents: int64 (n_documents + 1,), where documents begin in them.
        start: First token.
        end: End; a document that crosses a bound is cut there.
        tables: Changed in place.
        sampler: Subsampling and negative sampling.
        settings: Window, negatives, chunk and pool.
        exact_gradient: True divides the error by the number of context words, as the derivative
            of their mean asks; False gives each the whole error, as word2vec.c does.
        learning_rate: Step size for the whole block.
        seed: Where the block's random generator starts.
        space: This thread's buffers, large enough for the block.

    Returns:
        The loss summed over centers, the number of centers that have context, and a probe that is
        not finite as soon as a score is not.
    """
    block = space.block
    count, state = subsample(tokens, documents, start, end, sampler.keep, seed, block)
    loss, pairs, probe, _ = train_cbow_words(
        0,
        count,
        tables.input,
        block.words,
        tables.output,
        sampler,
        settings,
        exact_gradient,
        learning_rate,
        state,
        space,
    )
    return loss, pairs, probe
