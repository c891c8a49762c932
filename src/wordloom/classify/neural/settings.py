"""What a neural classifier goes by, checked in one place."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wordloom.classify.linear.heads import ClassWeight
from wordloom.classify.neural.encoders import Encoder
from wordloom.errors import InputError

__all__ = ["COMBINATIONS", "NeuralSettings"]

COMBINATIONS = ("concatenate", "sum", "dme", "cdme", "gated", "gated-bidirectional")
"""How the vectors of several embeddings become one: laid side by side; projected and added up;
weighted by what each word is (DME) or stands in (CDME) before they are added up; weighted by an
LSTM without projection, as the published Keras notebook does, in one direction or both."""

WEIGHTED = ("dme", "cdme", "gated", "gated-bidirectional")
"""Those that learn how far to trust each embedding."""


@dataclass(frozen=True)
class NeuralSettings:
    """The part of a classifier's settings that its network goes by; see `TextClassifier`."""

    combine: str
    combined_dim: int
    weighting: Literal["softmax", "sigmoid"]
    encoder: Encoder
    trainable: bool
    dropout: float
    max_tokens: int
    truncate: str
    epochs: int
    batch_size: int
    learning_rate: float
    embedding_learning_rate: float | None
    validation_share: float
    patience: int
    class_weight: ClassWeight
    random_state: int | None

    def __post_init__(self) -> None:
        if self.combine not in COMBINATIONS:
            raise InputError(
                f"combine must be one of {', '.join(COMBINATIONS)}. Received: {self.combine!r}."
            )
        if self.weighting not in ("softmax", "sigmoid"):
            raise InputError(f"weighting must be softmax or sigmoid. Received: {self.weighting!r}.")
        if self.truncate not in ("pre", "post"):
            raise InputError(
                "truncate must be 'pre', which cuts off the front of long texts, or 'post'. "
                f"Received: {self.truncate!r}."
            )
        if not isinstance(self.trainable, bool):
            raise InputError(f"trainable must be True or False. Received: {self.trainable!r}.")
        for name in ("combined_dim", "max_tokens", "epochs", "batch_size", "patience"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise InputError(f"{name} must be a whole number from 1 on. Received: {value!r}.")
        for name in ("learning_rate", "embedding_learning_rate"):
            value = getattr(self, name)
            if value is None and name == "embedding_learning_rate":
                continue
            if isinstance(value, bool) or not is_number(value) or not 0 < value < math.inf:
                raise InputError(f"{name} must be a number above 0. Received: {value!r}.")
        for name in ("dropout", "validation_share"):
            value = getattr(self, name)
            if isinstance(value, bool) or not is_number(value) or not 0 <= value < 1:
                raise InputError(f"{name} must be from 0 to less than 1. Received: {value!r}.")
        weight = self.class_weight
        if not (weight is None or weight == "balanced" or isinstance(weight, Mapping)):
            raise InputError(
                "class_weight must be None, 'balanced', or a dict from labels to weights. "
                f"Received: {weight!r}."
            )

    @property
    def pad(self) -> str:
        """Where padding goes: where a text of fixed length is cut, so that its places keep sense."""
        return self.truncate if self.encoder.fixed_length else "post"


def is_number(value: object) -> bool:
    """Tell whether a value is a whole or a decimal number."""
    return isinstance(value, int | float)
