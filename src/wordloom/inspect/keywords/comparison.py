"""Two keyword lists side by side: every measure, and which keyword met which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.protocol import Embedding
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.ranking import score_matrix
from wordloom.inspect.keywords.tiles import MEASURES, KeywordTable, keyword_table, make_tiles
from wordloom.inspect.keywords.vectors import keyword_vectors

__all__ = ["Comparison", "Match", "compare_keywords"]


@dataclass(frozen=True)
class Match:
    """A keyword and the closest one on the other side.

    Attributes:
        keyword: The keyword.
        closest: The one that it met; None where it has no vector, or where nothing that has one
            is closer to it than by 0.
        similarity: Their cosine; 1 for a keyword that stands in both lists, 0 where it met none.
            Best match is the average of both sides' means of these.
    """

    keyword: str
    closest: str | None
    similarity: float


@dataclass(frozen=True)
class Comparison:
    """Two keyword lists compared.

    Attributes:
        similarities: By measure; without an embedding Jaccard's alone.
        jaccard_as_written: Jaccard's measure of the keywords as they are spelled.
        shared: The keywords in both lists.
        left: What each keyword of the first list met, in its order; empty without an embedding.
        right: What each keyword of the second list met.
        unknown: The keywords without a vector.
        missing_words: The words without a vector in keywords that have one of their other words.
    """

    similarities: dict[str, float]
    jaccard_as_written: float
    shared: tuple[str, ...]
    left: tuple[Match, ...]
    right: tuple[Match, ...]
    unknown: tuple[str, ...]
    missing_words: dict[str, tuple[str, ...]]


def compare_keywords(
    left: Sequence[str],
    right: Sequence[str],
    embedding: Embedding | None = None,
    collection: KeywordLists | None = None,
) -> Comparison:
    """Compare two keyword lists by all measures and say which keyword met which.

    Args:
        left: The keywords of the one.
        right: The keywords of the other.
        embedding: What gives keywords vectors; None leaves Jaccard's measure alone.
        collection: The lists whose idf counts; None: the two.

    Returns:
        The comparison.

    Raises:
        InputError: A side is not a list of str, or has more than 10,000 keywords.

    Example:
        >>> compare_keywords(["Fever", "cough"], ["cough", "pain", "rash"]).similarities
        {'jaccard': 0.25}
    """
    lists = KeywordLists([left, right])
    found = None if embedding is None else keyword_vectors(embedding, lists.spellings)
    table = keyword_table(lists, found, collection or lists)
    measures = MEASURES[:1] if found is None else MEASURES
    similarities = {name: float(score_matrix(make_tiles(table, name))[0, 1]) for name in measures}
    written = [{" ".join(keyword.split()) for keyword in side} - {""} for side in (left, right)]
    either = len(written[0] | written[1])
    as_written = len(written[0] & written[1]) / either if either else 0.0
    theirs = set(lists.places(1).tolist())
    shared = tuple(lists.spellings[place] for place in lists.places(0).tolist() if place in theirs)
    if found is None:
        return Comparison(similarities, as_written, shared, (), (), (), {})
    return Comparison(
        similarities,
        as_written,
        shared,
        *alignment(table, lists.spellings),
        tuple(lists.spellings[place] for place in np.flatnonzero(~found.known).tolist()),
        {
            lists.spellings[place]: words
            for place, words in found.missing.items()
            if found.known[place]
        },
    )


def alignment(
    table: KeywordTable, spellings: Sequence[str]
) -> tuple[tuple[Match, ...], tuple[Match, ...]]:
    """Return what each keyword of the first of two lists met in the second, and the reverse."""
    left, right = np.split(table.members, [int(table.splits[1])])
    cosines = np.clip(table.vectors[left] @ table.vectors[right].T, -1.0, 1.0)
    cosines[left[:, None] == right] = 1.0
    known = np.asarray(table.vectors.any(axis=1), np.bool_)

    def met(
        own: NDArray[np.int32], others: NDArray[np.int32], cosines: NDArray[np.float32]
    ) -> Iterator[Match]:
        for keyword, row in zip(own.tolist(), cosines, strict=True):
            closest = int(others[row.argmax()]) if len(row) else -1
            if closest < 0 or (closest != keyword and not (known[keyword] and known[closest])):
                yield Match(spellings[keyword], None, 0.0)
            else:
                yield Match(spellings[keyword], spellings[closest], float(row.max()))

    return tuple(met(left, right, cosines)), tuple(met(right, left, cosines.T))
