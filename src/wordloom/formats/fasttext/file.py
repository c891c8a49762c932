"""What a fastText file holds before its tables: settings and dictionary.

The layout, all of it little endian, as fastText's ``FastText::saveModel`` and what it calls write
it (https://github.com/facebookresearch/fastText):

- int32 magic number and version; files from before 2017 have neither
- twelve int32 and a float64: the training's settings
- the dictionary, see `wordloom.formats.fasttext.dictionary`
- (not in files without a version) bool: whether the table is quantised
- the input table: int64 rows and columns, float32 numbers. First the rows of words, then those of
  buckets, or of the n-grams that pruning has left
- the same for the output table, which only training needs
"""

import math
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.lazy_vectors import LazyVectors
from wordloom.embedding.subwords import Subwords
from wordloom.formats.byte_reader import ByteReader
from wordloom.formats.fasttext.dictionary import SIZES, Dictionary, read_dictionary

__all__ = [
    "LOSSES",
    "MAGIC",
    "MODELS",
    "SETTINGS",
    "SIGNATURE",
    "FastTextStart",
    "Settings",
    "is_fasttext",
    "read_start",
]

MAGIC: Final = 793712314
"""The first four bytes of files that have a version."""

SIGNATURE: Final = struct.Struct("<ii")
"""Magic number and version."""

SETTINGS: Final = struct.Struct("<12id")
"""The fields of `Settings`."""

VERSIONS: Final = (11, 12)

LOSSES: Final = {1: "hierarchical softmax", 2: "negative sampling", 3: "softmax", 4: "one-vs-all"}
"""fastText's numbers for its loss functions."""

MODELS: Final = {1: "cbow", 2: "skipgram", 3: "supervised"}
"""fastText's numbers for its models."""

MAX_DIM: Final = 1 << 16


@dataclass(frozen=True)
class Settings:
    """The settings of a training, in the order of the file; see fastText's options of these names.

    Attributes:
        dim: How many numbers a vector has.
        window: ``ws``, words each side.
        epochs: ``epoch``.
        min_count: ``minCount``.
        negative: ``neg``.
        word_ngrams: ``wordNgrams``, words of the longest word n-gram.
        loss: A key of `LOSSES`.
        model: A key of `MODELS`.
        n_buckets: ``bucket``.
        min_n: ``minn``.
        max_n: ``maxn``, 0 where there are no character n-grams.
        update_rate: ``lrUpdateRate``.
        subsample: ``t``.
    """

    dim: int
    window: int
    epochs: int
    min_count: int
    negative: int
    word_ngrams: int
    loss: int
    model: int
    n_buckets: int
    min_n: int
    max_n: int
    update_rate: int
    subsample: float

    @property
    def plausible(self) -> bool:
        """Whether a training can have had them."""
        return (
            1 <= self.dim <= MAX_DIM
            and self.loss in LOSSES
            and self.model in MODELS
            and math.isfinite(self.subsample)
            and min(
                self.window,
                self.epochs,
                self.min_count,
                self.negative,
                self.n_buckets,
                self.min_n,
                self.max_n,
                self.update_rate,
            )
            >= 0
        )


@dataclass(frozen=True)
class FastTextStart:
    """All that stands before the input table's rows.

    Attributes:
        version: Of the file; 0 for those from before versions.
        settings: Of the training.
        dictionary: Words and labels.
        quantised: Whether the input table is quantised; its size then follows in another form.
    """

    version: int
    settings: Settings
    dictionary: Dictionary
    quantised: bool

    @property
    def n_words(self) -> int:
        """How many words have a row."""
        return len(self.dictionary.counts)

    @property
    def n_ngrams(self) -> int:
        """How many rows stand behind those of words."""
        ngrams = self.dictionary.ngrams
        return self.settings.n_buckets if ngrams is None else len(ngrams)

    @property
    def has_subwords(self) -> bool:
        """Whether words have character n-grams; else what stands behind is for word n-grams."""
        settings = self.settings
        # As fastText itself: before version 12, supervised models had none whatever they say.
        none = self.version == 11 and settings.model == 3
        return 0 < settings.max_n >= settings.min_n and self.n_ngrams > 0 and not none

    def subwords(self, vectors: NDArray[np.float32] | LazyVectors, encoding: str) -> Subwords:
        """Return the character n-grams.

        Args:
            vectors: float32 (n_ngrams, dim), their rows by rising bucket.
            encoding: How the training text was encoded.
        """
        settings, ngrams = self.settings, self.dictionary.ngrams
        return Subwords(
            max(settings.min_n, 1),  # as fastText's loop begins
            settings.max_n,
            settings.n_buckets,
            None if ngrams is None else ngrams[:, 0],
            vectors,
            encoding,
        )

    def report(self) -> dict[str, object]:
        """Return what is known of the training, ready for JSON."""
        settings, dictionary = self.settings, self.dictionary
        report: dict[str, object] = {
            "algorithm": "fasttext",
            "settings": {
                **vars(settings),
                "loss": LOSSES[settings.loss],
                "model": MODELS[settings.model],
            },
            "corpus_words": dictionary.n_tokens,
            "vocabulary": self.n_words,
            "epochs": settings.epochs,
            "file_version": self.version,
        }
        if dictionary.n_labels:
            report |= {"n_labels": dictionary.n_labels, "labels": list(dictionary.labels)}
        return report


def is_fasttext(start: bytes) -> bool:
    """Tell whether the start of a file is that of a fastText file.

    Args:
        start: Its first bytes.

    Example:
        >>> is_fasttext(SIGNATURE.pack(MAGIC, 12)), is_fasttext(b"2747 10 the")
        (True, False)
    """
    if len(start) >= SIGNATURE.size and SIGNATURE.unpack_from(start)[0] == MAGIC:
        return True
    if len(start) < SETTINGS.size + SIZES.size:
        return False
    size, n_words, n_labels, n_tokens = SIZES.unpack_from(start, SETTINGS.size)
    return (
        Settings(*SETTINGS.unpack_from(start)).plausible
        and 0 < n_words <= size == n_words + n_labels
        and n_tokens >= 0
    )


def read_start(reader: ByteReader, encoding: str) -> FastTextStart:
    """Read a fastText file up to its input table.

    Args:
        reader: At the start of the file.
        encoding: How labels are encoded.

    Returns:
        Settings and dictionary.

    Raises:
        FormatError: The file is damaged, or of a version that is not known.
    """
    version = 0
    if reader.ahead(4)[:4].tobytes() == MAGIC.to_bytes(4, "little"):
        _, version = SIGNATURE.unpack(reader.take(SIGNATURE.size, "its version"))
        if version not in VERSIONS:
            raise reader.damaged(f"its version is {version}, and 11 and 12 are known")
    settings = Settings(*SETTINGS.unpack(reader.take(SETTINGS.size, "its settings")))
    if not settings.plausible:
        raise reader.damaged(f"no training has such settings: {settings}")
    dictionary = read_dictionary(reader, settings.n_buckets, encoding, prunable=version > 0)
    quantised = 0 if version == 0 else reader.take(1, "its tables")[0]
    if quantised > 1:
        raise reader.damaged(f"whether the table is quantised is 0 or 1, not {quantised}")
    return FastTextStart(version, settings, dictionary, bool(quantised))
