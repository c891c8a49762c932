"""The words of a corpus or an embedding, with their counts, in flat arrays."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.errors import FormatError, InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.words import build_slots, find_words, slot_count
from wordloom.text.batches import pack_texts

__all__ = ["Vocabulary"]


class Vocabulary:
    """Words by falling count, their counts, and a fast way from a word to its id.

    The words lie end to end as UTF-8 bytes, so that a vocabulary of millions opens by
    memory-mapping: nothing is decoded and no table is built before it is needed.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
        counts: int64 (n_words,), how often each word occurs; all zero when it is not known.
        document_counts: int64 (n_words,), in how many documents each word occurs; all zero when it
            is not known.
        n_documents: How many documents the counts were taken from; 0 when it is not known.

    Raises:
        FormatError: The arrays do not fit together.

    Example:
        >>> vocabulary = Vocabulary.from_words(["cough", "fever"], counts=[7, 5])
        >>> vocabulary["fever"], vocabulary.words, "flu" in vocabulary
        (1, ['cough', 'fever'], False)
    """

    def __init__(
        self,
        data: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        counts: NDArray[np.int64],
        document_counts: NDArray[np.int64] | None = None,
        n_documents: int = 0,
    ) -> None:
        if document_counts is None:
            document_counts = np.zeros(len(counts), np.int64)
        n_words = len(offsets) - 1
        if n_words < 0 or len(counts) != n_words or len(document_counts) != n_words:
            raise FormatError(
                "A vocabulary needs one offset more than it has words, and one count and one "
                f"document count for each word. Received: {len(offsets)} offsets, {len(counts)} "
                f"counts, {len(document_counts)} document counts."
            )
        if offsets[0] != 0 or offsets[-1] != len(data) or np.any(offsets[1:] < offsets[:-1]):
            raise FormatError(
                "Word offsets must start at 0, never fall, and end at the number of bytes. "
                f"Received: from {offsets[0]} to {offsets[-1]} for {len(data)} bytes."
            )
        if np.any(counts < 0) or np.any(document_counts < 0) or n_documents < 0:
            raise FormatError("Word counts must not be negative. Received: some that are.")
        self.data = read_only(data)
        self.offsets = read_only(offsets)
        self.counts = counts
        self.document_counts = document_counts
        self.n_documents = n_documents

    @classmethod
    def from_words(
        cls,
        words: Iterable[str],
        counts: ArrayLike | None = None,
        document_counts: ArrayLike | None = None,
        n_documents: int = 0,
    ) -> "Vocabulary":
        """Make a vocabulary from words, in the order given.

        Args:
            words: The words, all different.
            counts: int64 (n_words,), how often each occurs; None when it is not known.
            document_counts: int64 (n_words,), in how many documents; None when it is not known.
            n_documents: How many documents were counted.

        Returns:
            The vocabulary.

        Raises:
            InputError: A word occurs twice.
        """
        batch = pack_texts(list(words))
        zeros = np.zeros(len(batch), np.int64)
        vocabulary = cls(
            batch.data,
            batch.offsets,
            zeros if counts is None else np.asarray(counts, np.int64),
            zeros if document_counts is None else np.asarray(document_counts, np.int64),
            n_documents,
        )
        _ = vocabulary.slots
        return vocabulary

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and int(self.ids([word])[0]) >= 0

    def __getitem__(self, word: str) -> int:
        """Return the id of a word.

        Raises:
            KeyError: The word is not in the vocabulary.
        """
        found = int(self.ids([word])[0])
        if found < 0:
            raise KeyError(word)
        return found

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words)"

    @cached_property
    def words(self) -> list[str]:
        """All words as a list of str, by id."""
        return [self.word(index) for index in range(len(self))]

    def word(self, index: int) -> str:
        """Return the word with an id (without decoding the others)."""
        start, end = self.offsets[index], self.offsets[index + 1]
        return self.data[start:end].tobytes().decode("utf-8", "replace")

    @cached_property
    def slots(self) -> NDArray[np.int64]:
        """The hash table over the words, as `wordloom.kernels.words` keeps it; int64 (n_slots,)."""
        slots = np.zeros(slot_count(len(self)), np.int64)
        repeated = build_slots(self.data, self.offsets, slots)
        if repeated >= 0:
            raise InputError(
                f"The words of a vocabulary must differ. Received: {self.word(repeated)!r} "
                f"again as word {repeated}."
            )
        return read_only(slots)

    def ids(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Look up words.

        Args:
            words: The words, exactly as the vocabulary spells them.

        Returns:
            int32 (n_words,), their ids, -1 for words that are not in the vocabulary.

        Example:
            >>> Vocabulary.from_words(["a", "b"]).ids(["b", "x"]).tolist()
            [1, -1]
        """
        batch = pack_texts(words)
        return self.find(batch.data, batch.offsets)

    def find(self, tokens: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
        """Look up tokens that lie end to end as bytes.

        Args:
            tokens: uint8 (n_bytes,), the tokens' bytes.
            offsets: int64 (n_tokens + 1,), where each starts and the last one ends.

        Returns:
            int32 (n_tokens,), their ids, -1 for tokens that are not in the vocabulary.
        """
        ids = np.empty(len(offsets) - 1, np.int32)
        tokens, offsets = read_only(tokens), read_only(offsets)
        find_words(tokens, offsets, self.data, self.offsets, self.slots, ids)
        return ids

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays that `from_tensors` needs, by name, for saving."""
        return {
            "vocabulary.bytes": self.data,
            "vocabulary.offsets": self.offsets,
            "vocabulary.counts": self.counts,
            "vocabulary.document_counts": self.document_counts,
            "vocabulary.n_documents": np.array([self.n_documents], np.int64),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[np.generic]]) -> "Vocabulary":
        """Make a vocabulary from the arrays of `tensors`, without copying them.

        Raises:
            FormatError: An array is missing, of a wrong type, or does not fit the others.
        """
        expected = {
            "vocabulary.bytes": np.uint8,
            "vocabulary.offsets": np.int64,
            "vocabulary.counts": np.int64,
            "vocabulary.document_counts": np.int64,
            "vocabulary.n_documents": np.int64,
        }
        for name, dtype in expected.items():
            array = tensors.get(name)
            single = name == "vocabulary.n_documents"
            if (
                array is None
                or array.dtype != dtype
                or array.ndim != 1
                or (single and len(array) != 1)
            ):
                found = "nothing" if array is None else f"{array.dtype} of shape {array.shape}"
                raise FormatError(
                    f"A saved vocabulary holds '{name}', {np.dtype(dtype)} with one axis. "
                    f"Received: {found}. The file is damaged or of another format."
                )
        return cls(
            tensors["vocabulary.bytes"].view(np.uint8),
            tensors["vocabulary.offsets"].view(np.int64),
            tensors["vocabulary.counts"].view(np.int64),
            tensors["vocabulary.document_counts"].view(np.int64),
            int(tensors["vocabulary.n_documents"].view(np.int64)[0]),
        )
