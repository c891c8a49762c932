"""The words that a language model predicts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.training.streams import FIRST_WORD
from wordloom.text.vocabulary import Vocabulary

__all__ = ["MARKS", "UNKNOWN", "TargetWords"]

MARKS = ("<S>", "</S>", "<UNK>")
"""The first rows of the softmax, as published."""

UNKNOWN = 2
"""The row that stands for all words which have none."""


@dataclass(frozen=True)
class TargetWords:
    """The words that a language model predicts, by falling count.

    Attributes:
        words: The words of the softmax's rows, the marks first.
        counts: int64 (n_rows,), how often each occurs in the text trained on; 0 for the marks.
        rows: int32 (2 + n_corpus_words,), the row of each number of a stream.
    """

    words: list[str]
    counts: NDArray[np.int64]
    rows: NDArray[np.int32]

    def __len__(self) -> int:
        """Return how many rows the softmax has."""
        return len(self.words)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words without the marks, with their counts in the text trained on."""
        return Vocabulary.from_words(self.words[len(MARKS) :], self.counts[len(MARKS) :])

    @classmethod
    def choose(
        cls,
        words: Vocabulary,
        counts: NDArray[np.int64],
        min_count: int,
        max_words: int,
        earlier: Sequence[str] = (),
    ) -> "TargetWords":
        """Choose the words of a corpus that are frequent enough.

        Args:
            words: The corpus's words.
            counts: int64 (n_words,), how often each occurs in what is trained on.
            min_count: How often a word must occur.
            max_words: How many words of the corpus to take at most.
            earlier: Words that are predicted in any case; those that the corpus lacks come last.

        Returns:
            The words.
        """
        counts = np.array(counts)
        found = words.ids(MARKS)
        counts[found[found >= 0]] = 0  # A word that is spelled like a mark is not predicted.
        wanted = (counts >= min_count) & (counts > 0)
        order = np.argsort(np.where(wanted, -counts, 0), kind="stable")
        order = order[: min(int(wanted.sum()), max_words)]
        chosen = [words.word(index) for index in order.tolist()]
        rows = np.full(len(words) + FIRST_WORD, UNKNOWN, np.int32)
        rows[:FIRST_WORD] = np.arange(FIRST_WORD)
        rows[order + FIRST_WORD] = np.arange(len(order)) + len(MARKS)
        chosen_counts = counts[order]
        known = set(chosen) | set(MARKS)
        if others := [word for word in earlier if word not in known]:
            ids = words.ids(others)
            there = np.flatnonzero(ids >= 0)
            rows[ids[there] + FIRST_WORD] = there + len(MARKS) + len(chosen)
            chosen_counts = np.concatenate([chosen_counts, np.where(ids >= 0, counts[ids], 0)])
            chosen += others
        zeros = np.zeros(len(MARKS), np.int64)
        return cls([*MARKS, *chosen], np.concatenate([zeros, chosen_counts]), rows)
