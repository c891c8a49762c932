"""Word vectors that a network learns from the labelled texts alone."""

from dataclasses import dataclass

from wordloom.errors import InputError

__all__ = ["LearnedEmbedding"]


@dataclass(frozen=True)
class LearnedEmbedding:
    """Stands for an embedding that begins at random and is learned with the rest of the network.

    Words that the labelled texts lack have no vector.

    Attributes:
        dim: How many numbers a vector has.
        max_words: How many words have a vector: the most frequent of the training texts; 10,000 is
            the number of the textbook's experiments (Chollet 2017, chapter 6).
        name: What reports call it.

    Example:
        >>> LearnedEmbedding(dim=8)
        LearnedEmbedding(dim=8, max_words=10000, name='learned')
    """

    dim: int = 100
    max_words: int = 10_000
    name: str = "learned"

    def __post_init__(self) -> None:
        for setting in ("dim", "max_words"):
            value = getattr(self, setting)
            if type(value) is not int or value < 1:
                raise InputError(
                    f"{setting} must be a whole number from 1 on. Received: {value!r}."
                )
