"""The last step: the recommended model on all texts, and the test part, looked at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from wordloom.classify.metrics import measure
from wordloom.compare.candidates import Candidate
from wordloom.compare.data import ComparedTexts
from wordloom.compare.folder import MODEL, REPORT
from wordloom.compare.pool import Pool
from wordloom.compare.result import Comparison, ComparisonRow

__all__ = ["FinalFit", "earlier_fit", "fit_recommended", "strongest_baseline"]

MOST_FINAL_TEXTS = 100_000
"""On how many texts a recommended model of n-grams is fitted: two minutes, if they are short."""


@dataclass(frozen=True)
class FinalFit:
    """What became of the recommended model.

    Attributes:
        saved: The folder to which it was saved; None: it has nothing to save, or it failed.
        test: Its metrics on the test texts and a baseline's, as what JSON knows; None without.
        error: Why it could not be fitted.
        n_texts: How many texts it was fitted on; 0 if not known.
    """

    saved: str | None = None
    test: Mapping[str, Any] | None = None
    error: str | None = None
    n_texts: int = 0

    def added_to(self, comparison: Comparison) -> Comparison:
        """Return a comparison with this: complete, with a note if something went wrong."""
        data = dict(comparison.data)
        if self.error:
            note = f"The recommended model could not be fitted on all texts: {self.error}"
            data["notes"] = [*data["notes"], note]
        elif self.n_texts:
            note = (
                f"The saved model learned from {self.n_texts:,} texts; times, speeds and sizes in "
                "the table are those of models that learned from a part of them."
            )
            data["notes"] = [*data["notes"], note]
        return replace(comparison, saved=self.saved, test=self.test, data=data, complete=True)


def fit_recommended(
    pool: Pool,
    texts: ComparedTexts,
    candidates: Sequence[Candidate],
    paths: Sequence[str],
    comparison: Comparison,
    folder: Path,
) -> FinalFit:
    """Fit the recommended model on all texts, save it, and judge it on the test texts.

    Beside it the strongest baseline is judged, fitted on the same texts. A model of n-grams alone
    learns from texts that the sample left out too, for its time grows slowly.

    Args:
        pool: The workers.
        texts: The texts.
        candidates: The rows.
        paths: From where each embedding is best opened.
        comparison: With all rows judged, and one of them recommended.
        folder: That of the comparison.

    Returns:
        What became of it.
    """
    by_id = {candidate.id: candidate for candidate in candidates}
    chosen = comparison.recommended or ""
    baseline = strongest_baseline(comparison.rows, chosen)

    def task(id: str, save: str | None) -> Mapping[str, Any]:
        candidate = by_id[id]
        return {
            "do": "final",
            "candidate": candidate.to_json(),
            "embeddings": [paths[number] for number in candidate.embeddings],
            "save": save,
            "test": None if texts.test is None else texts.test[0],
            "more": more_texts(texts, candidate),
        }

    tasks = [(chosen, partial(task, chosen, str(folder.absolute() / MODEL)))]
    if texts.test is not None and baseline is not None:
        tasks.append((baseline.id, partial(task, baseline.id, None)))
    results = {id: (result, error) for id, result, error in pool.run(tasks)}
    result, error = results[chosen]
    if result is None:
        return FinalFit(error=error)
    saved = str(folder / MODEL) if result["saved"] else None
    n_texts = len(texts.texts) + len(more_texts(texts, by_id[chosen]))
    if texts.test is None:
        return FinalFit(saved, n_texts=n_texts)
    beside = None
    if baseline is not None and (judged := results[baseline.id][0]) is not None:
        beside = {"name": baseline.name, "metrics": metrics_of(texts, judged)}
    test = {"metrics": metrics_of(texts, result), "baseline": beside}
    return FinalFit(saved, test, n_texts=n_texts)


def earlier_fit(
    texts: ComparedTexts, candidates: Sequence[Candidate], comparison: Comparison, folder: Path
) -> FinalFit | None:
    """Return what an earlier run of the same comparison came to: the test is looked at once.

    Args:
        texts: The texts.
        candidates: The rows.
        comparison: With all rows judged, and one of them recommended.
        folder: That of the comparison.

    Returns:
        What became of the recommended model; None if another was recommended, or none yet.
    """
    try:
        earlier = json.loads((folder / REPORT).read_text("utf-8"))
        same = earlier["complete"] is True and earlier["recommended"] == comparison.recommended
        saved, test = earlier["saved"], earlier["test"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    there = saved is None or (folder / MODEL).is_dir()
    if not same or not there or (test is None) is not (texts.test is None):
        return None
    chosen = next(each for each in candidates if each.id == comparison.recommended)
    return FinalFit(saved, test, n_texts=len(texts.texts) + len(more_texts(texts, chosen)))


def more_texts(texts: ComparedTexts, candidate: Candidate) -> list[Any]:
    """Return texts that the sample left out, for a model of n-grams alone to learn from too."""
    ngrams_alone = not candidate.embeddings and not candidate.needs_keras
    room = max(0, MOST_FINAL_TEXTS - len(texts.texts))
    return list(texts.others[:room]) if ngrams_alone else []


def strongest_baseline(rows: Sequence[ComparisonRow], other: str) -> ComparisonRow | None:
    """Return the baseline with the highest score that is not the given row.

    Args:
        rows: The leaderboard, best first.
        other: The id of the row that it is to stand beside.
    """
    scored = (row for row in rows if row.group == "baseline" and row.score and row.id != other)
    return next((row for row in scored if row.state != "failed"), None)


def metrics_of(texts: ComparedTexts, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metrics of predictions of the test texts."""
    true = texts.test[1] if texts.test else []
    predicted = [texts.labels[code] for code in result["predicted"]]
    return measure(true, predicted, sorted({*texts.labels, *true})).to_json()
