"""What embeddings say about texts: pooled vectors, side by side and standardised."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.errors import InputError

__all__ = ["DenseFeatures", "TextVectors"]


class TextVectors(Protocol):
    """The part of an embedding that a classifier needs."""

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str], pooling: str | None = None) -> NDArray[np.float32]:
        """Turn each text into one vector, float32 (n_texts, dim)."""


class DenseFeatures:
    """Pooled vectors of texts, each number with mean 0 and the same variance over training texts.

    So one penalty suits all. Rows of the training texts have a mean squared length of 1.

    Args:
        embeddings: Their vectors stand side by side; there may be none.
        pooling: A way of pooling, or several joined by "+" ("mean+max"), whose vectors stand side
            by side; None takes each embedding's own.

    Attributes:
        mean: float64 (n_features,), the mean of each number over the training texts.
        scale: float64 (n_features,), what each is divided by.
    """

    def __init__(self, embeddings: Sequence[TextVectors], pooling: str | None) -> None:
        self.embeddings = tuple(embeddings)
        self.poolings = [None] if pooling is None else pooling.split("+")
        self.mean: NDArray[np.float64] = np.zeros(0)
        self.scale: NDArray[np.float64] = np.ones(0)

    def __len__(self) -> int:
        return len(self.poolings) * sum(embedding.dim for embedding in self.embeddings)

    def pooled(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the pooled vectors as they are, float64 (n_texts, n_features)."""
        if not self.embeddings:
            return np.empty((len(texts), 0))
        parts: list[NDArray[np.float32]] = []
        for embedding in self.embeddings:
            if isinstance(embedding, ELMoEmbedding):
                parts += embedding.embed_each_way(texts, self.poolings)
            else:
                parts += [embedding.embed(texts, pooling=pooling) for pooling in self.poolings]
        dense = np.concatenate(parts, axis=1, dtype=np.float64)
        if not np.all(np.isfinite(dense)):
            raise InputError(
                "The vectors of all texts must be finite. Received: NaN or infinity from the "
                "embedding. If its training diverged, train it with a lower learning rate."
            )
        return dense

    def learn(self, pooled: NDArray[np.float64]) -> None:
        """Take the mean and the variance of each number from training texts."""
        self.mean = pooled.mean(axis=0)
        spread = pooled.std(axis=0)
        self.scale = np.where(spread > 0, spread, 1.0) * np.sqrt(max(pooled.shape[1], 1))

    def standardised(self, pooled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pooled vectors with the mean 0 and the same variance for each number."""
        return (pooled - self.mean) / self.scale
