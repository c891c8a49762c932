"""A comparison as it stands: made anew from its plan and the finished jobs, as often as needed."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wordloom.compare.advice import advice
from wordloom.compare.candidates import Candidate
from wordloom.compare.data import ComparedTexts
from wordloom.compare.embeddings import ComparedEmbedding
from wordloom.compare.jobs import Job
from wordloom.compare.leaderboard import Leaderboard, Results, best_row, reason, recommended_row
from wordloom.compare.mistakes import confusion_and_mistakes
from wordloom.compare.result import Comparison

__all__ = ["Plan", "advised", "as_it_stands"]


@dataclass(frozen=True)
class Plan:
    """What is compared on what.

    Attributes:
        texts: The texts, dealt out to folds.
        embeddings: The embeddings.
        candidates: The rows.
        jobs: All fits.
        counts: The points of the learning curves below all labels; empty without curves.
        seed: Seed for everything random.
        notes: What people should know, besides what the texts tell.
        started: When the comparison began, in seconds of `time.monotonic`.
    """

    texts: ComparedTexts
    embeddings: Sequence[ComparedEmbedding]
    candidates: Sequence[Candidate]
    jobs: Sequence[Job]
    counts: Sequence[int]
    seed: int
    notes: Sequence[str]
    started: float


def as_it_stands(
    plan: Plan, results: Results, errors: Mapping[str, str], stage: int | None = None
) -> Comparison:
    """Return the comparison as it stands, or as it stood after a stage.

    While others are ahead of it, a row's mean over fewer folds says little.

    Args:
        plan: What is compared.
        results: Those of finished jobs, by id.
        errors: Why rows failed, by their id.
        stage: Pass over the jobs of later stages; None: none.
    """
    results = {
        job.id: results[job.id]
        for job in plan.jobs
        if job.id in results and (stage is None or job.stage <= stage)
    }
    texts = plan.texts
    board = Leaderboard(
        plan.candidates,
        [each.name for each in plan.embeddings],
        plan.jobs,
        texts.codes,
        texts.folds,
        len(texts.labels),
        plan.seed,
    )
    rows = board.rows(results, errors)
    best, chosen = best_row(rows), recommended_row(rows)
    data = texts.to_json()
    comparison = Comparison(
        data=data | {"notes": [*data["notes"], *plan.notes]},
        protocol={
            "folds": texts.n_folds,
            "seed": plan.seed,
            "metric": "macro_f1",
            "description": (
                f"Every model is fitted on {texts.n_folds - 1} of {texts.n_folds} folds of the "
                "training texts and judged on the one held out, in turn; all on the same folds, "
                "with equal texts in one fold."
            ),
            "label_counts": [*plan.counts, board.n_train] if plan.counts else [],
        },
        embeddings=tuple(each.to_json() for each in plan.embeddings),
        rows=tuple(rows),
        best=None if best is None else best.id,
        recommended=None if chosen is None else chosen.id,
        why=reason(rows),
        judged=None if chosen is None else confusion_and_mistakes(texts, board, results, chosen.id),
        attention=attention(plan, results, errors),
    )
    return advised(comparison, plan)


def advised(comparison: Comparison, plan: Plan) -> Comparison:
    """Return a comparison with what to do next, and the seconds that it took.

    Args:
        comparison: As it stands.
        plan: What is compared.
    """
    sentences = advice(
        comparison.rows,
        best=comparison.best,
        recommended=comparison.recommended,
        data=comparison.data,
        embeddings=comparison.embeddings,
        judged=comparison.judged,
        saved=comparison.saved,
        complete=comparison.complete,
    )
    return replace(comparison, next=tuple(sentences), seconds=time.monotonic() - plan.started)


def attention(plan: Plan, results: Results, errors: Mapping[str, str]) -> dict[str, Any] | None:
    """Return how far DME trusts each embedding; None where none was fitted."""
    for candidate in plan.candidates:
        found = results.get(f"{candidate.id}/fold-0", {}).get("attention")
        if found and candidate.id not in errors:
            names = [plan.embeddings[number].name for number in candidate.embeddings]
            return {"row": candidate.id, "embeddings": names, **found}
    return None
