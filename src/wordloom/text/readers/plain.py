"""Plain text whose lines are documents."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from wordloom.text.batches import TextBatch
from wordloom.text.readers.streams import MAX_DOCUMENT, Readable, too_large

__all__ = ["BYTE_ORDER_MARK", "read_lines"]

BLOCK: Final = 1 << 20
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_lines(file: Readable, name: str) -> Iterator[TextBatch]:
    r"""Read lines as documents, block by block; no Python object is made for a line.

    Args:
        file: The text, UTF-8; lines end in "\n" or "\r\n".
        name: What messages call it.

    Yields:
        The lines of each block of 1 MiB, without their line ends; empty lines are empty documents.

    Raises:
        InputError: A line is larger than a document may be.
    """
    started: list[bytes] = []
    size = 0
    block = file.read(BLOCK).removeprefix(BYTE_ORDER_MARK)
    while block:
        cut = block.rfind(b"\n") + 1
        if cut:
            started.append(block[:cut])
            yield split_lines(b"".join(started))
            started, size = [], 0
        if cut < len(block):
            started.append(block[cut:])
            size += len(block) - cut
            if size > MAX_DOCUMENT:
                raise too_large(name)
        block = file.read(BLOCK)
    if started:
        yield split_lines(b"".join(started) + b"\n")


def split_lines(data: bytes) -> TextBatch:
    """Return the lines of a text that ends in a line end."""
    if b"\r\n" in data:
        data = data.replace(b"\r\n", b"\n")
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    offsets = np.zeros(len(ends) + 1, np.int64)
    # Each line end before the end of a line is gone from the joined lines.
    offsets[1:] = ends - np.arange(len(ends))
    return TextBatch(np.frombuffer(data.replace(b"\n", b""), np.uint8), offsets)
