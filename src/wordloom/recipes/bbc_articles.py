"""The articles of BBC news as the notebook prepares them, and splits of distinct ones."""

import math
import string
from dataclasses import dataclass
from typing import Final

import numpy as np

from wordloom.classify.duplicates import Duplicates, find_duplicates
from wordloom.datasets.labelled import LabelledTexts
from wordloom.errors import InputError
from wordloom.recipes.keras_fit import Examples
from wordloom.recipes.keras_text import pad_front, texts_of, word_numbers

__all__ = ["LENGTH", "Articles", "prepare", "split_words"]

LENGTH: Final = 200
"""How many words of an article the networks see: the last ones."""

TEST_SHARE: Final = 0.2

SEPARATORS: Final = str.maketrans(dict.fromkeys(string.digits + string.punctuation, " "))


@dataclass(frozen=True)
class Articles:
    """The articles as the notebook prepares them.

    Attributes:
        texts: The training and the test articles as they are.
        tokens: The words of each training and of each test article.
        words: All words of the training articles, the most frequent first; word i has number i + 1.
        train: The last 200 words of each training article, and its topic.
        test: The same of each test article; words that training lacks are left out.
        duplicates: Which articles occur twice, punctuation and digits aside.
    """

    texts: tuple[list[str], list[str]]
    tokens: tuple[list[list[str]], list[list[str]]]
    words: list[str]
    train: Examples
    test: Examples
    duplicates: Duplicates

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self.train) + len(self.test)

    @property
    def whole(self) -> list[list[str]]:
        """The training and the test articles as texts of all their words."""
        return [[" ".join(text) for text in part] for part in self.tokens]

    @property
    def last(self) -> list[list[str]]:
        """The training and the test articles as texts of what the networks see."""
        numbers = {word: number for number, word in enumerate(self.words, 1)}
        return [texts_of(part.inputs, numbers) for part in (self.train, self.test)]


def split_words(text: str) -> list[str]:
    """Lower-case a text, turn ASCII digits and punctuation into spaces, and split there.

    Example:
        >>> split_words("The U.S. won 3-0")
        ['the', 'u', 's', 'won']
    """
    return text.lower().translate(SEPARATORS).split()


def prepare(train: LabelledTexts, test: LabelledTexts, *, split: int | None = None) -> Articles:
    """Split articles into words, and these into numbers.

    Args:
        train: The training articles in the published order.
        test: The test articles.
        split: None keeps this split, as published. A seed puts both together, drops each article
            that repeats another one (punctuation and digits aside), and draws a fifth for the test.

    Returns:
        What the networks learn from.

    Raises:
        InputError: There are too few articles or topics to split.
    """
    if split is not None:
        train, test = split_distinct(train, test, split)
    labels = train.labels, test.labels
    if len(set(labels[0])) < 2 or not set(labels[1]) <= set(labels[0]) or not labels[1]:
        raise InputError(
            "The experiment needs test articles, and training articles of at least two topics, "
            f"those of the test among them. Received: topics {sorted(set(labels[0]))} in "
            f"{len(labels[0]):,} training articles and {sorted(set(labels[1]))} in "
            f"{len(labels[1]):,} test articles."
        )
    tokens = tuple([split_words(text) for text in part.texts] for part in (train, test))
    numbers = word_numbers(tokens[0])
    return Articles(
        (train.texts, test.texts),
        (tokens[0], tokens[1]),
        list(numbers),
        Examples(pad_front(tokens[0], numbers, LENGTH), labels[0]),
        Examples(pad_front(tokens[1], numbers, LENGTH), labels[1]),
        find_duplicates(*([" ".join(text) for text in part] for part in tokens)),
    )


def split_distinct(
    train: LabelledTexts, test: LabelledTexts, seed: int
) -> tuple[LabelledTexts, LabelledTexts]:
    """Return the distinct articles of both, split anew into training and test."""
    texts, labels = train.texts + test.texts, train.labels + test.labels
    distinct = {" ".join(split_words(text)): row for row, text in reversed(list(enumerate(texts)))}
    rows = np.random.default_rng(seed).permutation(sorted(distinct.values())).tolist()
    n_test = math.ceil(TEST_SHARE * len(rows))

    def part(rows: list[int], split: str) -> LabelledTexts:
        return LabelledTexts(
            [texts[row] for row in rows], [labels[row] for row in rows], train.name, split
        )

    return part(rows[n_test:], "train"), part(rows[:n_test], "test")
