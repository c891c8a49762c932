"""Writing lines of word vectors, for all formats that consist of them."""

import re
import warnings
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning
from wordloom.kernels.compile import read_only
from wordloom.kernels.vector_text import NUMBER_BYTES, format_rows
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.vocabulary import Vocabulary

__all__ = ["escaped", "write_lines"]

BLOCK = 1 << 20
EMPTY_WORD = r"\x"
NO_WORDS = np.zeros(0, np.uint8)


def escaped(
    vocabulary: Vocabulary, unsafe: bytes, format_name: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    r"""Return words as a format can hold them: what it cannot becomes escapes such as ``\x20``.

    The empty word becomes ``\x``.

    Args:
        vocabulary: The words.
        unsafe: A regular expression of the bytes that the format cannot hold, all of them ASCII
            spaces or control characters.
        format_name: What the warning calls the format.

    Returns:
        uint8 (n_bytes,), the words end to end, and int64 (n_words + 1,), where each starts and the
        last one ends.

    Example:
        >>> vocabulary = Vocabulary.from_words(["cough", "dry cough"])
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     escaped(vocabulary, b" ", "toy")[0].tobytes()
        b'coughdry\\x20cough'
    """
    offsets = vocabulary.offsets
    if not np.any(vocabulary.data <= 0x20) and np.all(offsets[1:] > offsets[:-1]):
        return vocabulary.data, offsets
    pattern = re.compile(unsafe.decode("ascii"))
    words = TextBatch(vocabulary.data, offsets).texts()
    changed = {}
    for index, word in enumerate(words):
        safe = (
            pattern.sub(lambda match: "".join(f"\\x{ord(x):02x}" for x in match[0]), word)
            or EMPTY_WORD
        )
        if safe != word:
            changed[index] = safe
    if not changed:
        return vocabulary.data, offsets
    first = next(iter(changed))
    warnings.warn(
        f"The format '{format_name}' cannot hold {len(changed):,} words as they are; spaces and "
        f"control characters became escapes, as {words[first][:60]!r} became "
        f"{changed[first][:60]!r}.",
        DataWarning,
        stacklevel=4,
    )
    batch = pack_texts([changed.get(index, word) for index, word in enumerate(words)])
    return batch.data, batch.offsets


def write_lines(
    file: BinaryIO,
    embedding: StaticEmbedding,
    words: NDArray[np.uint8] | None,
    offsets: NDArray[np.int64] | None,
    separator: bytes,
) -> None:
    """Write a line for each word, with as few digits as give back each float32.

    Args:
        file: Where to.
        embedding: The vectors, finite.
        words: uint8, the words end to end; None writes vectors alone.
        offsets: int64 (n_words + 1,), where each starts and the last one ends.
        separator: A space or a tab.
    """
    if words is None or offsets is None:
        words, offsets = NO_WORDS, np.zeros(len(embedding) + 1, np.int64)
    vectors, row_bytes = embedding.vectors, NUMBER_BYTES * (embedding.dim + 1)
    step = max(1, BLOCK // row_bytes)
    for start in range(0, len(vectors), step):
        rows = vectors[start : start + step]
        places = offsets[start : start + len(rows) + 1]
        out = np.empty(len(rows) * row_bytes + int(places[-1] - places[0]), np.uint8)
        length = format_rows(
            read_only(rows), read_only(words), read_only(places), ord(separator), out
        )
        file.write(out[:length].data)
