"""What an embedding knows of a collection's keywords."""

from dataclasses import dataclass

import numpy as np

from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.vectors import KeywordVectors

__all__ = ["Coverage", "keyword_coverage"]


@dataclass(frozen=True)
class Coverage:
    """What an embedding knows of the keywords of a collection.

    Attributes:
        n_keywords: Distinct keywords.
        n_whole: Those that are in the vocabulary as they are.
        n_composed: Those whose vector is made of their words' vectors.
        n_partial: Of these, those with a word that has no vector.
        unknown: Those without a vector, each with the ids of its documents.
        n_documents_unknown: Documents that have keywords, but none with a vector.
        n_documents_empty: Documents without a keyword.
    """

    n_keywords: int
    n_whole: int
    n_composed: int
    n_partial: int
    unknown: dict[str, tuple[str, ...]]
    n_documents_unknown: int
    n_documents_empty: int


def keyword_coverage(lists: KeywordLists, vectors: KeywordVectors | None) -> Coverage:
    """Count the keywords that have a vector, and name those that have none.

    Args:
        lists: The collection.
        vectors: The vectors of `lists.keywords`; None without an embedding.

    Returns:
        The coverage; without vectors all keywords are counted and none is called unknown.

    Example:
        >>> keyword_coverage(KeywordLists([["cough"], []]), None).n_documents_empty
        1
    """
    n_keywords = len(lists.keywords)
    n_empty = int((lists.sizes == 0).sum())
    if vectors is None:
        return Coverage(n_keywords, 0, 0, 0, {}, 0, n_empty)
    owners = np.repeat(np.arange(len(lists)), lists.sizes)
    is_known = vectors.known[lists.members]
    documents: dict[int, list[str]] = {}
    for member in np.flatnonzero(~is_known).tolist():
        place = int(lists.members[member])
        documents.setdefault(place, []).append(lists.ids[owners[member]])
    n_known = np.bincount(owners[is_known], minlength=len(lists))
    n_whole = int(vectors.whole.sum())
    return Coverage(
        n_keywords,
        n_whole,
        int(vectors.known.sum()) - n_whole,
        sum(bool(vectors.known[place]) for place in vectors.missing),
        {lists.spellings[place]: tuple(names) for place, names in documents.items()},
        int(((n_known == 0) & (lists.sizes > 0)).sum()),
        n_empty,
    )
