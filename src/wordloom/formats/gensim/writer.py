"""Writing what gensim's own `load` opens: a pickle, put together operation by operation.

The operations are those of protocol 4 (see the standard library's `pickletools`). Only classes of
gensim and NumPy are named; where NumPy keeps them differs, and the names here are those that every
version knows.
"""

import struct
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning
from wordloom.formats.fasttext.vectors import all_buckets
from wordloom.kernels.subwords import ngram_buckets

__all__ = ["write_keyed_vectors"]

ROWS_AT_ONCE = 1 << 14
# The numbers of an array start at a multiple of so many bytes, so that they can be mapped.
ALIGNMENT = 64


def write_keyed_vectors(embedding: StaticEmbedding, path: Path) -> None:
    """Write an embedding as gensim 4 saves `KeyedVectors`, in one file.

    One with character n-grams becomes `FastTextKeyedVectors`, which holds a row for every bucket:
    2,000,000 × dim × 4 bytes with fastText's default.

    Args:
        embedding: What to write.
        path: The file.
    """
    n_words, dim = embedding.vectors.shape
    counts, subwords = embedding.vocabulary.counts, embedding.subwords
    if subwords is not None and subwords.encoding != "utf-8":
        warnings.warn(
            f"gensim cuts character n-grams from UTF-8. Those of '{embedding.name}' are from "
            f"{subwords.encoding}, and were left out: gensim gives no vectors of unknown words.",
            DataWarning,
            stacklevel=4,
        )
        subwords = None
    with path.open("wb") as file:
        pickle = PickleWriter(file)
        home, kind = "gensim.models.keyedvectors", "KeyedVectors"
        if subwords is not None:
            home, kind = "gensim.models.fasttext", "FastTextKeyedVectors"
        pickle.start_object(home, kind)
        pickle.words(embedding.vocabulary.words)
        pickle.entry("vector_size", dim)
        pickle.entry("next_index", n_words)
        pickle.entry("norms", None)
        pickle.entry("mapfile_path", None)
        pickle.text("expandos")
        pickle.write(b"}")
        if counts.any():
            pickle.text("count")
            pickle.array("i8", counts.shape, [counts])
            pickle.write(b"s")
        if subwords is None:
            pickle.text("vectors")
            pickle.array("f4", (n_words, dim), [embedding.vectors])
        else:
            write_subwords(pickle, embedding, subwords)
        pickle.end_object()


def write_subwords(pickle: "PickleWriter", embedding: StaticEmbedding, subwords: Subwords) -> None:
    """Write what FastTextKeyedVectors hold beside KeyedVectors; they compose the words' vectors."""
    if len(subwords) < subwords.n_buckets:
        warnings.warn(
            f"'{embedding.name}' has vectors for {len(subwords):,} of {subwords.n_buckets:,} "
            "buckets of character n-grams; the others are written as zeros. gensim takes the mean "
            "over them too, so that its vectors of unknown words point the same way but are "
            "shorter.",
            DataWarning,
            stacklevel=5,
        )
    pickle.entry("min_n", subwords.min_n)
    pickle.entry("max_n", subwords.max_n)
    pickle.entry("bucket", subwords.n_buckets)
    pickle.entry("compatible_hash", True)
    for worked_out_when_loaded in ("vectors", "buckets_word"):
        pickle.entry(worked_out_when_loaded, None)
    for name in ("vectors_vocab_lockf", "vectors_ngrams_lockf"):
        pickle.text(name)
        pickle.array("f4", (1,), [np.ones(1, np.float32)])
    pickle.text("vectors_vocab")
    pickle.array("f4", embedding.vectors.shape, own_vectors(embedding, subwords))
    pickle.text("vectors_ngrams")
    pickle.array("f4", (subwords.n_buckets, subwords.dim), all_buckets(subwords))


