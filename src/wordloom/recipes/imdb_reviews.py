"""The IMDB reviews in Keras' numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from wordloom.classify.duplicates import Duplicates
from wordloom.datasets.labelled import LabelledTexts
from wordloom.errors import InputError
from wordloom.recipes.keras_fit import Examples
from wordloom.recipes.keras_text import pad_front, word_numbers
from wordloom.text.batches import pack_texts
from wordloom.text.tokenizer import Tokenizer

__all__ = ["N_LABELS", "N_WORDS", "Reviews", "check_reviews"]

N_WORDS: Final = 10_000
N_LABELS: Final = 200

START, UNKNOWN, FIRST = "<start>", 2, 4
"""Keras' reviews in numbers: 1 begins a review, 2 is a rare word, 4 the most frequent one."""

BLOCK: Final = 1000
"""Reviews whose tokens are held in memory at a time."""


@dataclass(frozen=True)
class Reviews:
    """The labelled reviews of both splits.

    Attributes:
        train: The training reviews.
        test: The test reviews.
        duplicates: Which occur twice.
    """

    train: LabelledTexts
    test: LabelledTexts
    duplicates: Duplicates

    def in_words(self, length: int, *, as_data_set: bool) -> tuple[dict[str, int], list[Examples]]:
        """Number the 10,000 most frequent words, and take the last of each review.

        Args:
            length: How many words of each review.
            as_data_set: Number them as Keras' data set does, in which rare words have one number;
                otherwise as its Tokenizer, which leaves them out.

        Returns:
            The number of each word; the training and the test reviews.
        """
        first, unknown = (FIRST, UNKNOWN) if as_data_set else (1, None)
        numbers = word_numbers(split_words(self.train.texts), first, N_WORDS)
        known, marks = ({**numbers, START: 1}, [START]) if as_data_set else (numbers, [])
        return numbers, [
            Examples(pad_front(split_words(part.texts, marks), known, length, unknown), part.labels)
            for part in (self.train, self.test)
        ]


def split_words(texts: Sequence[str], marks: Sequence[str] = ()) -> Iterator[list[str]]:
    """Yield the tokens of each text by the rules of Keras' Tokenizer, behind the marks."""
    tokenizer = Tokenizer("keras")
    for block in range(0, len(texts), BLOCK):
        for tokens in tokenizer.tokenize_batch(pack_texts(texts[block : block + BLOCK])).words():
            yield [*marks, *tokens]


def check_reviews(train: LabelledTexts, test: LabelledTexts) -> None:
    """Refuse reviews that are too few, or of more than two classes."""
    classes = sorted(set(train.labels))
    if len(classes) != 2 or not set(test.labels) <= set(classes) or len(train) <= N_LABELS:
        raise InputError(
            f"The experiments need more than {N_LABELS} training reviews of two classes, and test "
            f"reviews of the same. Received: {len(train):,} training reviews of {classes} and "
            f"{len(test):,} test reviews of {sorted(set(test.labels))}."
        )
