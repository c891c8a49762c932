"""Documents of any size made into batches of about one size."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from wordloom.text.batches import TextBatch
from wordloom.text.readers.streams import Meter

__all__ = ["gather"]


def gather(
    documents: Iterable[bytes | TextBatch], size: int, meter: Meter, *, keep_empty: bool = False
) -> Iterator[TextBatch]:
    """Join documents to batches of at most ``size`` bytes, and split longer runs of them.

    Args:
        documents: Documents as UTF-8, or runs of documents.
        size: Bytes of text in a batch; a document that has more is a batch of its own.
        meter: Says how far the reader has come.
        keep_empty: Keep empty documents, so that each document has its place in the batches.

    Yields:
        The documents, without empty ones unless these are kept. As in all batches, `data` is
        read-only and `offsets` can be written, so that kernels are compiled for one kind of array.
    """
    pieces: list[bytes] = []
    lengths: list[int] = []
    held = 0
    for item in documents:
        if isinstance(item, bytes):
            piece, new = item, [len(item)]
        elif len(item.data) > size // 4:
            if held:
                yield join(pieces, lengths, meter, keep_empty)
                pieces, lengths, held = [], [], 0
            yield from split(item, size, meter, keep_empty)
            continue
        else:
            piece, new = item.data.tobytes(), np.diff(item.offsets).tolist()
        if held and held + len(piece) > size:
            yield join(pieces, lengths, meter, keep_empty)
            pieces, lengths, held = [], [], 0
        if piece or keep_empty:
            pieces.append(piece)
            lengths += new
            # Kept empty documents count as well, so that no number of them fills the memory.
            held += len(piece) + (len(new) if keep_empty else 0)
    if held:
        yield join(pieces, lengths, meter, keep_empty)


def join(pieces: list[bytes], lengths: list[int], meter: Meter, keep_empty: bool) -> TextBatch:
    """Return documents as a batch."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    data = np.frombuffer(b"".join(pieces), np.uint8)
    return TextBatch(data, offsets if keep_empty else without_empty(offsets), meter.bytes)


def split(batch: TextBatch, size: int, meter: Meter, keep_empty: bool) -> Iterator[TextBatch]:
    """Yield a long run of documents in batches."""
    offsets = batch.offsets if keep_empty else without_empty(batch.offsets)
    first = 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, offsets[first] + size, side="right")) - 1
        last = max(last, first + 1)
        data = batch.data[offsets[first] : offsets[last]]
        yield TextBatch(data, offsets[first : last + 1] - offsets[first], meter.bytes)
        first = last


def without_empty(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offsets of the documents that are not empty."""
    kept = np.ones(len(offsets), np.bool_)
    np.not_equal(offsets[1:], offsets[:-1], out=kept[1:])
    return offsets if kept.all() else offsets[kept]
