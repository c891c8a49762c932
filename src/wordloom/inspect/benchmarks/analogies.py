"""Analogies by category: the share of questions that word vectors answer rightly."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.datasets.benchmark_files import AnalogyQuestions
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.analogies import solve_analogies
from wordloom.inspect.benchmarks.benchmark import FEWEST_DRAWN, Answers, find_words
from wordloom.inspect.benchmarks.resampling import resampled_means

__all__ = ["MAX_RANK", "AnalogyBenchmark", "CategoryScore", "mean_accuracy", "totals"]

MAX_RANK: Final = 30_000
"""Of how many words questions and answers are made, as in word2vec's ``compute-accuracy``."""


@dataclass(frozen=True)
class CategoryScore:
    """How many questions of a category were answered, and how many rightly.

    Attributes:
        name: The category.
        n_questions: How many questions it has.
        n_answered: How many of them have four words that the embedding knows.
        n_right: How many of these got the right answer.
    """

    name: str
    n_questions: int
    n_answered: int
    n_right: int

    @property
    def accuracy(self) -> float | None:
        """The share of right answers among the questions that were answered."""
        return self.n_right / self.n_answered if self.n_answered else None

    @property
    def accuracy_of_all(self) -> float:
        """The share of right answers among all questions: one with an OOV word is wrong."""
        return self.n_right / self.n_questions

    def to_json(self) -> dict[str, object]:
        """Return all figures as what JSON knows."""
        return {
            "name": self.name,
            "questions": self.n_questions,
            "answered": self.n_answered,
            "right": self.n_right,
            "accuracy": self.accuracy,
            "accuracy_with_oov_as_wrong": self.accuracy_of_all,
        }


@dataclass(frozen=True)
class AnalogyBenchmark:
    """The share of analogies whose best answer is the right one.

    A question is covered if its four words are among the `max_rank` most frequent ones, from which
    answers are taken as well; its own three words cannot be answers. Words are looked up as
    `wordloom.inspect.benchmarks.benchmark.find_words` says, and an answer that differs from the
    right one in nothing but case is right, unless `match_case` is set.

    Intervals come from draws of the pairs that are asked for: the questions that end with "Oslo
    Norway" are right or wrong together. On Google's set this makes them four times as wide as
    draws of single questions would, after which two trainings that differ in nothing but their
    seeds would look different.

    Attributes:
        questions: The questions.
        method: "3cosadd" or "3cosmul", as `wordloom.inspect.analogies.analogy` explains them.
        max_rank: Use only this many of the most frequent words; None uses all.
        match_case: Look words up only as they are written.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["man", "woman", "king", "queen", "egg"])
        >>> vectors = [[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [-1, 0, 0]]
        >>> embedding = StaticEmbedding(vocabulary, vectors)
        >>> words = (("man", "woman", "king", "queen"), ("man", "woman", "boy", "girl"))
        >>> questions = AnalogyQuestions("toy", words, ("family",), np.array([0, 0]))
        >>> answers = AnalogyBenchmark(questions).answers(embedding)
        >>> answers.values.tolist(), answers.covered.tolist()
        ([1.0, 0.0], [True, False])
    """

    questions: AnalogyQuestions
    method: str = "3cosadd"
    max_rank: int | None = MAX_RANK
    match_case: bool = False

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.questions.name

    @property
    def measure(self) -> str:
        """What the score is."""
        return "accuracy"

    def __len__(self) -> int:
        return len(self.questions)

    @cached_property
    def asked_pairs(self) -> NDArray[np.int64]:
        """The pair that each question ends with, by number; int64 (n_questions,)."""
        places: dict[tuple[int, str, str], int] = {}
        return np.array(
            [
                places.setdefault((category, *question[2:]), len(places))
                for category, question in zip(
                    self.questions.category.tolist(), self.questions.questions, strict=True
                )
            ]
        )

    def answers(self, embedding: StaticEmbedding) -> Answers:
        """Return which questions get the right answer."""
        words = list(dict.fromkeys(chain.from_iterable(self.questions.questions)))
        found = find_words(
            embedding, words, match_case=self.match_case, max_rank=self.max_rank
        ).tolist()
        place = dict(zip(words, found, strict=True))
        ids = np.array([[place[word] for word in row] for row in self.questions.questions])
        covered = np.min(ids, axis=1) >= 0
        expected = ids[covered, 3]
        answered = solve_analogies(embedding, ids[covered, :3], self.method, self.max_rank)
        right = answered == expected
        if not self.match_case:
            word = embedding.vocabulary.word
            for item in np.flatnonzero(~right & (answered >= 0)).tolist():
                right[item] = word(answered[item]).lower() == word(expected[item]).lower()
        values = np.zeros(len(self))
        values[covered] = right
        return Answers(values, covered, covered)

    def score(self, values: NDArray[np.float64], items: NDArray[np.bool_]) -> float | None:
        """Return the share of right answers among some of the questions."""
        return float(values[items].mean()) if items.any() else None

    def resampled(
        self, values: NDArray[np.float64], items: NDArray[np.bool_], resamples: int, seed: int
    ) -> NDArray[np.float64]:
        """Return the accuracies of several embeddings on the same draws of pairs."""
        pairs, groups = np.unique(self.asked_pairs[items], return_inverse=True)
        if len(pairs) < FEWEST_DRAWN:
            return np.full((len(values), resamples), np.nan)
        return resampled_means(values[:, items], groups, resamples, seed)

    def categories(self, answers: Answers) -> tuple[CategoryScore, ...]:
        """Return the score of each category, in the order of the file."""
        category, n_categories = self.questions.category, len(self.questions.categories)
        asked = np.bincount(category, minlength=n_categories).tolist()
        answered = np.bincount(category[answers.covered], minlength=n_categories).tolist()
        right = np.bincount(category, answers.values, n_categories).astype(np.int64).tolist()
        return tuple(map(CategoryScore, self.questions.categories, asked, answered, right))


def totals(categories: Sequence[CategoryScore]) -> tuple[CategoryScore, ...]:
    """Return the sums over semantic, over syntactic and over all questions.

    In Google's set the names of the syntactic categories begin with "gram"; a set without any such
    name gets one total.

    Example:
        >>> parts = [CategoryScore("capitals", 4, 2, 1), CategoryScore("gram8-plural", 6, 6, 3)]
        >>> [(total.name, total.accuracy) for total in totals(parts)]
        [('semantic', 0.5), ('syntactic', 0.5), ('all', 0.5)]
    """
    syntactic = [part for part in categories if part.name.startswith("gram")]
    semantic = [part for part in categories if not part.name.startswith("gram")]
    groups = {"semantic": semantic, "syntactic": syntactic} if syntactic and semantic else {}
    return tuple(
        CategoryScore(
            name,
            sum(part.n_questions for part in parts),
            sum(part.n_answered for part in parts),
            sum(part.n_right for part in parts),
        )
        for name, parts in {**groups, "all": list(categories)}.items()
    )


def mean_accuracy(categories: Sequence[CategoryScore]) -> float | None:
    """Return the mean of the categories' accuracies, in which each category counts the same.

    Example:
        >>> mean_accuracy([CategoryScore("a", 9, 8, 6), CategoryScore("b", 2, 2, 0)])
        0.375
    """
    found = [part.accuracy for part in categories if part.accuracy is not None]
    return sum(found) / len(found) if found else None
