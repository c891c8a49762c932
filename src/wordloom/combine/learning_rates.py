"""Optimizers with a learning rate of their own for chosen layers.

Pretrained vectors usually want smaller steps than the layers on top of them. Scaling gradients
would not do: Adam divides them by their own size. So the learning rate itself is scaled, weight by
weight. A layer that has a `learning_rate_multiplier`, as `WordEmbedding` does, puts it on its
weights, from where the optimizers here read it; for other layers it is given by name. Keras' own
optimizers know nothing of either.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wordloom.combine.backend import keras
from wordloom.combine.tensors import Tensor
from wordloom.errors import InputError

__all__ = ["SGD", "Adam", "check_multiplier"]


def check_multiplier(multiplier: float, what: str = "learning_rate_multiplier") -> float:
    """Return a multiplier of the learning rate as a float.

    Args:
        multiplier: The number.
        what: What it is called, for the error message.

    Raises:
        InputError: It is not a positive finite number.

    Example:
        >>> check_multiplier(1)
        1.0
    """
    number = isinstance(multiplier, int | float) and not isinstance(multiplier, bool)
    if not number or not math.isfinite(multiplier) or multiplier <= 0:
        raise InputError(
            "The learning rate is multiplied by a positive number. "
            f"Received: {what}={multiplier!r}. Take trainable=False to keep vectors as they are."
        )
    return float(multiplier)


if TYPE_CHECKING:
    Optimizer = Any
else:
    Optimizer = object


class LayerRates(Optimizer):  # type: ignore[misc]
    """What an optimizer needs to scale its learning rate by layer; stands before Keras' class."""

    def __init__(
        self, *args: object, multipliers: Mapping[str, float] | None = None, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.multipliers = {
            name: check_multiplier(factor, f"multipliers[{name!r}]")
            for name, factor in (multipliers or {}).items()
        }
        self._factors: tuple[float, ...] = ()

    def build(self, variables: Sequence[Any]) -> None:
        """Prepare for the weights of a model, keras.Variables."""
        if self.built:
            return
        super().build(variables)
        paths = [variable.path.split("/") for variable in variables]
        unused = set(self.multipliers).difference(*paths)
        if unused:
            raise InputError(
                f"Multipliers are given by the names of trainable layers. Received: "
                f"{', '.join(sorted(unused))}; the trainable weights are "
                f"{', '.join('/'.join(path) for path in paths)}."
            )
        self._factors = tuple(map(self._factor, variables, paths))

    def _factor(self, variable: object, path: list[str]) -> float:
        """Return a weight's multiplier: that of its innermost named layer, or else its own."""
        for name in reversed(path):
            if name in self.multipliers:
                return self.multipliers[name]
        return getattr(variable, "learning_rate_multiplier", 1.0)

    def update_step(self, gradient: object, variable: object, learning_rate: Tensor) -> None:
        """Move one weight."""
        factor = self._factors[self._get_variable_index(variable)]
        if factor != 1.0:
            learning_rate = learning_rate * factor
        # TensorFlow gives an entry for each time that a batch looks a row up. Keras' Adam would
        # square these one by one, and step too far: four times as far for a word that occurs 16
        # times. As one tensor they are summed.
        if keras.backend.backend() == "tensorflow":
            import tensorflow

            gradient = tensorflow.convert_to_tensor(gradient)
        super().update_step(gradient, variable, learning_rate)

    def get_config(self) -> dict[str, Any]:
        """Return the settings, ready for JSON."""
        return {**super().get_config(), "multipliers": dict(self.multipliers)}


@keras.saving.register_keras_serializable(package="wordloom")
class Adam(LayerRates, keras.optimizers.Adam):  # type: ignore[misc]
    """Keras' Adam, with a learning rate of their own for chosen layers.

    Each step goes over all of a table's rows, also those of words that a batch lacks, as in Keras;
    so give a trainable `WordEmbedding` only the words that your texts hold.

    Args:
        args: What `keras.optimizers.Adam` takes, first of all the learning rate; see there.
        multipliers: What the learning rate is multiplied by, for layers by name. Layers with a
            `learning_rate_multiplier` need not be named. Weight decay goes by the plain rate.
        kwargs: What `keras.optimizers.Adam` takes by name.

    Raises:
        InputError: A multiplier is not a positive number, or (when the optimizer meets the model)
            no trainable layer has its name.

    Example:
        >>> optimizer = Adam(1e-3, multipliers={"glove": 0.1})
        >>> Adam.from_config(optimizer.get_config()).multipliers["glove"]
        0.1
    """


@keras.saving.register_keras_serializable(package="wordloom")
class SGD(LayerRates, keras.optimizers.SGD):  # type: ignore[misc]
    """Keras' SGD, with a learning rate of their own for chosen layers.

    Args:
        args: What `keras.optimizers.SGD` takes, first of all the learning rate; see there.
        multipliers: As for `Adam`.
        kwargs: What `keras.optimizers.SGD` takes by name.

    Raises:
        InputError: As for `Adam`.

    Example:
        >>> SGD(0.1, momentum=0.9, multipliers={"glove": 0.1}).momentum
        0.9
    """
