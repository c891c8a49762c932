"""Concatenation: several embeddings of each token side by side."""

from collections.abc import Sequence

from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask, without_padding
from wordloom.combine.tensors import Shape, Tensor, source_dims

__all__ = ["ConcatenatedEmbedding"]


@keras.saving.register_keras_serializable(package="wordloom")
class ConcatenatedEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Lays several embeddings of the same tokens side by side, [w_1; …; w_n].

    Unlike `keras.layers.Concatenate` it takes a single embedding too, and its output is zero at
    padding, and has the mask of the first input that has one.

    Args:
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Raises:
        InputError: The inputs are no list of embeddings.

    Input shape:
        A list of n ≥ 1 tensors (batch, tokens, dim_i), with a mask (batch, tokens) where there is
        padding.

    Output shape:
        (batch, tokens, dim_1 + … + dim_n), zero at padding.

    Example:
        >>> import numpy as np
        >>> ConcatenatedEmbedding()([np.ones((2, 5, 3)), np.ones((2, 5, 4))]).shape
        (2, 5, 7)
    """

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Check the inputs; there is nothing to make."""
        source_dims(input_shape)

    def call(self, inputs: list[Tensor], mask: Tensor = None) -> Tensor:
        """Return the embeddings side by side."""
        return without_padding(keras.ops.concatenate(inputs, axis=-1), first_mask(mask))

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        """Return the shape of the embeddings side by side."""
        return (*input_shape[0][:2], sum(source_dims(input_shape)))

    def compute_mask(self, inputs: list[Tensor], mask: Tensor = None) -> Tensor:
        """Return the first mask of the inputs."""
        return first_mask(mask)
