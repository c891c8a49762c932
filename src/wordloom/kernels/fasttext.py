"""FastText: skip-gram and CBOW on words that are composed of character n-grams.

A word's input vector is the mean of the rows of its n-grams and of the word itself (Bojanowski et
al. 2017, arXiv 1607.04606; the mean, and the step that every row takes in full, are the original
program's). When every row of a word takes a step, their mean takes the same step. So for a batch of
text each distinct word is composed once, trained as if its vector were a row of its own, and what
it has moved by is then added to all of its rows. That is the original's arithmetic but for one
thing: words of a batch that share n-grams see each other's steps only in the next batch.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.cbow import CBOWSpace, train_cbow_words
from wordloom.kernels.compile import kernel
from wordloom.kernels.negative_sampling import (
    Sampler,
    Settings,
    Tables,
    aligned_zeros,
    subsample,
)
from wordloom.kernels.prefetch import LINE, prefetch
from wordloom.kernels.simd import add_four_rows
from wordloom.kernels.skipgram import SkipGramSpace, train_skipgram_words

__all__ = [
    "Composition",
    "WordSpace",
    "compose_rows",
    "make_word_space",
    "train_fasttext_cbow_block",
    "train_fasttext_skipgram_block",
]


class Composition(NamedTuple):
    """Of which rows each word is composed: word i of ``rows[starts[i]:starts[i + 1]]``."""

    starts: NDArray[np.int64]  # (n_words + 1,)
    rows: NDArray[np.int32]  # (n_parts,)


class WordSpace(NamedTuple):
    """One thread's distinct words of one batch, D at most."""

    numbers: NDArray[np.int32]  # (n_words,) the number of each word in the batch, else -1
    words: NDArray[np.int32]  # (D,) the distinct words
    vectors: NDArray[np.float32]  # (D, dim) what they are composed to, then trained
    before: NDArray[np.float32]  # (D, dim) what they were composed to
    rows: NDArray[np.int32]  # (block size + 1,) the number of each of the block's words


def make_word_space(n_words: int, dim: int, batch: int, window: int, block: int) -> WordSpace:
    """Return one thread's buffers for batches of ``batch`` words with their windows."""
    most = min(n_words, batch + 2 * window)
    return WordSpace(
        numbers=np.full(n_words, -1, np.int32),
        words=np.zeros(most, np.int32),
        vectors=aligned_zeros(most, dim),
        before=aligned_zeros(most, dim),
        rows=np.zeros(block + 1, np.int32),
    )


@kernel
def compose_rows(
    table: NDArray[np.float32],
    composition: Composition,
    words: NDArray[np.int32],
    vectors: NDArray[np.float32],
) -> None:
    """Compute the vectors of words, the means of their rows.

    Args:
        table: float32 (n_rows + 1, dim); the last row is zero.
        composition: The rows of each word.
        words: int32 (n,), which words.
        vectors: float32 (at least n, dim), written.
    """
    starts, rows = composition.starts, composition.rows
    none = np.int64(table.shape[0] - 1)
    for place in range(len(words)):
        ahead = words[min(place + 1, len(words) - 1)]
        for part in range(starts[ahead], starts[ahead + 1]):
            for column in range(0, table.shape[1], LINE):
                prefetch(table, np.int64(rows[part]), np.int64(column))
        word = words[place]
        first, end = starts[word], starts[word + 1]
        share = np.float32(1) / np.float32(max(end - first, 1))
        vectors[place] = np.float32(0)
        for part in range(first, end, 4):
            add_four_rows(
                vectors,
                np.int64(place),
                table,
                np.int64(rows[part]),
                np.int64(rows[part + 1]) if part + 1 < end else none,
                np.int64(rows[part + 2]) if part + 2 < end else none,
                np.int64(rows[part + 3]) if part + 3 < end else none,
                share,
                share,
                share,
                share,
            )


@kernel
def compose_batch(
    low: int,
    high: int,
    block_words: NDArray[np.int32],
    table: NDArray[np.float32],
    composition: Composition,
    space: WordSpace,
) -> int:
    """Number and compose the distinct words of a batch; return how many there are."""
    count = 0
    for position in range(low, high):
        word = block_words[position]
        if space.numbers[word] < 0:
            space.numbers[word] = count
            space.words[count] = word
            count += 1
        space.rows[position] = space.numbers[word]
    compose_rows(table, composition, space.words[:count], space.before)
    space.vectors[:count] = space.before[:count]
    return count


