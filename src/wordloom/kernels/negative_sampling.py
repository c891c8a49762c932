"""What skip-gram and CBOW kernels share: random draws, subsampling, and the negative samples.

Both train on chunks of consecutive words. The rows that a chunk needs are gathered into buffers
that stay in cache, all its gradients are computed from these rows, and the sums are added back to
the tables. All positions of a chunk share one pool of negative words, so that the negative half of
the work is three matrix products, which a BLAS does at nearly the speed of the processor:

    scores = inputs @ pool.T;   gradient of inputs = G @ pool;   gradient of pool = G.T @ inputs

with G the logistic function of the scores, weighted so that each (input, output) pair still has
the expected number of negative samples. The expected gradient is that of word2vec; negatives shared
by a window were introduced by Ji et al. 2016 (arXiv 1604.04661), here a chunk shares them.
"""

import mmap
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.prefetch import LINE, prefetch

__all__ = [
    "Block",
    "Negatives",
    "Sampler",
    "Settings",
    "Tables",
    "aligned_zeros",
    "chunk_end",
    "draw_negatives",
    "gather_rows",
    "logistic_steps",
    "make_block",
    "make_negatives",
    "negative_gradients",
    "next_random",
    "scatter_rows",
    "subsample",
    "uniform_below",
]

HALF = np.uint64(32)

HUGE_PAGE = 1 << 21


class Tables(NamedTuple):
    """The parameters that are trained; both float32 (n_words, padded dim), padding zero."""

    input: NDArray[np.float32]
    output: NDArray[np.float32]


class Sampler(NamedTuple):
    """How words are kept and drawn; every array has one entry for each word.

    Probabilities are in units of 2^-32. Negative words are drawn in constant time by the alias
    method (Walker 1977; Vose 1991): slot i stands for itself with probability `threshold[i]`, else
    for `alias[i]`.
    """

    keep: NDArray[np.uint32]
    threshold: NDArray[np.uint32]
    alias: NDArray[np.int32]


class Settings(NamedTuple):
    """The numbers that the kernels need; in a chunk a word may be a center `repeats` times."""

    window: int
    negative: int
    chunk: int
    pool: int
    repeats: int


class Block(NamedTuple):
    """The words of a block that survive subsampling; int32 (block size + 1,) each.

    `words` holds their ids; the document of a word lies from `first` to `last`, as indices into
    `words`. `seen`, int32 (n_words,), counts words while a chunk is cut off, and is zero otherwise.
    """

    words: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    seen: NDArray[np.int32]


class Negatives(NamedTuple):
    """One chunk's negative words and what is computed with them."""

    words: NDArray[np.int32]  # (pool,)
    rows: NDArray[np.float32]  # (pool, dim) their output rows
    gradients: NDArray[np.float32]  # (pool, dim)
    scores: NDArray[np.float32]  # (inputs, pool); later the steps
    weights: NDArray[np.float32]  # (inputs, pool)


def aligned_zeros(rows: int, columns: int) -> NDArray[np.float32]:
    """Return float32 zeros (rows, columns) that begin at a cache line (64 bytes).

    Large tables begin at a huge page (2 MiB) and ask for such pages where the system has them:
    rows are read at random, and with small pages nearly every read misses the table of addresses.
    """
    size = rows * columns * 4
    if size < 2 * HUGE_PAGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        memory, alignment = np.zeros(size + 64, np.uint8), 64
    else:
        pages = mmap.mmap(-1, size + HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with suppress(OSError):  # a kernel that was built without them
            pages.madvise(mmap.MADV_HUGEPAGE)
        memory, alignment = np.frombuffer(pages, np.uint8), HUGE_PAGE
    start = -memory.ctypes.data % alignment
    return memory[start : start + size].view(np.float32).reshape(rows, columns)


def make_block(size: int, n_words: int) -> Block:
    """Return room for a block of ``size`` words of a vocabulary of ``n_words``."""
    words, first, last = (np.zeros(size + 1, np.int32) for _ in range(3))
    return Block(words, first, last, np.zeros(n_words, np.int32))


def make_negatives(pool: int, dim: int, inputs: int) -> Negatives:
    """Return room for ``pool`` negative words of padded length ``dim`` against ``inputs`` rows."""
    return Negatives(
        words=np.zeros(pool, np.int32),
        rows=aligned_zeros(pool, dim),
        gradients=aligned_zeros(pool, dim),
        scores=aligned_zeros(inputs, pool),
        weights=aligned_zeros(inputs, pool),
    )


@inline_kernel
def next_random(state: np.uint64) -> np.uint64:
    """Step Knuth's 64-bit linear congruential generator; its upper half is the random number."""
    return state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)


