"""From finished jobs to the leaderboard: scores, tests, who is best, what is recommended."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.metrics import Z95
from wordloom.compare.candidates import Candidate
from wordloom.compare.jobs import Job
from wordloom.compare.result import ComparisonRow, CurvePoint, size
from wordloom.compare.statistics import (
    LEVEL,
    Difference,
    holm,
    paired_difference,
    score_interval,
    value_interval,
)

__all__ = ["Leaderboard", "reason", "recommended_row"]

A_POINT = 0.01

Results = Mapping[str, Mapping[str, Any]]


class Leaderboard:
    """Makes rows of results, as often as there are new ones.

    Args:
        candidates: What is compared.
        names: The embeddings' names.
        jobs: All jobs that are planned.
        codes: int64 (n_texts,), the number of each text's label.
        folds: int64 (n_texts,), the fold of each text.
        n_labels: How many labels there are.
        seed: Seed of the bootstrap.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        names: Sequence[str],
        jobs: Sequence[Job],
        codes: NDArray[np.int64],
        folds: NDArray[np.int64],
        n_labels: int,
        seed: int,
    ) -> None:
        self.candidates = list(candidates)
        self.names = list(names)
        self.jobs = list(jobs)
        self.n_labels = n_labels
        self.seed = seed
        self.true = [codes[folds == fold] for fold in range(int(folds.max()) + 1)]
        self.n_train = round(len(codes) - np.mean([len(true) for true in self.true]))

    def rows(self, results: Results, errors: Mapping[str, str]) -> list[ComparisonRow]:
        """Return the rows, best first, then those that wait, then those that failed.

        Args:
            results: Those of finished jobs, by id.
            errors: Why rows failed, by their id.
        """
        folds = {
            candidate.id: {
                job.fold: results[job.id]
                for job in self.jobs
                if job.row == candidate.id and job.labels is None and job.id in results
            }
            for candidate in self.candidates
        }
        rows = [
            self.row(candidate, folds[candidate.id], results, errors.get(candidate.id))
            for candidate in self.candidates
        ]
        best = best_row(rows)
        if best is not None:
            rows = self.tested(rows, folds, best)
        order = {"done": 0, "partial": 0, "waiting": 1, "failed": 2}
        return sorted(
            rows, key=lambda row: (order[row.state], -(row.score.mean if row.score else 0.0))
        )

    def row(
        self,
        candidate: Candidate,
        folds: Mapping[int, Mapping[str, Any]],
        results: Results,
        error: str | None,
    ) -> ComparisonRow:
        """Return one row, not yet compared with others."""
        row = ComparisonRow(
            candidate.id,
            candidate.name,
            candidate.group,
            tuple(self.names[number] for number in candidate.embeddings),
            candidate.description,
        )
        if folds:
            score, accuracy = score_interval(
                [self.true[fold] for fold in sorted(folds)],
                [np.array(folds[fold]["predicted"], np.int64) for fold in sorted(folds)],
                self.n_labels,
                self.seed,
            )
            row = replace(
                row,
                state="done" if len(folds) == len(self.true) else "partial",
                score=score,
                accuracy=accuracy,
                fit_seconds=float(np.median([each["fit_seconds"] for each in folds.values()])),
                # The first prediction of a process compiles; the best is what goes on.
                texts_per_second=max(each["texts_per_second"] for each in folds.values()),
                bytes=next((r["bytes"] for r in folds.values() if r.get("bytes")), None),
            )
        row = replace(row, curve=self.curve(row, results))
        return row if error is None else replace(row, state="failed", error=error)

    def curve(self, row: ComparisonRow, results: Results) -> tuple[CurvePoint, ...]:
        """Return the points of a row's learning curve that are there; of all labels too."""
        values: dict[int, list[float]] = {}
        for job in self.jobs:
            if job.row == row.id and job.labels is not None and job.id in results:
                values.setdefault(job.labels, []).append(results[job.id]["macro_f1"])
        if not values:
            return ()
        points = [CurvePoint(count, value_interval(values[count])) for count in sorted(values)]
        if row.score is not None:
            points.append(CurvePoint(self.n_train, row.score))
        return tuple(points)

    def tested(
        self,
        rows: Sequence[ComparisonRow],
        folds: Mapping[str, Mapping[int, Mapping[str, Any]]],
        best: ComparisonRow,
    ) -> list[ComparisonRow]:
        """Return the rows, compared with the best one."""
        differences = {}
        for row in rows:
            both = sorted(set(folds[row.id]) & set(folds[best.id]))
            if row.id != best.id and both and row.state != "failed":
                one, other = (
                    [np.array(folds[id][fold]["predicted"], np.int64) for fold in both]
                    for id in (row.id, best.id)
                )
                true = [self.true[fold] for fold in both]
                differences[row.id] = paired_difference(true, one, other, self.n_labels, self.seed)
        corrected = holm([difference.p for difference in differences.values()])
        for id, p in zip(list(differences), corrected, strict=True):
            differences[id] = replace(differences[id], p=p)
        return [
            replace(row, level=True)
            if row.id == best.id
            else replace(row, difference=differences[row.id], level=differences[row.id].p >= LEVEL)
            if row.id in differences
            else row
            for row in rows
        ]


