"""Skip-gram with negative sampling: the kernel that trains one block of words.

As in word2vec, the context word is the input and the center word the positive output (Mikolov et
al. 2013, arXiv 1310.4546, equation 4; roles as in word2vec.c).
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
from wordloom.kernels.simd import add_four_rows, dot_four_rows

__all__ = [
    "SkipGramSpace",
    "make_skipgram_space",
    "train_skipgram_block",
    "train_skipgram_words",
]


class SkipGramSpace(NamedTuple):
    """One thread's buffers for one chunk and the R = chunk + 2 * window context rows around it.

    Pairs are numbered center by center; each center's pairs are filled up to a multiple of four
    with pairs of weight 0, because the primitives take four rows at a time. The last rows of
    `inputs` and `centers` and the last of `steps` stay zero, for such padding.
    """

    block: Block
    negatives: Negatives
    inputs: NDArray[np.float32]  # (R + 1, dim) input rows of the context words
    centers: NDArray[np.float32]  # (chunk + 1, dim) output rows of the center words
    input_gradients: NDArray[np.float32]  # (R, dim)
    center_gradients: NDArray[np.float32]  # (chunk, dim)
    steps: NDArray[np.float32]  # (pairs + 1,) score, then step, of each pair
    weights: NDArray[np.float32]  # (pairs,) 1, or 0 for padding
    rows: NDArray[np.int64]  # (pairs,) context row of each pair
    first_pairs: NDArray[np.int64]  # (chunk + 1,) where each center's pairs begin
    row_counts: NDArray[np.int64]  # (R,) in how many pairs each row takes part
    row_pairs: NDArray[np.int64]  # (R, width) these pairs
    row_centers: NDArray[np.int64]  # (R, width) and their centers


def make_skipgram_space(settings: Settings, dim: int, block: int, n_words: int) -> SkipGramSpace:
    """Return one thread's buffers.

    Args:
        settings: Window, negatives, chunk and pool.
        dim: Padded length of a row.
        block: Words of a block, at most.
        n_words: Words of the vocabulary.
    """
    chunk = settings.chunk
    rows = chunk + 2 * settings.window
    width = -(-2 * settings.window // 4) * 4
    return SkipGramSpace(
        block=make_block(block, n_words),
        negatives=make_negatives(settings.pool, dim, rows),
        inputs=aligned_zeros(rows + 1, dim),
        centers=aligned_zeros(chunk + 1, dim),
        input_gradients=aligned_zeros(rows, dim),
        center_gradients=aligned_zeros(chunk, dim),
        steps=np.zeros(chunk * width + 1, np.float32),
        weights=np.zeros(chunk * width, np.float32),
        rows=np.zeros(chunk * width, np.int64),
        first_pairs=np.zeros(chunk + 1, np.int64),
        row_counts=np.zeros(rows, np.int64),
        row_pairs=np.zeros((rows, width), np.int64),
        row_centers=np.zeros((rows, width), np.int64),
    )


@kernel
def choose_pairs(
    begin: int, end: int, window: int, state: np.uint64, space: SkipGramSpace
) -> tuple[int, int, int, np.uint64]:
    """Choose the pairs of a chunk: each center draws a window of 1 .. ``window`` words each side.

    Args:
        begin: First center of the chunk, an index into the block's words.
        end: End of the chunk.
        window: Widest window, in words each side.
        state: State of the random generator.
        space: `rows`, `weights`, `first_pairs`, `row_counts`, `row_pairs` and `row_centers` are
            written.

    Returns:
        The first and the end of the context rows, as indices into the block's words; how many pairs
        there are, without padding; and the generator's new state.
    """
    first, last = space.block.first, space.block.last
    first_row = max(begin - window, first[begin])
    end_row = min(end + window, last[end - 1])
    space.row_counts[: end_row - first_row] = 0
    zero_row = space.inputs.shape[0] - 1
    pair, n_pairs = 0, 0
    for center in range(begin, end):
        state = next_random(state)
        reach = 1 + uniform_below(state, window)
        space.first_pairs[center - begin] = pair
        for position in range(
            max(center - reach, first[center]), min(center + reach + 1, last[center])
        ):
            if position != center:
                row = position - first_row
                place = space.row_counts[row]
                space.row_pairs[row, place] = pair
                space.row_centers[row, place] = center - begin
                space.row_counts[row] = place + 1
                space.rows[pair] = row
                space.weights[pair] = np.float32(1)
                pair += 1
                n_pairs += 1
        while pair % 4:
            space.rows[pair] = zero_row
            space.weights[pair] = np.float32(0)
            pair += 1
    space.first_pairs[end - begin] = pair
    return first_row, end_row, n_pairs, state


@kernel
def positive_gradients(
    n_rows: int, n_centers: int, learning_rate: float, space: SkipGramSpace
) -> float:
    """Compute a chunk's gradients of its positive pairs; inputs' gradients are added to.

    Args:
        n_rows: How many context rows ``space.inputs`` holds.
        n_centers: How many center rows ``space.centers`` holds.
        learning_rate: Step size.
        space: Reads the pairs, `inputs` and `centers`; adds to `input_gradients`, writes
            `center_gradients`.

    Returns:
        The positive part of the loss, summed over pairs.
    """
    rows, steps, first_pairs = space.rows, space.steps, space.first_pairs
    for center in range(n_centers):
        for pair in range(first_pairs[center], first_pairs[center + 1], 4):
            (steps[pair], steps[pair + 1], steps[pair + 2], steps[pair + 3]) = dot_four_rows(
                space.inputs,
                rows[pair],
                rows[pair + 1],
                rows[pair + 2],
                rows[pair + 3],
                space.centers,
                np.int64(center),
            )
    n_pairs = first_pairs[n_centers]
    loss, _ = logistic_steps(steps[:n_pairs], space.weights, -1, learning_rate)
    for center in range(n_centers):
        space.center_gradients[center] = np.float32(0)
        for pair in range(first_pairs[center], first_pairs[center + 1], 4):
            add_four_rows(
                space.center_gradients,
                np.int64(center),
                space.inputs,
                rows[pair],
                rows[pair + 1],
                rows[pair + 2],
                rows[pair + 3],
                steps[pair],
                steps[pair + 1],
                steps[pair + 2],
                steps[pair + 3],
            )
    zero_center, zero_step = space.centers.shape[0] - 1, len(steps) - 1
    pairs, centers = space.row_pairs, space.row_centers
    for row in range(n_rows):
        count = space.row_counts[row]
        for place in range(count, -(-count // 4) * 4):
            centers[row, place] = zero_center
            pairs[row, place] = zero_step
        for place in range(0, count, 4):
            add_four_rows(
                space.input_gradients,
                np.int64(row),
                space.centers,
                centers[row, place],
                centers[row, place + 1],
                centers[row, place + 2],
                centers[row, place + 3],
                steps[pairs[row, place]],
                steps[pairs[row, place + 1]],
                steps[pairs[row, place + 2]],
                steps[pairs[row, place + 3]],
            )
    return loss


@kernel
def train_skipgram_words(
    begin: int,
    end: int,
    inputs: NDArray[np.float32],
    input_rows: NDArray[np.int32],
    output: NDArray[np.float32],
    sampler: Sampler,
    settings: Settings,
    learning_rate: float,
    state: np.uint64,
    space: SkipGramSpace,
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
        learning_rate: Step size.
        state: State of the random generator.
        space: This thread's buffers; `block` holds the words.

    Returns:
        The loss summed over pairs, the number of pairs, a probe that is not finite as soon as a
        score is not, and the generator's new state.
    """
    block, negatives = space.block, space.negatives
    loss, pairs, probe = 0.0, 0, 0.0
    start = begin
    while start < end:
        stop = chunk_end(start, min(start + settings.chunk, end), settings.repeats, block)
        first, last, chunk_pairs, state = choose_pairs(start, stop, settings.window, state, space)
        n_rows = last - first
        context_rows, center_words = input_rows[first:last], block.words[start:stop]
        gather_rows(inputs, context_rows, space.inputs)
        gather_rows(output, center_words, space.centers)
        state = draw_negatives(output, sampler, state, negatives)
        negative_loss, scores = negative_gradients(
            space.inputs[:n_rows],
            space.row_counts[:n_rows],
            settings.negative / settings.pool,
            learning_rate,
            space.input_gradients[:n_rows],
            negatives,
        )
        positive_loss = positive_gradients(n_rows, stop - start, learning_rate, space)
        scatter_rows(inputs, context_rows, space.input_gradients)
        scatter_rows(output, center_words, space.center_gradients)
        scatter_rows(output, negatives.words, negatives.gradients)
        loss += negative_loss + positive_loss
        pairs += chunk_pairs
        probe += scores
        start = stop
    return loss, pairs, probe, state


@kernel
def train_skipgram_block(
    tokens: NDArray[np.int32],
    documents: NDArray[np.int64],
    start: int,
    end: int,
    tables: Tables,
    sampler: Sampler,
    settings: Settings,
    learning_rate: float,
    seed: np.uint64,
    space: SkipGramSpace,
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
        learning_rate: Step size for the whole block.
        seed: Where the block's random generator starts.
        space: This thread's buffers, large enough for the block.

    Returns:
        The loss summed over pairs, the number of pairs, and a probe that is not finite as soon as
        a score is not.
    """
    block = space.block
    count, state = subsample(tokens, documents, start, end, sampler.keep, seed, block)
    loss, pairs, probe, _ = train_skipgram_words(
        0,
        count,
        tables.input,
        block.words,
        tables.output,
        sampler,
        settings,
        learning_rate,
        state,
        space,
    )
    return loss, pairs, probe
