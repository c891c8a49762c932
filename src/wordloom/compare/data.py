"""The labelled texts of a comparison, checked and dealt out to folds."""

import hashlib
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.checks import Label, check_labels, check_texts
from wordloom.classify.duplicates import Duplicates, find_duplicates, text_key
from wordloom.classify.evaluation import Labelled, warn_of_new_labels
from wordloom.compare.folds import NEVER_HELD_OUT, assign_folds, stratified_sample
from wordloom.errors import DataWarning, InputError

__all__ = ["ComparedTexts", "prepare"]


@dataclass(frozen=True)
class ComparedTexts:
    """What all models learn from and are judged on.

    Attributes:
        name: What reports call the texts.
        texts: The texts of the comparison: all training texts, or a sample.
        codes: int64 (n_texts,), the place of each text's label among `labels`.
        labels: The different labels of all training texts, sorted.
        folds: int64 (n_texts,), the fold in which each text is held out, or -1: never.
        n_folds: How many folds there are.
        others: Training texts that the sample left out, shuffled, each with its label's place.
        test: The test texts with their labels; None where there are none.
        duplicates: How many texts occur twice, all training texts counted.
        notes: What people should know of the data.
    """

    name: str
    texts: list[str]
    codes: NDArray[np.int64]
    labels: list[Label]
    folds: NDArray[np.int64]
    n_folds: int
    others: list[tuple[str, int]]
    test: tuple[list[str], list[Label]] | None
    duplicates: Duplicates
    notes: tuple[str, ...]

    @property
    def n_train(self) -> int:
        """How many texts the smallest training part has."""
        return len(self.texts) - int(np.bincount(self.folds[self.folds >= 0]).max())

    def digest(self) -> str:
        """Return a SHA-256 of all texts and labels, 64 hexadecimal digits."""
        found = hashlib.sha256()
        test = self.test or ([], [])
        for part in (self.texts, [self.labels[code] for code in self.codes.tolist()], *test):
            found.update(f"{len(part)}\0".encode())
            for each in part:
                data = str(each).encode("utf-8", "surrogatepass")
                found.update(f"{type(each).__name__}{len(data)}\0".encode() + data)
        return found.hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the counts and notes as what JSON knows."""
        counts = Counter(self.codes.tolist())
        repeated = self.duplicates
        twice = repeated.within_train or repeated.within_test or repeated.across
        return {
            "name": self.name,
            "texts": len(self.texts),
            "test_texts": None if self.test is None else len(self.test[0]),
            "labels": {str(label): counts[code] for code, label in enumerate(self.labels)},
            "duplicates": repeated.to_json() if twice else None,
            "notes": list(self.notes),
        }


def prepare(
    train: Labelled,
    test: Labelled | None,
    *,
    name: str,
    n_folds: int,
    max_texts: int,
    seed: int,
) -> ComparedTexts:
    """Check labelled texts and deal them out to folds.

    Args:
        train: The training texts.
        test: The test texts, or None.
        name: What reports call them.
        n_folds: How many folds there are to be.
        max_texts: Of more texts a sample of this size is compared.
        seed: Seed of the sample and the folds.

    Returns:
        The texts.

    Raises:
        InputError: Texts or labels are missing or of one kind only, or there are too few texts.
    """
    texts = check_texts(train.texts)
    values = check_labels(train.labels, len(texts))
    labels, codes = np.unique(values, return_inverse=True)
    if len(labels) < 2:
        raise InputError(
            "A comparison needs texts of at least two labels. Received: "
            f"{len(texts):,} texts, all labelled {labels[0].item()!r}. Add texts of others."
        )
    tested = check_test(test, labels.tolist())
    duplicates = find_duplicates(texts, tested[0] if tested else [])
    notes = []
    if str(duplicates) != "No text occurs twice.":
        notes.append(f"{duplicates} Equal texts are always held out together.")
    if tested:
        warn_of_new_labels(values.tolist(), tested[1])
        new = [label for label in tested[1] if label not in set(labels.tolist())]
        if new:
            notes.append(
                f"{len(new):,} of {len(tested[1]):,} test texts have a label that no training text "
                f"has ({listed(new)}): they all count as wrong."
            )
    else:
        notes.append("There is no test part: the figures are those of cross-validation.")
    chosen = stratified_sample(codes, max_texts, seed)
    others: list[tuple[str, int]] = []
    if len(chosen) < len(texts):
        notes.append(
            f"A sample of {len(chosen):,} of {len(texts):,} training texts is compared, each label "
            "with its share (--max-texts)."
        )
        others_of_all = np.setdiff1d(np.arange(len(texts)), chosen)
        left = np.random.default_rng(seed).permutation(others_of_all).tolist()
        others = [(texts[place], int(codes[place])) for place in left]
        texts, codes = [texts[place] for place in chosen.tolist()], codes[chosen]
    folds = assign_folds(codes, [text_key(text) for text in texts], n_folds, seed)
    kept = np.unique(codes[folds != NEVER_HELD_OUT])
    alone = [labels[code].item() for code in range(len(labels)) if code not in kept]
    if alone:
        message = (
            f"{len(alone):,} of {len(labels):,} labels have a single different text "
            f"({listed(alone)}): none can be held out, so nobody is judged on them."
        )
        warnings.warn(message, DataWarning, stacklevel=3)
        notes.append(message)
    sizes = np.bincount(folds[folds >= 0], minlength=n_folds)
    if len(kept) < 2 or sizes.min() < 1:
        raise InputError(
            f"Cross-validation with {n_folds} folds needs at least two labels with two different "
            f"texts each, and {n_folds} such texts. Received: {len(texts):,} texts, and "
            f"{len(kept)} such labels. Add texts, or take fewer folds."
        )
    return ComparedTexts(
        name,
        texts,
        codes.astype(np.int64),
        labels.tolist(),
        folds,
        n_folds,
        others,
        tested,
        duplicates,
        tuple(notes),
    )


def check_test(test: Labelled | None, labels: list[Label]) -> tuple[list[str], list[Label]] | None:
    """Return test texts and labels, if they are of the kind of the training labels."""
    if test is None:
        return None
    texts = check_texts(test.texts)
    values = check_labels(test.labels, len(texts)).tolist()
    if type(values[0]) is not type(labels[0]):
        raise InputError(
            "Training and test labels must be of one type. Received: "
            f"{labels[0]!r} in training and {values[0]!r} in the test. Convert one."
        )
    return texts, values


def listed(labels: list[Label]) -> str:
    """Return a few of the different labels, for messages."""
    names = sorted({repr(label) for label in labels})
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
