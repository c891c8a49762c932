"""The labels of texts as numbers: one label for each text, or any number of them."""

import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.checks import Label, check_labels
from wordloom.errors import DataWarning, InputError

__all__ = ["Labels", "Targets", "check_counts", "read_targets"]

Labels = Sequence[Label] | Sequence[Collection[Label]]
"""One label for each text; or, for multi-label classification, a list, tuple or set of them."""


@dataclass(frozen=True)
class Targets:
    """What a classifier learns to predict.

    Attributes:
        classes: (n_classes,), the different labels, sorted.
        codes: int64 (n_texts,), the place of each text's label among the classes; for multi-label
            classification bool (n_texts, n_classes), which labels each text has.
    """

    classes: NDArray[np.generic]
    codes: NDArray[np.int64] | NDArray[np.bool_]

    @property
    def multi_label(self) -> bool:
        """Whether a text may have any number of labels."""
        return self.codes.ndim == 2

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many texts have each label, int64 (n_classes,)."""
        if self.multi_label:
            return np.asarray(self.codes.sum(axis=0), np.int64)
        return np.bincount(self.codes, minlength=len(self.classes))


def read_targets(labels: Labels, n_texts: int) -> Targets:
    """Turn labels into numbers.

    Args:
        labels: One label for each text, or one list, tuple or set of labels for each; all labels
            str or all whole numbers.
        n_texts: How many texts there are.

    Returns:
        The numbers, and the labels that they stand for.

    Raises:
        InputError: There are more or fewer labels than texts, a label is missing, they are of
            different types, or some texts have one label and others a list of them.

    Example:
        >>> read_targets(["b", "a", "b"], 3).codes.tolist()
        [1, 0, 1]
        >>> read_targets([["a"], [], ["b", "a"]], 3).codes.astype(int).tolist()
        [[1, 0], [0, 0], [1, 1]]
    """
    listed: list[Any] = list(labels)
    several = [isinstance(label, list | tuple | set | frozenset) for label in listed]
    if not any(several):
        # A row of labels that ends here too early, or holds odd values, is named by the check.
        classes, codes = np.unique(check_labels(listed, n_texts), return_inverse=True)
        return Targets(classes, codes.astype(np.int64))
    if len(listed) != n_texts:
        raise InputError(
            f"Each text needs one list of labels. Received: {n_texts:,} texts and {len(listed):,} "
            "lists. Check that both come from the same rows."
        )
    if not all(several):
        place = several.index(False)
        raise InputError(
            "Either every text has one label, or every text has a list of them. Received: "
            f"{listed[place]!r} as text {place}'s, counted from 0, and lists elsewhere. Write "
            f"[{listed[place]!r}]."
        )
    flat = [label for text_labels in listed for label in text_labels]
    if not flat:
        raise InputError("At least one text must have a label. Received: empty lists only.")
    classes, found = np.unique(check_labels(flat, len(flat)), return_inverse=True)
    codes = np.zeros((n_texts, len(classes)), np.bool_)
    codes[np.repeat(np.arange(n_texts), [len(text_labels) for text_labels in listed]), found] = True
    return Targets(classes, codes)


def check_counts(targets: Targets, train: NDArray[np.int64]) -> None:
    """Refuse texts of one label only; warn of labels that can hardly be learned or judged.

    Args:
        targets: The labels of all texts.
        train: int64, which of them are trained on.

    Raises:
        InputError: Every training text has the same one label.
    """
    counts = Targets(targets.classes, targets.codes[train]).counts
    n_texts = len(train)
    if not targets.multi_label and np.sum(counts > 0) < 2:
        raise InputError(
            "A classifier needs texts of at least two labels. Received: "
            f"{n_texts:,} texts, all labelled {targets.classes[counts.argmax()].item()!r}. Add "
            "texts of others."
        )
    alone = targets.classes[(counts == 1)].tolist()
    if alone:
        warnings.warn(
            f"{len(alone):,} of {len(counts):,} labels have one training text only "
            f"({', '.join(map(repr, alone[:5]))}{', …' if len(alone) > 5 else ''}): they can "
            "hardly be learned. Add texts, or join these labels with others.",
            DataWarning,
            stacklevel=3,
        )
    unseen = targets.classes[counts == 0].tolist()
    if unseen:
        warnings.warn(
            f"Held-out texts have labels that no training text has ({', '.join(map(repr, unseen))}"
            "): these cannot be learned. Check the spelling of labels and the split.",
            DataWarning,
            stacklevel=3,
        )
