"""Pairs of papers: how many Jaccard's measure leaves at 0, and one of these seen closely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.recipes.keywords.judge import Judge
from wordloom.recipes.keywords.measures import KeywordSpace, overlap
from wordloom.recipes.keywords.papers import CutKeyword

__all__ = ["ClosePair", "Zeros", "close_pair", "count_zeros"]


@dataclass(frozen=True)
class Zeros:
    """Which share of pairs has nothing in common.

    Attributes:
        what: What keywords are compared by: "keywords", "words" or "characters".
        all_pairs: Of all pairs of papers, by their whole lists.
        same_topic: Of the pairs of papers of one discipline; None where there is none.
        own_halves: Of the pairs of halves of one paper's keywords.
    """

    what: str
    all_pairs: float
    same_topic: float | None
    own_halves: float


@dataclass(frozen=True)
class ClosePair:
    """Two papers without a word in common that an embedding takes for the closest of all such.

    Attributes:
        left: The keywords of the one.
        right: The keywords of the other.
        by: By which vectors they are the closest.
        topics: Their disciplines, or nothing.
        similarities: Each measure's similarity of the two, by its name.
        usual: The mean of each measure over all pairs: a cosine means little without it.
        above: The share of all pairs that each measure finds at least as similar.
    """

    left: list[str]
    right: list[str]
    by: str
    topics: tuple[str, ...]
    similarities: dict[str, float]
    usual: dict[str, float]
    above: dict[str, float]


def count_zeros(
    lists: KeywordLists, topics: Sequence[str], cuts: Mapping[str, CutKeyword], judge: Judge
) -> list[Zeros]:
    """Count the pairs that Jaccard's measure leaves at exactly 0.

    Args:
        lists: The keywords of all papers.
        topics: The discipline of each paper, or nothing.
        cuts: What keywords are compared by.
        judge: Has the keywords in halves.

    Returns:
        The shares, for each of the `cuts`.
    """
    found = []
    upper = np.triu_indices(len(lists), 1)
    names = np.asarray(topics)
    same = names[upper[0]] == names[upper[1]] if topics else np.zeros(len(upper[0]), np.bool_)
    for what, cut in cuts.items():
        zero = overlap(lists, lists, cut)[upper] == 0
        own = [np.diag(overlap(*pair, cut)) == 0 for pair in judge.halves]
        found.append(
            Zeros(
                what,
                float(zero.mean()),
                float(zero[same].mean()) if same.any() else None,
                float(np.mean(own)),
            )
        )
    return found


def close_pair(
    judge: Judge, cuts: Mapping[str, CutKeyword], spaces: Sequence[KeywordSpace], measure: str
) -> ClosePair | None:
    """Find the closest two papers that have nothing in common but what an embedding sees.

    Args:
        judge: Has the papers.
        cuts: What keywords are compared by; the finest, which is the last, must find nothing.
        spaces: Vectors of keywords; by the last the pair is the closest.
        measure: The measure of vectors.

    Returns:
        The pair; None where all papers have something in common.
    """
    lists = judge.lists
    tables = {f"Jaccard of {what}": overlap(lists, lists, cut) for what, cut in cuts.items()}
    shared = [*tables.values()][-1]
    tables |= {space.name: space.scores(lists, lists, measure) for space in spaces}
    upper = np.triu_indices(len(lists), 1)
    apart = shared[upper] == 0
    if not apart.any():
        return None

    values = {name: table[upper] for name, table in tables.items()}
    by = spaces[-1].name
    place = int(np.where(apart, values[by], -np.inf).argmax())
    left, right = int(upper[0][place]), int(upper[1][place])
    return ClosePair(
        lists[left],
        lists[right],
        by,
        (judge.topics[left], judge.topics[right]) if judge.topics else (),
        {name: float(own[place]) for name, own in values.items()},
        {name: float(own.mean()) for name, own in values.items()},
        {name: float((own >= own[place]).mean()) for name, own in values.items()},
    )
