"""fastText files that stay on disk: opened at once, and composed where a word is used."""

import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.lazy_vectors import LazyVectors
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.formats.content import Content
from wordloom.formats.fasttext.dictionary import Dictionary
from wordloom.formats.fasttext.file import FastTextStart
from wordloom.formats.fasttext.vectors import compose_in_place
from wordloom.formats.file_words import (
    first_occurrences,
    none_chosen,
    recoded,
    suitable_tokenizer,
    warn_of_odd_words,
    warn_of_repeated_words,
)
from wordloom.formats.format import ReadOptions
from wordloom.text.batches import TextBatch
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
        words: The n_words words, encoded as the n-grams' text was.
    """

    def __init__(self, own: LazyVectors, subwords: Subwords, words: TextBatch) -> None:
        super().__init__(*own.shape)
        self.own = own
        self.subwords = subwords
        self.words = words

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the vectors of some words; see `LazyVectors.rows`."""
        rows = self.own.rows(ids)
        words = self.words.chosen(ids)
        compose_in_place(rows, self.subwords, words.data, words.offsets)
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
    words = TextBatch(dictionary.data, dictionary.offsets)
    if len(kept) < start.n_words:
        words = words.chosen(kept)
    return StaticEmbedding(
        vocabulary,
        own if subwords is None else ComposedWords(own, subwords, words),
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
            raise none_chosen(name, n_words)
    words = TextBatch(data, offsets).chosen(kept)
    firsts = first_occurrences(words.data, words.offsets)
    if firsts is not None:
        again = int(np.setdiff1d(np.arange(len(kept)), firsts)[0])
        (word,) = words.chosen(np.array([again])).texts()
        warn_of_repeated_words(
            name, len(kept) - len(firsts), f"{word[:60]!r} as word {int(kept[again]) + 1:,}"
        )
        kept, words = kept[firsts], words.chosen(firsts)
    return Vocabulary(words.data, words.offsets, dictionary.counts[kept]), kept
