"""Layers whose weights have published names, under which they are put in and taken out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.tensors import Shape
from wordloom.elmo.options import ELMoOptions
from wordloom.errors import FormatError

__all__ = ["PublishedLayer", "Variable"]

Variable = Any
"""A variable of Keras."""


class PublishedLayer(keras.layers.Layer):  # type: ignore[misc]
    """A layer of ELMo; subclasses make their weights in `build` and name them.

    What shape the weights have follows from the options alone, so a layer can be built, filled and
    read before it has seen any input.

    Args:
        options: The shape of the network; or the content of an `options.json`.
        kwargs: What every Keras layer takes (`name`, `dtype`, `trainable`).
    """

    def __init__(self, options: ELMoOptions | Mapping[str, object], **kwargs: object) -> None:
        super().__init__(**kwargs)
        if not isinstance(options, ELMoOptions):
            options = ELMoOptions.from_json(options)
        self.options = options
        self.supports_masking = True

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the weights."""
        raise NotImplementedError

    def published_variables(self) -> dict[str, Variable]:
        """Return the variables by their published names."""
        raise NotImplementedError

    def set_published(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Put weights into the layer.

        Args:
            weights: Arrays by their published names (`ELMoOptions.shapes`); may hold more than
                those of this layer.

        Raises:
            FormatError: One is missing, or of another shape; the message says which. Then nothing
                is changed.
        """
        if not self.built:
            self.build()
        variables = self.published_variables()
        for name, variable in variables.items():
            if name not in weights:
                raise FormatError(f"The weights of ELMo lack the tensor {name}.")
            if tuple(weights[name].shape) != tuple(variable.shape):
                raise FormatError(
                    f"The tensor {name} must have the shape {tuple(variable.shape)}, by the "
                    f"options of the network. Received: {tuple(weights[name].shape)}."
                )
        for name, variable in variables.items():
            variable.assign(weights[name])

    def published(self) -> dict[str, NDArray[np.float32]]:
        """Return a copy of the weights by their published names."""
        if not self.built:
            self.build()
        return {
            name: np.array(keras.ops.convert_to_numpy(variable.value), np.float32)
            for name, variable in self.published_variables().items()
        }

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {**super().get_config(), "options": self.options.to_json()}
