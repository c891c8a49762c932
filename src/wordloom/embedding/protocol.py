"""What every embedding offers, whatever algorithm made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Embedding", "TokenVectors"]


@dataclass(frozen=True)
class TokenVectors:
    """The vectors of all tokens of many texts, end to end.

    Attributes:
        vectors: float32 (n_tokens, dim), one row for each token.
        row_splits: int64 (n_texts + 1,), the row where each text starts and the last one ends.
        tokens: The n_tokens tokens themselves.

    Example:
        >>> import numpy as np
        >>> found = TokenVectors(np.ones((3, 2), np.float32), np.array([0, 1, 3]), ["a", "b", "c"])
        >>> found[1].tokens, found[1].vectors.shape
        (['b', 'c'], (2, 2))
    """

    vectors: NDArray[np.float32]
    row_splits: NDArray[np.int64]
    tokens: list[str]

    def __len__(self) -> int:
        return len(self.row_splits) - 1

    def __getitem__(self, text: int) -> "TokenVectors":
        """Return the tokens and vectors of one text.

        Raises:
            IndexError: There is no such text.
        """
        if not -len(self) <= text < len(self):
            raise IndexError(f"There are {len(self)} texts. Received: {text}.")
        start, end = self.row_splits[text % len(self)], self.row_splits[text % len(self) + 1]
        return TokenVectors(
            self.vectors[start:end], np.array([0, end - start], np.int64), self.tokens[start:end]
        )


class Embedding(Protocol):
    """Turns texts into vectors.

    Attributes:
        name: What reports and pictures call the embedding.
        dim: How many numbers a vector has.
    """

    name: str

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str], pooling: str | None = None) -> NDArray[np.float32]:
        """Turn each text into one vector.

        Args:
            texts: The texts.
            pooling: How a text's word vectors become one; None takes the embedding's own way.

        Returns:
            float32 (n_texts, dim).
        """

    def embed_tokens(self, texts: Sequence[str]) -> TokenVectors:
        """Turn each token of each text into one vector."""
