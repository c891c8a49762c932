"""Writing fastText's binary files.

The word vectors come out as they are here. Those of other words cannot: fastText takes the mean of
all n-grams of a word, wordloom the mean of those that the training text knew, and only the rows of
these are kept. The rows of all other buckets are therefore written as zeros. Then the vector that
fastText composes has exactly the direction of ours, and is shorter by the share of the word's
n-grams that are known; no other filling keeps the direction, which is what similarity looks at. (An
embedding that was read from a fastText file has all rows, and gives the same vectors.)

The output table, which only training needs, is written as zeros: the state in which fastText's own
training begins.
"""

import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import encoded
from wordloom.errors import DataWarning, InputError
from wordloom.formats.fasttext.dictionary import PRUNED, SIZES
from wordloom.formats.fasttext.file import MAGIC, SETTINGS, SIGNATURE
from wordloom.formats.fasttext.vectors import all_buckets, own_rows
from wordloom.formats.format import WriteOptions
from wordloom.kernels.compile import read_only
from wordloom.kernels.fasttext_dictionary import ENTRY_BYTES, write_entries

__all__ = ["write"]

VERSION: Final = 12
SHAPE: Final = struct.Struct("<?qq")
NOTHING_PRUNED: Final = -1
CBOW: Final = 1
SKIPGRAM: Final = 2
NEGATIVE_SAMPLING: Final = 2
BLOCK: Final = 1 << 22


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write words, counts, and the n-grams where there are any.

    Args:
        embedding: What to write.
        path: The file.
        options: Nothing of these is looked at.

    Raises:
        InputError: A word holds a NUL byte.
    """
    vocabulary, subwords, dim = embedding.vocabulary, embedding.subwords, embedding.dim
    data, offsets = vocabulary.data, vocabulary.offsets
    if subwords is not None and subwords.encoding != "utf-8":
        warnings.warn(
            f"fastText cuts character n-grams from the words' bytes. Those of '{embedding.name}' "
            f"are from {subwords.encoding}, and so its words are written in that encoding: name it "
            "when the file is read.",
            DataWarning,
            stacklevel=3,
        )
        data, offsets = encoded(data, offsets, subwords.encoding)
    if np.any(data == 0):
        word = int(np.searchsorted(offsets, np.argmin(data), side="right")) - 1
        raise InputError(
            "Words of fastText files hold no NUL character. Received: "
            f"{vocabulary.word(word)!r}. Leave it out, or choose another format."
        )
    n_words = len(vocabulary)
    n_buckets = 0 if subwords is None else subwords.n_buckets
    entries = np.empty(len(data) + ENTRY_BYTES * n_words, np.uint8)
    # gensim drops words of count 0; a text of 0 tokens tells that counts are not known.
    counts = np.maximum(vocabulary.counts, 1)
    write_entries(read_only(data), read_only(offsets), read_only(counts), entries)
    with path.open("wb") as file:
        file.write(SIGNATURE.pack(MAGIC, VERSION))
        file.write(settings_of(embedding))
        file.write(SIZES.pack(n_words, n_words, 0, int(vocabulary.counts.sum())))
        file.write(PRUNED.pack(NOTHING_PRUNED))
        file.write(entries.data)
        file.write(SHAPE.pack(False, n_words + n_buckets, dim))
        at_once = max(1, BLOCK // (4 * dim))
        for start in range(0, n_words, at_once):
            rows = embedding.vectors[start : start + at_once]
            if subwords is not None:
                bounds = offsets[start : start + at_once + 1]
                words = data[bounds[0] : bounds[-1]]
                rows = own_rows(rows, subwords, words, bounds - bounds[0])
            file.write(rows.astype("<f4").data)
        if subwords is not None:
            for block in all_buckets(subwords):
                file.write(block.astype("<f4").data)
        file.write(SHAPE.pack(False, n_words, dim))
        # Makes the file longer by zeros, which take no room on most disks.
        file.truncate(file.tell() + 4 * n_words * dim)


def settings_of(embedding: StaticEmbedding) -> bytes:
    """Return the settings of a training, from the embedding's report where it tells them."""
    told = (embedding.report or {}).get("settings")
    told = told if isinstance(told, Mapping) else {}

    def setting(name: str, otherwise: int) -> int:
        value = told.get(name)
        return value if type(value) is int and 0 <= value < 1 << 31 else otherwise

    subwords = embedding.subwords
    ngrams = (0, 0, 0)
    if subwords is not None:
        ngrams = (subwords.n_buckets, subwords.min_n, subwords.max_n)
    subsample = told.get("subsample")
    return SETTINGS.pack(
        embedding.dim,
        setting("window", 5),
        setting("epochs", 5),
        setting("min_count", 1),
        setting("negative", 5),
        1,
        NEGATIVE_SAMPLING,
        CBOW if told.get("model") == "cbow" else SKIPGRAM,
        *ngrams,
        setting("update_rate", 100),
        subsample if type(subsample) is float and 0 <= subsample < 1 else 1e-4,
    )
