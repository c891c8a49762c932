"""The scores that a text gets: what each is to tell, and how much an error on it costs."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.heads import ClassWeight, check_class_weight
from wordloom.classify.targets import Targets
from wordloom.errors import InputError

__all__ = ["error_costs", "outputs_of", "positives"]

HEAVIEST: Final = 1e6
"""Class weights lie between its inverse and this."""


def outputs_of(targets: Targets) -> int:
    """Return how many scores a text gets: one for each label, or one for two."""
    n_labels = len(targets.classes)
    return 1 if n_labels == 2 and not targets.multi_label else n_labels


def positives(targets: Targets) -> NDArray[np.bool_]:
    """Return for each text and score whether it should be above 0, bool (n_texts, n_outputs)."""
    if targets.multi_label:
        return np.asarray(targets.codes, np.bool_)
    found = targets.codes[:, None] == np.arange(len(targets.classes))
    return np.asarray(found[:, 1:] if outputs_of(targets) == 1 else found, np.bool_)


def error_costs(
    targets: Targets, positive: NDArray[np.bool_], class_weight: ClassWeight
) -> NDArray[np.float32]:
    """Return how much an error on each text counts for each label, float32 like `positive`."""
    from sklearn.utils.class_weight import compute_sample_weight

    check_class_weight(class_weight, targets.classes)
    costs = np.ones(positive.shape, np.float32)
    if class_weight is None:
        return costs
    if targets.multi_label:
        for label, name in enumerate(targets.classes.tolist()):
            own = class_weight
            if not isinstance(own, str):
                own = {True: own.get(name, 1.0), False: 1.0}
            costs[:, label] = compute_sample_weight(own, positive[:, label])
    else:
        weights = compute_sample_weight(class_weight, targets.classes[targets.codes])
        costs *= np.asarray(weights, np.float32)[:, None]
    if not np.all((costs > 1 / HEAVIEST) & (costs < HEAVIEST)):
        raise InputError(
            f"Class weights must lie between {1 / HEAVIEST:g} and {HEAVIEST:g}. Received: "
            f"{class_weight!r}."
        )
    return costs
