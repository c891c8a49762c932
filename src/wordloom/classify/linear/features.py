"""What a linear classifier sees of a text: pooled vectors, word n-grams, or both."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.dense import DenseFeatures, TextVectors
from wordloom.classify.linear.ngrams import NgramTfidf
from wordloom.errors import DataWarning, InputError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Matrix = NDArray[np.float64] | csr_array

__all__ = ["FEATURES", "TextFeatures", "warn_of_unknown"]

FEATURES = ("dense", "dense+tfidf", "tfidf")
"""Pooled vectors of a frozen embedding, TF-IDF of word n-grams, or both side by side."""

# Length of the dense part beside a TF-IDF row of length 1. Chosen on the dev split of SciCite and
# a fifth of IMDB's training reviews from 0.1, 0.2, 0.3, 1 and 3: 0.1 to 0.3 were level there.
DENSE_SHARE = 0.2
# A share of texts without any known word that a person should hear of.
NOTABLE_SHARE = 0.1


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
        dense: The pooled vectors.
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
            raise InputError(
                f"Features must be one of auto, nb, {', '.join(FEATURES)}. Received: {kind!r}."
            )
        if kind != "tfidf" and not embeddings:
            raise InputError(
                f"The features '{kind}' need an embedding. Received: none. Pass one, or take "
                "features='tfidf'."
            )
        self.dense = DenseFeatures(() if kind == "tfidf" else embeddings, pooling)
        self.tfidf = None if kind == "dense" else NgramTfidf(max_n, min_df)

    def __len__(self) -> int:
        return len(self.dense) + (0 if self.tfidf is None else len(self.tfidf))

    def fit_transform(self, texts: Sequence[str]) -> "Matrix":
        """Learn from training texts and return their features, float64 (n_texts, n_features)."""
        pooled = self.dense.pooled(texts)
        sparse = None if self.tfidf is None else self.tfidf.fit_transform(texts)
        self.dense.learn(pooled)
        if sparse is not None:
            self.dense.scale /= DENSE_SHARE
        if len(self) == 0:
            raise InputError(
                "Texts need at least one token to learn from. Received: empty texts only."
            )
        features, unknown = self.join(pooled, sparse)
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
        return self.join(self.dense.pooled(texts), sparse)

    def join(self, pooled: NDArray[np.float64], sparse: "csr_array | None") -> "tuple[Matrix, int]":
        """Standardise the dense part, put the sparse part beside it, count texts without either."""
        from scipy.sparse import csr_array, hstack

        known = pooled.any(axis=1)
        dense = self.dense.standardised(pooled)
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