@inline_kernel
def uniform_below(state: np.uint64, bound: int) -> np.int64:
    """Return an int64 in 0 .. bound - 1 from a generator's state (Lemire 2019, no rejection)."""
    return np.int64(((state >> HALF) * np.uint64(bound)) >> HALF)


@kernel
def logistic_steps(
    scores: NDArray[np.float32], weights: NDArray[np.float32], sign: int, learning_rate: float
) -> tuple[float, float]:
    """Turn the scores of pairs into the steps of their gradients, all by arithmetic on vectors.

    With t = sign * score, a pair's loss is log(1 + exp(t)), the negative logarithm of the logistic
    function of -t, and the score's step against its derivative is -sign * sigmoid(t). exp(-|t|) is
    the 32nd power of exp(-|t| / 32), for which a few terms of the Taylor series do;
    log(1 + e) = 2 artanh(e / (2 + e)), again by its series. The relative error of a step is below
    1e-4, that of the loss below 1e-5.

    Args:
        scores: float32 (n_pairs,); replaced by the steps.
        weights: float32 (n_pairs,), how much each pair counts; 0 for padding.
        sign: 1 for negative pairs, whose scores should fall; -1 for positive ones.
        learning_rate: Step size.

    Returns:
        The loss, summed by weight, and the plain sum of the scores, which is not finite as soon as
        one of them is not.
    """
    loss = np.float32(0)
    probe = np.float32(0)
    turn = np.float32(sign)
    rate = np.float32(-sign * learning_rate)
    one = np.float32(1)
    for pair in range(len(scores)):
        score = scores[pair]
        probe += score
        directed = turn * score
        part = min(abs(directed), np.float32(16)) * np.float32(-1 / 32)
        power = part * np.float32(1 / 720) + np.float32(1 / 120)
        power = power * part + np.float32(1 / 24)
        power = power * part + np.float32(1 / 6)
        power = power * part + np.float32(1 / 2)
        power = power * part + one
        power = power * part + one
        power *= power
        power *= power
        power *= power
        power *= power
        power *= power
        ratio = power / (np.float32(2) + power)
        square = ratio * ratio
        series = square * np.float32(1 / 9) + np.float32(1 / 7)
        series = series * square + np.float32(1 / 5)
        series = series * square + np.float32(1 / 3)
        series = series * square + one
        softplus = max(directed, np.float32(0)) + np.float32(2) * ratio * series
        above = one if directed >= np.float32(0) else power
        loss += weights[pair] * softplus
        scores[pair] = rate * weights[pair] * above / (one + power)
    return np.float64(loss), np.float64(probe)


@kernel
def subsample(
    tokens: NDArray[np.int32],
    documents: NDArray[np.int64],
    start: int,
    end: int,
    keep: NDArray[np.uint32],
    state: np.uint64,
    block: Block,
) -> tuple[int, np.uint64]:
    """Copy the words of a block that survive subsampling, and the bounds of their documents.

    Args:
        tokens: int32 (n_tokens,), the corpus.
        documents: int64 (n_documents + 1,), where documents begin in it.
        start: First token of the block.
        end: End of the block; a document that crosses it is cut there.
        keep: uint32 (n_words,), see `Sampler`.
        state: State of the random generator.
        block: Written.

    Returns:
        How many words survived, and the generator's new state.
    """
    document = np.searchsorted(documents, start, side="right") - 1
    position = start
    count = 0
    while position < end:
        stop = min(documents[document + 1], end)
        begin = count
        for token in range(position, stop):
            state = next_random(state)
            word = tokens[token]
            block.words[count] = word
            count += int((state >> HALF) <= np.uint64(keep[word]))
        for kept in range(begin, count):
            block.first[kept] = begin
            block.last[kept] = count
        position = stop
        document += 1
    return count, state


