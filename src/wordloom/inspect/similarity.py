"""How similar words and texts are, by their vectors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.protocol import Embedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.neighbors import unknown_word

__all__ = ["MEASURES", "similarity", "similarity_matrix"]

MEASURES = ("cosine", "inner")
"""The measures of similarity: the cosine, or the inner product divided by its greatest value."""


def similarity(embedding: Embedding, left: str, right: str) -> float:
    """Return the cosine of two words' or texts' vectors.

    Args:
        embedding: The embedding.
        left: A word of the vocabulary as it is spelled there, or else a text to embed.
        right: The same for the other side.

    Returns:
        The cosine, from -1 to 1.

    Raises:
        InputError: A side has no known word.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough", "fever"]), [[3, 0], [3, 4]])
        >>> round(similarity(embedding, "cough", "a fever"), 2)
        0.6
    """
    return float(similarity_matrix(embedding, [left, right])[0, 1])


def similarity_matrix(
    embedding: Embedding, items: Sequence[str], measure: str = "cosine"
) -> NDArray[np.float32]:
    """Return how similar each item is to each other one.

    Args:
        embedding: The embedding.
        items: Words of the vocabulary as they are spelled there, and texts to embed.
        measure: "cosine", or "inner": the inner product divided by its greatest value in the
            matrix, as the notebook of the CORD-19 Swivel vectors draws it.

    Returns:
        float32 (n_items, n_items), symmetric.

    Raises:
        InputError: The measure is unknown, there is no item, or one has no known word.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough", "fever"]), [[1, 0], [2, 2]])
        >>> similarity_matrix(embedding, ["cough", "fever"], "inner").tolist()
        [[0.125, 0.25], [0.25, 1.0]]
    """
    if measure not in MEASURES:
        raise InputError(
            f"The measure of similarity is one of {', '.join(MEASURES)}. Received: {measure!r}."
        )
    vectors = item_vectors(embedding, items).astype(np.float64)
    if measure == "cosine":
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.clip(vectors @ vectors.T, -1.0, 1.0).astype(np.float32)
    inner = vectors @ vectors.T
    scaled: NDArray[np.float64] = inner / inner.max()
    return scaled.astype(np.float32)


def item_vectors(embedding: Embedding, items: Sequence[str]) -> NDArray[np.float32]:
    """Return float32 (n_items, dim), no row of which is zero."""
    if isinstance(items, str) or len(items) == 0:
        raise InputError(f"A list of words or texts is needed. Received: {items!r}.")
    vectors = embedding.embed(items)
    if isinstance(embedding, StaticEmbedding):
        # A word that the tokenizer would change or split still has its own vector.
        ids = embedding.vocabulary.ids(items)
        vectors[ids >= 0] = embedding.vectors[ids[ids >= 0]]
    empty = np.flatnonzero(~vectors.any(axis=1))
    if len(empty):
        item = items[int(empty[0])]
        if isinstance(embedding, StaticEmbedding) and len(item.split()) == 1:
            raise unknown_word(embedding, item)
        raise InputError(
            "Similarity needs a known word in each item. Received: "
            f"{item[:60]!r}, of which the embedding '{embedding.name}' knows no word."
        )
    return vectors
