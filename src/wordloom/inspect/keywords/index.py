"""Keyword similarity: which documents are alike, judged by their keyword lists alone.

The measures, for two lists A and B of keywords (`wordloom.inspect.keywords.lists` says when two
keywords are the same one, `wordloom.inspect.keywords.vectors` what a keyword's vector is):

==============  ====================================================================================
jaccard         keywords in both lists / keywords in either
cosine          cosine of the mean vectors of A and B, each keyword's vector brought to length 1
idf             the same with means weighted by idf = log((1 + N) / (1 + df)) + 1, where df of the
                N lists of the collection hold the keyword
best-match      each keyword of A meets the closest one of B by cosine, each of B the closest one of
                A; the means of both directions are averaged
best-match-idf  the same with means weighted by idf
==============  ====================================================================================

Best match is the symmetric form of the alignment of Mihalcea, Corley and Strapparava (2006,
"Corpus-based and Knowledge-based Measures of Text Semantic Similarity"), with cosines for word
similarities. A keyword without a vector takes no part in means of vectors; in best match it
meets itself with 1 and everything else with 0. Two lists that have nothing in common that a measure
can see have the similarity 0; such documents are not listed as similar.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.protocol import Embedding
from wordloom.errors import InputError
from wordloom.inspect.keywords.coverage import Coverage, keyword_coverage
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.ranking import nearest_documents, nearest_pairs, score_matrix
from wordloom.inspect.keywords.tiles import MEASURES, Tile, keyword_table, make_tiles
from wordloom.inspect.keywords.vectors import keyword_vectors

__all__ = ["DEFAULT_MEASURE", "MEASURES", "DocumentPair", "KeywordIndex", "SimilarDocument"]

DEFAULT_MEASURE = "idf"
"""What ranks best, or as well as any, where documents look for the other half of their keywords
(benchmarks/keywords.py); it is also fast. Best match says more about two lists."""

MAX_FOUND = 1 << 23
"""Similar documents or pairs that one answer may hold (about 1 GB)."""

MAX_MATRIX = 10_000
"""Documents whose similarities may be returned as one matrix (400 MB)."""


@dataclass(frozen=True, slots=True)
class SimilarDocument:
    """A document near another one, or near a query.

    Attributes:
        number: Its number in the collection, from 0.
        id: What it is called.
        similarity: By the measure that was asked for.
    """

    number: int
    id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class DocumentPair:
    """Two documents that are alike.

    Attributes:
        left: The id of the one that comes first in the collection.
        right: The id of the other one.
        left_number: The number of the first, from 0.
        right_number: The number of the other one.
        similarity: By the measure that was asked for.
    """

    left: str
    right: str
    left_number: int
    right_number: int
    similarity: float


class KeywordIndex:
    """Compares the keyword lists of a collection; the vector of each keyword is made once.

    Args:
        lists: The keyword lists.
        embedding: What gives keywords vectors; None leaves Jaccard's measure alone.

    Attributes:
        lists: The keyword lists.
        vectors: The keywords' vectors and what has none; None without an embedding.

    Raises:
        InputError: A list has more than 10,000 keywords.

    Example:
        >>> from wordloom.embedding.static import StaticEmbedding
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["fever", "influenza", "tennis", "cough"])
        >>> embedding = StaticEmbedding(vocabulary, [[4, 3], [3, 4], [-1, 0], [1, 1]])
        >>> lists = KeywordLists([["fever"], ["tennis"], ["cough", "influenza"]], ["a", "b", "c"])
        >>> index = KeywordIndex(lists, embedding)
        >>> [near.id for near in index.nearest(count=2)[0]]
        ['c', 'b']
        >>> [near.id for near in index.search([["Tennis", "SARS"]], count=1, measure="jaccard")[0]]
        ['b']
    """

    def __init__(self, lists: KeywordLists, embedding: Embedding | None = None) -> None:
        self.lists = lists
        self.embedding = embedding
        self.vectors = None if embedding is None else keyword_vectors(embedding, lists.spellings)
        self._tiles: dict[str, list[Tile]] = {}

    @cached_property
    def coverage(self) -> Coverage:
        """What the embedding knows of the keywords; without an embedding, nothing."""
        return keyword_coverage(self.lists, self.vectors)

    def nearest(
        self,
        count: int = 10,
        measure: str | None = None,
        *,
        threads: int | None = None,
        progress: bool = False,
    ) -> list[list[SimilarDocument]]:
        """Find the most similar documents of each document, exactly.

        Args:
            count: How many to find for each.
            measure: One of `MEASURES`; None takes "idf", or "jaccard" without an embedding.
            threads: How many threads share the work; None takes one for each core, at most 8. The
                result does not depend on it.
            progress: Show a progress bar on stderr.

        Returns:
            For each document the others, the most similar first; equal ones in the order of the
            collection. Documents with a similarity of 0 are left out.

        Raises:
            InputError: There is no such measure, it needs an embedding, or `count` is below 1 or
                asks for more than fits into memory.
        """
        tiles = self.tiles(measure)
        count = self._checked(count, len(self.lists))
        found = nearest_documents(tiles, count, threads=threads, progress=progress)
        return self._similar(*found)

    def search(
        self,
        queries: Sequence[Sequence[str]],
        count: int = 10,
        measure: str | None = None,
        *,
        threads: int | None = None,
        progress: bool = False,
    ) -> list[list[SimilarDocument]]:
        """Find the most similar documents of keyword lists that need not be of the collection.

        Args:
            queries: The lists.
            count: As for `nearest`.
            measure: As for `nearest`.
            threads: As for `nearest`.
            progress: Show a progress bar on stderr.

        Returns:
            For each query the documents, as `nearest` returns them.

        Raises:
            InputError: As for `nearest`, or a query is not a list of str.
        """
        tiles = self.tiles(measure)
        lists = KeywordLists(queries)
        count = self._checked(count, len(lists))
        asking = self._outside_tiles(lists, measure)
        found = nearest_documents(tiles, count, asking, threads=threads, progress=progress)
        return self._similar(*found)

    def pairs(
        self,
        count: int = 10,
        measure: str | None = None,
        *,
        threads: int | None = None,
        progress: bool = False,
    ) -> list[DocumentPair]:
        """Find the most similar pairs of all pairs of documents, exactly and in bounded memory.

        Args:
            count: How many pairs to find.
            measure: As for `nearest`.
            threads: As for `nearest`.
            progress: Show a progress bar on stderr.

        Returns:
            The pairs, the most similar first; those with a similarity of 0 are left out.

        Raises:
            InputError: As for `nearest`.
        """
        tiles = self.tiles(measure)
        count = min(self._checked(count, 1, of_pairs=True), len(self.lists) ** 2 or 1)
        scores, numbers = nearest_pairs(tiles, count, threads=threads, progress=progress)
        ids = self.lists.ids
        return [
            DocumentPair(ids[left], ids[right], left, right, score)
            for score, (left, right) in zip(scores.tolist(), numbers.tolist(), strict=True)
        ]

    def matrix(
        self, measure: str | None = None, documents: Sequence[int] | None = None
    ) -> NDArray[np.float32]:
        """Return the similarity of each document to each, for a heatmap.

        Args:
            measure: As for `nearest`.
            documents: The numbers of some documents, from 0; None takes all. Keywords weigh as
                much as in the whole collection.

        Returns:
            float32 (n_documents, n_documents), symmetric.

        Raises:
            InputError: As for `nearest`, or there are more than 10,000 documents, or a number is
                out of range.
        """
        n_documents = len(self.lists if documents is None else documents)
        if n_documents > MAX_MATRIX:
            raise InputError(
                f"A matrix of similarities is for at most {MAX_MATRIX:,} documents. Received: "
                f"{n_documents:,}. Take `nearest` or `pairs`."
            )
        if documents is None:
            return score_matrix(self.tiles(measure))
        chosen = KeywordLists([self.lists[number] for number in documents])
        return score_matrix(self._outside_tiles(chosen, measure))

    def tiles(self, measure: str | None = None) -> list[Tile]:
        """Return the documents in tiles for a measure; those of the last measure are kept.

        Raises:
            InputError: There is no such measure, or it needs an embedding.
        """
        name = self._measure(measure)
        if name not in self._tiles:
            table = keyword_table(self.lists, self.vectors, self.lists)
            self._tiles = {name: make_tiles(table, name)}
        return self._tiles[name]

    def _outside_tiles(self, lists: KeywordLists, measure: str | None) -> list[Tile]:
        """Return other lists in tiles, their keywords weighted as in the collection."""
        vectors = None
        if self.embedding is not None:
            vectors = keyword_vectors(self.embedding, lists.spellings)
        return make_tiles(keyword_table(lists, vectors, self.lists), self._measure(measure))

    def _measure(self, measure: str | None) -> str:
        """Return the name of a measure that can be had."""
        if measure is None:
            return MEASURES[0] if self.embedding is None else DEFAULT_MEASURE
        if measure not in MEASURES:
            raise InputError(f"The measure is one of {', '.join(MEASURES)}. Received: {measure!r}.")
        if self.embedding is None and measure != MEASURES[0]:
            raise InputError(
                f"The measure '{measure}' needs an embedding. Received: none. Pass one, or take "
                f"'{MEASURES[0]}'."
            )
        return measure

    def _checked(self, count: int, rows: int, *, of_pairs: bool = False) -> int:
        """Return how many similarities to look for, no more than there are."""
        n_documents = max(len(self.lists), 1)
        most = n_documents * n_documents if of_pairs else n_documents
        if count < 1 or min(count, most) * rows > MAX_FOUND:
            raise InputError(
                f"From 1 to {MAX_FOUND // max(rows, 1):,} similarities can be asked for. "
                f"Received: count={count:,}."
            )
        return min(count, most)

    def _similar(
        self, scores: NDArray[np.float32], numbers: NDArray[np.int64]
    ) -> list[list[SimilarDocument]]:
        """Return documents with their ids."""
        ids = self.lists.ids
        return [
            [
                SimilarDocument(number, ids[number], score)
                for number, score in zip(row, values, strict=True)
                if score > -np.inf
            ]
            for row, values in zip(numbers.tolist(), scores.tolist(), strict=True)
        ]
