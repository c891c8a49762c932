"""The keyword lists of a collection of documents, held so that each keyword is kept once."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError

__all__ = ["KeywordLists", "normalized_keyword"]

# The signs that keep words of a keyword apart or together as their writers please.
JOINERS = dict.fromkeys(map(ord, "-_\u00ad\u2010\u2011\u2012\u2013\u2014\u2212"), " ")
APOSTROPHES = {ord("\u2019"): "'", ord("\u02bc"): "'"}


def normalized_keyword(keyword: str) -> str:
    """Return the form in which two spellings of one keyword agree.

    Unicode's compatibility form (NFKC), case folded, and runs of white space, hyphens, dashes and
    underscores made one space. Words are not stemmed.

    Args:
        keyword: The keyword as written.

    Returns:
        The normalised form; empty where nothing is left.

    Example:
        >>> normalized_keyword(" Word-Embeddings "), normalized_keyword("ＣＯＶＩＤ－19")
        ('word embeddings', 'covid 19')
    """
    folded = unicodedata.normalize("NFKC", keyword).casefold()
    folded = unicodedata.normalize("NFKC", folded).translate(JOINERS | APOSTROPHES)
    return " ".join(folded.split())


MAX_KEYWORDS = 10_000
"""Keywords that one list may have: beyond, it is a text, or wrongly split."""


class KeywordLists:
    """The keyword lists of documents.

    A list is a set: a keyword that stands in it twice, or in two spellings of one normalised form,
    counts once. An empty list is allowed; it is similar to nothing.

    Args:
        lists: The keywords of each document, as written.
        ids: What each document is called; None numbers them from 1.

    Attributes:
        ids: What each document is called.
        keywords: The distinct keywords of all lists in their normalised form, by first appearance.
        spellings: How each of them was first written.
        members: int32 (n_members,), the keywords of one document after the other, as places in
            `keywords`.
        splits: int64 (n_documents + 1,), where each document starts in `members`.

    Raises:
        InputError: A list is not a sequence of str or has more than 10,000 keywords, or the ids do
            not fit.

    Example:
        >>> lists = KeywordLists([["Fever", "dry cough"], ["dry-cough", "fever", "FEVER"], []])
        >>> lists.keywords, lists[1], len(lists)
        (['fever', 'dry cough'], ['dry cough', 'Fever'], 3)
    """

    def __init__(self, lists: Iterable[Sequence[str]], ids: Sequence[str] | None = None) -> None:
        places: dict[str, int] = {}
        known: dict[str, str] = {}
        self.spellings: list[str] = []
        members: list[int] = []
        splits = [0]
        for keywords in lists:
            if isinstance(keywords, str):
                raise InputError(
                    "The keywords of a document are a list of str. Received: the str "
                    f"{keywords[:60]!r}. Split it with split_keywords."
                )
            inside: dict[int, None] = {}
            for keyword in keywords:
                if not isinstance(keyword, str):
                    raise InputError(f"A keyword is a str. Received: {keyword!r:.60}.")
                form = known.get(keyword)
                if form is None:
                    form = known[keyword] = normalized_keyword(keyword)
                if not form:
                    continue
                place = places.setdefault(form, len(places))
                if place == len(self.spellings):
                    self.spellings.append(" ".join(keyword.split()))
                inside[place] = None
            if len(inside) > MAX_KEYWORDS:
                raise InputError(
                    f"A document has at most {MAX_KEYWORDS:,} keywords. Received: {len(inside):,} "
                    f"for document {len(splits)}. Is it a text, or the separator a wrong one?"
                )
            members += inside
            splits.append(len(members))
        self.keywords = list(places)
        self.members = np.array(members, np.int32)
        self.splits = np.array(splits, np.int64)
        n_documents = len(splits) - 1
        self.ids = [str(number) for number in range(1, n_documents + 1)] if ids is None else [*ids]
        if len(self.ids) != n_documents:
            raise InputError(
                f"Each document needs one id. Received: {len(self.ids):,} ids for "
                f"{n_documents:,} lists."
            )

    def __len__(self) -> int:
        return len(self.splits) - 1

    def __getitem__(self, document: int) -> list[str]:
        """Return the keywords of a document, each as it was first written in the collection."""
        return [self.spellings[place] for place in self.places(document).tolist()]

    def __repr__(self) -> str:
        return f"KeywordLists({len(self):,} documents, {len(self.keywords):,} distinct keywords)"

    def places(self, document: int) -> NDArray[np.int32]:
        """Return the keywords of a document as places in `keywords`, int32 (n_members,).

        Raises:
            InputError: There is no such document.
        """
        if not 0 <= document < len(self):
            raise InputError(
                f"Documents are numbered from 0 to {len(self) - 1}. Received: {document}."
            )
        return self.members[self.splits[document] : self.splits[document + 1]]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of each keyword in `keywords`."""
        return {keyword: place for place, keyword in enumerate(self.keywords)}

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """How many keywords each document has, int64 (n_documents,)."""
        return np.diff(self.splits)

    @cached_property
    def document_counts(self) -> NDArray[np.int64]:
        """In how many lists each keyword stands, int64 (n_keywords,)."""
        return np.bincount(self.members, minlength=len(self.keywords)).astype(np.int64)

    @cached_property
    def idf(self) -> NDArray[np.float64]:
        """The weight of each keyword, float64 (n_keywords,): log((1 + N) / (1 + df)) + 1.

        The smoothed inverse document frequency of scikit-learn, where N is the number of lists and
        df the number of those that hold the keyword.
        """
        weights: NDArray[np.float64] = (
            np.log((1.0 + len(self)) / (1.0 + self.document_counts)) + 1.0
        )
        return weights

    def number(self, name: str) -> int:
        """Return the number of the document with an id.

        Raises:
            InputError: There is none, or more than one.
        """
        found = [number for number, own in enumerate(self.ids) if own == name]
        if len(found) != 1:
            some = ", ".join(map(repr, self.ids[:5]))
            raise InputError(
                f"A document is named by its id, as {some}. Received: {name!r}, which "
                + (f"{len(found)} documents have." if found else "no document has.")
            )
        return found[0]
