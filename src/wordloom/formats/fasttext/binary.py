"""fastText's own files, ``.bin`` and ``.ftz``: words and the rows of all buckets of n-grams.

Words get the vectors that fastText gives them, and so do words that the file does not hold: all
buckets are kept, and n-grams are hashed over the bytes of the file's encoding. Of supervised models
the words are read; names of labels go to the report. The output table, which only training needs,
is never read.

`.bin` is also the ending of word2vec's binary files, so written files of this format end in
``.ftbin``, or the format is named.
"""

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import MAX_N
from wordloom.errors import FormatError
from wordloom.formats.byte_reader import ByteReader, open_reader
from wordloom.formats.content import Content
from wordloom.formats.fasttext.file import FastTextStart, is_fasttext, read_start
from wordloom.formats.fasttext.mapped import MappedRows, open_lazily
from wordloom.formats.fasttext.product_quantisation import read_quantised
from wordloom.formats.fasttext.vectors import compose_in_place
from wordloom.formats.fasttext.write import write
from wordloom.formats.format import Format, ReadOptions
from wordloom.formats.word_rows import WordRows

if TYPE_CHECKING:
    from wordloom.embedding.lazy_vectors import LazyVectors

__all__ = ["FORMATS"]

SHAPE: Final = struct.Struct("<qq")
BLOCK: Final = 1 << 20

Rows = Callable[[int, int], NDArray[np.float32]]
"""Returns the rows of a table from a first to below a last one, float32 (n, dim)."""


def recognises(content: Content) -> bool:
    """Tell whether a file starts as fastText's do."""
    return not content.is_folder and is_fasttext(content.start)


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read words and n-grams, or leave them in the file where it can be mapped into memory."""
    with open_reader(content, progress=options.progress) as reader:
        start = read_start(reader, options.encoding)
        if start.has_subwords and start.settings.max_n > MAX_N:
            raise FormatError(
                f"N-grams have at most {MAX_N} characters. Received: {content.name}, with n-grams "
                f"of up to {start.settings.max_n:,}. Train with a smaller maxn."
            )
        n_rows, dim = start.n_words + start.n_ngrams, start.settings.dim
        table: LazyVectors | None = None
        if start.quantised:
            table = read_quantised(reader, n_rows, dim)
        else:
            check_shape(reader, n_rows, dim)
            if options.memory_map and reader.size is not None:
                table = MappedRows(content.path, reader.position, n_rows, dim)
        if table is not None and options.memory_map:
            return open_lazily(table, start, content, options)

        def rows(first: int, last: int) -> NDArray[np.float32]:
            if table is None:
                return reader.matrix(last - first, dim, f"its table from row {first:,} on")
            return table.rows(np.arange(first, last))

        return read_table(rows, start, content, options)


def check_shape(reader: ByteReader, n_rows: int, dim: int) -> None:
    """Refuse a table of another shape than its settings say, or that the file cannot hold."""
    shape = SHAPE.unpack(reader.take(SHAPE.size, "its table"))
    if shape != (n_rows, dim):
        raise reader.damaged(
            f"a table of {shape[0]:,} rows and {shape[1]:,} columns; by its dictionary and "
            f"settings it has {n_rows:,} rows and {dim:,} columns"
        )
    reader.check_room(4 * n_rows * dim, f"its table of {n_rows:,} × {dim:,}")


def read_table(
    table: Rows, start: FastTextStart, content: Content, options: ReadOptions
) -> StaticEmbedding:
    """Read the rows of words and n-grams, and compose the words' vectors where their rows lie."""
    dim, n_words, dictionary = start.settings.dim, start.n_words, start.dictionary
    at_once = max(1, BLOCK // (4 * dim))
    capacity = at_once if content.size is None else n_words
    rows = WordRows(dim, options, content.name, capacity, unit="entry")
    for first in range(0, n_words, at_once):
        if rows.complete and not start.has_subwords:
            break
        last = min(first + at_once, n_words)
        block = table(first, last)
        if not rows.complete:
            bounds = dictionary.offsets[first : last + 1]
            rows.add(
                dictionary.data[bounds[0] : bounds[-1]],
                bounds - bounds[0],
                block,
                np.arange(first + 1, last + 1),
                dictionary.counts[first:last],
            )
    subwords = None
    if start.has_subwords and rows.n_rows:
        ngrams = table(n_words, n_words + start.n_ngrams)
        if dictionary.ngrams is not None:
            ngrams = ngrams[dictionary.ngrams[:, 1]]
        subwords = start.subwords(ngrams, options.encoding)
        data = np.concatenate(rows.words)
        offsets = np.append(0, np.cumsum(np.concatenate(rows.lengths)))
        compose_in_place(rows.matrix[: rows.n_rows], subwords, data, offsets)
    return rows.finish(content.stem, subwords=subwords, report=start.report())


FORMATS = (
    Format("fasttext", "fastText binary", (".ftbin",), recognises, read, write, ngrams=True),
)
