"""Skip-gram with negative sampling: the kernel that trains one block of words.

As in word2vec, the context word is the input and the center word the positive output (Mikolov et
al. 2013, arXiv 1310.4546, equation 4; roles as in word2vec.c).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.negative_sampling import (
    LOG_GROUP,
    Block,
    Negatives,
    Sampler,
    Settings,
    Tables,
    aligned_zeros,
    draw_negatives,
    gather_rows,
    make_block,
    make_negatives,
    negative_gradients,
    next_random,
    scatter_rows,
    sigmoid,
    subsample,
    uniform_below,
)
from wordloom.kernels.simd import add_four_rows, dot_four_rows

__all__ = ["SkipGramSpace", "make_skipgram_space", "train_skipgram_block"]


class SkipGramSpace(NamedTuple):
    """One thread's buffers for one chunk and the R = chunk + 2 * window context rows around it.

    The last rows of `inputs`, `centers` and `factors` stay zero: padding for the primitives that
    take four rows at a time.
    """

    block: Block
    negatives: Negatives
    inputs: NDArray[np.float32]  # (R + 1, dim) input rows of the context words
    centers: NDArray[np.float32]  # (chunk + 1, dim) output rows of the center words
    input_gradients: NDArray[np.float32]  # (R, dim)
    center_gradients: NDArray[np.float32]  # (chunk, dim)
    factors: NDArray[np.float32]  # (chunk + 1, width) score, then step, of each pair
    contexts: NDArray[np.int64]  # (chunk, width) context rows of each center
    context_counts: NDArray[np.int64]  # (chunk,)
    centers_of: NDArray[np.int64]  # (R, width) centers of which a row is context
    slots_of: NDArray[np.int64]  # (R, width) where the pair stands in `factors`, flattened
    center_counts: NDArray[np.int64]  # (R,)


def make_skipgram_space(settings: Settings, dim: int, block: int) -> SkipGramSpace:
    """Return one thread's buffers: rows of padded length ``dim``, blocks of ``block`` words."""
    chunk = settings.chunk
    rows = chunk + 2 * settings.window
    width = -(-2 * settings.window // 4) * 4
    return SkipGramSpace(
        block=make_block(block),
        negatives=make_negatives(settings.pool, dim, rows),
        inputs=aligned_zeros(rows + 1, dim),
        centers=aligned_zeros(chunk + 1, dim),
        input_gradients=aligned_zeros(rows, dim),
        center_gradients=aligned_zeros(chunk, dim),
        factors=aligned_zeros(chunk + 1, width),
        contexts=np.zeros((chunk, width), np.int64),
        context_counts=np.zeros(chunk, np.int64),
        centers_of=np.zeros((rows, width), np.int64),
        slots_of=np.zeros((rows, width), np.int64),
        center_counts=np.zeros(rows, np.int64),
    )


@kernel
def choose_pairs(
    begin: int, end: int, window: int, state: np.uint64, space: SkipGramSpace
) -> tuple[int, int, np.uint64]:
    """Choose the pairs of a chunk: each center draws a window of 1 .. ``window`` words each side.

    Args:
        begin: First center of the chunk, an index into the block's words.
        end: End of the chunk.
        window: Widest window, in words each side.
        state: State of the random generator.
        space: The pairs are written to `contexts` and `context_counts` (by center) and to
            `centers_of`, `slots_of` and `center_counts` (by context row).

    Returns:
        The first and the end of the context rows, as indices into the block's words, and the
        generator's new state.
    """
    first_row = max(begin - window, space.block.first[begin])
    end_row = min(end + window, space.block.last[end - 1])
    space.center_counts[: end_row - first_row] = 0
    width = space.contexts.shape[1]
    for center in range(begin, end):
        state = next_random(state)
        reach = 1 + uniform_below(state, window)
        count = 0
        low = max(center - reach, space.block.first[center])
        high = min(center + reach + 1, space.block.last[center])
        for position in range(low, high):
            if position != center:
                row = position - first_row
                space.contexts[center - begin, count] = row
                place = space.center_counts[row]
                space.centers_of[row, place] = center - begin
                space.slots_of[row, place] = (center - begin) * width + count
                space.center_counts[row] = place + 1
                count += 1
        space.context_counts[center - begin] = count
    return first_row, end_row, state


@kernel
def positive_gradients(
    n_rows: int, n_centers: int, learning_rate: float, space: SkipGramSpace
) -> tuple[float, int]:
    """Compute a chunk's gradients of its positive pairs; inputs' gradients are added to.

    Args:
        n_rows: How many context rows ``space.inputs`` holds.
        n_centers: How many center rows ``space.centers`` holds.
        learning_rate: Step size.
        space: Reads the pairs, `inputs` and `centers`; adds to `input_gradients`, writes
            `center_gradients`.

    Returns:
        The positive part of the loss, summed over pairs, and the number of pairs.
    """
    contexts, counts, factors = space.contexts, space.context_counts, space.factors
    zero_row, zero_center = space.inputs.shape[0] - 1, space.centers.shape[0] - 1
    zero_slot = zero_center * factors.shape[1]
    loss, pairs = 0.0, 0
    for center in range(n_centers):
        count = counts[center]
        for slot in range(count, -(-count // 4) * 4):
            contexts[center, slot] = zero_row
        for slot in range(0, count, 4):
            scores = dot_four_rows(
                space.inputs,
                contexts[center, slot],
                contexts[center, slot + 1],
                contexts[center, slot + 2],
                contexts[center, slot + 3],
                space.centers,
                np.int64(center),
            )
            for lane in range(4):
                factors[center, slot + lane] = scores[lane]
        for begin in range(0, count, LOG_GROUP):
            product = 1.0
            for slot in range(begin, min(begin + LOG_GROUP, count)):
                probability = sigmoid(factors[center, slot])
                product *= np.float64(probability)
                factors[center, slot] = np.float32(learning_rate) * (np.float32(1) - probability)
            loss -= np.log(product)
        factors[center, count:] = np.float32(0)
        pairs += count
        space.center_gradients[center] = np.float32(0)
        for slot in range(0, count, 4):
            add_four_rows(
                space.center_gradients,
                np.int64(center),
                space.inputs,
                contexts[center, slot],
                contexts[center, slot + 1],
                contexts[center, slot + 2],
                contexts[center, slot + 3],
                factors[center, slot],
                factors[center, slot + 1],
                factors[center, slot + 2],
                factors[center, slot + 3],
            )
    flat = factors.reshape(-1)
    centers_of, slots_of = space.centers_of, space.slots_of
    for row in range(n_rows):
        count = space.center_counts[row]
        for slot in range(count, -(-count // 4) * 4):
            centers_of[row, slot] = zero_center
            slots_of[row, slot] = zero_slot
        for slot in range(0, count, 4):
            add_four_rows(
                space.input_gradients,
                np.int64(row),
                space.centers,
                centers_of[row, slot],
                centers_of[row, slot + 1],
                centers_of[row, slot + 2],
                centers_of[row, slot + 3],
                flat[slots_of[row, slot]],
                flat[slots_of[row, slot + 1]],
                flat[slots_of[row, slot + 2]],
                flat[slots_of[row, slot + 3]],
            )
    return loss, pairs


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
    block, negatives = space.block, space.negatives
    count, state = subsample(tokens, documents, start, end, sampler.keep, seed, block)
    loss, pairs, probe = 0.0, 0, 0.0
    for begin in range(0, count, settings.chunk):
        stop = min(begin + settings.chunk, count)
        first, last, state = choose_pairs(begin, stop, settings.window, state, space)
        n_rows = last - first
        context_words, center_words = block.words[first:last], block.words[begin:stop]
        gather_rows(tables.input, context_words, space.inputs)
        gather_rows(tables.output, center_words, space.centers)
        state = draw_negatives(tables.output, sampler, state, negatives)
        negative_loss, scores = negative_gradients(
            space.inputs[:n_rows],
            space.center_counts[:n_rows],
            settings.negative / settings.pool,
            learning_rate,
            space.input_gradients[:n_rows],
            negatives,
        )
        positive_loss, chunk_pairs = positive_gradients(n_rows, stop - begin, learning_rate, space)
        scatter_rows(tables.input, context_words, space.input_gradients)
        scatter_rows(tables.output, center_words, space.center_gradients)
        scatter_rows(tables.output, negatives.words, negatives.gradients)
        loss += negative_loss + positive_loss
        pairs += chunk_pairs
        probe += scores
    return loss, pairs, probe
