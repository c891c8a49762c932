"""Vectors of character n-grams, of which the vector of an unknown word is composed."""

import codecs
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.embedding.lazy_vectors import LazyVectors, needed_rows
from wordloom.errors import InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.pool import BY_COUNT, UNDIVIDED, pool_sum
from wordloom.kernels.subwords import find_rows, ngram_buckets
from wordloom.kernels.words import intern_words, slot_count
from wordloom.text.batches import TextBatch

__all__ = ["MAX_N", "Subwords", "encoded"]

MAX_N = 64
"""The longest n-grams that are allowed, in characters; fastText's default is 6."""


class Subwords:
    """The vectors of character n-grams, kept by hash bucket as fastText does.

    After "Enriching Word Vectors with Subword Information" (Bojanowski et al. 2017). wordloom keeps
    only buckets that some n-gram of the training vocabulary falls into. fastText also stores all
    others, which training never touches: they hold their random start values, which add nothing but
    noise to the vectors of unknown words, and take most of the memory. Those of a file of fastText
    stay, so that its vectors are fastText's.

    Do not change the arrays: they may be shared, or lie in a file that is mapped into memory.

    Args:
        min_n: Characters of the shortest n-grams, where ``<`` and ``>`` around the word count.
        max_n: Characters of the longest n-grams, at most 64.
        n_buckets: How many buckets the n-grams are hashed into; fastText's default is 2,000,000.
        buckets: int32 (n_used,), the buckets that have a vector, rising; None: all of them have.
        vectors: float32 (n_used, dim), their vectors; other numbers are converted. With
            `LazyVectors`, only those that are used are read.
        encoding: How words were encoded in the text that the n-grams were cut from.

    Raises:
        InputError: The sizes or the arrays do not fit together, or the encoding is not known.

    Example:
        >>> from wordloom.text.batches import pack_texts
        >>> cat = pack_texts(["cat"])
        >>> splits, buckets = ngram_buckets(cat.data, cat.offsets, 3, 3, 1000)
        >>> subwords = Subwords(3, 3, 1000, np.sort(buckets), [[1], [2], [6]])
        >>> words = pack_texts(["cat", "dog"])
        >>> vectors, found = subwords.compose(words.data, words.offsets)
        >>> vectors.tolist(), found.tolist()
        ([[3.0], [0.0]], [True, False])
    """

    def __init__(
        self,
        min_n: int,
        max_n: int,
        n_buckets: int,
        buckets: ArrayLike | None,
        vectors: ArrayLike | LazyVectors,
        encoding: str = "utf-8",
    ) -> None:
        if not 1 <= min_n <= max_n <= MAX_N:
            raise InputError(
                f"The n-grams' lengths are 1 <= min_n <= max_n <= {MAX_N} characters. "
                f"Received: min_n={min_n}, max_n={max_n}."
            )
        if not 1 <= n_buckets < 1 << 31:
            raise InputError(
                f"The number of buckets is from 1 to 2,147,483,647. Received: {n_buckets}."
            )
        if not isinstance(vectors, LazyVectors):
            vectors = read_only(np.ascontiguousarray(vectors, np.float32))
        used = None if buckets is None else np.asarray(buckets)
        lengths = (n_buckets,) if used is None else used.shape
        if len(lengths) != 1 or len(vectors.shape) != 2 or lengths[0] != vectors.shape[0]:
            raise InputError(
                "Subwords need one row of numbers for each bucket. "
                f"Received: buckets of shape {lengths} and vectors of shape {vectors.shape}."
            )
        if vectors.shape[1] < 1:
            raise InputError(
                "Subwords need vectors of at least one number. "
                f"Received: vectors of shape {vectors.shape}."
            )
        if used is not None and len(used):
            check_buckets(used, n_buckets)
        self.min_n = min_n
        self.max_n = max_n
        self.n_buckets = n_buckets
        try:
            "".encode(encoding)
        except (LookupError, ValueError):
            raise InputError(
                "The n-grams' encoding is one that Python knows, as 'utf-8'. "
                f"Received: {encoding[:60]!r}."
            ) from None
        self.encoding = codecs.lookup(encoding).name
        self._used = None if used is None else read_only(np.ascontiguousarray(used, np.int32))
        self._vectors: NDArray[np.float32] | LazyVectors = vectors

    @cached_property
    def buckets(self) -> NDArray[np.int32]:
        """The buckets that have a vector, int32 (n_used,), rising."""
        if self._used is None:
            return read_only(np.arange(self.n_buckets, dtype=np.int32))
        return self._used

    @property
    def vectors(self) -> NDArray[np.float32]:
        """Their vectors, float32 (n_used, dim); lazy ones are read now, and kept."""
        if isinstance(self._vectors, LazyVectors):
            self._vectors = read_only(self._vectors.all())
        return self._vectors

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        return int(self._vectors.shape[0])

    def __repr__(self) -> str:
        return (
            f"Subwords({len(self):,} of {self.n_buckets:,} buckets × {self.dim}, "
            f"n-grams of {self.min_n} to {self.max_n} characters)"
        )

    def with_vectors(self, vectors: ArrayLike) -> "Subwords":
        """Return the same n-grams with other vectors, float32 (n_used, dim)."""
        sizes = (self.min_n, self.max_n, self.n_buckets)
        return Subwords(*sizes, self._used, vectors, self.encoding)

    @property
    def shift(self) -> int:
        """The width of a cell as a power of two, so that it holds about one used bucket."""
        return (self.n_buckets // max(len(self), 1)).bit_length() - 1

    @cached_property
    def cells(self) -> NDArray[np.int32]:
        """Where the buckets of each cell start, as `wordloom.kernels.subwords.find_rows` needs.

        int32 (n_cells + 1,), or empty where all buckets have a row. Made at the first look-up.
        """
        if self._used is None:
            return read_only(np.empty(0, np.int32))
        n_cells = ((self.n_buckets - 1) >> self.shift) + 1
        edges = np.arange(n_cells, dtype=np.int64) << self.shift
        starts = np.searchsorted(self.buckets, edges.astype(np.int32))
        return read_only(np.append(starts, len(self)).astype(np.int32))

    def rows(self, buckets: NDArray[np.int32]) -> NDArray[np.int32]:
        """Look up buckets.

        Args:
            buckets: int32 (n_wanted,), from 0 to n_buckets - 1, in any order.

        Returns:
            int32 (n_wanted,), the row of each in `vectors`, -1 for those that have none.

        Raises:
            InputError: A bucket is out of range.

        Example:
            >>> Subwords(3, 6, 100, [7, 30], [[1], [2]]).rows(np.array([30, 8], np.int32)).tolist()
            [1, -1]
        """
        if len(buckets) and not 0 <= buckets.min() <= buckets.max() < self.n_buckets:
            raise InputError(
                f"Buckets are from 0 to {self.n_buckets - 1}. "
                f"Received: from {buckets.min()} to {buckets.max()}."
            )
        if self._used is None:
            return buckets
        rows = np.empty(len(buckets), np.int32)
        find_rows(read_only(buckets), self.buckets, self.cells, self.shift, rows)
        return rows

    def compose(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Compose the vectors of words: the mean over those of their n-grams that have a vector.

        Args:
            data: uint8 (n_bytes,), the words' UTF-8 bytes end to end.
            offsets: int64 (n_words + 1,), where each word starts and the last one ends.

        Returns:
            The vectors, float32 (n_words, dim), and which words have one, bool (n_words,); a word
            without a known n-gram has none, and zeros in its place.
        """
        if self.encoding != "utf-8":
            data, offsets = encoded(data, offsets, self.encoding)
        vectors, counts = self._pooled(data, offsets, BY_COUNT)
        return vectors, counts > 0

    def sums(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Add up the vectors of words' n-grams, for who has a vector of the word itself to add.

        Args:
            data: uint8 (n_bytes,), the words end to end, encoded as the n-grams' text was.
            offsets: int64 (n_words + 1,), where each word starts and the last one ends.

        Returns:
            The sums, float32 (n_words, dim), and how many n-grams each is of, int64 (n_words,).
        """
        return self._pooled(data, offsets, UNDIVIDED)

    def _pooled(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], divisor: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the sums of words' n-grams, divided or not, and how many n-grams these are."""
        splits, buckets = ngram_buckets(data, offsets, self.min_n, self.max_n, self.n_buckets)
        rows = self.rows(buckets)
        counts = np.diff(np.append(0, np.cumsum(rows >= 0))[splits])
        table, rows, _ = needed_rows(self._vectors, rows)
        vectors = np.empty((len(offsets) - 1, self.dim), np.float32)
        nothing = read_only(np.empty((0, self.dim), np.float32))
        every_one = np.empty(0, np.float32)
        pool_sum(rows, splits, table, nothing, every_one, 1.0, False, divisor, vectors)
        return vectors, counts

    def compose_tokens(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], chosen: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Compose the vectors of some of a text's tokens, each distinct word once.

        Args:
            data: uint8 (n_bytes,), the tokens' UTF-8 bytes end to end.
            offsets: int64 (n_tokens + 1,), where each token starts and the last one ends.
            chosen: int64 (n_chosen,), which tokens.

        Returns:
            The distinct words' vectors, float32 (n_distinct, dim); and for each chosen token the
            row of its word in them, int32 (n_chosen,), -1 where no n-gram of it has a vector.
        """
        tokens = TextBatch(data, offsets).chosen(chosen)
        words = np.empty(len(tokens.data), np.uint8)
        word_offsets = np.zeros(len(chosen) + 1, np.int64)
        slots = np.zeros(slot_count(len(chosen)), np.int64)
        places = np.empty(len(chosen), np.int32)
        n_words = intern_words(
            read_only(tokens.data), read_only(tokens.offsets), words, word_offsets, slots, 0, places
        )
        vectors, found = self.compose(words, word_offsets[: n_words + 1])
        places[~found[places]] = -1
        return vectors, places


def check_buckets(used: NDArray[Any], n_buckets: int) -> None:
    """Refuse buckets that are out of range or do not rise."""
    rising = used.dtype.kind in "iu" and not np.any(used[1:] <= used[:-1])
    if not rising or used[0] < 0 or used[-1] >= n_buckets:
        raise InputError(
            f"The buckets are whole numbers from 0 to {n_buckets - 1}, each greater than the "
            "one before. Received: others."
        )


def encoded(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], encoding: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    r"""Encode words in another way.

    Args:
        data: uint8 (n_bytes,), the words in UTF-8, end to end.
        offsets: int64 (n_words + 1,), where each starts and the last one ends.
        encoding: The encoding; characters that it lacks become question marks.

    Returns:
        The same two arrays for the words in that encoding.

    Example:
        >>> data = np.frombuffer("café".encode(), np.uint8)
        >>> encoded(data, np.array([0, 5]), "cp852")[0].tobytes()
        b'caf\x82'
    """
    words = [word.encode(encoding, "replace") for word in TextBatch(data, offsets).texts()]
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    return np.frombuffer(b"".join(words), np.uint8), np.append(0, np.cumsum(lengths))
