"""fastText files that stay on disk: opened at once, and composed where a word is used."""

import mmap
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.lazy_vectors import LazyVectors
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning, InputError
from wordloom.formats.content import Content
from wordloom.formats.fasttext.dictionary import Dictionary
from wordloom.formats.fasttext.file import FastTextStart
from wordloom.formats.fasttext.vectors import compose_in_place
from wordloom.formats.format import ReadOptions
from wordloom.formats.word_rows import recoded, suitable_tokenizer, warn_of_odd_words
from wordloom.kernels.compile import read_only
from wordloom.kernels.corpus import gather_words
from wordloom.kernels.words import intern_words, slot_count
from wordloom.text.vocabulary import Vocabulary

__all__ = ["MappedRows", "open_lazily"]


class MappedRows(LazyVectors):
    """A matrix in a file that is mapped into memory; the rows that are used are copied out of it.

    The numbers may begin at any byte, so the matrix cannot be used where it lies.

    Args:
        path: The file.
        position: The byte at which the matrix begins.
        n_rows: How many rows it has.
        dim: How many columns.
    """

    def __init__(self, path: Path, position: int, n_rows: int, dim: int) -> None:
        super().__init__(n_rows, dim)
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.table = np.frombuffer(mapped, f"V{4 * dim}", n_rows, position)

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some rows; see `LazyVectors.rows`."""
        return self.table[ids].view("<f4").reshape(len(ids), self.shape[1])


class ChosenRows(LazyVectors):
    """Some rows of a matrix.

    Args:
        table: The matrix.
        chosen: int64 (n_chosen,), which rows.
    """

    def __init__(self, table: LazyVectors, chosen: NDArray[np.int64]) -> None:
        super().__init__(len(chosen), table.shape[1])
        self.table = table
        self.chosen = chosen

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some rows; see `LazyVectors.rows`."""
        return self.table.rows(self.chosen[ids])


class ComposedWords(LazyVectors):
    """The vectors of words, each composed when it is needed.

    Args:
        own: The words' own rows.
        subwords: The rows of n-grams.
        data: uint8, the words end to end, encoded as the n-grams' text was.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
    """

    def __init__(
        self,
        own: LazyVectors,
        subwords: Subwords,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
    ) -> None:
        super().__init__(*own.shape)
        self.own = own
        self.subwords = subwords
        self.data = data
        self.offsets = offsets

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some words; see `LazyVectors.rows`."""
        rows = self.own.rows(ids)
        compose_in_place(rows, self.subwords, *gathered(self.data, self.offsets, ids))
        return rows


def open_lazily(
    table: LazyVectors, start: FastTextStart, content: Content, options: ReadOptions
) -> StaticEmbedding:
    """Return an embedding of a fastText file's words whose vectors are composed when needed.

    Args:
        table: float32 (n_words + n_ngrams, dim), the file's input table.
        start: What stands before it.
        content: The file.
        options: Which words are wanted.

    Returns:
        The embedding. NaN in the file is not noticed, since nobody reads it all.

    Raises:
        InputError: None of the chosen words is there.
    """
    dictionary = start.dictionary
    vocabulary, kept = chosen_words(dictionary, content.name, options)
    own = ChosenRows(table, kept)
    subwords = None
    if start.has_subwords:
        places = np.arange(start.n_ngrams) if dictionary.ngrams is None else dictionary.ngrams[:, 1]
        ngrams = ChosenRows(table, start.n_words + places.astype(np.int64))
        subwords = start.subwords(ngrams, options.encoding)
    words = dictionary.data, dictionary.offsets
    if len(kept) < start.n_words:
        words = gathered(*words, kept)
    return StaticEmbedding(
        vocabulary,
        own if subwords is None else ComposedWords(own, subwords, *words),
        name=content.stem,
        tokenizer=suitable_tokenizer(vocabulary),
        oov="skip" if subwords is None else "subwords",
        report=start.report(),
        subwords=subwords,
    )


def chosen_words(
    dictionary: Dictionary, name: str, options: ReadOptions
) -> tuple[Vocabulary, NDArray[np.int64]]:
    """Return the words that were asked for, and which of the file's words they are."""
    n_words = min(options.limit or len(dictionary.counts), len(dictionary.counts))
    offsets = dictionary.offsets[: n_words + 1]
    data, offsets, n_odd = recoded(dictionary.data[: offsets[-1]], offsets, options.encoding)
    warn_of_odd_words(name, n_odd, options.encoding)
    kept = np.arange(n_words)
    if options.words is not None:
        wanted = Vocabulary.from_words(dict.fromkeys(options.words))
        kept = np.flatnonzero(wanted.find(data, offsets) >= 0)
        if len(kept) == 0:
            raise InputError(
                f"At least one of the chosen words must be in the file. Received: {name}, with "
                f"{n_words:,} words, none of them chosen. Check their spelling."
            )
        data, offsets = gathered(data, offsets, kept)
    vocabulary = Vocabulary(data, offsets, dictionary.counts[kept])
    try:
        _ = vocabulary.slots
    except InputError:
        firsts = first_occurrences(data, offsets)
        warnings.warn(
            f"{name}: {len(kept) - len(firsts):,} words occur again. The first vector of each was "
            "kept.",
            DataWarning,
            stacklevel=5,
        )
        kept = kept[firsts]
        vocabulary = Vocabulary(*gathered(data, offsets, firsts), dictionary.counts[kept])
    return vocabulary, kept


def first_occurrences(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which words did not occur before."""
    n_words = len(offsets) - 1
    words, starts = np.empty(len(data), np.uint8), np.zeros(n_words + 1, np.int64)
    slots, ids = np.zeros(slot_count(n_words), np.int64), np.empty(n_words, np.int32)
    intern_words(read_only(data), read_only(offsets), words, starts, slots, 0, ids)
    # New words get rising ids, so a word is new where the greatest id so far rises.
    return np.flatnonzero(np.diff(np.maximum.accumulate(ids), prepend=-1))


def gathered(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return some words end to end, and where each starts and the last one ends."""
    words = np.empty(int((offsets[chosen + 1] - offsets[chosen]).sum()), np.uint8)
    starts = np.zeros(len(chosen) + 1, np.int64)
    gather_words(read_only(data), read_only(offsets), chosen, words, starts)
    return words, starts
