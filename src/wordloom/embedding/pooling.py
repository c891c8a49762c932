"""How the vectors of a text's words become the vector of the text, by name.

With word vectors v, weights u and n words in the text:

========  =====================================  ==================================================
mean      sum(v) / n
sum       sum(v)
sqrtn     sum(v) / sqrt(n)                       the combiner of TensorFlow Hub's text modules
max       largest value on each axis             SWEM-max (Shen et al. 2018)
idf       sum(u v) / sum(u)                      u = log((1 + N) / (1 + df)) + 1, as scikit-learn's
                                                 smoothed inverse document frequency
sif       sum(u v) / n                           u = a / (a + p(word)), a = 1e-3, smooth inverse
                                                 frequency (Arora, Liang and Ma 2017)
========  =====================================  ==================================================

N is the number of documents that the vocabulary was counted on, df the number of those that hold
the word, p(word) the word's share of all words. An unknown word takes part with a count of 0 where
the OOV policy gives it a vector: "zero" a zero vector, "subwords" a composed one. A text without
any word vector has a zero vector.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.errors import InputError
from wordloom.kernels.pool import BY_COUNT, BY_ROOT, BY_WEIGHT, UNDIVIDED
from wordloom.text.vocabulary import Vocabulary

__all__ = [
    "POOLINGS",
    "SIF_CONSTANT",
    "WordWeights",
    "check_pooling",
    "checked_component",
    "common_component",
    "divisor",
    "word_weights",
]

POOLINGS = ("mean", "sum", "sqrtn", "max", "idf", "sif")
"""The names of all ways of pooling."""

SIF_CONSTANT = 1e-3
"""The constant a of smooth inverse frequency; the paper's default."""


@dataclass(frozen=True)
class WordWeights:
    """How much each word counts in a weighted pooling.

    Attributes:
        known: float32 (n_words,), the weight of each word; empty when every word weighs 1.
        unknown: The weight of a word that is not in the vocabulary, by the same formula.
    """

    known: NDArray[np.float32]
    unknown: float


def check_pooling(pooling: str) -> str:
    """Return the name of a way of pooling if there is one of that name.

    Raises:
        InputError: There is none; the message lists the known ones.

    Example:
        >>> check_pooling("sqrtn")
        'sqrtn'
    """
    if pooling not in POOLINGS:
        raise InputError(f"Pooling must be one of {', '.join(POOLINGS)}. Received: {pooling!r}.")
    return pooling


def divisor(pooling: str) -> int:
    """Return what `wordloom.kernels.pool.pool_sum` divides by for a way of pooling."""
    return {"sum": UNDIVIDED, "sqrtn": BY_ROOT, "idf": BY_WEIGHT}.get(pooling, BY_COUNT)


def word_weights(pooling: str, vocabulary: Vocabulary) -> WordWeights:
    """Return the weight of each word for a way of pooling.

    Args:
        pooling: One of `POOLINGS`.
        vocabulary: The words and their counts.

    Returns:
        The weights.

    Raises:
        InputError: The weights follow from counts that the vocabulary does not have.

    Example:
        >>> vocabulary = Vocabulary.from_words(["the", "virus"], counts=[999, 1])
        >>> [round(float(weight), 3) for weight in word_weights("sif", vocabulary).known]
        [0.001, 0.5]
    """
    if pooling == "idf":
        documents = vocabulary.n_documents
        if documents <= 0 or not np.any(vocabulary.document_counts):
            raise InputError(needs_counts("idf", "in how many documents each word occurs"))
        share = (1.0 + documents) / (1.0 + vocabulary.document_counts)
        known = np.maximum(np.log(share), 0.0) + 1.0
        return WordWeights(known.astype(np.float32), float(np.log(1.0 + documents)) + 1.0)
    if pooling == "sif":
        total = float(vocabulary.counts.sum())
        if total <= 0:
            raise InputError(needs_counts("sif", "how often each word occurs"))
        known = SIF_CONSTANT / (SIF_CONSTANT + vocabulary.counts / total)
        return WordWeights(known.astype(np.float32), 1.0)
    return WordWeights(np.empty(0, np.float32), 1.0)


def common_component(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the direction that text vectors have in common.

    Args:
        vectors: float32 (n_texts, dim), pooled by `sif` and not centred.

    Returns:
        float64 (dim,), the first right singular vector (Arora, Liang and Ma 2017).

    Raises:
        InputError: There is none, since all vectors are zero.

    Example:
        >>> common_component(np.float32([[3, 0], [-1, 0]])).tolist()
        [1.0, 0.0]
    """
    # The right singular vectors are the eigenvectors of a small matrix, dim by dim.
    matrix = vectors.astype(np.float64)
    values, directions = np.linalg.eigh(matrix.T @ matrix)
    if values.size == 0 or values[-1] <= 0:
        raise InputError(
            "A common component needs texts with words that the embedding knows. Received: "
            f"{len(vectors)} texts, none with a known word. Pass the training texts."
        )
    first = directions[:, -1]
    # Its sign is arbitrary; one that is fixed makes the same texts give the same file.
    signed: NDArray[np.float64] = first * np.sign(first[np.argmax(np.abs(first))])
    return signed


def checked_component(component: ArrayLike, dim: int) -> NDArray[np.float32]:
    """Return a common component as float32 (dim,).

    Raises:
        InputError: It does not have one number for each axis.
    """
    direction = np.ascontiguousarray(component, np.float32)
    if direction.shape != (dim,):
        raise InputError(
            f"The common component needs one number for each of the {dim} axes. "
            f"Received: an array of shape {direction.shape}."
        )
    return direction


def needs_counts(pooling: str, what: str) -> str:
    """Return the message for a vocabulary without the counts that a pooling needs."""
    return (
        f"The pooling '{pooling}' needs to know {what}. Received: an embedding without these "
        "counts, as most foreign formats are. Take pooling='mean', or an embedding whose "
        "vocabulary comes from a corpus."
    )
