"""Judges measures on the same papers, the same halves of their keywords, and draws of papers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.benchmarks.resampling import percentile_interval, resampled_means
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.recipes.keywords.measures import overlap
from wordloom.recipes.keywords.papers import CutKeyword
from wordloom.recipes.keywords.ranking import by_topic, of_other_half, split_halves

__all__ = ["Figures", "Judge", "Score", "difference"]

RESAMPLES = 1000

Score = Callable[[KeywordLists, KeywordLists], NDArray[np.float32]]
"""Compares lists with lists."""

Halves = tuple[KeywordLists, KeywordLists]
Rows = list[NDArray[np.float64]]


@dataclass
class Figures:
    """How well a measure ranks; each row is of one split of the keywords, or of one training.

    Attributes:
        reciprocal: The reciprocal rank of each paper's other half, (n_papers,) for each split.
        recall: Whether it is among the first ten.
        apart: Which papers' halves have no word in common, 0 or 1.
        area: How probable it is that a paper of one's own discipline comes first; NaN where a
            paper has no discipline to compare with. Empty where the set names none.
        precision: The share of one's own discipline among the first ten.
    """

    reciprocal: Rows = field(default_factory=list)
    recall: Rows = field(default_factory=list)
    apart: Rows = field(default_factory=list)
    area: Rows = field(default_factory=list)
    precision: Rows = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        """Add the splits of another seed."""
        for name, rows in vars(other).items():
            getattr(self, name).extend(rows)

    @cached_property
    def by_paper(self) -> NDArray[np.float64]:
        """The mean reciprocal rank of each paper over the splits, float64 (n_papers,)."""
        return np.asarray(np.mean(self.reciprocal, axis=0), np.float64)

    @property
    def mean_reciprocal_rank(self) -> float:
        """The mean over papers and splits."""
        return float(self.by_paper.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean, were other papers drawn."""
        return interval_of_mean(self.by_paper)

    @property
    def where_apart(self) -> float | None:
        """The mean of the papers whose halves have no word in common; None where there is none."""
        apart = np.asarray(self.apart) > 0
        return float(np.asarray(self.reciprocal)[apart].mean()) if apart.any() else None

    def mean(self, name: str) -> float | None:
        """Return the mean of any other figure, by its name; None where it is not known."""
        rows = getattr(self, name)
        return float(np.nanmean(rows)) if rows and not np.isnan(rows).all() else None

    def to_json(self) -> dict[str, object]:
        """Return the figures as a dictionary that JSON can hold."""
        return {
            "mrr": round(self.mean_reciprocal_rank, 4),
            "mrr_interval": [round(end, 4) for end in self.interval],
            "mrr_by_split": [round(float(row.mean()), 4) for row in self.reciprocal],
            "mrr_no_word_in_common": rounded(self.where_apart),
            "recall_at_10": rounded(self.mean("recall")),
            "discipline_auc": rounded(self.mean("area")),
            "discipline_precision_at_10": rounded(self.mean("precision")),
        }


def rounded(value: float | None) -> float | None:
    """Return four decimals of a value that may be missing."""
    return None if value is None else round(value, 4)


def difference(figures: Figures, other: Figures) -> tuple[float, tuple[float, float]]:
    """Return by how much a mean reciprocal rank is above another one, and its 95 % interval.

    Example:
        >>> good, bad = Figures([np.ones(3)]), Figures([np.full(3, 0.5)])
        >>> difference(good, bad)
        (0.5, (0.5, 0.5))
    """
    paired = figures.by_paper - other.by_paper
    return float(paired.mean()), interval_of_mean(paired)


def interval_of_mean(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the percentile interval of the mean of values, drawn again by the bootstrap."""
    means = resampled_means(values[None], np.arange(len(values)), RESAMPLES)
    return percentile_interval(means) or (float("nan"), float("nan"))


@dataclass(frozen=True)
class Judge:
    """Papers, and their keywords in halves.

    Attributes:
        lists: The whole lists.
        topics: The discipline of each paper; empty where there is none.
        halves: The keywords of each paper in halves, for each split.
        apart: For each split, 1 for each paper whose halves have no word in common.
    """

    lists: KeywordLists
    topics: list[str]
    halves: list[Halves]
    apart: Rows

    @classmethod
    def of(
        cls,
        keywords: Sequence[Sequence[str]],
        topics: Sequence[str],
        words: CutKeyword,
        seeds: Sequence[int],
    ) -> "Judge":
        """Split keywords.

        Args:
            keywords: The keywords of each paper, at least two.
            topics: The discipline of each paper, or nothing.
            words: Cuts a keyword into words.
            seeds: A seed for each split.

        Returns:
            The judge.
        """
        halves = [split_halves(keywords, seed) for seed in seeds]
        apart = [(np.diag(overlap(*pair, words)) == 0).astype(np.float64) for pair in halves]
        return cls(KeywordLists(keywords), [*topics], halves, apart)

    def figures(self, score: Score, *, by_discipline: bool = True) -> Figures:
        """Judge a measure.

        Args:
            score: The measure.
            by_discipline: Judge it by disciplines, too, where there are any.

        Returns:
            Its figures.
        """
        ranked = [of_other_half(score(*pair)) for pair in self.halves]
        found = Figures([row for row, _ in ranked], [row for _, row in ranked], [*self.apart])
        if self.topics and by_discipline:
            area, precision = by_topic(score(self.lists, self.lists), self.topics)
            found.area.append(area)
            found.precision.append(precision)
        return found