def own_vectors(embedding: StaticEmbedding, subwords: Subwords) -> Iterator[NDArray[np.float32]]:
    """Yield blocks of the vectors whose mean with those of a word's n-grams is the word's vector.

    Buckets without a vector count as zero there.
    """
    vocabulary = embedding.vocabulary
    for start in range(0, len(embedding), ROWS_AT_ONCE):
        vectors = embedding.vectors[start : start + ROWS_AT_ONCE].astype(np.float64)
        offsets = vocabulary.offsets[start : start + len(vectors) + 1]
        data = vocabulary.data[offsets[0] : offsets[-1]]
        offsets = offsets - offsets[0]
        sums, _ = subwords.sums(data, offsets)
        lengths = (subwords.min_n, subwords.max_n)
        n_ngrams = np.diff(ngram_buckets(data, offsets, *lengths, subwords.n_buckets)[0])
        yield ((n_ngrams[:, None] + 1) * vectors - sums).astype(np.float32)


class PickleWriter:
    """Writes one object of gensim, attribute by attribute.

    Args:
        file: The file, at its start.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write(self, data: bytes) -> None:
        """Write operations."""
        self.file.write(data)

    def start_object(self, module: str, name: str) -> None:
        """Start an object, of which the attributes follow."""
        self.write(b"\x80\x04")
        self.reference(module, name)
        self.write(b")\x81}(")

    def end_object(self) -> None:
        """Give the object its attributes, and end."""
        self.write(b"ub.")

    def reference(self, module: str, name: str) -> None:
        """Name a class or function."""
        self.text(module)
        self.text(name)
        self.write(b"\x93")

    def text(self, text: str) -> None:
        """Write a text."""
        raw = text.encode("utf-8", "surrogatepass")
        self.write(b"X" + struct.pack("<I", len(raw)) + raw)

    def integer(self, number: int) -> None:
        """Write a whole number of 64 bits."""
        self.write(b"\x8a\x08" + struct.pack("<q", number))

    def entry(self, name: str, value: int | bool | None) -> None:
        """Write an attribute that is no array."""
        self.text(name)
        if isinstance(value, int) and not isinstance(value, bool):
            self.integer(value)
        else:
            self.write({None: b"N", True: b"\x88", False: b"\x89"}[value])

    def words(self, words: list[str]) -> None:
        """Write the words as the list of gensim, and as its dict from each word to its number."""
        self.text("index_to_key")
        self.write(b"](")
        for word in words:
            self.text(word)
            self.write(b"\x94")
        self.write(b"e")
        self.text("key_to_index")
        # Only words are memoized, so that each is known by its number.
        entries = np.empty(len(words), [("h", "S1"), ("m", "<u4"), ("c", "S1"), ("n", "<i4")])
        entries["h"], entries["c"] = b"j", b"J"
        entries["m"] = entries["n"] = np.arange(len(words))
        self.write(b"}(" + entries.tobytes() + b"u")

    def array(
        self, kind: str, shape: tuple[int, ...], blocks: Iterable[NDArray[np.generic]]
    ) -> None:
        """Write an array as NumPy's `ndarray.__reduce__` describes it.

        Args:
            kind: The numbers' type, as in "f4".
            shape: The array's shape.
            blocks: Its rows, from the first to the last.
        """
        dtype = np.dtype(f"<{kind}")
        self.reference("numpy.core.multiarray", "_reconstruct")
        self.reference("numpy", "ndarray")
        self.write(b"K\x00\x85C\x01b\x87R(K\x01(")
        for size in shape:
            self.integer(size)
        self.write(b"t")
        self.reference("numpy", "dtype")
        self.text(kind)
        self.write(b"\x89\x88\x87R(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff")
        self.write(b"K\x00tb\x89")
        # Some bytes that are thrown away at once bring the numbers to where they can be mapped.
        unused = -(self.file.tell() + 3 + 9) % ALIGNMENT
        self.write(b"C" + bytes([unused]) + bytes(unused) + b"0")
        self.write(b"\x8e" + struct.pack("<Q", dtype.itemsize * int(np.prod(shape))))
        for block in blocks:
            self.file.write(np.ascontiguousarray(block, dtype).data)
        self.write(b"tb")
