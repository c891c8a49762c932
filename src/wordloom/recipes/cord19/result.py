"""What comes of the experiment with CORD-19 vectors, for programs and for people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from wordloom.classify.examples import ExamplePredictions
from wordloom.recipes.cord19.citations import CitationFit, Point
from wordloom.recipes.cord19.fitting import FROZEN, TRAINABLE
from wordloom.recipes.cord19.vectors import EmbedResult
from wordloom.recipes.page import Figure
from wordloom.recipes.reading import Reading
from wordloom.text_table import aligned

__all__ = ["CitationResult", "Cord19Result", "spread"]

PUBLISHED_ACCURACY: Final = "0.788"
PUBLISHED_LOSS: Final = "0.54"
"""Of the notebook's run with frozen vectors, on the test texts after 8,000 steps."""


@dataclass(frozen=True)
class CitationResult:
    """How well citations are told apart.

    Attributes:
        reading: How it was done.
        fits: All models, each with its seeds.
        examples: Ten test texts with what the layer on frozen vectors says of them.
        counts: What was counted, by its name.
    """

    reading: Reading
    fits: tuple[CitationFit, ...]
    examples: ExamplePredictions
    counts: Mapping[str, int]

    @property
    def models(self) -> list[str]:
        """What the models are called, in order."""
        return list(dict.fromkeys(fit.model for fit in self.fits))

    @property
    def layers(self) -> list[str]:
        """The models that were judged by step."""
        return [model for model in self.models if self.of(model)[0].points]

    def of(self, model: str) -> list[CitationFit]:
        """Return the fits of a model, one for each seed."""
        return [fit for fit in self.fits if fit.model == model]

    def accuracies(self, model: str) -> list[float]:
        """Return the test accuracy of a model with each seed."""
        return [fit.metrics.accuracy for fit in self.of(model)]

    def macro_f1(self, model: str) -> list[float]:
        """Return the test macro-F1 of a model with each seed."""
        return [fit.metrics.macro_f1 for fit in self.of(model)]

    def points(self, model: str) -> list[Point]:
        """Return the figures by step, the means over the seeds."""
        runs = zip(*(fit.points for fit in self.of(model)), strict=True)
        return [
            Point(same[0].step, *np.mean([list(asdict(p).values())[1:] for p in same], axis=0))
            for same in runs
        ]

    def model_rows(self) -> list[list[str]]:
        """Return the table of all models; the first row names the columns."""
        labels = [str(entry.label) for entry in self.fits[0].metrics.labels]
        rows = [["model", "seeds", "test accuracy", "macro-F1"]]
        rows[0] += [f"F1 {label}" for label in labels] + ["fit s"]
        for model in self.models:
            fits = self.of(model)
            by_label = np.mean([[e.f1 for e in fit.metrics.labels] for fit in fits], axis=0)
            rows.append(
                [
                    model,
                    str(len(fits)),
                    spread(self.accuracies(model)),
                    spread(self.macro_f1(model)),
                    *(f"{value:.3f}" for value in by_label),
                    f"{np.mean([fit.seconds for fit in fits]):.1f}",
                ]
            )
        return rows

    def label_rows(self) -> list[list[str]]:
        """Return precision and recall of each label; the first row names the columns."""
        labels = [str(entry.label) for entry in self.fits[0].metrics.labels]
        rows = [["model", *(f"{label}, {what}" for label in labels for what in ("P", "R"))]]
        for model in self.models:
            pairs = [
                [value for e in fit.metrics.labels for value in (e.precision, e.recall)]
                for fit in self.of(model)
            ]
            rows.append([model, *(f"{value:.3f}" for value in np.mean(pairs, axis=0))])
        return rows

    def point_rows(self, model: str, every: int = 1) -> list[list[str]]:
        """Return the table of a layer by step; the first row names the columns.

        Args:
            model: The layer.
            every: Which rows are kept: each so many, and the last one.
        """
        points = self.points(model)
        kept = [*points[every - 1 : -1 : every], points[-1]]
        return [
            ["step", "loss", "accuracy", "precision", "recall"],
            *(
                [f"{point.step:,}", *(f"{value:.4f}" for value in list(asdict(point).values())[1:])]
                for point in kept
            ),
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the result as a dictionary that JSON can hold."""
        return {
            "models": [
                {
                    "model": model,
                    "seeds": len(self.of(model)),
                    "accuracy": mean_and_deviation(self.accuracies(model)),
                    "macro_f1": mean_and_deviation(self.macro_f1(model)),
                }
                for model in self.models
            ],
            "fits": [fit.to_json() for fit in self.fits],
            "examples": self.examples.to_json(),
            "counts": dict(self.counts),
        }

    def figures(self) -> list[Figure]:
        """Return the published figures beside ours."""
        published = self.reading == "published"
        figures = []
        for model in self.layers:
            frozen = model == FROZEN
            when = "after 8,000 steps" if published else "once, at the epoch chosen on dev"
            figures.append(
                Figure(
                    f"SciCite test accuracy, {model}",
                    PUBLISHED_ACCURACY if frozen else "",
                    spread(self.accuracies(model)),
                    when if frozen else f"{when}; the published run kept its vectors frozen",
                )
            )
            if published and frozen:
                losses = [fit.points[-1].loss for fit in self.of(model)]
                figures.append(Figure(f"Test loss, {model}", PUBLISHED_LOSS, spread(losses)))
            else:
                figures.append(Figure(f"Test macro-F1, {model}", "", spread(self.macro_f1(model))))
        figures += [
            Figure(
                f"SciCite test accuracy, {model}",
                "",
                spread(self.accuracies(model)),
                f"macro-F1 {spread(self.macro_f1(model))}",
            )
            for model in self.models
            if model not in self.layers
        ]
        return figures

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        lines = [
            ", ".join(f"{count:,} {what}" for what, count in self.counts.items()),
            "",
            aligned(self.model_rows()),
        ]
        for model in (each for each in (FROZEN, TRAINABLE) if each in self.layers):
            split = "test texts" if self.reading == "published" else "dev texts"
            rows = self.point_rows(model, 5)
            lines += ["", f"{model.capitalize()}, on the {split} by step", aligned(rows)]
        return [*lines, "", f"Ten test texts, {FROZEN}", self.examples.table()]


@dataclass(frozen=True)
class Cord19Result:
    """All that the experiment made and measured.

    Attributes:
        reading: How it was done.
        vectors: The trained vectors and their heatmap; None where none were trained.
        citations: How well citations are told apart; None where none were.
        seconds: Wall-clock seconds of the whole.
    """

    reading: Reading
    vectors: EmbedResult | None
    citations: CitationResult | None
    seconds: float

    def figures(self) -> list[Figure]:
        """Return the published figures beside ours."""
        figures = [] if self.citations is None else self.citations.figures()
        if self.vectors is not None:
            within, across = self.vectors.group_means()
            what = "Heatmap, mean between words of {}"
            note = "inner products over the largest; the published picture has no numbers"
            figures += [
                Figure(what.format("one group"), "", f"{within:.3f}", note),
                Figure(what.format("two groups"), "", f"{across:.3f}"),
            ]
        return figures

    def to_json(self) -> dict[str, object]:
        """Return the result as a dictionary that JSON can hold."""
        return {
            "experiment": "cord19",
            "reading": self.reading,
            "figures": [asdict(figure) for figure in self.figures()],
            **({} if self.vectors is None else self.vectors.to_json()),
            "citations": None if self.citations is None else self.citations.to_json(),
            "total_seconds": round(self.seconds, 3),
        }

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        lines: list[str] = []
        for part in (self.vectors, self.citations):
            if part is not None:
                lines += [*([""] if lines else []), *part.summary()]
        return lines


def mean_and_deviation(values: Sequence[float]) -> list[float]:
    """Return the mean and the standard deviation of a sample.

    Example:
        >>> mean_and_deviation([0.9, 0.92]), mean_and_deviation([0.9])
        ([0.91, 0.0141], [0.9, 0.0])
    """
    deviation = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return [round(float(np.mean(values)), 4), round(float(deviation), 4)]


def spread(values: Sequence[float]) -> str:
    """Return the mean and the standard deviation for people."""
    mean, deviation = mean_and_deviation(values)
    return f"{mean:.4f} ± {deviation:.4f}" if len(values) > 1 else f"{mean:.4f}"
