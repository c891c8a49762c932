"""What a benchmark of word vectors is, and how its words are looked up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding

__all__ = ["FEWEST_DRAWN", "Answers", "Benchmark", "find_words", "has_lower_case_words"]

FEWEST_DRAWN: Final = 10
"""Fewer items than this get no interval: draws of a few items say little of what others are like,
and three pairs in the right order stay so in every draw."""

SPELLINGS: Final[tuple[Callable[[str], str], ...]] = (str, str.lower, str.capitalize, str.upper)
"""The spellings under which a word is looked up, one after the other."""

WORDS_LOOKED_AT: Final = 10_000


@dataclass(frozen=True)
class Answers:
    """What an embedding says to the items of a benchmark: its pairs or questions.

    Attributes:
        values: float64 (n_items,), the cosine of a pair, or 1 for a right answer; 0 for an item
            that is not covered.
        covered: bool (n_items,), whether all words of the item have a vector.
        in_vocabulary: bool (n_items,), whether all of them have it from the vocabulary; the others
            were composed of character n-grams.
    """

    values: NDArray[np.float64]
    covered: NDArray[np.bool_]
    in_vocabulary: NDArray[np.bool_]


class Benchmark(Protocol):
    """Items that embeddings answer, and the score that they get for it."""

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def method(self) -> str:
        """How items are answered, as "3cosadd"; "" where there is one way only."""

    @property
    def measure(self) -> str:
        """What the score is, as "Spearman"."""

    def __len__(self) -> int:
        """Return how many items there are."""

    def answers(self, embedding: StaticEmbedding) -> Answers:
        """Return what an embedding says to each item."""

    def score(self, values: NDArray[np.float64], items: NDArray[np.bool_]) -> float | None:
        """Return the score on some of the items; None where it is not defined.

        Args:
            values: float64 (n_items,), an embedding's answers.
            items: bool (n_items,), which items count.
        """

    def resampled(
        self,
        values: NDArray[np.float64],
        items: NDArray[np.bool_],
        resamples: int,
        seed: int,
    ) -> NDArray[np.float64]:
        """Return several embeddings' scores on the same draws of some of the items.

        Args:
            values: float64 (n_embeddings, n_items), the answers.
            items: bool (n_items,), which items count.
            resamples: How many draws.
            seed: What the draws follow from.

        Returns:
            float64 (n_embeddings, resamples); NaN for fewer than `FEWEST_DRAWN` items.
        """


def find_words(
    embedding: StaticEmbedding,
    words: Sequence[str],
    *,
    match_case: bool = False,
    max_rank: int | None = None,
) -> NDArray[np.int64]:
    """Look up a benchmark's words.

    A word is looked up as it is written; then in lower case, capitalised and in upper case, unless
    `match_case` is set. The first spelling counts that the vocabulary has.

    Args:
        embedding: The word vectors.
        words: The words.
        match_case: Look words up only as they are written.
        max_rank: Look only at this many of the most frequent words; None looks at all.

    Returns:
        int64 (n_words,), their ids, -1 for words that are not there.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["cough", "Rome", "WHO", "who"])
        >>> embedding = StaticEmbedding(vocabulary, [[1], [2], [3], [4]])
        >>> find_words(embedding, ["Cough", "rome", "who", "flu"]).tolist()
        [0, 1, 3, -1]
        >>> find_words(embedding, ["rome", "who"], match_case=True, max_rank=3).tolist()
        [-1, -1]
    """
    limit = len(embedding) if max_rank is None else max_rank
    found = np.full(len(words), -1, np.int64)
    for spelled in SPELLINGS[:1] if match_case else SPELLINGS:
        missing = np.flatnonzero(found < 0)
        ids = embedding.vocabulary.ids([spelled(words[index]) for index in missing.tolist()])
        found[missing] = np.where(ids < limit, ids, -1)
    return found


def has_lower_case_words(embedding: StaticEmbedding) -> bool:
    """Tell whether an embedding's words are lower-cased, but for a few such as "[UNK]".

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> has_lower_case_words(StaticEmbedding(Vocabulary.from_words(["Rome"]), [[1]]))
        False
    """
    vocabulary = embedding.vocabulary
    n_words = min(len(vocabulary), WORDS_LOOKED_AT)
    written = [vocabulary.word(index) for index in range(n_words)]
    return sum(word != word.lower() for word in written) <= n_words / 100