@kernel
def spread_steps(
    count: int, table: NDArray[np.float32], composition: Composition, space: WordSpace
) -> None:
    """Add what each word of a batch has moved by to all of its rows; forget the numbers.

    Threads add without locks, as `scatter_rows` does.
    """
    starts, rows = composition.starts, composition.rows
    for place in range(count):
        word = space.words[place]
        space.numbers[word] = -1
        ahead = space.words[min(place + 1, count - 1)]
        for part in range(starts[ahead], starts[ahead + 1]):
            for column in range(0, table.shape[1], LINE):
                prefetch(table, np.int64(rows[part]), np.int64(column))
        for column in range(table.shape[1]):
            space.before[place, column] = space.vectors[place, column] - space.before[place, column]
        for part in range(starts[word], starts[word + 1]):
            row = rows[part]
            for column in range(table.shape[1]):
                table[row, column] += space.before[place, column]


@kernel
def train_fasttext_skipgram_block(
    tokens: NDArray[np.int32],
    documents: NDArray[np.int64],
    start: int,
    end: int,
    tables: Tables,
    composition: Composition,
    batch: int,
    sampler: Sampler,
    settings: Settings,
    learning_rate: float,
    seed: np.uint64,
    space: SkipGramSpace,
    words: WordSpace,
) -> tuple[float, int, float]:
    """Train skip-gram on tokens ``start`` to ``end`` of a corpus; see `train_skipgram_block`.

    Args:
        tokens: int32 (n_tokens,), word ids.
        documents: int64 (n_documents + 1,), where documents begin in them.
        start: First token.
        end: End; a document that crosses a bound is cut there.
        tables: Changed in place; the last row of `input` is zero and stays so.
        composition: The rows of each word in `tables.input`.
        batch: For how many words at a time the distinct ones are composed.
        sampler: Subsampling and negative sampling.
        settings: Window, negatives, chunk and pool.
        learning_rate: Step size for the whole block.
        seed: Where the block's random generator starts.
        space: This thread's buffers, large enough for the block.
        words: This thread's buffers for composed words.

    Returns:
        The loss summed over pairs, the number of pairs, and a probe that is not finite as soon as
        a score is not.
    """
    block = space.block
    count, state = subsample(tokens, documents, start, end, sampler.keep, seed, block)
    loss, pairs, probe = 0.0, 0, 0.0
    for begin in range(0, count, batch):
        stop = min(begin + batch, count)
        low, high = max(begin - settings.window, 0), min(stop + settings.window, count)
        distinct = compose_batch(low, high, block.words, tables.input, composition, words)
        batch_loss, batch_pairs, scores, state = train_skipgram_words(
            begin,
            stop,
            words.vectors,
            words.rows,
            tables.output,
            sampler,
            settings,
            learning_rate,
            state,
            space,
        )
        spread_steps(distinct, tables.input, composition, words)
        loss += batch_loss
        pairs += batch_pairs
        probe += scores
    return loss, pairs, probe


@kernel
def train_fasttext_cbow_block(
    tokens: NDArray[np.int32],
    documents: NDArray[np.int64],
    start: int,
    end: int,
    tables: Tables,
    composition: Composition,
    batch: int,
    sampler: Sampler,
    settings: Settings,
    learning_rate: float,
    seed: np.uint64,
    space: CBOWSpace,
    words: WordSpace,
) -> tuple[float, int, float]:
    """Train CBOW on tokens ``start`` to ``end`` of a corpus.

    Arguments and results are those of `train_fasttext_skipgram_block`; the loss is summed over
    centers that have context.
    """
    block = space.block
    count, state = subsample(tokens, documents, start, end, sampler.keep, seed, block)
    loss, pairs, probe = 0.0, 0, 0.0
    for begin in range(0, count, batch):
        stop = min(begin + batch, count)
        low, high = max(begin - settings.window, 0), min(stop + settings.window, count)
        distinct = compose_batch(low, high, block.words, tables.input, composition, words)
        batch_loss, batch_pairs, scores, state = train_cbow_words(
            begin,
            stop,
            words.vectors,
            words.rows,
            tables.output,
            sampler,
            settings,
            False,
            learning_rate,
            state,
            space,
        )
        spread_steps(distinct, tables.input, composition, words)
        loss += batch_loss
        pairs += batch_pairs
        probe += scores
    return loss, pairs, probe
