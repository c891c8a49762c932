"""How good predictions are: accuracy with its interval, F1, and what was taken for what."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wordloom.classify.checks import Label, check_labels
from wordloom.errors import FormatError, InputError
from wordloom.text_table import aligned

__all__ = ["LabelMetrics", "Metrics", "measure", "wilson_interval"]

# The 97.5% quantile of the normal distribution: two-sided 95% intervals.
Z95 = 1.959963984540054
MAX_PRINTED_LABELS = 12


@dataclass(frozen=True)
class LabelMetrics:
    """How well one label was recognised.

    Attributes:
        label: The label.
        precision: Of the texts predicted to have it, the share that does; 0 where there are none.
        recall: Of the texts that have it, the share predicted so; 0 where there are none.
        f1: Harmonic mean of both.
        support: How many texts have it.
    """

    label: Label
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Metrics:
    """How good predictions are.

    Attributes:
        n_texts: How many texts were judged.
        accuracy: The share of right predictions.
        accuracy_interval: Wilson's 95% interval of the accuracy, for texts drawn anew.
        macro_f1: Mean F1 of the labels that occur among the true or predicted ones.
        labels: One entry for each label, in label order.
        confusion: Row by row, for each true label, how many texts were predicted to have each
            label; rows and columns in label order.
    """

    n_texts: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    labels: tuple[LabelMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """Return all figures as what JSON knows."""
        return asdict(self) | {
            "accuracy_interval": list(self.accuracy_interval),
            "labels": [asdict(label) for label in self.labels],
            "confusion": [list(row) for row in self.confusion],
        }

    @classmethod
    def from_json(cls, figures: object) -> "Metrics":
        """Read what `to_json` returned.

        Raises:
            FormatError: It is something else.
        """
        try:
            if not isinstance(figures, Mapping):
                raise TypeError(f"they are a {type(figures).__name__}")
            fields: Mapping[str, Any] = figures
            low, high = map(float, fields["accuracy_interval"])
            labels = tuple(
                LabelMetrics(
                    check_labels([entry["label"]], 1).tolist()[0],
                    float(entry["precision"]),
                    float(entry["recall"]),
                    float(entry["f1"]),
                    int(entry["support"]),
                )
                for entry in fields["labels"]
            )
            confusion = tuple(tuple(map(int, row)) for row in fields["confusion"])
            if {len(confusion), *map(len, confusion)} != {len(labels)}:
                raise ValueError("the confusion matrix does not fit the labels")
            return cls(
                int(fields["n_texts"]),
                float(fields["accuracy"]),
                (low, high),
                float(fields["macro_f1"]),
                labels,
                confusion,
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise FormatError(
                f"Saved metrics are damaged: {type(error).__name__}: {error}. Evaluate again."
            ) from None

    def __str__(self) -> str:
        low, high = self.accuracy_interval
        lines = [
            f"accuracy {self.accuracy:.4f} (95% interval {low:.4f} to {high:.4f}), "
            f"macro-F1 {self.macro_f1:.4f}, {self.n_texts:,} texts",
            "",
        ]
        rows = [["label", "precision", "recall", "F1", "texts"]]
        rows += [
            [
                str(entry.label),
                f"{entry.precision:.4f}",
                f"{entry.recall:.4f}",
                f"{entry.f1:.4f}",
                f"{entry.support:,}",
            ]
            for entry in self.labels
        ]
        lines += [aligned(rows), ""]
        if len(self.labels) > MAX_PRINTED_LABELS:
            lines.append(f"(The confusion matrix of {len(self.labels)} labels is too wide here.)")
            return "\n".join(lines)
        names = [str(entry.label) for entry in self.labels]
        lines.append("confusion matrix: a row for each true label, a column for each predicted one")
        rows = [["", *names]]
        rows += [
            [name, *(f"{count:,}" for count in row)]
            for name, row in zip(names, self.confusion, strict=True)
        ]
        return "\n".join([*lines, aligned(rows)])


def measure(
    true: Sequence[Label], predicted: Sequence[Label], labels: Sequence[Label] | None = None
) -> Metrics:
    """Compare predictions with the truth.

    Args:
        true: The label of each text.
        predicted: The label that was predicted for each text.
        labels: The order of labels in the result; None sorts those that occur.

    Returns:
        The figures.

    Raises:
        InputError: There are no texts, not as many predictions as texts, or a label is missing
            from `labels`.

    Example:
        >>> metrics = measure(["ham", "ham", "spam"], ["ham", "spam", "spam"])
        >>> metrics.confusion, round(metrics.macro_f1, 3)
        (((1, 1), (0, 1)), 0.667)
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    if len(true) != len(predicted) or not len(true):
        raise InputError(
            "Each of at least one text needs a true and a predicted label. Received: "
            f"{len(true):,} true labels and {len(predicted):,} predictions."
        )
    truth, guess = np.asarray(true), np.asarray(predicted)
    occurring = np.unique(np.concatenate([truth, guess])).tolist()
    order = occurring if labels is None else list(labels)
    if missing := set(occurring) - set(order):
        raise InputError(
            "The order of labels must name each label that occurs. Received: an order without "
            f"{', '.join(map(repr, sorted(missing)))}."
        )
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, guess, labels=order, zero_division=0
    )
    entries = tuple(
        LabelMetrics(label, float(p), float(r), float(f), int(n))
        for label, p, r, f, n in zip(order, precision, recall, f1, support, strict=True)
    )
    confusion = confusion_matrix(truth, guess, labels=order)
    right = int(np.trace(confusion))
    return Metrics(
        len(truth),
        right / len(truth),
        wilson_interval(right, len(truth)),
        float(np.mean([entry.f1 for entry in entries if entry.label in set(occurring)])),
        entries,
        tuple(map(tuple, confusion.tolist())),
    )


def wilson_interval(right: int, n_texts: int) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson 1927), which holds for small numbers too.

    Args:
        right: How many were right.
        n_texts: Of how many, at least 1.

    Returns:
        The lower and upper end.

    Example:
        >>> [round(end, 3) for end in wilson_interval(9, 10)]
        [0.596, 0.982]
    """
    share, square = right / n_texts, Z95 * Z95
    middle = share + square / (2 * n_texts)
    reach = Z95 * math.sqrt(share * (1 - share) / n_texts + square / (4 * n_texts * n_texts))
    whole = 1 + square / n_texts
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
