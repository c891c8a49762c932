"""The arrays of a saved classifier, checked where they come back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError

__all__ = ["damaged", "saved_array"]


def saved_array(
    tensors: Mapping[str, NDArray[np.generic]],
    name: str,
    dtype: str,
    shape: tuple[int, ...] | None,
) -> NDArray[Any]:
    """Return a saved array if it is what the classifier's settings ask for.

    Args:
        tensors: All saved arrays, by name.
        name: Which one.
        dtype: The type of its numbers.
        shape: Its shape; None takes any.

    Returns:
        The array.

    Raises:
        FormatError: It is missing, of another type or shape, or holds NaN or infinity.

    Example:
        >>> saved_array({"biases": np.zeros(2)}, "biases", "float64", (2,)).tolist()
        [0.0, 0.0]
    """
    found = tensors.get(name)
    if found is None or found.dtype != dtype or (shape is not None and found.shape != shape):
        received = "nothing" if found is None else f"{found.dtype} of shape {found.shape}"
        raise damaged(f"'{name}' should be {dtype} of shape {shape}, not {received}")
    if found.dtype.kind == "f" and not np.all(np.isfinite(found)):
        raise damaged(f"'{name}' holds NaN or infinity")
    return found


def damaged(reason: str) -> FormatError:
    """Return the error for a classifier's folder that is not as it was written."""
    return FormatError(
        f"The classifier is damaged: {reason}. Save it again, or copy the whole folder anew."
    )
