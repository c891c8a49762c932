"""The comparison as a record: rows, what is recommended and why, as a table and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import wordloom
from wordloom.compare.statistics import Difference, Interval
from wordloom.text_table import aligned

__all__ = ["Comparison", "ComparisonRow", "CurvePoint"]

FORMAT = "wordloom-comparison"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class CurvePoint:
    """One point of a learning curve.

    Attributes:
        labels: How many labelled texts were learned from.
        score: Macro-F1 on the held-out texts.
    """

    labels: int
    score: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the point as what JSON knows."""
        return {"labels": self.labels, **self.score.to_json()}


@dataclass(frozen=True)
class ComparisonRow:
    """One model of the leaderboard.

    Attributes:
        id: A short name that stays the same.
        name: What people call it.
        group: "baseline", "vectors", "hybrid" or "network".
        embeddings: The names of its embeddings.
        description: What it sees and learns.
        state: "done", "partial" (some folds are missing), "waiting" or "failed".
        error: Why it failed.
        score: Macro-F1 on the held-out folds; None as long as none was judged.
        accuracy: Accuracy, likewise.
        difference: How far it lies from the best row on the same texts; None for that row itself.
        level: Whether it is not significantly worse than the best.
        fit_seconds: CPU seconds of one fit on one core, the median of the folds.
        texts_per_second: Texts labelled in a second on one core, the best of the folds.
        bytes: Size of the saved classifier on disk, embeddings included.
        curve: Its learning curve, from few labels to all.
    """

    id: str
    name: str
    group: str
    embeddings: tuple[str, ...]
    description: str
    state: str = "waiting"
    error: str | None = None
    score: Interval | None = None
    accuracy: Interval | None = None
    difference: Difference | None = None
    level: bool = False
    fit_seconds: float | None = None
    texts_per_second: float | None = None
    bytes: int | None = None
    curve: tuple[CurvePoint, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the row as what JSON knows."""

        def figures(part: Interval | Difference | None) -> dict[str, Any] | None:
            return None if part is None else part.to_json()

        return {
            "id": self.id,
            "name": self.name,
            "group": self.group,
            "embeddings": list(self.embeddings),
            "description": self.description,
            "state": self.state,
            "error": self.error,
            "score": figures(self.score),
            "accuracy": figures(self.accuracy),
            "difference": figures(self.difference),
            "level": self.level,
            "fit_seconds": self.fit_seconds,
            "texts_per_second": self.texts_per_second,
            "bytes": self.bytes,
            "curve": [point.to_json() for point in self.curve],
        }


@dataclass(frozen=True)
class Comparison:
    """Everything that a comparison found.

    Attributes:
        data: What was compared on: names, counts, notes.
        protocol: How: folds, seed, metric, a description.
        embeddings: What is known of each embedding.
        rows: The leaderboard, best first, failed rows last.
        best: The id of the row with the highest score, or None.
        recommended: The id of the row that is cheapest to use among those as good as the best.
        why: The reason, in a sentence that does not name the recommended row again.
        saved: The folder of the recommended model, fitted on all texts.
        test: The test part, judged once: metrics of the recommended model and of a baseline.
        judged: Confusion matrix and hardest mistakes of the recommended model on held-out folds.
        attention: How far DME trusts each embedding.
        next: What to do next.
        seconds: Wall-clock seconds of the comparison, those of interrupted runs left out.
        complete: Whether everything was done.
    """

    data: Mapping[str, Any]
    protocol: Mapping[str, Any]
    embeddings: tuple[Mapping[str, Any], ...]
    rows: tuple[ComparisonRow, ...]
    best: str | None = None
    recommended: str | None = None
    why: str = ""
    saved: str | None = None
    test: Mapping[str, Any] | None = None
    judged: Mapping[str, Any] | None = None
    attention: Mapping[str, Any] | None = None
    next: tuple[str, ...] = ()
    seconds: float = 0.0
    complete: bool = False
    version: str = field(default=wordloom.__version__)

    def __getitem__(self, row: str) -> ComparisonRow:
        """Return a row by its id.

        Raises:
            KeyError: There is none of this id.
        """
        for each in self.rows:
            if each.id == row:
                return each
        raise KeyError(row)

    def to_json(self) -> dict[str, Any]:
        """Return everything as what JSON knows; the report page is made from exactly this."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "data": dict(self.data),
            "protocol": dict(self.protocol),
            "embeddings": [dict(each) for each in self.embeddings],
            "rows": [row.to_json() for row in self.rows],
            "best": self.best,
            "recommended": self.recommended,
            "why": self.why,
            "saved": self.saved,
            "test": None if self.test is None else dict(self.test),
            "judged": None if self.judged is None else dict(self.judged),
            "attention": None if self.attention is None else dict(self.attention),
            "next": list(self.next),
            "seconds": round(self.seconds, 1),
            "complete": self.complete,
            "version": self.version,
        }

    def table(self) -> str:
        """Return the leaderboard as a plain table; `=` marks rows level with the best."""
        lines = [
            ["model", "macro-F1", "95% interval", "", "p", "accuracy", "fit s", "texts/s", "size"]
        ]
        notes = []
        if any(row.state == "partial" for row in self.rows):
            notes.append("Not every fold is judged yet: scores and the order may still change.")
        for row in self.rows:
            name = row.name + ("  ← recommended" if row.id == self.recommended else "")
            if row.score is None or row.accuracy is None:
                lines.append([name, row.state, *[""] * 7])
            else:
                p = None if row.difference is None else row.difference.p
                lines.append(
                    [
                        name,
                        f"{row.score.mean:.4f}",
                        f"{row.score.low:.3f} to {row.score.high:.3f}",
                        "best" if row.id == self.best else "=" if row.level else "",
                        "" if p is None else f"{p:.3f}",
                        f"{row.accuracy.mean:.4f}",
                        "" if row.fit_seconds is None else f"{row.fit_seconds:.1f}",
                        "" if row.texts_per_second is None else f"{row.texts_per_second:,.0f}",
                        "" if row.bytes is None else size(row.bytes),
                    ]
                )
            if row.error:
                notes.append(f"{row.name} failed: {row.error}")
        return "\n".join([aligned(lines), *([""] if notes else []), *notes])

    def summary(self) -> list[str]:
        """Return everything worth reading at once, as lines for people."""
        labels = self.data["labels"]
        lines = [
            f"{self.data['name']}: {self.data['texts']:,} texts, {len(labels)} labels "
            f"({', '.join(list(labels)[:6])}{', …' if len(labels) > 6 else ''})",
            str(self.protocol["description"]),
            *map(str, self.data["notes"]),
            "",
            self.table(),
        ]
        if self.recommended is not None:
            lines += ["", f"Recommended: {self[self.recommended].name}. {self.why}"]
        if self.test is not None:
            metrics, baseline = self.test["metrics"], self.test["baseline"]
            lines.append(
                f"On the {metrics['n_texts']:,} test texts, looked at once: macro-F1 "
                f"{metrics['macro_f1']:.4f}, accuracy {metrics['accuracy']:.4f}"
                + (
                    f" ({baseline['name']}: {baseline['metrics']['macro_f1']:.4f}, "
                    f"{baseline['metrics']['accuracy']:.4f})."
                    if baseline
                    else "."
                )
            )
        if self.next:
            lines += ["", "What to do next", *(f"- {sentence}" for sentence in self.next)]
        return lines


def size(n_bytes: int) -> str:
    """Return a size for people.

    Example:
        >>> size(1_234_567), size(12)
        ('1.2 MB', '12 bytes')
    """
    from rich.filesize import decimal

    return decimal(n_bytes)
