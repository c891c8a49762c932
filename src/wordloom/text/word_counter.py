"""Words counted while they stream by, in bounded memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import read_only
from wordloom.kernels.corpus import count_words, gather_words, sort_words
from wordloom.kernels.words import build_slots, intern_words, slot_count
from wordloom.text.tokenizer import Tokens
from wordloom.text.vocabulary import Vocabulary

__all__ = ["WordCounter"]

# Tokens that are looked up at a time: the table keeps room for all of them to be new words.
SLICE = 1 << 16


class WordCounter:
    """Gives words provisional ids in order of first occurrence, and counts them.

    When there are too many distinct words, the rarest are forgotten (as in word2vec's
    ReduceVocab), and those that stay get new provisional ids. An era is the time between two
    such reductions; ids of one era are translated to those of the next by a table kept on disk.

    Args:
        folder: An existing folder for these tables.
        max_words: How many distinct words to hold at most, between two batches.

    Attributes:
        n_words: How many distinct words there are now.
        n_documents: How many documents there were.
        stream_length: How many entries the streams of all batches have together.
        eras: For each era but the present one, the stream length at its end.
    """

    def __init__(self, folder: Path, max_words: int) -> None:
        self.folder = folder
        self.max_words = max_words
        self.n_words = 0
        self.n_documents = 0
        self.stream_length = 0
        self.eras: list[int] = []
        self.order = np.empty(0, np.int64)
        self.data = np.zeros(1 << 20, np.uint8)
        self.offsets = np.zeros(SLICE + 1, np.int64)
        self.slots = np.zeros(slot_count(SLICE), np.int64)
        self.tallies = np.zeros((SLICE, 3), np.int64)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word occurs, int64 (n_words,), a view."""
        return self.tallies[: self.n_words, 0]

    def add(self, tokens: Tokens) -> NDArray[np.int32]:
        """Count the tokens of a batch.

        Args:
            tokens: The batch.

        Returns:
            int32 (n_tokens + n_documents,), its stream: provisional ids, -1 after each document.
        """
        ids = np.empty(len(tokens), np.int32)
        for start in range(0, len(tokens), SLICE):
            offsets = tokens.offsets[start : start + SLICE + 1]
            self.make_room(len(offsets) - 1, int(offsets[-1] - offsets[0]))
            self.n_words = intern_words(
                read_only(tokens.data),
                read_only(offsets),
                self.data,
                self.offsets,
                self.slots,
                self.n_words,
                ids[start : start + SLICE],
            )
        n_documents = len(tokens.splits) - 1
        stream = np.empty(len(ids) + n_documents, np.int32)
        count_words(ids, tokens.splits, self.n_documents, self.tallies, stream)
        self.n_documents += n_documents
        self.stream_length += len(stream)
        if self.n_words > self.max_words:
            self.forget_rarest()
        return stream

    def make_room(self, n_tokens: int, n_bytes: int) -> None:
        """Let the arrays grow until they hold this much more."""
        words = self.n_words + n_tokens
        used = int(self.offsets[self.n_words])
        if used + n_bytes > len(self.data):
            self.data.resize(2 * (used + n_bytes), refcheck=False)
        if words + 1 > len(self.offsets):
            self.offsets.resize(2 * words + 1, refcheck=False)
            self.tallies.resize((2 * words, 3), refcheck=False)
        if slot_count(words) > len(self.slots):
            self.slots = np.empty(slot_count(words), np.int64)
            self.fill_slots()

    def fill_slots(self) -> None:
        """Enter all words into the hash table."""
        offsets = self.offsets[: self.n_words + 1]
        build_slots(read_only(self.data), read_only(offsets), self.slots)

    def forget_rarest(self) -> None:
        """Begin a new era with at most three quarters of the words that may be held."""
        # Words seen once go, and where that is not enough, those seen twice, and so on.
        least_to_go = self.n_words - 3 * self.max_words // 4
        most_seen = np.partition(self.counts, least_to_go - 1)[least_to_go - 1]
        stay = np.flatnonzero(self.counts > max(1, most_seen))
        translation = np.full(self.n_words, -1, np.int32)
        translation[stay] = np.arange(len(stay), dtype=np.int32)
        np.save(self.table_of(len(self.eras)), translation)
        self.eras.append(self.stream_length)
        words = self.chosen(stay)
        self.data[: len(words.data)] = words.data
        self.offsets[: len(stay) + 1] = words.offsets
        self.tallies[: len(stay)] = self.tallies[stay]
        self.tallies[len(stay) : self.n_words] = 0
        self.n_words = len(stay)
        self.fill_slots()

    def chosen(self, order: NDArray[np.int64]) -> Vocabulary:
        """Return chosen words, in the order given, with their counts."""
        lengths = self.offsets[order + 1] - self.offsets[order]
        data = np.empty(lengths.sum(), np.uint8)
        offsets = np.empty(len(order) + 1, np.int64)
        gather_words(self.data, self.offsets, order, data, offsets)
        counts, document_counts = self.tallies[order, 0], self.tallies[order, 1]
        return Vocabulary(data, offsets, counts, document_counts, self.n_documents)

    def vocabulary(self, min_count: int, max_words: int | None) -> Vocabulary:
        """Return the words that stay, by falling count, then by their bytes.

        Args:
            min_count: How often a word occurs at least.
            max_words: How many words stay at most; None for all.

        Returns:
            The vocabulary; `mappings` then leads to its ids.
        """
        order = np.flatnonzero(self.counts >= min_count)
        counts = np.ascontiguousarray(self.counts)
        sort_words(self.data, self.offsets, counts, order, np.empty_like(order))
        self.order = order[:max_words]
        return self.chosen(self.order)

    def mappings(self) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Yield how the provisional ids of each era become ids of the last `vocabulary`.

        Yields:
            Where in the stream the era ended, and an int32 (n_provisional,) array with the final
            id of each provisional one, -1 for words that are dropped.
        """
        mapping = np.full(self.n_words, -1, np.int32)
        mapping[self.order] = np.arange(len(self.order), dtype=np.int32)
        last = mapping
        # Backwards through time, since each table leads to the ids of the next era only.
        for era in reversed(range(len(self.eras))):
            translation = np.load(self.table_of(era))
            mapping = np.where(translation >= 0, mapping[translation], np.int32(-1))
            np.save(self.table_of(era), mapping)
        for era, end in enumerate(self.eras):
            yield end, np.load(self.table_of(era))
        yield self.stream_length, last

    def table_of(self, era: int) -> Path:
        """Return the file with the translation of an era's ids."""
        return self.folder / f"era-{era}.npy"