@kernel
def chunk_end(begin: int, end: int, repeats: int, block: Block) -> int:
    """Return where the chunk that begins at ``begin`` ends.

    All gradients of a chunk are taken from the same state. Where the text repeats a word over and
    over (tables, logs), their sum would overshoot, however rare the word is elsewhere. So a chunk
    ends before a word comes up once more than ``repeats`` times.

    Args:
        begin: First word of the chunk, an index into ``block.words``.
        end: Where it ends at the latest.
        repeats: How often it may hold the same word.
        block: The words; `seen` is used and cleared.
    """
    words, seen = block.words, block.seen
    stop = begin
    while stop < end and seen[words[stop]] < repeats:
        seen[words[stop]] += 1
        stop += 1
    for position in range(begin, stop):
        seen[words[position]] = 0
    return stop


@kernel
def draw_negatives(
    output: NDArray[np.float32], sampler: Sampler, state: np.uint64, negatives: Negatives
) -> np.uint64:
    """Draw a chunk's negative words and copy their output rows; return the generator's state."""
    for draw in range(len(negatives.words)):
        state = next_random(state)
        word = uniform_below(state, len(sampler.alias))
        state = next_random(state)
        if (state >> HALF) > np.uint64(sampler.threshold[word]):
            word = np.int64(sampler.alias[word])
        negatives.words[draw] = word
    gather_rows(output, negatives.words, negatives.rows)
    return state


@kernel
def gather_rows(
    table: NDArray[np.float32], words: NDArray[np.int32], rows: NDArray[np.float32]
) -> None:
    """Copy the table's rows of ``words`` to the first rows of ``rows``."""
    for place in range(len(words)):
        ahead = np.int64(words[min(place + 3, len(words) - 1)])
        for column in range(0, table.shape[1], LINE):
            prefetch(table, ahead, np.int64(column))
        word = words[place]
        for column in range(table.shape[1]):
            rows[place, column] = table[word, column]


@kernel
def scatter_rows(
    table: NDArray[np.float32], words: NDArray[np.int32], rows: NDArray[np.float32]
) -> None:
    """Add the first rows of ``rows`` to the table's rows of ``words``.

    Threads add without locks (Hogwild, Niu et al. 2011): a lost addition now and then costs less
    than waiting.
    """
    for place in range(len(words)):
        word = words[place]
        for column in range(table.shape[1]):
            table[word, column] += rows[place, column]


@kernel
def negative_gradients(
    inputs: NDArray[np.float32],
    pairs: NDArray[np.int64],
    weight: float,
    learning_rate: float,
    input_gradients: NDArray[np.float32],
    negatives: Negatives,
) -> tuple[float, float]:
    """Compute a chunk's gradients against its negative words.

    Args:
        inputs: float32 (n_inputs, dim).
        pairs: int64 (n_inputs,), in how many pairs each input takes part.
        weight: How many negative samples one word of the pool stands for in one pair.
        learning_rate: Step size.
        input_gradients: float32 (n_inputs, dim), written: what to add to the inputs.
        negatives: `gradients` is written: what to add to the negative words' rows.

    Returns:
        The negative part of the loss, summed over pairs, and a probe: see `logistic_steps`.
    """
    n_inputs = len(inputs)
    scores, weights = negatives.scores[:n_inputs], negatives.weights[:n_inputs]
    np.dot(inputs, negatives.rows.T, scores)
    for row in range(n_inputs):
        weights[row] = np.float32(weight) * np.float32(pairs[row])
    loss, probe = logistic_steps(scores.reshape(-1), weights.reshape(-1), 1, learning_rate)
    np.dot(scores, negatives.rows, input_gradients)
    np.dot(scores.T, inputs, negatives.gradients)
    return loss, probe