def best_row(rows: Sequence[ComparisonRow]) -> ComparisonRow | None:
    """Return the row with the highest score, of those with the most folds."""
    judged = [row for row in rows if row.score is not None and row.state != "failed"]
    most = max((len(row.score.values) for row in judged if row.score), default=0)
    return max(
        (row for row in judged if row.score and len(row.score.values) == most),
        key=lambda row: row.score.mean if row.score else 0.0,
        default=None,
    )


def recommended_row(rows: Sequence[ComparisonRow]) -> ComparisonRow | None:
    """Return the row that is cheapest to use among those as good as the best.

    As good are those level with the best whose score lies within a point of it, or within one
    standard error, as in the rule of Breiman, Friedman, Olshen and Stone (1984): with few texts,
    even a model that is clearly worse may not be significantly so. Cheapest is the smallest product
    of bytes on disk and seconds for a text: half the size counts as much as twice the speed.

    Args:
        rows: Those of `Leaderboard.rows`.
    """
    best = best_row(rows)
    return min(as_good(rows), key=lambda row: (price(row), row.id != best.id)) if best else None


def as_good(rows: Sequence[ComparisonRow]) -> list[ComparisonRow]:
    """Return the best row and those as good, of as many folds; see `recommended_row`."""
    best = best_row(rows)
    if best is None or best.score is None:
        return []
    return [
        row
        for row in rows
        if row.level
        and row.score
        and len(row.score.values) == len(best.score.values)
        and (row.difference is None or -row.difference.mean <= reach(row.difference))
    ]


def reach(difference: Difference) -> float:
    """Return how far below the best a row may lie: a point, or one standard error."""
    return max(A_POINT, (difference.high - difference.low) / (2 * Z95))


def price(row: ComparisonRow) -> float:
    """Return bytes times seconds for a text; infinity where one is not known."""
    if not row.bytes or not row.texts_per_second:
        return math.inf
    return row.bytes / row.texts_per_second


def reason(rows: Sequence[ComparisonRow]) -> str:
    """Return why a row is recommended, in a sentence or two; nothing where there is none."""
    best, chosen = best_row(rows), recommended_row(rows)
    if best is None or chosen is None or best.score is None or chosen.score is None:
        return ""
    n_good = len(as_good(rows))
    if chosen.id == "majority":
        return (
            "Nothing was learned: no model is surely better than always guessing the most frequent "
            "label. Label more texts."
        )
    if chosen.id == best.id:
        others = {
            1: "no other model is as good",
            2: "the other one that is as good is no cheaper to use",
        }.get(n_good, f"the {n_good - 1} others that are as good are no cheaper to use")
        return f"It has the highest macro-F1, {best.score.mean:.3f}; {others}."
    p = "" if chosen.difference is None else f" (p = {chosen.difference.p:.2f}, Holm-corrected)"
    cost = ""
    if chosen.bytes and chosen.texts_per_second:
        cost = f": {size(chosen.bytes)} on disk, {chosen.texts_per_second:,.0f} texts/s on one core"
    return (
        f"Its macro-F1 of {chosen.score.mean:.3f} is not significantly below that of the best, "
        f"{best.name} with {best.score.mean:.3f}{p}, and within a point or one standard error of "
        f"it; of the {n_good} models as good as that it is the cheapest to use{cost}."
    )
