"""What an attention report accepts, checked where it enters."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.classify.checks import Label
from wordloom.errors import InputError

__all__ = [
    "TextLabels",
    "check_array",
    "check_label_count",
    "check_names",
    "check_row_splits",
    "check_weights",
    "labels_of",
]

TextLabels = Label | Iterable[Label]
"""The class of a text, or its classes where texts may have several or none."""

# Weights in half precision may lie this far outside of 0 to 1.
ROUNDING = 2e-3

Number = TypeVar("Number", bound=np.generic)


def check_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the embeddings' names; each must be there and differ from the others."""
    listed = tuple(names)
    strings = all(isinstance(name, str) for name in listed)
    if not listed or len(set(listed)) < len(listed) or not strings:
        raise InputError(
            "An attention report needs the names of at least 1 embedding, all different. "
            f"Received: {listed!r}. Give each embedding a name of its own."
        )
    return listed


def check_array(
    name: str, values: ArrayLike, dtype: type[Number], shape: tuple[int, ...]
) -> NDArray[Number]:
    """Return values as an array of a type, and refuse another shape or kind of number."""
    array = np.asarray(values)
    if array.shape != shape or not (array.size == 0 or np.can_cast(array, dtype, "same_kind")):
        raise InputError(
            f"{name} must be {dtype.__name__} of shape {shape}, a row for each token. Received: "
            f"{array.dtype} of shape {array.shape}."
        )
    return array.astype(dtype)


def check_weights(values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return weights as float32, all from 0 to 1."""
    weights = check_array("weights", values, np.float32, shape)
    # Written so that NaN fails.
    if not ((weights >= -ROUNDING) & (weights <= 1 + ROUNDING)).all():
        raise InputError(
            f"Attention weights are numbers from 0 to 1. Received: {weights.min():.4g} to "
            f"{weights.max():.4g}. Hand over the weights after the softmax or sigmoid."
        )
    return np.clip(weights, 0, 1)


def check_row_splits(values: ArrayLike, n_tokens: int) -> NDArray[np.int64]:
    """Return where each text begins and the last one ends, as int64."""
    splits = np.asarray(values)
    fits = splits.ndim == 1 and len(splits) > 0 and splits.dtype.kind in "iu"
    if not fits or splits[0] != 0 or splits[-1] != n_tokens or (np.diff(splits) < 0).any():
        raise InputError(
            f"row_splits are whole numbers that rise from 0 to the number of tokens, {n_tokens:,}. "
            f"Received: {np.array2string(splits, threshold=8)}."
        )
    return splits.astype(np.int64)


def check_label_count(labels: Sequence[TextLabels] | None, n_texts: int) -> None:
    """Refuse labels that are not one entry for each text."""
    if labels is not None and len(labels) != n_texts:
        raise InputError(
            f"Each text needs its label. Received: {n_texts:,} texts and {len(labels):,} labels. "
            "Check that both come from the same rows."
        )


def labels_of(entry: TextLabels) -> tuple[Label, ...]:
    """Return a text's classes; there may be one, several or none."""
    if isinstance(entry, str | int | np.generic):
        return (entry.item() if isinstance(entry, np.generic) else entry,)
    return tuple(dict.fromkeys(entry))
