r"""word2vec's binary files, as those of Google's news vectors.

A line with the number of words and that of dimensions; then each word, a space, and its vector as
little-endian float32. The original word2vec ends a vector with a line end, gensim and Google's
published file do not; both are read, and written files have none. Words hold no space: it is
written as the escape ``\x20``, a line end alike, and a warning counts such words. Counts are not in
the file. (``outvec.bin`` of https://code.google.com/archive/p/word2vec.)
"""

import re
import warnings
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning
from wordloom.formats.byte_reader import open_reader
from wordloom.formats.content import Content
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.text.writer import escaped
from wordloom.formats.word_rows import WordRows
from wordloom.kernels.compile import read_only
from wordloom.kernels.word2vec_binary import scan_rows, write_rows

__all__ = ["FORMATS"]

NAME: Final = "word2vec-binary"
# Numbers of more digits than this are no sizes.
HEADER: Final = re.compile(rb"(\d{1,12})[ \t]+(\d{1,7})[ \t]*\r?\n")
MAX_DIM: Final = 1 << 16
MAX_WORD_BYTES: Final = 1 << 16
BLOCK: Final = 1 << 20
# What text cannot hold.
CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
ROWS_LOOKED_AT: Final = 100


def recognises(content: Content) -> bool:
    """Tell whether a file has the header, and behind it vectors that are no text."""
    if content.is_folder:
        return False
    start = content.start
    header = HEADER.match(start)
    if header is None:
        return False
    n_words, dim = int(header[1]), int(header[2])
    if not (n_words and 1 <= dim <= MAX_DIM) or is_text_row(start[header.end() :], dim):
        return False
    block = np.frombuffer(start, np.uint8)[header.end() :]
    rows = scanned(block, min(n_words, ROWS_LOOKED_AT), dim)
    seen = rows.vectors.tobytes() or block.tobytes()
    ends = header.end() + rows.n_bytes >= len(start) - 1
    return CONTROLS.search(seen) is not None or (len(rows.places) == n_words and ends)


def is_text_row(start: bytes, dim: int) -> bool:
    """Tell whether a line of text comes first that ends in as many numbers as a vector has."""
    fields = start.split(b"\n", 1)[0].split()
    try:
        numbers = [float(field) for field in fields[-dim:]]
    except ValueError:
        return False
    return len(numbers) == dim < len(fields)


class Rows(NamedTuple):
    """Entries of a file.

    Attributes:
        words: uint8, their words end to end.
        offsets: int64 (n_rows + 1,), where each word starts and the last one ends.
        vectors: float32 (n_rows, dim).
        places: int64 (n_rows,), the byte at which each starts.
        n_bytes: How many bytes they take.
    """

    words: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    vectors: NDArray[np.float32]
    places: NDArray[np.int64]
    n_bytes: int


def scanned(block: NDArray[np.uint8], n_rows: int, dim: int) -> Rows:
    """Return the first entries of a block, as many as lie wholly within it."""
    n_rows = min(n_rows, len(block) // (4 * dim + 1))
    words, offsets = np.empty(len(block), np.uint8), np.empty(n_rows + 1, np.int64)
    vectors, places = np.empty((n_rows, 4 * dim), np.uint8), np.empty(n_rows, np.int64)
    found, n_bytes = scan_rows(read_only(block), n_rows, 4 * dim, words, offsets, vectors, places)
    return Rows(
        words[: offsets[found]],
        offsets[: found + 1],
        vectors[:found].view("<f4"),
        places[:found],
        n_bytes,
    )


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read words and vectors, no further than is needed for those that were asked for."""
    with open_reader(content, progress=options.progress) as reader:
        header = HEADER.match(reader.ahead()[:64].tobytes())
        if header is None:
            raise reader.damaged("its first line is not two whole numbers")
        left, dim = int(header[1]), int(header[2])
        reader.skip(header.end())
        what = f"its {left:,} words"
        reader.check_room(left * (4 * dim + 1), what)
        capacity = max(1, BLOCK // (4 * dim or 1)) if content.size is None else left
        rows = WordRows(dim, options, content.name, capacity, unit="byte")
        longest = MAX_WORD_BYTES + 4 * dim
        while left and not rows.complete:
            block = reader.ahead(max(BLOCK, longest))
            found = scanned(block, left, dim)
            if not len(found.places):
                if len(block) < longest:
                    raise reader.cut_short(what)
                raise reader.damaged(f"no word ends within {MAX_WORD_BYTES:,} bytes")
            rows.add(found.words, found.offsets, found.vectors, found.places + reader.position)
            left -= len(found.places)
            reader.skip(found.n_bytes)
        embedding = rows.finish(content.stem)
        if left == 0 and reader.ahead(2).tobytes().strip():
            warnings.warn(
                f"{content.name}: what follows the last of the {header[1].decode()} words that its "
                "first line tells of was not read.",
                DataWarning,
                stacklevel=4,
            )
        return embedding


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write words and vectors.

    Args:
        embedding: What to write.
        path: The file.
        options: Nothing of these is looked at.
    """
    data, offsets = escaped(embedding.vocabulary, rb"[ \n]", NAME)
    n_words, dim = embedding.vectors.shape
    at_once = max(1, BLOCK // (4 * dim))
    with path.open("wb") as file:
        file.write(f"{n_words} {dim}\n".encode())
        for start in range(0, n_words, at_once):
            rows = np.ascontiguousarray(embedding.vectors[start : start + at_once], "<f4")
            bounds = offsets[start : start + at_once + 1]
            words = data[bounds[0] : bounds[-1]]
            entries = np.empty(len(words) + len(rows) * (4 * dim + 1), np.uint8)
            write_rows(
                read_only(words),
                read_only(bounds - bounds[0]),
                read_only(rows.view(np.uint8)),
                entries,
            )
            file.write(entries.data)


FORMATS = (Format(NAME, "word2vec binary", (".bin",), recognises, read, write),)
