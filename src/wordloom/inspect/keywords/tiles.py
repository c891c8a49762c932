"""Blocks of documents, and each measure of similarity between two blocks' keyword lists."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.vectors import KeywordVectors
from wordloom.kernels.compile import read_only
from wordloom.kernels.keyword_similarity import best_match_scores

__all__ = ["MEASURES", "KeywordTable", "Tile", "keyword_table", "make_tiles"]

MEASURES = ("jaccard", "cosine", "idf", "best-match", "best-match-idf")
"""The measures of similarity; all but the first need an embedding."""

# A block of documents for best-match has at most this many keywords, or is a single one. Smaller
# blocks share fewer keywords, larger ones' cosines fall out of the caches.
MEMBERS_AT_ONCE = 3072
DOCUMENTS_AT_ONCE = 1024


@dataclass(frozen=True)
class KeywordTable:
    """What the measures know of the keywords of some lists.

    Attributes:
        names: int64 (n_keywords,), all different: a number for each keyword that is the same in
            every table that is compared with this one.
        idf: float32 (n_keywords,), positive.
        vectors: float32 (n_keywords, dim), of length 1, zero for keywords without one; dim is 0
            without an embedding.
        members: int32 (n_members,), the keywords of one list after the other, as rows of the table.
        splits: int64 (n_lists + 1,), where each list starts in `members`.
        n_names: Names from this on are in no other table.
    """

    names: NDArray[np.int64]
    idf: NDArray[np.float32]
    vectors: NDArray[np.float32]
    members: NDArray[np.int32]
    splits: NDArray[np.int64]
    n_names: int


def keyword_table(
    lists: KeywordLists, vectors: KeywordVectors | None, collection: KeywordLists
) -> KeywordTable:
    """Return the table of some lists, whose keywords are named and weighted as in a collection.

    Args:
        lists: The lists.
        vectors: The vectors of `lists.keywords`; None without an embedding.
        collection: What the lists are compared with, or belong to.

    Returns:
        The table; keywords that no list of the collection holds have names above all of its own.
    """
    n_keywords, n_names = len(lists.keywords), len(collection.keywords)
    numbers = collection.numbers
    names = np.array([numbers.get(keyword, -1) for keyword in lists.keywords], np.int64)
    new = names < 0
    # A keyword that no list holds is the rarest of all.
    idf = np.full(n_keywords, np.log1p(len(collection)) + 1.0)
    idf[~new] = collection.idf[names[~new]]
    names[new] = n_names + np.arange(new.sum())
    scaled = np.zeros((n_keywords, 0), np.float32)
    if vectors is not None:
        lengths = np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
        scaled = np.zeros_like(vectors.vectors)
        np.divide(vectors.vectors, lengths, out=scaled, where=lengths > 0)
    return KeywordTable(names, idf.astype(np.float32), scaled, lists.members, lists.splits, n_names)


@dataclass(frozen=True)
class Tile(ABC):
    """Some documents in a row, ready to be compared with others.

    Attributes:
        first: The number of the first.
        size: How many there are.
    """

    first: int
    size: int

    @abstractmethod
    def scores(self, other: Any) -> NDArray[np.float32]:  # noqa: ANN401 (a tile of the same kind)
        """Return how similar each document is to each of another tile, float32 (size, size)."""


@dataclass(frozen=True)
class JaccardTile(Tile):
    """Documents as sets of keywords."""

    incidence: Any
    transposed: Any
    sizes: NDArray[np.float32]

    def scores(self, other: "JaccardTile") -> NDArray[np.float32]:
        """Return shared keywords over all keywords of the two."""
        shared: NDArray[np.float32] = (self.incidence @ other.transposed).toarray()
        union = self.sizes[:, None] + other.sizes - shared
        shared /= np.maximum(union, 1)
        return shared


@dataclass(frozen=True)
class AverageTile(Tile):
    """Documents as the directions of their keywords' mean vectors."""

    directions: NDArray[np.float32]

    def scores(self, other: "AverageTile") -> NDArray[np.float32]:
        """Return cosines."""
        scores = self.directions @ other.directions.T
        return np.clip(scores, -1.0, 1.0, out=scores)


