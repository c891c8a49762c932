"""What is to be fitted and judged, and in which order a useful answer stands soonest."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wordloom.compare.candidates import CHEAP, MIDDLE, Candidate

__all__ = ["LABEL_COUNTS", "Job", "label_counts", "list_jobs"]

LABEL_COUNTS = (20, 50, 100, 200, 500)
"""How many labelled texts the points of a learning curve have, below all."""

# How many draws a point of a curve is the mean of. A network's fit takes seconds even on 20 texts,
# most of them to compile it, so it has one, and fewer points.
CURVE_DRAWS = {CHEAP: 5, MIDDLE: 3}
NETWORK_COUNTS = (100, 500)


@dataclass(frozen=True)
class Job:
    """One fit and its judgement on the held-out fold.

    Attributes:
        row: The candidate's id.
        fold: The fold that is held out.
        stage: What it belongs to: 0 the first fold of the cheap rows, and so on; the lower ones
            first.
        labels: How many labelled texts are learned from; None: all of the other folds.
        draw: Which draw of so many texts it is.
    """

    row: str
    fold: int
    stage: int
    labels: int | None = None
    draw: int = 0

    @property
    def id(self) -> str:
        """What the journal calls it."""
        if self.labels is None:
            return f"{self.row}/fold-{self.fold}"
        return f"{self.row}/fold-{self.fold}/labels-{self.labels}/draw-{self.draw}"

    def to_json(self) -> dict[str, Any]:
        """Return everything as what JSON knows."""
        return asdict(self)


def label_counts(n_train: int, n_labels: int) -> list[int]:
    """Return the points of a learning curve below all.

    Args:
        n_train: How many texts the smallest training part has.
        n_labels: How many labels there are; each needs a text.

    Example:
        >>> label_counts(150, 30)
        [50, 100]
    """
    return [count for count in LABEL_COUNTS if 2 <= n_labels <= count < n_train]


def list_jobs(candidates: Sequence[Candidate], n_folds: int, counts: Sequence[int]) -> list[Job]:
    """Return all jobs in the order in which they are done.

    First one fold of each cheap row, which makes a first table; then their other folds; then what
    takes longer, the first fold of each row before the others; then learning curves, all points of
    a cheap row's before a network's.

    Args:
        candidates: The rows.
        n_folds: How many folds there are.
        counts: The points of the learning curves; none for no curves.

    Returns:
        The jobs. Networks and rows that take several seconds have fewer draws, networks fewer
        points too.
    """
    jobs = []
    for candidate in candidates:
        for fold in range(n_folds):
            stage = min(fold, 1) + 2 * candidate.cost
            jobs.append(Job(candidate.id, fold, stage))
        if not candidate.settings:
            continue
        for draw in range(1 if candidate.needs_keras else CURVE_DRAWS[candidate.cost]):
            for count in counts:
                if candidate.needs_keras and count not in NETWORK_COUNTS:
                    continue
                stage = 6 + candidate.cost
                jobs.append(Job(candidate.id, draw % n_folds, stage, count, draw))
    # Sorting is stable: within a stage rows stay in their order, but for the fold.
    return sorted(jobs, key=lambda job: (job.stage, job.draw, job.fold))
