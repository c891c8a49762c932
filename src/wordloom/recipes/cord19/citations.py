"""SciCite as the experiment takes it, and the figures of a fit, by step and at the end."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.metrics import Metrics
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.resolve import resolve_labelled
from wordloom.errors import InputError

__all__ = ["LABELS", "CitationFit", "Citations", "Point", "targets_of"]

Targets = NDArray[np.int64]

LABELS: Final = ("method", "background", "result")
"""The labels in the published order, which `tf.metrics` counts from 0."""


@dataclass(frozen=True)
class Citations:
    """SciCite's three splits.

    Attributes:
        train: The training texts, in the order of the file.
        dev: The texts on which choices are made.
        test: The test texts.
    """

    train: LabelledTexts
    dev: LabelledTexts
    test: LabelledTexts

    @classmethod
    def open(cls, source: str = "data:scicite", *, progress: bool = False) -> "Citations":
        """Read the splits.

        Args:
            source: "data:scicite", or a folder with train.jsonl, dev.jsonl and test.jsonl.
            progress: Show a progress bar on stderr while downloading.

        Raises:
            InputError: A split is missing, or has other labels than `LABELS`.
        """
        parts = [resolve_labelled(source, name, progress=progress) for name in cls.__annotations__]
        for part in parts:
            if others := sorted(set(part.labels) - set(LABELS)):
                raise InputError(
                    f"The labels of SciCite are {', '.join(LABELS)}. Received: {part.name} with "
                    f"{', '.join(map(repr, others[:5]))}. Name a folder of SciCite's tables."
                )
        return cls(*parts)

    def counts(self) -> dict[str, int]:
        """Return how many texts there are, by their name."""
        return {
            "training texts": len(self.train),
            "dev texts": len(self.dev),
            "test texts": len(self.test),
        }


def targets_of(part: LabelledTexts) -> Targets:
    """Return the place of each text's label among `LABELS`, int64 (n_texts,)."""
    return np.array([LABELS.index(label) for label in part.labels], np.int64)


@dataclass(frozen=True)
class Point:
    """Figures on the way.

    Attributes:
        step: How many batches were learned from.
        loss: Mean cross-entropy, in nats.
        accuracy: The share of right predictions.
        precision: As published: of the texts predicted to have another label than the first, the
            share that has another one. Corrected: the mean over labels.
        recall: The same of the texts that have it.
    """

    step: int
    loss: float
    accuracy: float
    precision: float
    recall: float

    @classmethod
    def of(
        cls, step: int, probabilities: NDArray[Any], targets: Targets, *, macro: bool
    ) -> "Point":
        """Judge probabilities, (n_texts, n_labels).

        Example:
            >>> sure = np.eye(3)[[0, 1, 2, 1]] * 0.7 + 0.1
            >>> Point.of(200, sure, np.array([0, 2, 1, 0]), macro=False)
            Point(step=200, loss=1.7827, accuracy=0.25, precision=0.6667, recall=1.0)
        """
        predicted = probabilities.argmax(axis=1)
        chance = probabilities[np.arange(len(targets)), targets]
        loss = -float(np.log(np.maximum(chance, 1e-30)).mean())
        # Rows: the true labels; columns: the predicted ones.
        confusion = np.zeros((probabilities.shape[1],) * 2)
        np.add.at(confusion, (targets, predicted), 1)
        if macro:
            right = confusion.diagonal()
            precision, recall = (
                float(np.mean(right / np.maximum(confusion.sum(axis=axis), 1))) for axis in (0, 1)
            )
        else:
            both = confusion[1:, 1:].sum()
            precision, recall = (
                float(both / max(part.sum(), 1)) for part in (confusion[:, 1:], confusion[1:])
            )
        accuracy = float(confusion.trace() / len(targets))
        return cls(step, *(round(value, 4) for value in (loss, accuracy, precision, recall)))


@dataclass(frozen=True)
class CitationFit:
    """One model, fitted with one seed.

    Attributes:
        model: What it is called.
        seed: The seed of everything random.
        points: Figures by step: as published on the test texts, corrected on the dev texts.
        chosen: The step whose state was judged; 0 where there were no steps.
        metrics: The figures on the test texts.
        seconds: Wall-clock seconds of the fit.
    """

    model: str
    seed: int
    points: tuple[Point, ...]
    chosen: int
    metrics: Metrics
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return all figures as what JSON knows."""
        return {
            "model": self.model,
            "seed": self.seed,
            "points": [asdict(point) for point in self.points],
            "chosen_step": self.chosen,
            "metrics": self.metrics.to_json(),
            "seconds": round(self.seconds, 3),
        }
