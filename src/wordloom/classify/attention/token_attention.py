"""What a classifier says about the weights that it gave to its embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["AttendingClassifier", "TokenAttention"]


@dataclass(frozen=True, eq=False)
class TokenAttention:
    """The weight of each embedding at each token of some texts.

    Attributes:
        tokens: All tokens that the network saw, text after text.
        weights: float32 (n_tokens, n_embeddings), each from 0 to 1. With a softmax those of a
            token add up to 1; sigmoid gates need not.
        row_splits: int64 (n_texts + 1,); text i has the tokens from row_splits[i] up to
            row_splits[i + 1].
        known: bool (n_tokens, n_embeddings), whether the embedding has a vector for the word.
        frequency: int64 (n_tokens,), how often the token's word occurs in the text that was
            learned from; 0 where nobody counted.
        names: The embeddings' names, in the order of the columns.
    """

    tokens: list[str]
    weights: NDArray[np.float32]
    row_splits: NDArray[np.int64]
    known: NDArray[np.bool_]
    frequency: NDArray[np.int64]
    names: tuple[str, ...]


class AttendingClassifier(Protocol):
    """A classifier that weighs its embeddings word by word, and tells how."""

    def token_attention(self, texts: Sequence[str]) -> TokenAttention:
        """Return the weights that each word of the texts gave to each embedding."""
