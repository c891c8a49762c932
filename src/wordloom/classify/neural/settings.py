"""What a neural classifier goes by, checked in one place."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wordloom.classify.linear.heads import ClassWeight
from wordloom.classify.neural.encoders import Encoder
from wordloom.errors import InputError

__all__ = ["COMBINATIONS", "MIXES", "WEIGHTED", "NeuralSettings"]

COMBINATIONS = ("concatenate", "sum", "dme", "cdme", "gated", "gated-bidirectional")
"""How the vectors of several embeddings become one: laid side by side; projected and added up;
weighted by what each word is (DME) or stands in (CDME) before they are added up; weighted by an
LSTM without projection, as the published Keras notebook does, in one direction or both."""

MIXES = ("learned", "fixed")
"""How the layers of ELMo are added up: with weights that the network learns, or with its own."""

MAX_SIZE = 1 << 16

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
    mix: str
    dropout: float
    max_tokens: int
    truncate: str
    epochs: int | None
    batch_size: int
    learning_rate: float
    embedding_learning_rate: float | None
    validation_share: float
    patience: int
    class_weight: ClassWeight
    random_state: int | None

    def __post_init__(self) -> None:
        choices = {
            "combine": COMBINATIONS,
            "weighting": ("softmax", "sigmoid"),
            "truncate": ("pre", "post"),
            "mix": MIXES,
            "trainable": (True, False),
        }
        for name, known in choices.items():
            value = getattr(self, name)
            if not any(
                value is choice or (value == choice and type(value) is str) for choice in known
            ):
                raise InputError(
                    f"{name} must be one of {', '.join(map(str, known))}. Received: {value!r}."
                )
        for name in ("combined_dim", "max_tokens", "epochs", "batch_size", "patience"):
            value = getattr(self, name)
            if value is None and name == "epochs":
                continue
            # Far more than anybody uses: a damaged file is not to fill the memory.
            if type(value) is not int or not 1 <= value <= MAX_SIZE:
                raise InputError(
                    f"{name} must be a whole number from 1 to {MAX_SIZE:,}. Received: {value!r}."
                )
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
        """Where padding goes: for texts of fixed length to the end at which longer ones are cut."""
        return self.truncate if self.encoder.fixed_length else "post"


def is_number(value: object) -> bool:
    """Tell whether a value is a whole or a decimal number."""
    return isinstance(value, int | float)
