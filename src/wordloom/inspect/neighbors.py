"""The nearest neighbours of words, exactly, by the cosine of their vectors."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.embedding.static import StaticEmbedding, UnknownWordError
from wordloom.errors import InputError

__all__ = ["Neighbor", "NeighborIndex", "neighbors", "unknown_word"]

# A block of cosines (a row of words for each query, float32) takes 8 MB.
QUERIES_AT_ONCE = 256
COSINES_AT_ONCE = 1 << 21
SPELLINGS_LOOKED_AT = 20_000


@dataclass(frozen=True)
class Neighbor:
    """A word near another one.

    Attributes:
        word: The word.
        similarity: Cosine of the two vectors, from -1 to 1.
    """

    word: str
    similarity: float


class NeighborIndex:
    """Finds neighbours again and again; the vectors' lengths are worked out once.

    Args:
        embedding: The word vectors.
        max_rank: Only the this many most frequent words can be neighbours; None allows all.

    Raises:
        InputError: `max_rank` is below 1.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["cough", "fever", "Rome"])
        >>> index = NeighborIndex(StaticEmbedding(vocabulary, [[3, 0], [3, 4], [-1, 0]]))
        >>> [[near.word for near in found] for found in index.search(["cough"], count=2)]
        [['fever', 'Rome']]
    """

    def __init__(self, embedding: StaticEmbedding, max_rank: int | None = None) -> None:
        if max_rank is not None and max_rank < 1:
            raise InputError(f"`max_rank` is at least 1. Received: {max_rank}.")
        self.embedding = embedding
        self.n_words = min(max_rank or len(embedding), len(embedding))

    @cached_property
    def scales(self) -> NDArray[np.float32]:
        """One over the length of each word's vector, float32 (n_words,); 0 for a zero vector."""
        vectors = self.embedding.vectors[: self.n_words]
        return inverse_lengths(vectors)

    def search(
        self, words_or_vectors: Sequence[str] | ArrayLike, count: int = 10
    ) -> list[list[Neighbor]]:
        """Find the nearest words of each query.

        Args:
            words_or_vectors: Words of the vocabulary, which are left out of their own neighbours,
                and others if the OOV policy is "subwords"; or vectors, numbers of shape
                (n_queries, dim).
            count: How many neighbours each query gets (fewer if there are not as many words).

        Returns:
            For each query its neighbours, the nearest first.

        Raises:
            InputError: A word has no vector (the message names words of close spelling), vectors
                are not of shape (n_queries, dim) or not finite, or
                `count` is below 1.
        """
        if count < 1:
            raise InputError(f"At least 1 neighbour can be asked for. Received: count={count}.")
        count = min(count, self.n_words)
        queries, own = self._queries(words_or_vectors)
        found: list[list[Neighbor]] = []
        for start in range(0, len(queries), QUERIES_AT_ONCE):
            stop = start + QUERIES_AT_ONCE
            similarities, ids = self._nearest(queries[start:stop], own[start:stop], count)
            found += [
                [
                    Neighbor(self.embedding.vocabulary.word(word), similarity)
                    for word, similarity in zip(row, values, strict=True)
                    if similarity > -np.inf
                ]
                for row, values in zip(ids.tolist(), similarities.tolist(), strict=True)
            ]
        return found

    def _queries(
        self, words_or_vectors: Sequence[str] | ArrayLike
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return unit vectors and, for each, the id of the word to leave out (-1: none)."""
        embedding = self.embedding
        words = as_words(words_or_vectors)
        if words is not None:
            vectors, known = embedding.word_vectors(words)
            if not known.all():
                raise unknown_word(embedding, words[int(np.argmin(known))])
            own = embedding.vocabulary.ids(words).astype(np.int64)
        else:
            vectors = np.asarray(words_or_vectors, np.float32)
            if vectors.ndim != 2 or vectors.shape[1] != embedding.dim:
                raise InputError(
                    f"Query vectors are of shape (n_queries, {embedding.dim}). "
                    f"Received: an array of shape {vectors.shape}."
                )
            if not np.isfinite(vectors).all():
                raise InputError("Query vectors are finite. Received: NaN or infinity.")
            own = np.full(len(vectors), -1, np.int64)
        return vectors * inverse_lengths(vectors)[:, None], own

    def _nearest(
        self, queries: NDArray[np.float32], own: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the greatest cosines and their word ids, (n_queries, count), greatest first.

        The words are taken in blocks. Once the first block has set a mark, few words of the later
        ones pass it, so that nearly all of the work is the matrix product.
        """
        n_queries = len(queries)
        best = np.full((n_queries, count), -np.inf, np.float32)
        best_ids = np.full((n_queries, count), -1, np.int64)
        words_at_once = COSINES_AT_ONCE // n_queries
        for start in range(0, self.n_words, words_at_once):
            stop = min(start + words_at_once, self.n_words)
            cosines = queries @ self.embedding.vectors[start:stop].T
            cosines *= self.scales[start:stop]
            inside = np.flatnonzero((own >= start) & (own < stop))
            cosines[inside, own[inside] - start] = -np.inf
            if start == 0 and count < stop:
                # Only the best few can stay; the rest need not be sorted.
                columns = np.argpartition(cosines, stop - count, axis=1)[:, stop - count :]
                rows = np.repeat(np.arange(n_queries), count)
                columns = columns.ravel()
            else:
                # As np.nonzero does, at a tenth of the time.
                rows, columns = np.divmod(np.flatnonzero(cosines > best[:, -1:]), stop - start)
            values = np.concatenate([best.ravel(), cosines[rows, columns]])
            ids = np.concatenate([best_ids.ravel(), columns + start])
            rows = np.concatenate([np.repeat(np.arange(n_queries), count), rows])
            order = np.lexsort((ids, -values, rows))
            firsts = np.searchsorted(rows[order], np.arange(n_queries))
            kept = order[firsts[:, None] + np.arange(count)]
            best, best_ids = values[kept], ids[kept]
        return np.clip(best, -np.inf, 1.0), best_ids


def neighbors(
    embedding: StaticEmbedding,
    words_or_vectors: Sequence[str] | ArrayLike,
    count: int = 10,
    max_rank: int | None = None,
) -> list[list[Neighbor]]:
    """Find the nearest words of each query, exactly, by cosine.

    For many calls on one embedding, `NeighborIndex` keeps the vectors' lengths.

    Args:
        embedding: The word vectors.
        words_or_vectors: Words of the vocabulary, which are left out of their own neighbours, and
            others if the OOV policy is "subwords"; or vectors, numbers of shape (n_queries, dim).
        count: How many neighbours each query gets.
        max_rank: Only the this many most frequent words can be neighbours; None allows all.

    Returns:
        For each query its neighbours, the nearest first.

    Raises:
        InputError: A word has no vector, vectors do not fit, or a number is below 1.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough", "fever"]), [[3, 0], [3, 4]])
        >>> [[round(near.similarity, 2) for near in row] for row in neighbors(embedding, ["cough"])]
        [[0.6]]
    """
    return NeighborIndex(embedding, max_rank).search(words_or_vectors, count)


def inverse_lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return one over the length of each vector, float32 (n_vectors,); 0 for a zero vector."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    inverse = np.zeros(len(vectors), np.float32)
    np.divide(1.0, lengths, out=inverse, where=lengths > 0)
    return inverse


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
