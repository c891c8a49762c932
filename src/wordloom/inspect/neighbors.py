"""The nearest neighbours of words, exactly, by the cosine of their vectors."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.queries import checked_vectors, query_vectors, unit_vectors
from wordloom.inspect.word_filter import choose_words
from wordloom.kernels.compile import read_only
from wordloom.kernels.matrix_product import round_up, row_length
from wordloom.kernels.nearest import TILE, invert_lengths, nearest_to_few, nearest_to_many
from wordloom.parallel import processor_count

__all__ = ["Neighbor", "NeighborIndex", "as_neighbors", "checked_floor", "in_parts", "neighbors"]

# Up to so many queries, reading each vector once and comparing it with each query is fastest.
FEW = 6
QUERIES_AT_ONCE = 1 << 11
FOUND_AT_ONCE = 1 << 24
WORDS_AT_ONCE = 252
# Starting a thread takes as long as so many multiplications.
SMALL = 1 << 21
MAX_THREADS = 8

Part = TypeVar("Part")


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
    """Finds neighbours again and again, exactly; lengths and filters are worked out once.

    Args:
        embedding: The word vectors.
        max_rank: Only this many of the most frequent words can be neighbours; None allows all.
        min_count: Only words that occur at least this often can be.
        pattern: Only words in which this regular expression is found can be; ``^`` and ``$`` are
            the word's ends.
        allowed: Only these words can be; those that the vocabulary lacks are passed over.
        excluded: These words cannot be.

    Raises:
        InputError: A filter breaks a rule, or no word passes them all (see
            `wordloom.inspect.word_filter.choose_words`).

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["cough", "fever", "Rome"])
        >>> index = NeighborIndex(StaticEmbedding(vocabulary, [[3, 0], [3, 4], [-1, 0]]))
        >>> [[near.word for near in found] for found in index.search(["cough"], count=2)]
        [['fever', 'Rome']]
    """

    def __init__(
        self,
        embedding: StaticEmbedding,
        max_rank: int | None = None,
        *,
        min_count: int | None = None,
        pattern: str | None = None,
        allowed: Iterable[str] | None = None,
        excluded: Iterable[str] | None = None,
    ) -> None:
        self.embedding = embedding
        self.candidates = read_only(
            choose_words(
                embedding.vocabulary,
                max_rank=max_rank,
                min_count=min_count,
                pattern=pattern,
                allowed=allowed,
                excluded=excluded,
            )
        )

    @cached_property
    def scales(self) -> NDArray[np.float32]:
        """One over the length of each candidate's vector, float32 (n_candidates,); 0 for zeros."""
        scales = np.empty(len(self.candidates), np.float32)

        def work(start: int, end: int) -> None:
            part = self.candidates[start:end]
            invert_lengths(self.embedding.vectors, part, scales[start:end])

        in_parts(work, len(scales), len(scales) * self.embedding.dim)
        return read_only(scales)

    def search(
        self,
        words_or_vectors: Sequence[str] | ArrayLike,
        count: int = 10,
        min_similarity: float | None = None,
    ) -> list[list[Neighbor]]:
        """Find the nearest words of each query.

        Args:
            words_or_vectors: Words of the vocabulary, which are left out of their own neighbours,
                and others if the OOV policy is "subwords"; or vectors, numbers of shape
                (n_queries, dim).
            count: How many neighbours each query gets (fewer if there are not as many words).
            min_similarity: Only words at least as similar as this are neighbours.

        Returns:
            For each query its neighbours, the nearest first; of equally near words the more
            frequent one. A zero vector has none.

        Raises:
            InputError: A word has no vector (the message names words of close spelling), vectors
                are not of shape (n_queries, dim) or not finite, or a number is out of range.
        """
        vectors, own = query_vectors(self.embedding, words_or_vectors)
        cosines, ids = self.nearest(vectors, count, own[:, None], min_similarity)
        # Zeros are equally far from all words, so that none is nearer than the others.
        ids[~vectors.any(axis=1)] = -1
        return as_neighbors(self.embedding, cosines, ids)

    def nearest(
        self,
        vectors: ArrayLike,
        count: int = 10,
        excluded: ArrayLike | None = None,
        min_similarity: float | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Find the nearest words of vectors, as arrays.

        Args:
            vectors: Numbers (n_queries, dim).
            count: How many words each query gets.
            excluded: Word ids (n_queries, any) that a query must not find; -1 fills up.
            min_similarity: Only words at least as similar as this are found.

        Returns:
            The cosines, float32 (n_queries, k), greatest first, where k is `count` or the number
            of candidates if that is less; and the words' ids, int32 of the same shape. Where
            fewer words are found, the rest is -infinity and -1.

        Raises:
            InputError: The vectors do not fit or are not finite, or a number is out of range.

        Example:
            >>> from wordloom.text.vocabulary import Vocabulary
            >>> embedding = StaticEmbedding(Vocabulary.from_words(["a", "b"]), [[1, 0], [0, 1]])
            >>> cosines, ids = NeighborIndex(embedding).nearest([[0, 2]])
            >>> cosines.tolist(), ids.tolist()
            ([[1.0, 0.0]], [[1, 0]])
        """
        queries = checked_vectors(vectors, self.embedding.dim)
        floor = checked_floor(count, min_similarity)
        count = min(count, len(self.candidates))
        left_out = np.full((len(queries), 1), -1, np.int32)
        if excluded is not None:
            left_out = np.ascontiguousarray(excluded, np.int32)
            if left_out.ndim != 2 or len(left_out) != len(queries):
                raise InputError(
                    f"Excluded words are ids of shape ({len(queries)}, any). "
                    f"Received: an array of shape {left_out.shape}."
                )
        cosines = np.empty((len(queries), count), np.float32)
        ids = np.empty((len(queries), count), np.int32)
        at_once = max(FEW, min(QUERIES_AT_ONCE, FOUND_AT_ONCE // max(count, 1)))
        for start in range(0, len(queries) if count else 0, at_once):
            part = slice(start, start + at_once)
            cosines[part], ids[part] = self._nearest(
                unit_vectors(queries[part]), left_out[part], count, floor
            )
        return cosines, ids

    def _nearest(
        self,
        queries: NDArray[np.float32],
        excluded: NDArray[np.int32],
        count: int,
        floor: np.float32,
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return the greatest cosines above a bound, and their word ids."""
        few = len(queries) <= FEW
        laid_out = read_only(queries if few else as_columns(queries))
        left_out, dim = read_only(excluded), self.embedding.dim

        def work(start: int, end: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
            values = np.full((len(queries), count), floor, np.float32)
            ids = np.full((len(queries), count), -1, np.int32)
            words = self.candidates[start:end], self.scales[start:end]
            if few:
                nearest_to_few(self.embedding.vectors, *words, laid_out, left_out, values, ids)
            else:
                rows = round_up(WORDS_AT_ONCE)
                block = np.zeros((rows, row_length(dim)), np.float32)
                room = np.zeros((rows, row_length(TILE)), np.float32)
                nearest_to_many(
                    self.embedding.vectors, *words, laid_out, left_out, values, ids, block, room
                )
            return values, ids

        _ = self.scales
        found = in_parts(work, len(self.candidates), len(queries) * len(self.candidates) * dim)
        values, ids = (np.concatenate(arrays, axis=1) for arrays in zip(*found, strict=True))
        values = np.where(ids < 0, -np.inf, np.minimum(values, 1.0)).astype(np.float32)
        order = np.lexsort((ids, -values), axis=1)[:, :count]
        return np.take_along_axis(values, order, 1), np.take_along_axis(ids, order, 1)


def neighbors(
    embedding: StaticEmbedding,
    words_or_vectors: Sequence[str] | ArrayLike,
    count: int = 10,
    max_rank: int | None = None,
    *,
    min_count: int | None = None,
    pattern: str | None = None,
    allowed: Iterable[str] | None = None,
    excluded: Iterable[str] | None = None,
    min_similarity: float | None = None,
) -> list[list[Neighbor]]:
    """Find the nearest words of each query, exactly, by cosine.

    For many calls on one embedding, `NeighborIndex` keeps the vectors' lengths.

    Args:
        embedding: The word vectors.
        words_or_vectors: Words of the vocabulary, which are left out of their own neighbours, and
            others if the OOV policy is "subwords"; or vectors, numbers of shape (n_queries, dim).
        count: How many neighbours each query gets.
        max_rank: Only this many of the most frequent words can be neighbours; None allows all.
        min_count: Only words that occur at least this often can be.
        pattern: Only words in which this regular expression is found can be; ``^`` and ``$`` are
            the word's ends.
        allowed: Only these words can be; those that the vocabulary lacks are passed over.
        excluded: These words cannot be.
        min_similarity: Only words at least as similar as this are neighbours.

    Returns:
        For each query its neighbours, the nearest first.

    Raises:
        InputError: A word has no vector, vectors do not fit, a number is out of range, or no word
            passes the filters.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough", "fever"]), [[3, 0], [3, 4]])
        >>> [[round(near.similarity, 2) for near in row] for row in neighbors(embedding, ["cough"])]
        [[0.6]]
    """
    index = NeighborIndex(
        embedding,
        max_rank,
        min_count=min_count,
        pattern=pattern,
        allowed=allowed,
        excluded=excluded,
    )
    return index.search(words_or_vectors, count, min_similarity)


def in_parts(work: Callable[[int, int], Part], n_words: int, operations: int) -> list[Part]:
    """Let each thread do its part of the words, where that is worth a thread.

    Args:
        work: What does the words from a first one up to a last one.
        n_words: How many there are.
        operations: How many multiplications all of it takes.

    Returns:
        What the parts gave, in their order; there is at least one.
    """
    n_parts = max(1, min(processor_count(), MAX_THREADS, operations // SMALL, n_words))
    bounds = [n_words * part // n_parts for part in range(n_parts + 1)]
    if n_parts == 1:
        return [work(0, n_words)]
    with ThreadPoolExecutor(n_parts - 1) as pool:
        others = [pool.submit(work, *bounds[part : part + 2]) for part in range(1, n_parts)]
        return [work(0, bounds[1]), *(other.result() for other in others)]


def as_neighbors(
    embedding: StaticEmbedding, cosines: NDArray[np.float32], ids: NDArray[np.int32]
) -> list[list[Neighbor]]:
    """Return found words by name.

    Args:
        embedding: The word vectors.
        cosines: float32 (n_queries, count).
        ids: int32 (n_queries, count), the words' ids; -1 is none.

    Returns:
        For each query its neighbours, in the order given.
    """
    word = embedding.vocabulary.word
    return [
        [Neighbor(word(i), value) for i, value in zip(row, values, strict=True) if i >= 0]
        for row, values in zip(ids.tolist(), cosines.tolist(), strict=True)
    ]


def as_columns(queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lay queries out as `nearest_to_many` wants them."""
    n_queries, dim = queries.shape
    columns = np.zeros((-(-n_queries // TILE), dim, row_length(TILE)), np.float32)
    for tile, laid_out in enumerate(columns):
        part = queries[tile * TILE : (tile + 1) * TILE]
        laid_out[:, : len(part)] = part.T
    return columns


def checked_floor(count: int, min_similarity: float | None) -> np.float32:
    """Return the bound that cosines must exceed, so that they reach the least similarity."""
    if count < 1:
        raise InputError(f"At least 1 neighbour can be asked for. Received: count={count}.")
    if min_similarity is None:
        return np.float32(-np.inf)
    if not -1 <= min_similarity <= 1:
        raise InputError(f"`min_similarity` is from -1 to 1. Received: {min_similarity}.")
    return np.float32(np.nextafter(np.float32(min_similarity), np.float32(-np.inf)))
