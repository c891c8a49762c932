"""Example predictions: a few texts with what a classifier says of them, to read with one's eyes."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from wordloom.classify.checks import Label, check_texts
from wordloom.errors import InputError
from wordloom.text_table import aligned

__all__ = ["Answer", "ExamplePrediction", "ExamplePredictions", "example_predictions"]

Answer = Label | tuple[Label, ...]
"""The label of a text, or its labels where it can have several."""

Item = TypeVar("Item")
LEAST_TEXT_WIDTH = 16
LABEL_WIDTH = 24
# Far more than is ever shown of a text need not be looked at.
LOOKED_AT = 20


class Classifier(Protocol):
    """What predicts; `predict_proba` and `classes_` are used where they are there."""

    def predict(self, texts: Sequence[str]) -> Iterable[Any]:
        """Return the label, or a tuple of labels, of each text."""


@dataclass(frozen=True)
class ExamplePrediction:
    """One text and what was predicted.

    Attributes:
        text: The whole text.
        label: Its true label, or labels; None if not known.
        predicted: The predicted label, or labels.
        probability: The probability of the predicted label. Of several labels that of the decision
            that was the least certain, whether for a label or against it. None if the classifier
            gives no probabilities.
    """

    text: str
    label: Answer | None
    predicted: Answer
    probability: float | None

    @property
    def wrong(self) -> bool:
        """Whether the true label is known and is another."""
        return self.label is not None and as_set(self.label) != as_set(self.predicted)

    def to_json(self) -> dict[str, Any]:
        """Return everything as what JSON knows."""
        return {
            "text": self.text,
            "label": list(self.label) if isinstance(self.label, tuple) else self.label,
            "predicted": (
                list(self.predicted) if isinstance(self.predicted, tuple) else self.predicted
            ),
            "probability": self.probability,
        }


@dataclass(frozen=True)
class ExamplePredictions:
    """A few texts and what was predicted.

    Attributes:
        rows: The texts, in the order in which they are shown.
    """

    rows: tuple[ExamplePrediction, ...]

    def table(self, width: int = 100) -> str:
        """Return the examples as a plain table, one line for each.

        Args:
            width: How many columns it has at most, as long as 16 are left for the texts. Texts that
                are too long end with an ellipsis.

        Returns:
            The table.
        """
        from rich.cells import cell_len

        head = ["text", "label", "predicted", "probability", ""]
        rows = [
            [
                "",
                "" if row.label is None else one_line(joined(row.label), LABEL_WIDTH),
                one_line(joined(row.predicted), LABEL_WIDTH),
                "" if row.probability is None else f"{row.probability:.3f}",
                "wrong" if row.wrong else "",
            ]
            for row in self.rows
        ]
        # Columns that hold nothing are left out.
        kept = [0, *(place for place in range(1, 5) if any(row[place] for row in rows))]
        cells = [[row[place] for place in kept] for row in [head, *rows]]
        others = sum(
            2 + max(map(cell_len, column)) for column in list(zip(*cells, strict=True))[1:]
        )
        room = max(LEAST_TEXT_WIDTH, width - others)
        for line, row in zip(cells[1:], self.rows, strict=True):
            line[0] = one_line(row.text, room)
        return aligned(cells)

    def __str__(self) -> str:
        return self.table()

    def to_json(self) -> dict[str, Any]:
        """Return everything as what JSON knows."""
        return {"rows": [row.to_json() for row in self.rows]}


def example_predictions(
    classifier: Classifier,
    texts: Iterable[str],
    labels: Iterable[Any] | None = None,
    count: int = 10,
    random_state: int | None = 0,
    *,
    mistakes_first: bool = False,
) -> ExamplePredictions:
    """Let a classifier predict a few texts, chosen at random and shown in their order.

    Args:
        classifier: Anything with `predict`. Probabilities come from its `predict_proba` and
            `classes_`, if it has them and does not refuse.
        texts: The texts to choose from.
        labels: The true label of each text, or a tuple of its labels; None if not known.
        count: How many to show; all, if there are fewer.
        random_state: Seed of the choice; None draws anew each time.
        mistakes_first: Predict all texts, and show wrong predictions first, the most confident
            first; texts chosen from the others follow if there is room.

    Returns:
        The examples.

    Raises:
        InputError: The texts are not a list of str, there are not as many labels, the count is
            below 1, or mistakes are asked for without labels.

    Example:
        >>> from wordloom.classify.baselines import MajorityClassifier
        >>> texts, labels = ["good film", "fine film", "bad film"], ["+", "+", "-"]
        >>> print(example_predictions(MajorityClassifier().fit(texts, labels), texts, labels))
        text       label  predicted
        good film      +          +
        fine film      +          +
        bad film       -          +  wrong
    """
    listed = check_texts(texts)
    truth = None if labels is None else [plain(label) for label in labels]
    if truth is not None and len(truth) != len(listed):
        raise InputError(
            f"Each text needs one label. Received: {len(listed):,} texts and {len(truth):,} "
            "labels. Check that both come from the same rows."
        )
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise InputError(f"`count` must be a whole number from 1. Received: {count!r}.")
    if mistakes_first and truth is None:
        raise InputError(
            "Mistakes are known only where labels are. Received: mistakes_first=True without "
            "labels. Pass the labels."
        )
    random = np.random.default_rng(random_state)
    chosen = list(range(len(listed)))
    if not mistakes_first:
        chosen = sample(chosen, count, random)
    rows = predicted_rows(
        classifier,
        [listed[number] for number in chosen],
        [None if truth is None else truth[number] for number in chosen],
    )
    if mistakes_first:
        wrong = sorted((row for row in rows if row.wrong), key=lambda row: -(row.probability or 0))
        right = [row for row in rows if not row.wrong]
        rows = [*wrong[:count], *sample(right, max(0, count - len(wrong)), random)]
    return ExamplePredictions(tuple(rows))


def sample(items: list[Item], count: int, random: np.random.Generator) -> list[Item]:
    """Return some of the items, chosen at random, in their order."""
    chosen = random.choice(len(items), min(count, len(items)), replace=False)
    return [items[number] for number in sorted(chosen.tolist())]


def predicted_rows(
    classifier: Classifier, texts: list[str], labels: Sequence[Answer | None]
) -> list[ExamplePrediction]:
    """Return texts with their predictions."""
    predictions = [plain(answer) for answer in classifier.predict(texts)]
    probabilities: list[Any] = [None] * len(texts)
    classes = [plain(label) for label in getattr(classifier, "classes_", ())]
    if hasattr(classifier, "predict_proba") and classes:
        try:
            table = np.asarray(classifier.predict_proba(texts))
            probabilities = [
                probability_of(answer, dict(zip(classes, row, strict=True)))
                for answer, row in zip(predictions, table.tolist(), strict=True)
            ]
        except InputError:
            # Not every classifier has probabilities: a support vector machine refuses.
            pass
    return [
        ExamplePrediction(*row)
        for row in zip(texts, labels, predictions, probabilities, strict=True)
    ]


def probability_of(answer: Answer, probabilities: dict[Answer, float]) -> float:
    """Return how certain an answer is, from the probability of each label."""
    if not isinstance(answer, tuple):
        return probabilities[answer]
    return min(p if label in answer else 1 - p for label, p in probabilities.items())


def plain(label: Any) -> Any:  # noqa: ANN401
    """Return a label without NumPy's types, and several labels as a tuple."""
    if isinstance(label, np.generic | np.ndarray):
        label = label.tolist()
    if isinstance(label, set | frozenset):
        label = sorted(label)
    return tuple(map(plain, label)) if isinstance(label, list | tuple) else label


def as_set(answer: Answer) -> frozenset[Hashable]:
    """Return the labels of an answer, whose order does not matter."""
    return frozenset(answer if isinstance(answer, tuple) else (answer,))


def joined(answer: Answer) -> str:
    """Return an answer as people read it."""
    if isinstance(answer, tuple):
        return ", ".join(map(str, answer)) or "(none)"
    return str(answer)


def one_line(text: str, columns: int) -> str:
    r"""Return a text without line ends and control characters, cut at a word where it is too wide.

    Example:
        >>> one_line("A film\nthat nobody should miss.", 20)
        'A film that nobody…'
    """
    from rich.cells import cell_len

    start = text[: LOOKED_AT * columns]
    # White space and control characters part words; marks that turn or join text just go.
    shown = (c if c.isprintable() else " " if c.isspace() or c < "\xa0" else "" for c in start)
    line = " ".join("".join(shown).split())
    if len(start) == len(text) and cell_len(line) <= columns:
        return line
    while cell_len(line) > columns - 1:
        line = line[:-1]
    at_word = line.rpartition(" ")[0]
    # A long last word is cut in the middle, or too little would be left.
    if cell_len(at_word) > 2 * columns // 3:
        line = at_word
    return f"{line.rstrip()}…"
