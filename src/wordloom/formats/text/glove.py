r"""GloVe's text: a line for each word, its vector behind it, and no first line that tells the size.

Words may hold spaces, as those of glove.840B do: how many numbers a line ends with is learned from
the first hundred lines. Other control characters in words are written as escapes such as ``\x09``,
as are spaces where the word could not be told from its numbers; a warning counts them.

Names that end in ``.glove`` choose this format when an embedding is written; ``.txt`` stands for
word2vec text, which differs by its first line only.
"""

from contextlib import closing
from itertools import chain
from pathlib import Path

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError
from wordloom.formats.content import Content
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.text.blocks import (
    collect,
    dimension_of,
    expected_rows,
    first_lines,
    parse_ahead,
    text_blocks,
)
from wordloom.formats.text.lines import LineParser
from wordloom.formats.text.writer import escaped, write_lines
from wordloom.formats.word_rows import WordRows
from wordloom.text.readers.streams import Meter

__all__ = ["FORMATS"]

# Spaces at the ends of a word, and before a last part that reads as a number.
UNSAFE = rb"[\x00-\x1f]|^ | $| (?= )| (?=[+-]?[0-9.][0-9.eE+-]*$)"


def recognises(content: Content) -> bool:
    """Tell whether lines end with equally many numbers, at least two."""
    return dimension_of(first_lines(content.start)) > 1


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read the file."""
    meter = Meter()
    with closing(text_blocks(content, meter, options.progress)) as blocks:
        first = next(blocks, b"")
        dim = dimension_of(first_lines(first))
        if dim == 0:
            raise FormatError(
                "Lines of GloVe text hold a word and equally many numbers. Received: "
                f"{content.name}, most of whose first lines do not. Check that it is GloVe text."
            )
        rows = WordRows(dim, options, content.name, expected_rows(content, meter, first, dim))
        parser = LineParser(content.name, dim)
        with closing(parse_ahead(chain([first], blocks), parser)) as parsed:
            collect(parsed, rows)
    return rows.finish(content.stem)


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write the file."""
    words, offsets = escaped(embedding.vocabulary, UNSAFE, "glove")
    with path.open("wb") as file:
        write_lines(file, embedding, words, offsets, b" ")


FORMATS = (Format("glove", "GloVe text", (".glove",), recognises, read, write),)
