"""The scores of embeddings on benchmarks, as objects, JSON and tables."""

from collections.abc import Mapping
from dataclasses import dataclass

from wordloom.inspect.benchmarks.analogies import CategoryScore, mean_accuracy, totals
from wordloom.inspect.benchmarks.tables import report_tables

__all__ = ["BenchmarkResult", "Difference", "EvaluationReport", "Score", "SharedScores"]

Interval = tuple[float, float]

METHOD_TITLES = {"": "", "3cosadd": "3CosAdd", "3cosmul": "3CosMul"}


@dataclass(frozen=True)
class Score:
    """What one embedding gets on one benchmark.

    Attributes:
        score: Its score on the items that it covers; None where there are too few.
        interval: The 95 % bootstrap interval of the score.
        score_with_oov: Its score on all items: a pair with an OOV word has similarity 0, and a
            question with one is wrong.
        n_covered: How many items it covers.
        n_in_vocabulary: How many of these without composing words of character n-grams.
        categories: Its score in each category of analogies.
    """

    score: float | None
    interval: Interval | None
    score_with_oov: float | None
    n_covered: int
    n_in_vocabulary: int
    categories: tuple[CategoryScore, ...] = ()


@dataclass(frozen=True)
class Difference:
    """How much better an embedding is than the first one, on the items that all cover.

    Attributes:
        difference: Its score less that of the first.
        interval: The 95 % interval of the difference; both are judged on the same draws.
    """

    difference: float
    interval: Interval | None

    @property
    def within_noise(self) -> bool | None:
        """Whether the interval holds 0, so that neither is shown to be better.

        None where there is no interval, and nothing is known.
        """
        return None if self.interval is None else self.interval[0] <= 0 <= self.interval[1]

    def to_json(self) -> dict[str, object]:
        """Return all figures as what JSON knows."""
        return {
            "difference": self.difference,
            "interval": self.interval,
            "within_noise": self.within_noise,
        }


@dataclass(frozen=True)
class SharedScores:
    """What several embeddings get on the items that all of them cover.

    Attributes:
        n_items: How many items these are.
        scores: The score of each embedding; None where there are too few items.
        differences: How much better each embedding but the first is; None where it has no score.
        categories: For each embedding, its score in each category of analogies; else empty.
    """

    n_items: int
    scores: tuple[float | None, ...]
    differences: tuple[Difference | None, ...]
    categories: tuple[tuple[CategoryScore, ...], ...] = ()

    def to_json(self, embeddings: tuple[str, ...]) -> dict[str, object]:
        """Return all figures as what JSON knows."""
        result: dict[str, object] = {
            "items": self.n_items,
            "scores": list(self.scores),
            "differences_to_first": [
                None if difference is None else {"embedding": name, **difference.to_json()}
                for name, difference in zip(embeddings[1:], self.differences, strict=True)
            ],
        }
        if self.categories:
            result["by_category"] = [
                {"embedding": name, **categories_json(parts)}
                for name, parts in zip(embeddings, self.categories, strict=True)
            ]
        return result


@dataclass(frozen=True)
class BenchmarkResult:
    """What embeddings get on one benchmark.

    Attributes:
        name: The benchmark.
        method: How analogies were answered, "3cosadd" or "3cosmul"; "" for word similarity.
        measure: "Spearman" or "accuracy".
        n_items: How many pairs or questions it has.
        scores: The score of each embedding.
        shared: Their scores on what all cover; None for one embedding.
    """

    name: str
    method: str
    measure: str
    n_items: int
    scores: tuple[Score, ...]
    shared: SharedScores | None

    @property
    def title(self) -> str:
        """What tables call it: its name, and the method where there is one."""
        return f"{self.name} {self.method_title}".rstrip()

    @property
    def method_title(self) -> str:
        """What tables call the method; "" where there is none."""
        return METHOD_TITLES[self.method]

    def to_json(self, embeddings: tuple[str, ...]) -> dict[str, object]:
        """Return all figures as what JSON knows."""
        result: dict[str, object] = {
            "name": self.name,
            "method": self.method or None,
            "measure": self.measure,
            "items": self.n_items,
            "scores": [
                score_json(name, score) for name, score in zip(embeddings, self.scores, strict=True)
            ],
        }
        if self.shared is not None:
            result["shared"] = self.shared.to_json(embeddings)
        return result


@dataclass(frozen=True)
class EvaluationReport:
    """The scores of embeddings on benchmarks.

    Attributes:
        embeddings: The embeddings' names, all different.
        shapes: How many words and dimensions each has.
        results: The benchmarks, word similarity first.
        not_covered: The installed benchmarks that were left out because no embedding covers an item
            of theirs, as Chinese ones for English words.
        settings: What the figures were made with.
    """

    embeddings: tuple[str, ...]
    shapes: tuple[tuple[int, int], ...]
    results: tuple[BenchmarkResult, ...]
    not_covered: tuple[str, ...]
    settings: Mapping[str, object]

    def __getitem__(self, title: str) -> BenchmarkResult:
        """Return the result of a benchmark by its title in tables, as "MEN" or "Google 3CosAdd".

        Raises:
            KeyError: There is none of this title.
        """
        for result in self.results:
            if result.title == title:
                return result
        raise KeyError(title)

    def __str__(self) -> str:
        return self.table()

    def to_json(self) -> dict[str, object]:
        """Return all figures as what JSON knows."""
        return {
            "embeddings": [
                {"name": name, "words": words, "dim": dim}
                for name, (words, dim) in zip(self.embeddings, self.shapes, strict=True)
            ],
            "settings": dict(self.settings),
            "benchmarks": [result.to_json(self.embeddings) for result in self.results],
            "not_covered": list(self.not_covered),
        }

    def table(self) -> str:
        """Return all that people need as plain tables."""
        return report_tables(self)


def score_json(embedding: str, score: Score) -> dict[str, object]:
    """Return one embedding's figures as what JSON knows."""
    result: dict[str, object] = {
        "embedding": embedding,
        "score": score.score,
        "interval": score.interval,
        "score_with_oov": score.score_with_oov,
        "covered": score.n_covered,
        "in_vocabulary": score.n_in_vocabulary,
    }
    return result | (categories_json(score.categories) if score.categories else {})


def categories_json(categories: tuple[CategoryScore, ...]) -> dict[str, object]:
    """Return the figures of categories of analogies as what JSON knows."""
    return {
        "categories": [part.to_json() for part in categories],
        "totals": [part.to_json() for part in totals(categories)],
        "mean_accuracy_of_categories": mean_accuracy(categories),
    }
