"""What compares two collections of keyword lists: by what they share, or by their vectors."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.protocol import Embedding
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.tiles import keyword_table, make_tiles
from wordloom.inspect.keywords.vectors import KeywordVectors, keyword_vectors
from wordloom.recipes.keywords.papers import CutKeyword

__all__ = ["KeywordSpace", "overlap", "tfidf"]

LEAST_SPREAD = 1e-5
"""Of the largest variance; less is rounding."""

Matrix = NDArray[np.float32]


def incidence(lists: KeywordLists, cut: CutKeyword, units: dict[str, int]) -> Any:  # noqa: ANN401
    """Return a SciPy matrix (n_lists, n_units), 1 where a list holds a unit; new ones are added."""
    from scipy.sparse import csr_array

    own = [
        np.array([units.setdefault(unit, len(units)) for unit in cut(name)], np.int64)
        for name in lists.spellings
    ]
    rows = [
        np.unique(np.concatenate([np.empty(0, np.int64), *(own[k] for k in lists.places(number))]))
        for number in range(len(lists))
    ]
    splits = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    columns = np.concatenate([np.empty(0, np.int64), *rows])
    return csr_array((np.ones(len(columns), np.float32), columns, splits), (len(lists), len(units)))


def overlap(left: KeywordLists, right: KeywordLists, cut: CutKeyword) -> Matrix:
    """Return Jaccard's measure of what keywords are made of: shared units over all of the two.

    Args:
        left: The lists of the rows.
        right: The lists of the columns.
        cut: What a keyword is made of.

    Returns:
        float32 (n_left, n_right), from 0 to 1; 0 for two lists of nothing.

    Example:
        >>> left, right = KeywordLists([["dry cough"]]), KeywordLists([["cough"], ["flu"]])
        >>> overlap(left, right, str.split).tolist()
        [[0.5, 0.0]]
    """
    units: dict[str, int] = {}
    one, other = incidence(left, cut, units), incidence(right, cut, units)
    one.resize((len(left), len(units)))
    shared: Matrix = (one @ other.T).toarray()
    sizes = [np.asarray(each.sum(axis=1)).ravel() for each in (one, other)]
    shared /= np.maximum(sizes[0][:, None] + sizes[1] - shared, 1)
    return shared


def tfidf(left: KeywordLists, right: KeywordLists, cut: CutKeyword) -> Matrix:
    """Return the cosines of TF-IDF vectors of what keywords are made of, float32 (n, n).

    Args:
        left: The lists of the rows.
        right: The lists of the columns, by which units are weighted.
        cut: What a keyword is made of.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    def units(lists: KeywordLists) -> list[list[str]]:
        own = [cut(name) for name in lists.spellings]
        return [
            [unit for k in lists.places(number).tolist() for unit in own[k]]
            for number in range(len(lists))
        ]

    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    collection = vectorizer.fit_transform(units(right))
    cosines = (vectorizer.transform(units(left)) @ collection.T).toarray()
    return np.asarray(cosines, np.float32)


@dataclass(frozen=True)
class KeywordSpace:
    """A vector for each keyword of a collection.

    Attributes:
        name: What tables call it.
        lists: The collection.
        vectors: float32 (n_keywords, dim), in the order of `lists.keywords`; zero where there is
            none.
    """

    name: str
    lists: KeywordLists
    vectors: Matrix

    @classmethod
    def of(cls, name: str, lists: KeywordLists, embedding: Embedding) -> "KeywordSpace":
        """Return the vectors that an embedding gives the keywords; ELMo reads each as a text."""
        return cls(name, lists, keyword_vectors(embedding, lists.spellings).vectors)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which keywords have a vector, bool (n_keywords,)."""
        return np.asarray(self.vectors.any(axis=1), np.bool_)

    @cached_property
    def directions(self) -> Matrix:
        """The vectors brought to length 1."""
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        directions = np.zeros_like(self.vectors)
        np.divide(self.vectors, lengths, out=directions, where=lengths > 0)
        return directions

    def centred(self) -> "KeywordSpace":
        """Return the directions less their mean, which all keywords have in common."""
        moved = self.directions - self.directions[self.known].mean(axis=0)
        moved[~self.known] = 0
        return KeywordSpace(self.name, self.lists, moved)

    def whitened(self) -> "KeywordSpace":
        """Return the centred directions turned and stretched until they spread alike every way.

        Most of what tells ELMo's vectors apart lies in a few directions that say little of what a
        keyword means, such as how it ends. Those in which nothing varies are dropped.
        """
        centred = self.centred().vectors
        spread, axes = np.linalg.eigh(centred[self.known].T @ centred[self.known])
        kept = spread > spread[-1] * LEAST_SPREAD
        turned = (centred @ axes[:, kept]) / np.sqrt(spread[kept])
        return KeywordSpace(self.name, self.lists, np.asarray(turned, np.float32))

    def beside(self, other: "KeywordSpace", share: float) -> "KeywordSpace":
        """Return both directions end to end, so that cosines are means of the two.

        Args:
            other: Vectors of the same keywords.
            share: How much the other's cosines count, from 0 to 1.
        """
        both = [self.directions * np.sqrt(1 - share), other.directions * np.sqrt(share)]
        joined = np.concatenate(both, axis=1).astype(np.float32)
        return KeywordSpace(f"{other.name} and {self.name} together", self.lists, joined)

    def scores(self, left: KeywordLists, right: KeywordLists, measure: str) -> Matrix:
        """Compare lists by one of `wordloom.inspect.keywords.tiles.MEASURES`.

        Args:
            left: The lists of the rows, of keywords of the collection.
            right: The lists of the columns, by whose number keywords are weighted.
            measure: The measure.

        Returns:
            float32 (n_left, n_right).
        """
        one, other = (
            make_tiles(keyword_table(lists, self.rows(lists), right), measure)
            for lists in (left, right)
        )
        return np.concatenate(
            [np.concatenate([tile.scores(each) for each in other], axis=1) for tile in one]
        )

    def rows(self, lists: KeywordLists) -> KeywordVectors:
        """Return the vectors of the keywords of some lists."""
        places = np.array([self.lists.numbers[keyword] for keyword in lists.keywords], np.int64)
        known = self.known[places]
        return KeywordVectors(self.vectors[places], known, np.zeros_like(known), {})
