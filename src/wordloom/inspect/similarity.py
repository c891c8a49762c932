"""How similar words and texts are, by their vectors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.protocol import Embedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.queries import unknown_word
from wordloom.text.batches import as_list

__all__ = ["MEASURES", "pair_similarities", "similarity", "similarity_matrix"]

MEASURES = ("cosine", "inner")
"""The measures of similarity: the cosine, or the inner product divided by its greatest value."""

PAIRS_AT_ONCE = 1 << 15


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


def pair_similarities(
    embedding: Embedding, lefts: Sequence[str], rights: Sequence[str]
) -> NDArray[np.float32]:
    """Return the cosines of many pairs of words or texts.

    Args:
        embedding: The embedding.
        lefts: Words of the vocabulary as they are spelled there, or else texts to embed.
        rights: As many for the other side.

    Returns:
        float32 (n_pairs,), from -1 to 1; NaN where a side has no known word, or a zero vector.

    Raises:
        InputError: The two sides are not equally long, or not lists of str.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough", "fever"]), [[3, 0], [3, 4]])
        >>> pair_similarities(embedding, ["cough", "flu"], ["a fever", "cough"]).round(2).tolist()
        [0.6000000238418579, nan]
    """
    lefts, rights = as_list(lefts), as_list(rights)
    if len(lefts) != len(rights):
        raise InputError(
            "Pairs need as many items on the left as on the right. "
            f"Received: {len(lefts)} and {len(rights)}."
        )
    cosines = np.empty(len(lefts), np.float32)
    for start in range(0, len(lefts), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        left, right = (
            vectors_where_known(embedding, side[part]).astype(np.float64)
            for side in (lefts, rights)
        )
        inner = np.einsum("ij,ij->i", left, right)
        lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
        defined = np.full(len(inner), np.nan)
        np.divide(inner, lengths, out=defined, where=lengths > 0)
        cosines[part] = np.clip(defined, -1.0, 1.0)
    return cosines


def vectors_where_known(embedding: Embedding, items: Sequence[str]) -> NDArray[np.float32]:
    """Return float32 (n_items, dim); a row without a known word is zero."""
    vectors = embedding.embed(items)
    if isinstance(embedding, StaticEmbedding):
        # A word that the tokenizer would change or split still has its own vector.
        known = np.flatnonzero(embedding.vocabulary.ids(items) >= 0)
        vectors[known] = embedding.word_vectors([items[item] for item in known.tolist()])[0]
    return vectors


def item_vectors(embedding: Embedding, items: Sequence[str]) -> NDArray[np.float32]:
    """Return float32 (n_items, dim), no row of which is zero."""
    if isinstance(items, str) or len(items) == 0:
        raise InputError(f"A list of words or texts is needed. Received: {items!r}.")
    vectors = vectors_where_known(embedding, items)
    empty = np.flatnonzero(~vectors.any(axis=1))
    if len(empty):
        item = items[int(empty[0])]
        if isinstance(embedding, StaticEmbedding) and item in embedding:
            raise InputError(
                "Similarity needs vectors that are not zero. "
                f"Received: {item[:60]!r}, whose vector is zero."
            )
        if isinstance(embedding, StaticEmbedding) and len(item.split()) == 1:
            raise unknown_word(embedding, item)
        raise InputError(
            "Similarity needs a known word in each item. Received: "
            f"{item[:60]!r}, of which the embedding '{embedding.name}' knows no word."
        )
    return vectors
