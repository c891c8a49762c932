"""What gensim's own `save` writes, read without unpickling anything.

A file of gensim is a pickle: of `KeyedVectors` (or its kinds, as `FastTextKeyedVectors`), or of a
whole model (`Word2Vec`, `FastText`, `Doc2Vec`), which has them as `wv`. Large arrays lie in .npy
files beside it, named after the file and the attribute, as `NAME.wv.vectors.npy`. The names of
attributes changed with gensim's versions; those from 0.12 to 4 are known.
"""

import mmap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.formats.content import Content
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.gensim.pickled import read_pickle
from wordloom.formats.gensim.pickled_arrays import NUMPY_NAMES, as_array, as_integer, as_text
from wordloom.formats.gensim.pickled_values import Made, Table
from wordloom.formats.gensim.writer import write_keyed_vectors
from wordloom.formats.npy import map_npy
from wordloom.formats.npz import read_npz
from wordloom.formats.whole_table import checked_matrix, embedding_of, release
from wordloom.text.batches import TextBatch

__all__ = ["FORMATS"]

VECTORS = ("vectors", "syn0")
WORDS = ("index_to_key", "index2word", "index2entity")
OWN_VECTORS, NGRAM_VECTORS = ("vectors_vocab", "syn0_vocab"), ("vectors_ngrams", "syn0_ngrams")

