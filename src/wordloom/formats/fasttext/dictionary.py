"""The dictionary of a fastText file: words, labels, and the n-grams that pruning has left.

All of it is little endian: int32 entries, words and labels; int64 tokens of the training text; (not
in files without a version) int64 number of n-grams that pruning has left, -1 where nothing was
pruned; the entries, words first (see `wordloom.kernels.fasttext_dictionary`); then for each n-gram
that is left its bucket and its place, as int32.
"""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.formats.byte_reader import ByteReader
from wordloom.formats.file_words import recoded
from wordloom.kernels.compile import read_only
from wordloom.kernels.fasttext_dictionary import ENTRY_BYTES, scan_entries
from wordloom.text.batches import TextBatch

__all__ = ["PRUNED", "SIZES", "Dictionary", "read_dictionary"]

SIZES: Final = struct.Struct("<iiiq")
"""Entries, words, labels and tokens."""

PRUNED: Final = struct.Struct("<q")
"""How many n-grams pruning has left."""

MAX_WORD_BYTES: Final = 1 << 16
LABELS_SHOWN: Final = 100


@dataclass(frozen=True)
class Dictionary:
    """The words of a file, by falling count, and its labels.

    Attributes:
        data: uint8 (n_bytes,), the words end to end, in the encoding of the training text.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
        counts: int64 (n_words,), how often each word occurs; zeros where it is not known.
        labels: The first labels of a supervised model.
        n_labels: How many labels it has.
        n_tokens: How many words and labels the training text has.
        ngrams: int32 (n_ngrams, 2), the bucket of each character n-gram that pruning has left and
            its place behind the words' rows; None where nothing was pruned.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    counts: NDArray[np.int64]
    labels: tuple[str, ...]
    n_labels: int
    n_tokens: int
    ngrams: NDArray[np.int32] | None


def read_dictionary(
    reader: ByteReader, n_buckets: int, encoding: str, *, prunable: bool
) -> Dictionary:
    """Read words, labels, and what pruning has left of the n-grams.

    Args:
        reader: At the start of the dictionary.
        n_buckets: How many buckets n-grams are hashed to.
        encoding: How labels are encoded.
        prunable: Whether the file tells what pruning has left.

    Returns:
        The dictionary.

    Raises:
        FormatError: The file is cut short or damaged.
    """
    n_entries, n_words, n_labels, n_tokens = SIZES.unpack(reader.take(SIZES.size, "its dictionary"))
    n_pruned = -1
    if prunable:
        (n_pruned,) = PRUNED.unpack(reader.take(PRUNED.size, "its dictionary"))
    if n_entries != n_words + n_labels or n_words < 1 or min(n_labels, n_tokens, n_pruned + 1) < 0:
        raise reader.damaged(
            f"a dictionary of {n_entries:,} entries, {n_words:,} words, {n_labels:,} labels, "
            f"{n_tokens:,} tokens and {n_pruned:,} n-grams"
        )
    data, lengths, counts, types = read_entries(reader, n_entries)
    if np.any(types[:n_words] != 0) or np.any(types[n_words:] != 1) or np.any(counts < 0):
        raise reader.damaged(
            "in its dictionary, words do not come before labels, or a count is < 0"
        )
    offsets = np.zeros(n_entries + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    shown = offsets[n_words : n_words + LABELS_SHOWN + 1]
    names, bounds, _ = recoded(data[shown[0] : shown[-1]], shown - shown[0], encoding)
    return Dictionary(
        data[: offsets[n_words]],
        offsets[: n_words + 1],
        counts[:n_words] if n_tokens else np.zeros(n_words, np.int64),
        tuple(TextBatch(names, bounds).texts()),
        n_labels,
        n_tokens,
        None if n_pruned < 0 else read_pruned(reader, n_pruned, n_buckets),
    )


def read_entries(
    reader: ByteReader, n_entries: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Return the entries' words end to end, their lengths, counts and types."""
    what = f"its dictionary of {n_entries:,} entries"
    reader.check_room(ENTRY_BYTES * n_entries, what)
    parts = []
    left = n_entries
    while left:
        block = read_only(reader.ahead())
        room = len(block) // ENTRY_BYTES
        words, lengths = np.empty(len(block), np.uint8), np.empty(room, np.int64)
        counts, types = np.empty(room, np.int64), np.empty(room, np.uint8)
        found, n_bytes, n_letters = scan_entries(block, left, words, lengths, counts, types)
        if found == 0 and len(block) > MAX_WORD_BYTES:
            raise reader.damaged("a word is longer than any can be")
        if found == 0:
            raise reader.cut_short(what)
        reader.skip(n_bytes)
        left -= found
        parts.append(
            (
                words[:n_letters].copy(),
                *(array[:found].copy() for array in (lengths, counts, types)),
            )
        )
    words, lengths, counts, types = (np.concatenate(part) for part in zip(*parts, strict=True))
    return words, lengths, counts, types


def read_pruned(reader: ByteReader, n_ngrams: int, n_buckets: int) -> NDArray[np.int32]:
    """Return the bucket of each n-gram that is left, and its place, by rising bucket."""
    pairs = reader.bytes_array(8 * n_ngrams, f"its {n_ngrams:,} n-grams").view("<i4")
    pairs = pairs.reshape(n_ngrams, 2)
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    buckets, places = pairs.T
    if len(pairs) and (
        buckets[0] < 0
        or buckets[-1] >= n_buckets
        or np.any(buckets[1:] == buckets[:-1])
        or not 0 <= places.min() <= places.max() < n_ngrams
    ):
        raise reader.damaged("its n-grams repeat, or stand for buckets or rows that there are not")
    return pairs