@dataclass(frozen=True)
class BestMatchTile(Tile):
    """Documents as lists of places in the tile's own small table of keywords."""

    names: NDArray[np.int64]
    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    members: NDArray[np.int32]
    splits: NDArray[np.int64]

    def cosines(self, other: "BestMatchTile") -> NDArray[np.float32]:
        """Return the cosines of the keywords; a keyword meets itself with 1, known or not."""
        cosines = self.vectors @ other.vectors.T
        _, rows, columns = np.intersect1d(
            self.names, other.names, assume_unique=True, return_indices=True
        )
        cosines[rows, columns] = 1.0
        return cosines

    def scores(self, other: "BestMatchTile") -> NDArray[np.float32]:
        """Return the averaged best matches of both directions."""
        scores = np.empty((self.size, other.size), np.float32)
        best_match_scores(
            self.cosines(other),
            read_only(self.members),
            read_only(self.splits),
            read_only(self.weights),
            read_only(other.members),
            read_only(other.splits),
            read_only(other.weights),
            scores,
        )
        return scores


def make_tiles(table: KeywordTable, measure: str) -> list[Tile]:
    """Cut lists into tiles.

    Args:
        table: The keywords and the lists.
        measure: One of `MEASURES`.

    Returns:
        The tiles, which hold all lists in order.

    Example:
        >>> table = KeywordTable(np.arange(3), np.ones(3, np.float32), np.zeros((3, 0), np.float32),
        ...     np.array([0, 1, 1, 2], np.int32), np.array([0, 2, 4]), 3)
        >>> (tile,) = make_tiles(table, "jaccard")
        >>> tile.scores(tile).round(2).tolist()
        [[1.0, 0.33000001311302185], [0.33000001311302185, 1.0]]
    """
    weights = table.idf if measure.endswith("idf") else np.ones(len(table.idf), np.float32)
    by_alignment = measure.startswith("best-match")
    if measure == "jaccard":
        make = jaccard_maker(table)
    elif by_alignment:
        make = best_match_maker(table, weights)
    else:
        make = average_maker(table, weights)
    tiles: list[Tile] = []
    first, n_lists = 0, len(table.splits) - 1
    while first < n_lists:
        last = min(first + DOCUMENTS_AT_ONCE, n_lists)
        if by_alignment:
            enough = table.splits[first] + MEMBERS_AT_ONCE
            fitting = int(np.searchsorted(table.splits, enough, "right")) - 1
            last = min(last, max(fitting, first + 1))
        tiles.append(make(first, last))
        first = last
    return tiles


MakeTile = Callable[[int, int], Tile]


def incidence_matrix(table: KeywordTable, weights: NDArray[np.float32]) -> Any:  # noqa: ANN401
    """Return a SciPy matrix (n_lists, n_keywords) with the weights of each list's keywords."""
    from scipy.sparse import csr_array

    shape = (len(table.splits) - 1, len(table.idf))
    return csr_array((weights[table.members], table.members, table.splits), shape)


def jaccard_maker(table: KeywordTable) -> MakeTile:
    """Return what makes tiles for Jaccard's measure."""
    from scipy.sparse import csr_array

    sizes = np.diff(table.splits).astype(np.float32)

    def make(first: int, last: int) -> Tile:
        chosen = slice(table.splits[first], table.splits[last])
        rows = table.splits[first : last + 1] - table.splits[first]
        names = table.names[table.members[chosen]]
        # Keywords that no other table has are counted in the sizes alone.
        common = names < table.n_names
        content = (common.astype(np.float32), np.where(common, names, 0), rows)
        incidence = csr_array(content, (last - first, max(table.n_names, 1)))
        transposed = incidence.T.tocsr()
        return JaccardTile(first, last - first, incidence, transposed, sizes[first:last])

    return make


def average_maker(table: KeywordTable, weights: NDArray[np.float32]) -> MakeTile:
    """Return what makes tiles for the cosine of averaged vectors."""
    sums = incidence_matrix(table, weights) @ table.vectors
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    directions = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return lambda first, last: AverageTile(first, last - first, directions[first:last])


def best_match_maker(table: KeywordTable, weights: NDArray[np.float32]) -> MakeTile:
    """Return what makes tiles for best-match alignment."""

    def make(first: int, last: int) -> Tile:
        members = table.members[table.splits[first] : table.splits[last]]
        rows, places = np.unique(members, return_inverse=True)
        return BestMatchTile(
            first,
            last - first,
            table.names[rows],
            table.vectors[rows],
            weights[rows],
            places.astype(np.int32),
            table.splits[first : last + 1] - table.splits[first],
        )

    return make
