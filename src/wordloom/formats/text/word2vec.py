r"""Text of word2vec, fastText (``.vec``) and gensim: a line "words dimensions", then the words.

Names that end in ``.txt`` are written in this format as well, for the first line tells every reader
whether the file is complete, and gensim, fastText and spaCy open it as it is. Read, files are
recognised by their first line, whatever their name.

Other programs end a word at the first space, so spaces and control characters in words are written
as escapes such as ``\x20``; a warning counts them.
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
    expected_rows,
    first_lines,
    parse_ahead,
    text_blocks,
)
from wordloom.formats.text.lines import LineParser, shown, trailing_numbers
from wordloom.formats.text.writer import escaped, write_lines
from wordloom.formats.word_rows import WordRows
from wordloom.text.readers.streams import Meter

__all__ = ["FORMATS"]

NAME = "word2vec-text"


def declared_size(line: bytes) -> tuple[int, int] | None:
    """Return how many words and dimensions a first line declares, or None if it does not."""
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() and len(field) < 19 for field in fields):
        return None
    n_words, dim = map(int, fields)
    return (n_words, dim) if dim else None


def recognises(content: Content) -> bool:
    """Tell whether the first line declares words and dimensions, and text of numbers follows."""
    lines = first_lines(content.start)
    return (
        bool(lines)
        and declared_size(lines[0]) is not None
        and (len(lines) == 1 or trailing_numbers(lines[1]) > 0)
    )


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read the file."""
    meter = Meter()
    with closing(text_blocks(content, meter, options.progress)) as blocks:
        first = next(blocks, b"")
        header, _, first = first.partition(b"\n")
        declared = declared_size(header)
        if declared is None:
            raise FormatError(
                "The first line of a word2vec text declares how many words and dimensions follow, "
                f"as '400000 100'. Received: {content.name}, whose first line is {shown(header)}. "
                "If vectors begin there, the format is 'glove'."
            )
        n_words, dim = declared
        room = min(n_words, expected_rows(content, meter, first, dim))
        rows = WordRows(dim, options, content.name, room)
        parser = LineParser(content.name, dim, known_from="as its first line declares")
        parts = chain([first] if first else [], blocks)
        with closing(parse_ahead(parts, parser, 2)) as parsed:
            collect(parsed, rows, n_words)
    return rows.finish(content.stem)


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write the file."""
    words, offsets = escaped(embedding.vocabulary, rb"[\x00-\x20]", NAME)
    with path.open("wb") as file:
        file.write(f"{len(embedding)} {embedding.dim}\n".encode("ascii"))
        write_lines(file, embedding, words, offsets, b" ")


FORMATS = (
    Format(
        NAME,
        "word2vec or fastText text (.vec)",
        (".vec", ".w2v", ".txt"),
        recognises,
        read,
        write,
    ),
)
