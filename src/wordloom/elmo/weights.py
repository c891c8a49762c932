"""The tensors of an ELMo network, checked against its shape."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.elmo.options import ELMoOptions
from wordloom.errors import FormatError, InputError
from wordloom.kernels.compile import read_only

__all__ = ["Weights", "checked_softmax", "checked_weights", "finite_floats"]

Weights = Mapping[str, NDArray[np.float32]]
"""The tensors by their published names, in the published layout: see `ELMoOptions.shapes`. Gates
stand in the order input, candidate, forget, output; the forget gate's one is not in its bias."""


def checked_weights(options: ELMoOptions, weights: Mapping[str, NDArray[np.generic]]) -> Weights:
    """Return the tensors of a network if none is missing and all fit its options.

    Args:
        options: The shape of the network.
        weights: The tensors; others may be among them.

    Returns:
        Those of the network, float32, not to be changed.

    Raises:
        FormatError: A tensor is missing, is of another shape or type, or holds NaN or infinity.
    """
    checked = {}
    for name, shape in options.shapes.items():
        tensor = weights.get(name)
        if tensor is None:
            raise FormatError(
                f"By its options an ELMo network has the tensor {name!r} of shape {shape}. "
                "Received: weights without it. Take options and weights of the same network."
            )
        if tensor.shape != shape or tensor.dtype.kind != "f":
            raise FormatError(
                f"By its options the tensor {name!r} of an ELMo network has the shape {shape}. "
                f"Received: {tensor.dtype} of shape {tensor.shape}. Take options and weights of "
                "the same network."
            )
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity
            numbers = read_only(np.ascontiguousarray(tensor, np.float32))
        if not np.isfinite(numbers).all():
            raise FormatError(
                f"The weights of an ELMo network are finite. Received: NaN or infinity in {name!r}."
                " The file is damaged, or training diverged."
            )
        checked[name] = numbers
    return checked


def checked_softmax(
    options: ELMoOptions, softmax: Mapping[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a softmax if they fit the network.

    Args:
        options: The shape of the network.
        softmax: `W`, (n_outputs, projection_dim), and `b`, (n_outputs,).

    Returns:
        The same as float32.

    Raises:
        InputError: One is missing, of another shape, or holds NaN or infinity.
    """
    w, b = softmax.get("W"), softmax.get("b")
    fits = (
        w is not None
        and b is not None
        and b.ndim == 1
        and w.shape == (len(b), options.projection_dim)
    )
    if w is None or b is None or not fits:
        found = {name: array.shape for name, array in softmax.items()}
        raise InputError(
            f"A softmax has W of shape (n_outputs, {options.projection_dim}) and b of shape "
            f"(n_outputs,). Received: {found}."
        )
    if not (np.isfinite(w).all() and np.isfinite(b).all()):
        raise InputError(
            "The weights of a softmax are finite. Received: NaN or infinity. The file is damaged, "
            "or training diverged."
        )
    return {"W": np.asarray(w, np.float32), "b": np.asarray(b, np.float32)}


def finite_floats(numbers: ArrayLike) -> NDArray[np.float32]:
    """Return numbers as float32, if they are numbers and finite.

    Args:
        numbers: What was received.

    Returns:
        float32 of their shape; of the shape (0,) where one of them is not finite.
    """
    none = np.zeros(0, np.float32)
    try:
        with np.errstate(over="ignore"):
            found = np.array(numbers, np.float32)
    except (TypeError, ValueError, OverflowError):
        return none
    return found if np.isfinite(found).all() else none
