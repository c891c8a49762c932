"""What the layers of this room take: tensors of any backend, and lists of them."""

from collections.abc import Sequence
from typing import Any

from wordloom.errors import InputError

__all__ = ["Shape", "Tensor", "source_dims"]

Tensor = Any
"""A tensor of the backend that Keras runs on, or a symbolic one."""

Shape = Sequence[int | None]
"""The shape of a tensor; None for an axis whose length is not known yet."""


def source_dims(input_shape: Sequence[Shape]) -> list[int]:
    """Return how many dimensions each of several embeddings has.

    Args:
        input_shape: The shapes of a list of tensors.

    Returns:
        The last number of each shape.

    Raises:
        InputError: These are not the shapes of one or more tensors (batch, tokens, dim).

    Example:
        >>> source_dims([(None, 50, 100), (None, 50, 300)])
        [100, 300]
    """
    dims = [
        shape[-1]
        for shape in input_shape
        if isinstance(shape, tuple | list) and len(shape) == 3 and shape[-1]
    ]
    if not dims or len(dims) < len(input_shape):
        raise InputError(
            "Embeddings are combined from a list of at least one tensor of shape (batch, tokens, "
            f"dim). Received: shape {input_shape!r}. Write [x] to pass a single tensor."
        )
    return dims
