r"""A folder for TensorBoard's Embedding Projector: vectors and words in two tables of tabs.

- ``vectors.tsv``: a vector in each line, and nothing else.
- ``metadata.tsv``: a word in each line; with counts, where they are known, in a second column, and
  then a first line that names the columns, as the Projector wants it.
- ``projector_config.pbtxt``: tells TensorBoard that the two belong together (``--logdir`` FOLDER).

The two tables can also be uploaded at projector.tensorflow.org. ``tensors.tsv`` is read as well. Of
several columns the words are those called word, label, token or name, else the first. Tabs and
other control characters in words are written as escapes such as ``\x09``; a warning counts them.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError
from wordloom.formats.content import Content, open_content
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.text.blocks import (
    collect,
    expected_rows,
    first_lines,
    parse_ahead,
    text_blocks,
)
from wordloom.formats.text.lines import LineParser, ParsedBlock
from wordloom.formats.text.writer import escaped, write_lines
from wordloom.formats.word_rows import WordRows
from wordloom.text.readers.streams import Meter

__all__ = ["FORMATS"]

VECTORS, METADATA, CONFIG = ("vectors.tsv", "tensors.tsv"), "metadata.tsv", "projector_config.pbtxt"
WORD_COLUMNS = (b"word", b"label", b"token", b"name")
COUNT_COLUMNS = (b"count", b"frequency")

CONFIG_TEXT = f"""embeddings {{
  tensor_name: "wordloom"
  tensor_path: "{VECTORS[0]}"
  metadata_path: "{METADATA}"
}}
"""


def recognises(content: Content) -> bool:
    """Tell whether a folder holds the two tables."""
    return METADATA in content.names and any(name in content.names for name in VECTORS)


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read the two tables side by side."""
    found = [name for name in (*VECTORS, METADATA) if name in content.names]
    if METADATA not in found or len(found) < 2:
        raise FormatError(
            f"A folder of the Embedding Projector holds {VECTORS[0]} and {METADATA}. Received: "
            f"{content.name}, which does not. Save it again, or copy the whole folder."
        )
    table = open_content(content.path / found[0])
    meter = Meter()
    with (
        closing(text_blocks(table, meter, options.progress)) as blocks,
        closing(text_blocks(open_content(content.path / METADATA), Meter(), False)) as labels,
    ):
        first = next(blocks, b"")
        lines = first_lines(first)
        dim = len(lines[0].split()) if lines else 0
        room = expected_rows(table, meter, first, dim) if lines else 0
        rows = WordRows(dim, options, table.name, room)
        parser = LineParser(table.name, dim, has_words=False, known_from="as the first does")
        words = metadata(labels, f"{content.name}/{METADATA}")
        with closing(parse_ahead(chain([first], blocks), parser)) as parsed:
            collect(with_words(parsed, words, table.name), rows)
        if not rows.complete and any(word for word, _ in words):
            raise wrong_number(table.name, f"{rows.n_seen:,} vectors and more words")
    return rows.finish(content.path.name)


def metadata(blocks: Iterator[bytes], name: str) -> Iterator[tuple[bytes, int]]:
    """Yield the words of a table and their counts, 0 where it does not tell."""
    word_column, count_column, number = 0, -1, 0
    for block in blocks:
        for line in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            cells = line.removesuffix(b"\r").split(b"\t")
            if number == 1:
                n_columns = len(cells)
                if n_columns > 1:
                    names = [cell.strip().lower() for cell in cells]
                    word_column = next(
                        (i for i, name in enumerate(names) if name in WORD_COLUMNS), 0
                    )
                    count_column = next(
                        (i for i, name in enumerate(names) if name in COUNT_COLUMNS), -1
                    )
                    continue
            if len(cells) != n_columns:
                raise FormatError(
                    f"Each line of {name} holds {n_columns} columns, as the first does. "
                    f"Received: line {number:,}, with {len(cells)}. Correct the line."
                )
            count = cells[count_column] if count_column >= 0 else b""
            yield cells[word_column], int(count) if count.isdigit() and len(count) < 19 else 0


def with_words(
    parsed: Iterator[ParsedBlock], words: Iterator[tuple[bytes, int]], name: str
) -> Iterator[ParsedBlock]:
    """Put words into blocks of vectors that came without."""
    for block in parsed:
        chosen = list(islice(words, len(block.vectors)))
        if len(chosen) < len(block.vectors):
            raise wrong_number(
                name, f"{block.first_line + len(chosen) - 1:,} words and more vectors"
            )
        offsets = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum([len(word) for word, _ in chosen], out=offsets[1:])
        yield replace(
            block,
            words=np.frombuffer(b"".join(word for word, _ in chosen), np.uint8),
            offsets=offsets,
            counts=np.array([count for _, count in chosen], np.int64),
        )


def wrong_number(name: str, found: str) -> FormatError:
    """Return the error for tables of unequal length."""
    return FormatError(
        f"Each vector has its word. Received: {name} and {METADATA} beside it, with {found}. "
        "A file was cut short, or the two do not belong together."
    )


def write(embedding: StaticEmbedding, folder: Path, options: WriteOptions) -> None:
    """Write the folder's files."""
    with (folder / VECTORS[0]).open("wb") as file:
        write_lines(file, embedding, None, None, b"\t")
    words, offsets = escaped(embedding.vocabulary, rb"[\x00-\x1f]|^ +$", "projector")
    (folder / METADATA).write_bytes(b"".join(metadata_lines(words, offsets, embedding)))
    (folder / CONFIG).write_text(CONFIG_TEXT, "ascii")


def metadata_lines(
    words: NDArray[np.uint8], offsets: NDArray[np.int64], embedding: StaticEmbedding
) -> Iterator[bytes]:
    """Yield the lines of the table of words."""
    counts = embedding.vocabulary.counts
    counted = bool(counts.any())
    if counted:
        yield b"word\tcount\n"
    text, bounds = words.tobytes(), offsets.tolist()
    for row, count in enumerate(counts.tolist()):
        word = text[bounds[row] : bounds[row + 1]]
        yield b"%b\t%d\n" % (word, count) if counted else word + b"\n"


FORMATS = (
    Format(
        "projector",
        "folder for TensorBoard's Embedding Projector",
        (".projector",),
        recognises,
        read,
        write,
        folder=True,
    ),
)