BUILTINS = (
    *("bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "hash", "int", "list"),
    *("long", "object", "range", "set", "slice", "str", "tuple", "unicode"),
)
HARMLESS = NUMPY_NAMES | {
    *(f"{module}.{name}" for module in ("builtins", "__builtin__") for name in BUILTINS),
    *("collections.Counter", "collections.OrderedDict", "collections.defaultdict"),
    # What Python 3 calls it when it writes for Python 2.
    "UserString.defaultdict",
    *("_codecs.encode", "copyreg._reconstructor", "copyreg.__newobj__", "copy_reg._reconstructor"),
    *(f"numpy.{kind}" for kind in ("float32", "float64", "int32", "int64", "uint32")),
}


def expected(name: str) -> bool:
    """Tell whether gensim's files may name a class or function (which is never called)."""
    return name.startswith(("gensim.", "numpy.random.")) or name in HARMLESS


def recognises(content: Content) -> bool:
    """Tell whether a file is a pickle that starts with an object; whose, reading will tell."""
    start = content.start
    if start[:1] == b"\x80":
        # A class by its name in one piece or two, perhaps in a frame.
        return start[1:2] in b"\2\3\4\5" and start[2:3] in b"c\x95\x8cX" and len(start) > 2
    return start.startswith((b"ccopy_reg\n_reconstructor\n", b"ccopyreg\n_reconstructor\n"))


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read the words and vectors of a pickled model."""
    data = bytes_of(content)
    model = find_vectors(content, read_pickle(data, content.name, expected))
    words = model.words(options.encoding, len(data))
    counts = model.counts(words)
    vectors = model.array(VECTORS)
    subwords = model.subwords(options, needed=vectors is None)
    if vectors is not None or subwords is None:
        return embedding_of(
            words,
            model.array(OWN_VECTORS) if vectors is None else vectors,
            counts,
            options,
            content.name,
            called=content.stem,
            subwords=subwords,
        )

    def compose(batch: TextBatch, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the mean of a word's own vector and those of its n-grams."""
        sums, n_ngrams = subwords.sums(batch.data, batch.offsets)
        return np.asarray((block + sums) / (n_ngrams[:, None] + 1), np.float32)

    return embedding_of(
        words,
        model.array(OWN_VECTORS),
        counts,
        options,
        content.name,
        called=content.stem,
        compose=compose,
        subwords=subwords,
    )


def bytes_of(content: Content) -> memoryview:
    """Return a file's bytes, mapped where it is not compressed."""
    if content.size:
        with content.path.open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    with content.stream() as stream:
        return memoryview(stream.read())


@dataclass(frozen=True)
class KeyedVectors:
    """The part of a pickle that holds words and vectors.

    Attributes:
        content: The file.
        attributes: The attributes by name.
        prefix: What stands between the file's name and the attribute's in names of .npy files.
    """

    content: Content
    attributes: Table
    prefix: str

    def array(self, names: Sequence[str]) -> NDArray[np.generic] | None:
        """Return the array of the first of these names that is there or beside, None for none."""
        separate = self.attributes.get("__numpys")
        for name in names:
            value = self.attributes.get(name)
            if value is not None:
                return as_array(value, f"'{name}' in {self.content.name}")
            if isinstance(separate, list) and name in [x for x in separate if isinstance(x, str)]:
                return self.beside(f"{self.prefix}.{name}")
        return None

    def beside(self, ending: str) -> NDArray[np.generic]:
        """Return an array that lies in a file beside the pickle."""
        path = self.content.path
        packed = path.suffix == ".gz"
        path = path.with_name(f"{path.name}{ending}.np{'z' if packed else 'y'}")
        if self.content.member is not None or not path.is_file():
            raise FormatError(
                f"gensim saved {self.content.name} in several files. Received: it without "
                f"{path.name}. Copy that file to the same folder (and unpack archives)."
            )
        if not packed:
            return map_npy(path)
        arrays = read_npz(path)
        if "val" not in arrays:
            raise FormatError(f"{path} should hold an array 'val'. Save the model again.")
        return arrays["val"]

    def words(self, encoding: str, n_bytes: int) -> list[str]:
        """Return the words in the order of the rows; together they fit into so many bytes."""
        for name in WORDS:
            keys = self.attributes.get(name)
            if isinstance(keys, list):
                # A word that is shared takes two bytes, and must not become many copies.
                if sum(len(key) for key in keys if isinstance(key, (str, memoryview))) > n_bytes:
                    raise no_vectors(self.content, "its words take more bytes than it has")
                words = [as_text(key, encoding) for key in keys]
                if None in words:
                    raise no_vectors(self.content, f"word {words.index(None) + 1:,} is no text")
                return [word for word in words if word is not None]
        raise no_vectors(self.content, "it has no list 'index_to_key'")

    def counts(self, words: Sequence[str]) -> NDArray[np.int64] | None:
        """Return how often each word occurs, where the file tells."""
        extras = self.attributes.get("expandos")
        if isinstance(extras, Table) and "count" in extras:
            stored = as_array(extras.get("count"), f"'count' in {self.content.name}")
            if stored.ndim != 1 or stored.dtype.kind not in "iu":
                raise no_vectors(self.content, f"its counts are {stored.dtype}, {stored.shape}")
            # gensim leaves them too short where words were added later.
            counts = np.zeros(len(words), np.int64)
            known = stored[: len(words)]
            counts[: len(known)] = np.maximum(known.astype(np.int64), 0)
            return counts
        entries = self.attributes.get("vocab")
        if not isinstance(entries, Table):
            return None
        counts = np.zeros(len(words), np.int64)
        for _, entry in entries:
            if isinstance(entry, Made):
                row = as_integer(entry.attributes.get("index"))
                count = as_integer(entry.attributes.get("count"))
                if row is not None and count is not None and 0 <= row < len(words):
                    counts[row] = max(count, 0)
        return counts

    def subwords(self, options: ReadOptions, *, needed: bool) -> Subwords | None:
        """Return the vectors of character n-grams, where there are any that wordloom can use.

        Args:
            options: Whether they may stay on disk.
            needed: Whether the words' vectors cannot be had without them.
        """
        attributes = self.attributes
        table = self.array(NGRAM_VECTORS)
        if "ngrams" in attributes or (
            table is not None and attributes.get("compatible_hash") is not True
        ):
            reason = "gensim before 3.7 kept character n-grams in a way of its own"
            if needed:
                raise no_vectors(self.content, f"{reason}, and the words' vectors need them")
            warnings.warn(
                f"{self.content.name}: {reason}, so that they are left out: unknown words get no "
                "vector.",
                DataWarning,
                stacklevel=4,
            )
            return None
        n_buckets = as_integer(attributes.get("bucket"))
        if table is None or n_buckets == 0:
            return None
        table = checked_matrix(table, f"{self.content.name}, vectors of n-grams")
        buckets, rows = self.used_buckets(len(table))
        if rows is not None:
            table = table[rows]
        elif not options.memory_map:
            mapped, table = table, np.array(table, np.float32)
            release(mapped)
        if not table.flags.aligned:
            table = table.copy()
        sizes = [as_integer(attributes.get(name)) for name in ("min_n", "max_n")]
        min_n, max_n, n_buckets = (-1 if size is None else size for size in (*sizes, n_buckets))
        try:
            return Subwords(min_n, max_n, n_buckets, buckets, table)
        except InputError as error:
            raise FormatError(f"{self.content.name}: {error}") from None

    def used_buckets(
        self, n_rows: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]] | tuple[None, None]:
        """Return the buckets that have a vector and the row of each; None where all have one."""
        packed = self.attributes.get("hash2index")
        if not isinstance(packed, Table) or not packed.keys:
            return None, None
        pairs = [(as_integer(bucket), as_integer(row)) for bucket, row in packed]
        known = {bucket: row for bucket, row in pairs if bucket is not None and row is not None}
        if len(known) < len(pairs) or not all(0 <= row < n_rows for row in known.values()):
            raise no_vectors(self.content, "'hash2index' names rows that are not there")
        buckets = np.array(sorted(known), np.int64)
        return buckets, np.array([known[bucket] for bucket in buckets.tolist()], np.int64)


def find_vectors(content: Content, top: object) -> KeyedVectors:
    """Return the part of a pickle that holds words and vectors."""
    if not isinstance(top, Made):
        raise no_vectors(content, "it is a pickle of no object")
    inner = top.attributes.get("wv")
    if isinstance(inner, Made):
        return KeyedVectors(content, inner.attributes, ".wv")
    if any(name in top.attributes for name in WORDS):
        return KeyedVectors(content, top.attributes, "")
    raise no_vectors(content, f"it is a pickle of {top.maker[:100]}")


def no_vectors(content: Content, reason: str) -> FormatError:
    """Return the error for a pickle that is none of gensim's word vectors."""
    return FormatError(
        f"A pickle must be one of gensim's word vectors: KeyedVectors, Word2Vec, FastText or "
        f"Doc2Vec. Received: {content.name}: {reason}. Other vectors can be written as text "
        "or .npz by the program that made the file."
    )


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write what gensim's `KeyedVectors.load` opens, in one file."""
    write_keyed_vectors(embedding, path)


FORMATS = (
    Format(
        "gensim",
        "KeyedVectors, Word2Vec, FastText or Doc2Vec saved by gensim",
        (".kv",),
        recognises,
        read,
        write,
        ngrams=True,
    ),
)
