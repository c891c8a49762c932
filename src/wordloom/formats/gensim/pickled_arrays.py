"""NumPy arrays and numbers in what `wordloom.formats.gensim.pickled` made of a pickle."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError
from wordloom.formats.gensim.pickled_values import Made

__all__ = ["NUMPY_NAMES", "as_array", "as_integer", "as_text"]

HOMES: Final = ("numpy.core.", "numpy._core.")
"""Where NumPy keeps its functions for pickles: up to version 1 and from version 2."""

RECONSTRUCT = tuple(f"{home}multiarray._reconstruct" for home in HOMES)
FROM_BUFFER = tuple(f"{home}numeric._frombuffer" for home in HOMES)
SCALAR = tuple(f"{home}multiarray.scalar" for home in HOMES)

NUMPY_NAMES: Final = frozenset(
    [
        *("numpy.dtype", "numpy.ndarray", "numpy.memmap"),
        *(f"{home}memmap.memmap" for home in HOMES),
        *(*RECONSTRUCT, *FROM_BUFFER, *SCALAR),
    ]
)
"""The classes and functions that stand for arrays and numbers in pickles."""

KINDS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


def as_array(value: object, what: str) -> NDArray[np.generic]:
    """Return the array of numbers that a pickle describes.

    Args:
        value: What was read from the pickle.
        what: The file and what the array is, for messages.

    Returns:
        The array, of booleans, integers or floats, of any shape; its numbers lie in the pickle's
        bytes, at any place, so that it may not be aligned.

    Raises:
        FormatError: It is no array of numbers, or its sizes and its bytes do not fit.

    Example:
        >>> kind = Made("numpy.dtype", ("f4",), (3, "<", None, None, None, -1, -1, 0))
        >>> state = (1, (2,), kind, False, memoryview(np.float32([1, 2]).tobytes()))
        >>> as_array(Made("numpy._core.multiarray._reconstruct", (), state), "toy").tolist()
        [1.0, 2.0]
    """
    if isinstance(value, Made) and value.maker in RECONSTRUCT and isinstance(value.state, tuple):
        # Arrays from before NumPy 1 have no version in front.
        parts = value.state[-4:]
        if len(parts) == 4:
            shape, kind, by_column, data = parts
            return laid_out(data, kind, shape, bool(by_column), what)
    if isinstance(value, Made) and value.maker in FROM_BUFFER and len(value.arguments) == 4:
        data, kind, shape, order = value.arguments
        return laid_out(data, kind, shape, order == "F", what)
    raise unfit(what, "it is no array of NumPy")


def laid_out(
    data: object, kind: object, shape: object, by_column: bool, what: str
) -> NDArray[np.generic]:
    """Return an array over bytes, after a check that they are as many as its sizes say."""
    dtype = number_type(kind, what)
    if isinstance(data, str):
        data = data.encode("latin-1", "replace")
    if not isinstance(data, (memoryview, bytes)):
        raise unfit(what, "its numbers are no plain bytes")
    if not isinstance(shape, tuple) or len(shape) > 32:
        raise unfit(what, "its shape is no list of numbers")
    sizes = [-1 if size is None else size for size in map(as_integer, shape)]
    if min(sizes, default=0) < 0 or math.prod(sizes) * dtype.itemsize != len(data):
        raise unfit(what, f"its shape {sizes} does not fit its {len(data):,} bytes")
    try:
        return np.frombuffer(data, dtype).reshape(sizes, order="F" if by_column else "C")
    except ValueError:
        raise unfit(what, f"its shape {sizes} is too large") from None


def number_type(value: object, what: str) -> np.dtype[np.generic]:
    """Return a type of numbers that a pickle describes."""
    if isinstance(value, Made) and value.maker == "numpy.dtype" and value.arguments:
        code = value.arguments[0]
        order = "<"
        if isinstance(value.state, tuple) and len(value.state) > 1:
            order = ">" if value.state[1] == ">" else "<"
        if code in KINDS:
            return np.dtype(f"{order}{code}")
        found = repr(code[:60]) if isinstance(code, str) else "another kind"
        raise unfit(what, f"numbers of type {found}; known are {', '.join(KINDS)}")
    raise unfit(what, "its numbers have no type")


def unfit(what: str, reason: str) -> FormatError:
    """Return the error for what is no array."""
    return FormatError(f"{what} should be an array of numbers: {reason}. Write the file again.")


def as_integer(value: object) -> int | None:
    """Return a whole number of 64 bits that a pickle describes, None for anything else."""
    if isinstance(value, Made) and value.maker in SCALAR and len(value.arguments) == 2:
        kind, data = value.arguments
        try:
            number = laid_out(data, kind, (), False, "")
        except FormatError:
            return None
        return int(number) if number.dtype.kind in "iu" else None
    return value if type(value) is int and -(1 << 63) <= value < 1 << 63 else None


def as_text(value: object, encoding: str) -> str | None:
    """Return a text of Python 2 or 3, None for anything but a text or a whole number."""
    if isinstance(value, memoryview):
        return bytes(value).decode(encoding, "backslashreplace")
    if isinstance(value, str):
        return value
    number = as_integer(value)
    return None if number is None else str(number)
