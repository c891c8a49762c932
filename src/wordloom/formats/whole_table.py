"""From words and a matrix that are there as a whole, in memory or mapped, to an embedding."""

import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import FormatError, InputError
from wordloom.formats.file_words import recoded, suitable_tokenizer
from wordloom.formats.format import ReadOptions
from wordloom.formats.selection import select
from wordloom.formats.word_rows import MAX_DIM, WordRows
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["checked_matrix", "embedding_of", "release"]

ROWS_AT_ONCE = 1 << 14

Compose = Callable[[TextBatch, NDArray[np.float32]], NDArray[np.float32]]
"""Turns words and what the file holds for them into their vectors."""


def embedding_of(
    words: Sequence[str] | TextBatch,
    matrix: NDArray[np.generic] | None,
    counts: NDArray[np.int64] | None,
    options: ReadOptions,
    name: str,
    *,
    called: str,
    compose: Compose | None = None,
    subwords: Subwords | None = None,
    tokenizer: Tokenizer | None = None,
) -> StaticEmbedding:
    """Make an embedding of words and their vectors; what is not wanted is left out.

    The rows are copied, checked and converted a block at a time, so that a matrix in a mapped file
    takes no memory beside the result; with ``memory_map`` one of float32 stays where it is, and is
    not checked for NaN (unless words are repeated or badly encoded).

    Args:
        words: The words in the order of the rows; as bytes, they are in the encoding of `options`.
        matrix: numbers (n_words, dim); None is refused as what is no matrix.
        counts: int64 (n_words,), or None where they are not known.
        options: Which words are wanted, and whether the matrix may stay on disk.
        name: What messages call the file.
        called: What the embedding is called.
        compose: Makes the words' vectors of the rows; None takes the rows.
        subwords: The vectors of character n-grams.
        tokenizer: What splits texts; None takes one that fits the words' case.

    Returns:
        The embedding.

    Raises:
        FormatError: Words, matrix and counts do not fit together, or a number is not finite.
    """
    matrix = checked_matrix(matrix, name)
    if len(words) != len(matrix) or (counts is not None and len(counts) != len(words)):
        sizes = f"{len(words):,} words and {len(matrix):,} vectors"
        sizes += "" if counts is None else f" and {len(counts):,} counts"
        raise FormatError(
            f"Every word has one vector. Received: {name}, with {sizes}. Write the files again, "
            "or copy those that belong together."
        )
    if isinstance(words, TextBatch):
        batch = TextBatch(words.data, words.offsets[: (options.limit or len(words)) + 1])
    else:
        batch = pack_texts(words[: options.limit])
        options = replace(options, encoding="utf-8")
    parts = {"name": called, "subwords": subwords, "tokenizer": tokenizer}
    if options.memory_map and compose is None and is_plain(matrix):
        mapped = left_on_disk(batch, matrix[: len(batch)], counts, options, parts)
        if mapped is not None:
            return mapped
    rows = WordRows(matrix.shape[1], options, name, len(batch), "word")
    for start in range(0, len(batch), ROWS_AT_ONCE):
        if rows.complete:
            break
        end = min(start + ROWS_AT_ONCE, len(batch))
        offsets = batch.offsets[start : end + 1]
        data = batch.data[offsets[0] : offsets[-1]]
        offsets = offsets - offsets[0]
        with np.errstate(over="ignore"):
            block = np.require(matrix[start:end], np.float32, ["C", "A"])
        if compose is not None:
            block = compose(TextBatch(data, offsets), block)
        rows.add(
            data,
            offsets,
            block,
            np.arange(start + 1, end + 1),
            None if counts is None else counts[start:end],
        )
        release(matrix)
    return rows.finish(called, subwords=subwords, tokenizer=tokenizer)


def left_on_disk(
    batch: TextBatch,
    matrix: NDArray[np.generic],
    counts: NDArray[np.int64] | None,
    options: ReadOptions,
    parts: Mapping[str, Any],
) -> StaticEmbedding | None:
    """Make an embedding over a matrix where it lies; None if words are repeated or badly encoded.

    Rows are not looked at, so that none is read.
    """
    data, offsets, n_odd = recoded(batch.data, batch.offsets, options.encoding)
    known = np.zeros(len(batch), np.int64) if counts is None else counts[: len(batch)]
    vocabulary = Vocabulary(data[: offsets[-1]], offsets, known)
    try:
        _ = vocabulary.slots
    except InputError:
        return None
    if n_odd:
        return None
    oov = "skip" if parts["subwords"] is None else "subwords"
    tokenizer = parts["tokenizer"] or suitable_tokenizer(vocabulary)
    whole = StaticEmbedding(vocabulary, matrix, oov=oov, **{**parts, "tokenizer": tokenizer})
    return select(whole, options)


def checked_matrix(matrix: NDArray[np.generic] | None, name: str) -> NDArray[np.generic]:
    """Return a matrix if it is one of real numbers with at least one column.

    Raises:
        FormatError: It is something else.
    """
    if (
        matrix is None
        or matrix.ndim != 2
        or matrix.dtype.kind not in "fiu"
        or not 1 <= matrix.shape[1] <= MAX_DIM
    ):
        found = "none" if matrix is None else f"{matrix.dtype} of shape {matrix.shape}"
        raise FormatError(
            f"Vectors are a matrix of numbers, a row for each word and 1 to {MAX_DIM:,} columns. "
            f"Received: {name}, with {found}."
        )
    return matrix


def is_plain(matrix: NDArray[np.generic]) -> bool:
    """Tell whether a matrix can be used where it lies."""
    flags = matrix.flags
    return bool(matrix.dtype == np.float32 and flags.c_contiguous and flags.aligned)


def release(array: NDArray[np.generic]) -> None:
    """Let the system take back the memory into which a mapped file was read, if it is one."""
    base: object = array
    while isinstance(base, (np.ndarray, memoryview)):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
