"""Text as the rooms hand it on: the UTF-8 bytes of many documents, end to end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.corpus import gather_words

__all__ = ["TextBatch", "as_list", "block_bounds", "in_blocks", "pack_texts"]


@dataclass(frozen=True)
class TextBatch:
    """A run of documents.

    Attributes:
        data: uint8 (n_bytes,), the documents' bytes end to end. UTF-8 is expected but not yet
            checked: the tokenizer replaces and counts what is not.
        offsets: int64 (n_documents + 1,), where each document starts and the last one ends.
        source_bytes: How far the reader has come in its source, in bytes of the (compressed)
            files; for progress bars.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    source_bytes: int = 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def texts(self) -> list[str]:
        """Return the documents as str; bytes that are not UTF-8 become U+FFFD.

        Example:
            >>> pack_texts(["one", "zwei"]).texts()
            ['one', 'zwei']
        """
        data = self.data.tobytes()
        bounds = self.offsets.tolist()
        return [data[start:end].decode("utf-8", "replace") for start, end in pairwise(bounds)]

    def chosen(self, documents: NDArray[np.int64]) -> "TextBatch":
        """Return some of the documents.

        Args:
            documents: int64 (n_chosen,), which ones, in any order.

        Returns:
            A batch of its own arrays.

        Example:
            >>> pack_texts(["one", "zwei", "trois"]).chosen(np.array([2, 0])).texts()
            ['trois', 'one']
        """
        lengths = self.offsets[documents + 1] - self.offsets[documents]
        data = np.empty(int(lengths.sum()), np.uint8)
        offsets = np.zeros(len(documents) + 1, np.int64)
        gather_words(read_only(self.data), read_only(self.offsets), documents, data, offsets)
        return TextBatch(data, offsets)


def pack_texts(texts: Sequence[str]) -> TextBatch:
    """Lay texts end to end as UTF-8.

    Args:
        texts: The documents, a sequence of str.

    Returns:
        A batch with one document for each text; lone surrogates stay for the tokenizer to replace.

    Raises:
        InputError: `texts` is a single str, or holds something that is not a str.

    Example:
        >>> batch = pack_texts(["näh", "ja"])
        >>> batch.offsets.tolist()
        [0, 4, 6]
    """
    if isinstance(texts, str):
        raise InputError(
            f"A list of texts is needed. Received: one str of {len(texts)} characters. "
            "Write [text] to pass a single text."
        )
    try:
        joined = "".join(texts)
        if joined.isascii():
            data = joined.encode("ascii")
            lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        else:
            encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
            data = b"".join(encoded)
            lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    except (TypeError, AttributeError):
        wrong = next(item for item in texts if not isinstance(item, str))
        raise InputError(
            f"Every text must be a str. Received: {wrong!r} (of type {type(wrong).__name__})."
        ) from None
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return TextBatch(np.frombuffer(data, np.uint8), offsets)


def as_list(texts: Sequence[str]) -> list[str]:
    """Return texts as a list; a single str, which is a sequence of str too, is refused.

    Args:
        texts: The texts.

    Returns:
        The same list where it is one.

    Raises:
        InputError: A single str was received.
    """
    if isinstance(texts, str):
        pack_texts(texts)
    return texts if isinstance(texts, list) else list(texts)


def block_bounds(texts: list[str], characters: int) -> list[int]:
    """Return where blocks of whole texts start, then the end.

    Args:
        texts: The texts.
        characters: How long a block is, at most, unless it is a single text.

    Returns:
        Rising indices, from 0 to the number of texts.

    Raises:
        InputError: An item is not a str.

    Example:
        >>> block_bounds(["abc", "defg", "a much longer text", "", "hi"], 10)
        [0, 2, 3, 5]
    """
    try:
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    except TypeError:
        pack_texts(texts)  # says which item is not a str
        raise
    bounds = [0]
    while bounds[-1] < len(texts):
        start = bounds[-1]
        goal = (ends[start - 1] if start else 0) + characters
        bounds.append(max(start + 1, int(np.searchsorted(ends, goal, side="right"))))
    return bounds


def in_blocks(texts: Iterable[str], characters: int) -> Iterator[list[str]]:
    """Yield texts block by block, so that memory stays flat however many there are.

    Args:
        texts: The texts.
        characters: A block ends with the text that makes it this long.

    Yields:
        Lists of whole texts.

    Raises:
        InputError: A single str was received, or an item is not a str.

    Example:
        >>> list(in_blocks(["abc", "defg", "hi"], 5))
        [['abc', 'defg'], ['hi']]
    """
    if isinstance(texts, str):
        pack_texts(texts)
    block: list[str] = []
    length = 0
    for text in texts:
        block.append(text)
        if not isinstance(text, str):
            pack_texts(block)
        length += len(text)
        if length >= characters:
            yield block
            block, length = [], 0
    if block:
        yield block
