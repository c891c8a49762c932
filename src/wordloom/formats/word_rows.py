"""Words and vectors as a reader finds them, kept in hardly more memory than they need."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import FormatError
from wordloom.formats.file_words import (
    first_occurrences,
    none_chosen,
    recoded,
    suitable_tokenizer,
    warn_of_odd_words,
    warn_of_repeated_words,
)
from wordloom.formats.format import ReadOptions
from wordloom.text.batches import TextBatch
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["MAX_DIM", "WordRows"]

MAX_DIM = 1 << 16
# New room is filled with zeros, so that all of it counts as used memory.
GROWTH = 1.125


class WordRows:
    """Collects what a reader finds: keeps chosen words, drops repeated ones, refuses NaN.

    The matrix grows in place, so that reading needs hardly more memory than the result.

    Args:
        dim: How many numbers a vector has.
        options: Which words are wanted.
        name: What messages call the file.
        capacity: How many words are expected; a wrong number costs time or address space only. It
            must not come from a header that was not checked against the file's size.
        unit: What the places of words are counted in, as in "line".

    Raises:
        FormatError: The number of dimensions cannot be true.

    Example:
        >>> from wordloom.text.batches import pack_texts
        >>> rows = WordRows(2, ReadOptions(words=["fever"]), "toy.txt")
        >>> words = pack_texts(["cough", "fever"])
        >>> rows.add(words.data, words.offsets, np.float32([[1, 2], [3, 4]]), np.array([1, 2]))
        >>> rows.complete, rows.finish("toy")["fever"].tolist()
        (True, [3.0, 4.0])
    """

    def __init__(
        self, dim: int, options: ReadOptions, name: str, capacity: int = 0, unit: str = "line"
    ) -> None:
        if not 1 <= dim <= MAX_DIM:
            raise FormatError(
                f"Vectors have from 1 to {MAX_DIM:,} dimensions. Received: {name}, with {dim:,}."
            )
        self.dim = dim
        self.options = options
        self.name = name
        self.unit = unit
        self.wanted = None
        if options.words is not None:
            self.wanted = Vocabulary.from_words(dict.fromkeys(options.words))
            self.missing = np.ones(len(self.wanted), np.bool_)
            capacity = min(capacity, len(self.wanted)) if capacity else len(self.wanted)
        capacity = min(capacity or 1024, options.limit or capacity or 1024)
        self.matrix = np.empty((max(capacity, 1), dim), np.float32)
        self.n_rows = 0
        self.n_seen = 0
        self.words: list[NDArray[np.uint8]] = []
        self.lengths: list[NDArray[np.int64]] = []
        self.places: list[NDArray[np.int64]] = []
        self.counts: list[NDArray[np.int64] | None] = []

    @property
    def complete(self) -> bool:
        """Whether all that is wanted has been found, so that reading can stop."""
        if self.options.limit is not None and self.n_seen >= self.options.limit:
            return True
        return self.wanted is not None and not self.missing.any()

    def add(
        self,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        vectors: NDArray[np.floating],
        places: NDArray[np.int64],
        counts: NDArray[np.int64] | None = None,
    ) -> None:
        """Take the next words of the file.

        Args:
            data: uint8 (n_bytes,), the words' bytes end to end, in the file's encoding.
            offsets: int64 (n_words + 1,), where each word starts and the last one ends.
            vectors: floats (n_words, dim).
            places: int64 (n_words,), the line or byte of each, for messages.
            counts: int64 (n_words,), how often each occurs, where the file tells.

        Raises:
            FormatError: A vector that is wanted is not finite.
        """
        n_words = len(offsets) - 1
        if self.options.limit is not None:
            n_words = min(n_words, self.options.limit - self.n_seen)
        self.n_seen += n_words
        kept = np.arange(n_words)
        if self.wanted is not None:
            ids = self.find(data, offsets[: n_words + 1])
            kept = np.flatnonzero(ids >= 0)
            self.missing[ids[kept]] = False
        if len(kept) == 0:
            return
        chosen = vectors[:n_words] if len(kept) == n_words else vectors[kept]
        self.check_finite(chosen, places[kept], data, offsets, kept)
        self.make_room(len(kept))
        self.matrix[self.n_rows : self.n_rows + len(kept)] = chosen
        self.n_rows += len(kept)
        words = TextBatch(data, offsets).chosen(kept)
        self.words.append(words.data)
        self.lengths.append(np.diff(words.offsets))
        self.places.append(places[kept])
        self.counts.append(None if counts is None else counts[kept])

    def find(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return which of the wanted words these are, -1 for none."""
        if self.wanted is None:
            raise AssertionError("no words were asked for")
        data, offsets, _ = recoded(data, offsets, self.options.encoding)
        return self.wanted.find(data, offsets)

    def check_finite(
        self,
        vectors: NDArray[np.floating],
        places: NDArray[np.int64],
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        kept: NDArray[np.int64],
    ) -> None:
        """Refuse NaN and infinity (also numbers too large for float32), and say where they are."""
        with np.errstate(over="ignore"):
            finite = np.isfinite(vectors.astype(np.float32, copy=False))
        if finite.all():
            return
        row = int(np.argmin(finite.all(axis=1)))
        start, end = offsets[kept[row]], offsets[kept[row] + 1]
        raw, bounds, _ = recoded(data[start:end], np.array([0, end - start]), self.options.encoding)
        (word,) = TextBatch(raw, bounds).texts()
        raise FormatError(
            f"The numbers of a vector are finite and fit into float32. Received: {self.name}, "
            f"{self.unit} {int(places[row]):,}, where the vector of {word[:60]!r} holds "
            f"{vectors[row][~finite[row]][0]}. Delete that word, or train again."
        )

    def make_room(self, count: int) -> None:
        """Let the matrix take more rows, without a copy where the system can extend memory."""
        if self.n_rows + count > len(self.matrix):
            rows = max(self.n_rows + count, int(GROWTH * len(self.matrix)))
            self.matrix.resize((rows, self.dim), refcheck=False)

    def finish(
        self,
        embedding_name: str,
        *,
        subwords: Subwords | None = None,
        tokenizer: Tokenizer | None = None,
        report: Mapping[str, object] | None = None,
    ) -> StaticEmbedding:
        """Make the embedding; the object must not be used afterwards.

        Args:
            embedding_name: What the embedding is called.
            subwords: Vectors of character n-grams, which make the OOV policy "subwords".
            tokenizer: What splits texts; None takes one that fits the words' case.
            report: What is known of the training.

        Returns:
            The embedding.

        Raises:
            InputError: No word is left.
        """
        if self.n_rows == 0:
            if self.wanted is not None and (self.n_seen or not len(self.wanted)):
                raise none_chosen(self.name, self.n_seen)
            raise FormatError(f"A file of vectors holds at least one word. Received: {self.name}.")
        data = np.concatenate(self.words)
        self.words = []
        offsets = np.zeros(self.n_rows + 1, np.int64)
        np.cumsum(np.concatenate(self.lengths), out=offsets[1:])
        self.lengths = []
        counts = self.all_counts()
        data, offsets, n_odd = recoded(data, offsets, self.options.encoding)
        warn_of_odd_words(self.name, n_odd, self.options.encoding)
        data, offsets, counts = self.drop_repeated(data, offsets, counts)
        self.matrix.resize((self.n_rows, self.dim), refcheck=False)
        vocabulary = Vocabulary(data, offsets, counts)
        return StaticEmbedding(
            vocabulary,
            self.matrix,
            name=embedding_name,
            tokenizer=tokenizer or suitable_tokenizer(vocabulary),
            oov="skip" if subwords is None else "subwords",
            report=report,
            subwords=subwords,
        )

    def all_counts(self) -> NDArray[np.int64]:
        """Return how often each word occurs, zero where the file did not tell."""
        together = np.zeros(self.n_rows, np.int64)
        start = 0
        for places, counts in zip(self.places, self.counts, strict=True):
            if counts is not None:
                together[start : start + len(places)] = counts
            start += len(places)
        return together

    def drop_repeated(
        self,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """Keep the first vector of words that occur more than once, and say so."""
        firsts = first_occurrences(data, offsets)
        if firsts is None:
            return data, offsets, counts
        repeated = np.ones(self.n_rows, np.bool_)
        repeated[firsts] = False
        example = int(np.argmax(repeated))
        word = data[offsets[example] : offsets[example + 1]].tobytes().decode("utf-8", "replace")
        place = int(np.concatenate(self.places)[example])
        warn_of_repeated_words(
            self.name, self.n_rows - len(firsts), f"{word[:60]!r} in {self.unit} {place:,}"
        )
        # Rows move up only, so that no second matrix is needed.
        for start in range(0, len(firsts), 1 << 14):
            rows = firsts[start : start + (1 << 14)]
            self.matrix[start : start + len(rows)] = self.matrix[rows]
        self.n_rows = len(firsts)
        words = TextBatch(data, offsets).chosen(firsts)
        return words.data, words.offsets, counts[firsts]
