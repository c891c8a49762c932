"""What comes of a published experiment that is done again: figures by seed, means and spreads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.duplicates import Duplicates
from wordloom.recipes.keras_fit import Fit
from wordloom.recipes.reading import Reading
from wordloom.text_table import aligned

__all__ = ["Experiment", "Fits", "spread"]


@dataclass
class Fits:
    """What comes of the fits of an experiment.

    Attributes:
        fits: All models, each with all seeds.
        counts: What was counted on the way, by its name.
        seconds: Wall-clock seconds of what came before the fits, by its name.
        attention: How far a network trusted each of its embeddings; None where none was asked.
    """

    fits: list[Fit] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    attention: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Experiment:
    """A published experiment, done again with several seeds.

    Attributes:
        name: What was done.
        fits: All models, each with all seeds.
        published: What was published for a model, where anything was.
        counts: What was counted on the way, by its name.
        duplicates: How many texts occur twice.
        seconds: Wall-clock seconds of what came before the fits, by its name.
        reading: "published" or "corrected".
        attention: How far a network trusted each of its embeddings, as `AttentionReport.to_json`
            says it; None where none was asked.
    """

    name: str
    fits: tuple[Fit, ...]
    published: Mapping[str, str]
    counts: Mapping[str, int]
    duplicates: Duplicates
    seconds: Mapping[str, float] = field(default_factory=dict)
    reading: Reading = "published"
    attention: Mapping[str, Any] | None = None

    @property
    def models(self) -> list[str]:
        """What the models are called, in order."""
        return list(dict.fromkeys(fit.model for fit in self.fits))

    def of(self, model: str) -> list[Fit]:
        """Return the fits of a model, one for each seed."""
        return [fit for fit in self.fits if fit.model == model]

    def accuracies(self, model: str) -> NDArray[np.float64]:
        """Return the test accuracy of a model for each seed, float64 (n_seeds,)."""
        return np.array([fit.metrics.accuracy for fit in self.of(model)])

    def recalls(self, model: str) -> dict[str, float]:
        """Return the recall of each label, the mean over the seeds."""
        fits = self.of(model)
        labels = [str(entry.label) for entry in fits[0].metrics.labels]
        recalls = [[entry.recall for entry in fit.metrics.labels] for fit in fits]
        return dict(zip(labels, np.mean(recalls, axis=0).tolist(), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Return the result as a dictionary that JSON can hold."""
        return {
            "experiment": self.name,
            "reading": self.reading,
            "models": [
                {
                    "model": model,
                    "published": self.published.get(model),
                    "seeds": len(self.of(model)),
                    "accuracy": mean_and_deviation(self.accuracies(model)),
                    "unseen_accuracy": mean_and_deviation(
                        [fit.unseen_accuracy for fit in self.of(model)]
                    ),
                    "validation_peak": mean_and_deviation(peaks(self.of(model))),
                    "validation_last": mean_and_deviation(lasts(self.of(model))),
                    "recalls": self.recalls(model),
                }
                for model in self.models
            ],
            "fits": [fit.to_json() for fit in self.fits],
            "counts": dict(self.counts),
            "duplicates": self.duplicates.to_json(),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "attention": self.attention,
        }

    def figure_rows(self, models: Sequence[str] | None = None) -> list[list[str]]:
        """Return a table of models, their head first; columns that would be empty are left out.

        Args:
            models: Which of them; None for all.
        """
        rows = [
            ["model", "seeds", "test", "unseen", "validation, peak", "last", "fit s", "published"]
        ]
        for model in self.models if models is None else models:
            fits = self.of(model)
            rows.append(
                [
                    model,
                    str(len(fits)),
                    spread(self.accuracies(model)),
                    spread([fit.unseen_accuracy for fit in fits]),
                    spread(peaks(fits)),
                    spread(lasts(fits)),
                    f"{np.mean([fit.seconds for fit in fits]):.1f}",
                    self.published.get(model, ""),
                ]
            )
        kept = [place for place, head in enumerate(rows[0]) if any(row[place] for row in rows[1:])]
        if not self.duplicates.across and 3 in kept:
            kept.remove(3)
        return [[row[place] for place in kept] for row in rows]

    def recall_rows(self) -> list[list[str]]:
        """Return a table of the recall of each label, its head first."""
        rows = [["recall", *self.recalls(self.models[0])]]
        for model in self.models:
            rows.append([model, *(f"{value:.3f}" for value in self.recalls(model).values())])
        return rows

    def confusion(self, model: str) -> NDArray[np.int64]:
        """Return how often each label was taken for each, added up over the seeds.

        Args:
            model: The model.

        Returns:
            int64 (n_labels, n_labels), a row for each true label; in the order of `recalls`.
        """
        counts = np.array([fit.metrics.confusion for fit in self.of(model)], np.int64)
        return np.asarray(counts.sum(axis=0))

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        return [
            self.name,
            ", ".join(f"{count:,} {what}" for what, count in self.counts.items()),
            "",
            aligned(self.figure_rows()),
            "",
            aligned(self.recall_rows()),
            "",
            str(self.duplicates),
        ]


def peaks(fits: Sequence[Fit]) -> list[float]:
    """Return the best validation accuracy of each fit that has any."""
    return [max(fit.validation) for fit in fits if fit.validation]


def lasts(fits: Sequence[Fit]) -> list[float]:
    """Return the last validation accuracy of each fit that has any."""
    return [fit.validation[-1] for fit in fits if fit.validation]


def mean_and_deviation(values: "Sequence[float] | NDArray[np.float64]") -> list[float] | None:
    """Return the mean and the standard deviation of a sample; None where there is no value.

    Example:
        >>> mean_and_deviation([0.9, 0.92]), mean_and_deviation([0.9]), mean_and_deviation([])
        ([0.91, 0.0141], [0.9, 0.0], None)
    """
    if not len(values):
        return None
    deviation = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return [round(float(np.mean(values)), 4), round(float(deviation), 4)]


def spread(values: "Sequence[float] | NDArray[np.float64]") -> str:
    """Return the mean and the standard deviation for people; nothing where there is no value."""
    found = mean_and_deviation(values)
    if found is None:
        return ""
    mean, deviation = found
    return f"{mean:.4f} ± {deviation:.4f}" if len(values) > 1 else f"{mean:.4f}"
