"""What comes of a published experiment that is done again: figures by seed, means and spreads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.duplicates import Duplicates
from wordloom.recipes.keras_fit import Fit
from wordloom.text_table import aligned

__all__ = ["Experiment"]


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
    """

    name: str
    fits: tuple[Fit, ...]
    published: Mapping[str, str]
    counts: Mapping[str, int]
    duplicates: Duplicates
    seconds: Mapping[str, float] = field(default_factory=dict)

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
        }

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        rows = [
            ["model", "seeds", "test", "unseen", "validation, peak", "last", "fit s", "published"]
        ]
        for model in self.models:
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
        names = list(self.recalls(self.models[0]))
        recalls = [["recall", *names]]
        for model in self.models:
            recalls.append([model, *(f"{value:.3f}" for value in self.recalls(model).values())])
        return [
            self.name,
            ", ".join(f"{count:,} {what}" for what, count in self.counts.items()),
            "",
            aligned(rows),
            "",
            aligned(recalls),
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
