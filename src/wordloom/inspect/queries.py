"""What is asked: words or vectors, checked, as vectors."""

import difflib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.embedding.alignment import unit_rows
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, UnknownWordError

__all__ = ["checked_vectors", "query_vectors", "unit_vectors", "unknown_word"]

SPELLINGS_LOOKED_AT = 20_000


def query_vectors(
    embedding: StaticEmbedding, words_or_vectors: Sequence[str] | ArrayLike
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the vectors of queries.

    Args:
        embedding: The word vectors.
        words_or_vectors: Words that have a vector; or vectors, numbers of shape (n_queries, dim).

    Returns:
        float32 (n_queries, dim), and each query's own word id, int32 (n_queries,), -1 where it has
        none.

    Raises:
        InputError: A word has no vector, or vectors do not fit or are not finite.
    """
    words = as_words(words_or_vectors)
    if words is None:
        vectors = checked_vectors(words_or_vectors, embedding.dim)
        return vectors, np.full(len(vectors), -1, np.int32)
    vectors, known = embedding.word_vectors(words)
    if not known.all():
        raise unknown_word(embedding, words[int(np.argmin(known))])
    return vectors, embedding.vocabulary.ids(words)


def as_words(words_or_vectors: Sequence[str] | ArrayLike) -> list[str] | None:
    """Return words as a list, or None where these are vectors."""
    if isinstance(words_or_vectors, str):
        raise InputError(
            f"A list of words is needed. Received: {words_or_vectors!r}. Write [word]."
        )
    if isinstance(words_or_vectors, Sequence):
        words = [item for item in words_or_vectors if isinstance(item, str)]
        if len(words) == len(words_or_vectors):
            return words
    return None


def checked_vectors(vectors: object, dim: int) -> NDArray[np.float32]:
    """Return query vectors if they are of a fitting shape and finite.

    Args:
        vectors: What was received.
        dim: How many numbers a vector has.

    Returns:
        float32 (n_queries, dim).

    Raises:
        InputError: The shape does not fit, or a number is NaN or infinite.
    """
    try:
        queries = np.asarray(vectors, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Queries are words, or vectors of {dim} numbers each. Received: neither ({error})."
        ) from None
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise InputError(
            f"Query vectors are of shape (n_queries, {dim}). "
            f"Received: an array of shape {queries.shape}."
        )
    if not np.isfinite(queries).all():
        raise InputError("Query vectors are finite. Received: NaN or infinity.")
    return queries


def unit_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors of length one.

    Args:
        vectors: float32 (n_vectors, dim).

    Returns:
        float32 (n_vectors, dim); a zero vector stays zero.

    Example:
        >>> unit_vectors(np.float32([[0, 4], [0, 0]])).tolist()
        [[0.0, 1.0], [0.0, 0.0]]
    """
    return unit_rows(vectors).astype(np.float32)


def unknown_word(embedding: StaticEmbedding, word: str) -> UnknownWordError:
    """Return the error for a word without a vector; it names words of close spelling.

    Args:
        embedding: The embedding that lacks the word.
        word: The word.

    Returns:
        The error, to be raised.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["fever"]), [[1]], name="toy")
        >>> print(unknown_word(embedding, "fevr"))
        The embedding 'toy' has no vector for 'fevr'. Did you mean: fever?
    """
    vocabulary = embedding.vocabulary
    frequent = [vocabulary.word(i) for i in range(min(len(vocabulary), SPELLINGS_LOOKED_AT))]
    cases = [form for form in (word.lower(), word.title(), word.upper()) if form in vocabulary]
    close = list(dict.fromkeys(cases + difflib.get_close_matches(word, frequent, 3, 0.7)))
    hint = (
        f"Did you mean: {', '.join(close[:3])}?"
        if close
        else "No frequent word is spelled like it; a text of several words can be embedded instead."
    )
    return UnknownWordError(f"The embedding '{embedding.name}' has no vector for {word!r}. {hint}")
