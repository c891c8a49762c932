"""What a linear classifier sees of a text: pooled vectors, word n-grams, or both."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.ngrams import NgramTfidf
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.errors import DataWarning, InputError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Matrix = NDArray[np.float64] | csr_array

__all__ = ["FEATURES", "TextFeatures", "TextVectors", "warn_of_unknown"]

FEATURES = ("dense", "dense+tfidf", "tfidf")
"""Pooled vectors of a frozen embedding, TF-IDF of word n-grams, or both side by side."""

# Length of the dense part beside a TF-IDF row of length 1. Chosen on the dev split of SciCite and
# a fifth of IMDB's training reviews from 0.1, 0.2, 0.3, 1 and 3: 0.1 to 0.3 were level there.
DENSE_SHARE = 0.2
# A share of texts without any known word that a person should hear of.
NOTABLE_SHARE = 0.1


class TextVectors(Protocol):
    """The part of an embedding that a classifier needs."""

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str], pooling: str | None = None) -> NDArray[np.float32]:
        """Turn each text into one vector, float32 (n_texts, dim)."""


class TextFeatures:
    """Turns texts into the rows of a matrix.

    Dense features are standardised: each has mean 0 and the same variance over the training texts,
    so that one penalty suits all. Their rows then have a mean squared length of 1, as TF-IDF rows
    do, and of 0.2² beside TF-IDF.

    Args:
        kind: One of `FEATURES`.
        embeddings: Their vectors stand side by side; none are needed for "tfidf".
        pooling: A way of pooling, or several joined by "+" ("mean+max"), whose vectors stand side
            by side; None takes the embedding's own.
        max_n: Length of the longest n-grams.
        min_df: In how many training texts an n-gram must occur; None: see `NgramTfidf`.

    Attributes:
        mean: float64 (n_dense,), the mean of each dense feature over the training texts.
        scale: float64 (n_dense,), what each dense feature is divided by.
        tfidf: The n-grams; None for "dense".
    """

    def __init__(
        self,
        kind: str,
        embeddings: Sequence[TextVectors],
        pooling: str | None,
        max_n: int,
        min_df: int | None,
    ) -> None:
        if kind not in FEATURES:
            raise InputError(f"Features must be one of {', '.join(FEATURES)}. Received: {kind!r}.")
        if kind != "tfidf" and not embeddings:
            raise InputError(
                f"The features '{kind}' need an embedding. Received: none. Pass one, or take "
                "features='tfidf'."
            )
        self.embeddings = () if kind == "tfidf" else tuple(embeddings)
        self.poolings = [None] if pooling is None else pooling.split("+")
        self.tfidf = None if kind == "dense" else NgramTfidf(max_n, min_df)
        self.mean: NDArray[np.float64] = np.zeros(0)
        self.scale: NDArray[np.float64] = np.ones(0)

    @property
    def n_dense(self) -> int:
        """How many features come from embeddings."""
        return len(self.poolings) * sum(embedding.dim for embedding in self.embeddings)

    def __len__(self) -> int:
        return len(self.mean) + (0 if self.tfidf is None else len(self.tfidf))

    def fit_transform(self, texts: Sequence[str]) -> "Matrix":
        """Learn from training texts and return their features, float64 (n_texts, n_features)."""
        dense = self.pooled(texts)
        sparse = None if self.tfidf is None else self.tfidf.fit_transform(texts)
        self.mean = dense.mean(axis=0)
        spread = dense.std(axis=0)
        length = np.sqrt(dense.shape[1]) / (1.0 if sparse is None else DENSE_SHARE)
        self.scale = np.where(spread > 0, spread, 1.0) * length
        if len(self) == 0:
            raise InputError(
                "Texts need at least one token to learn from. Received: empty texts only."
            )
        features, unknown = self.join(dense, sparse)
        warn_of_unknown(unknown, len(texts), "training texts")
        return features

    def transform(self, texts: Sequence[str]) -> "tuple[Matrix, int]":
        """Compute the features of texts.

        Args:
            texts: Any texts.

        Returns:
            Their features, float64 (n_texts, n_features), and how many of them hold no known word.
        """
        sparse = None if self.tfidf is None else self.tfidf.transform(texts)
        return self.join(self.pooled(texts), sparse)

    def pooled(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the pooled vectors side by side; without embeddings, rows of no length."""
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

    def join(self, dense: NDArray[np.float64], sparse: "csr_array | None") -> "tuple[Matrix, int]":
        """Standardise the dense part, put the sparse part beside it, count texts without either."""
        from scipy.sparse import csr_array, hstack

        known = dense.any(axis=1)
        dense = (dense - self.mean) / self.scale
        if sparse is None:
            return dense, int(np.sum(~known))
        known |= np.diff(sparse.indptr) > 0
        return csr_array(hstack([csr_array(dense), sparse], format="csr")), int(np.sum(~known))


def warn_of_unknown(unknown: int, n_texts: int, what: str) -> None:
    """Warn if many texts hold no word that the classifier knows.

    Args:
        unknown: How many texts hold none.
        n_texts: How many texts there are.
        what: What they are, as in "training texts".
    """
    if unknown >= NOTABLE_SHARE * n_texts and unknown:
        warnings.warn(
            f"{unknown:,} of {n_texts:,} {what} ({unknown / n_texts:.0%}) hold no word that the "
            "classifier knows: nothing tells them apart. Check that texts are not empty, and that "
            "the embedding is of their language and spelling.",
            DataWarning,
            stacklevel=3,
        )
