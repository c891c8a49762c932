"""The kernels of GRU and LSTM layers as handlers that XLA calls.

Arguments and results are those of `kernels/recurrent.py`, in its order. In the place of the
direction stands an int32 array of (direction, parts): each part of the work takes some of the rows.
"""

from collections.abc import Callable

import numpy as np
from numba.np.numpy_support import carray
from numpy.typing import NDArray

from wordloom.combine.xla.frame import (
    ARGUMENTS,
    RESULTS,
    answers_version,
    axis_length,
    data,
    native,
)
from wordloom.combine.xla.machine import pointer_to, symbol
from wordloom.combine.xla.pages import want_huge_pages
from wordloom.combine.xla.parts import c_function, run_parts
from wordloom.kernels.recurrent import PLANES, sequence_backward, sequence_forward

__all__ = ["BACKWARD", "FORWARD", "handlers"]

FORWARD, BACKWARD = "wordloom_recurrent_forward", "wordloom_recurrent_backward"
FORWARD_PART, BACKWARD_PART = FORWARD + "_part", BACKWARD + "_part"

forward_part_address, backward_part_address = symbol(FORWARD_PART), symbol(BACKWARD_PART)


@native
def floats(frame: int, kind: int, number: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a float32 buffer as an array."""
    return carray(pointer_to(data(frame, kind, number), np.float32), shape)


@native
def direction_and_parts(frame: int, number: int) -> tuple[int, int]:
    """Return the two numbers that come with each call."""
    numbers = carray(pointer_to(data(frame, ARGUMENTS, number), np.int32), (2,))
    return int(numbers[0]), int(numbers[1])


def forward_part(frame: int, part: int) -> int:
    """Run `sequence_forward` for a part of the rows; return 1 if there is no memory for it."""
    batch, time = axis_length(frame, ARGUMENTS, 0, 0), axis_length(frame, ARGUMENTS, 0, 1)
    dim, columns = axis_length(frame, ARGUMENTS, 1, 0), axis_length(frame, ARGUMENTS, 1, 1)
    units = axis_length(frame, ARGUMENTS, 2, 0)
    kept, planes = axis_length(frame, RESULTS, 2, 0), axis_length(frame, RESULTS, 2, 1)
    backwards, parts = direction_and_parts(frame, 7)
    try:
        sequence_forward(
            floats(frame, ARGUMENTS, 0, (batch, time, dim)),
            floats(frame, ARGUMENTS, 1, (dim, columns)),
            floats(frame, ARGUMENTS, 2, (units, columns)),
            floats(frame, ARGUMENTS, 3, (PLANES * units,)),
            carray(pointer_to(data(frame, ARGUMENTS, 4), np.uint8), (batch, time)),
            floats(frame, ARGUMENTS, 5, (batch, units)),
            floats(frame, ARGUMENTS, 6, (batch, units)),
            backwards,
            batch * part // parts,
            batch * (part + 1) // parts,
            floats(frame, RESULTS, 0, (batch, time, units)),
            floats(frame, RESULTS, 1, (batch, units)),
            floats(frame, RESULTS, 2, (kept, planes, batch * units)),
        )
    except Exception:
        return 1
    return 0


def backward_part(frame: int, part: int) -> int:
    """Run `sequence_backward` for a part of the rows; return 1 if there is no memory for it."""
    batch, time = axis_length(frame, ARGUMENTS, 0, 0), axis_length(frame, ARGUMENTS, 0, 1)
    dim = axis_length(frame, ARGUMENTS, 0, 2)
    units, columns = axis_length(frame, ARGUMENTS, 1, 0), axis_length(frame, ARGUMENTS, 1, 1)
    planes = axis_length(frame, ARGUMENTS, 7, 1)
    asked = axis_length(frame, RESULTS, 0, 0)  # 0 where nobody asks for the gradient of x
    backwards, parts = direction_and_parts(frame, 5)
    try:
        sequence_backward(
            floats(frame, ARGUMENTS, 0, (batch, time, dim)),
            floats(frame, ARGUMENTS, 1, (units, columns)),
            carray(pointer_to(data(frame, ARGUMENTS, 2), np.uint8), (batch, time)),
            floats(frame, ARGUMENTS, 3, (batch, units)),
            floats(frame, ARGUMENTS, 4, (batch, units)),
            backwards,
            floats(frame, ARGUMENTS, 6, (batch, time, units)),
            floats(frame, ARGUMENTS, 7, (time, planes, batch * units)),
            floats(frame, ARGUMENTS, 8, (batch, time, units)),
            floats(frame, ARGUMENTS, 9, (batch, units)),
            batch * part // parts,
            batch * (part + 1) // parts,
            floats(frame, RESULTS, 0, (asked, time, columns)),
            floats(frame, RESULTS, 1, (parts, dim, columns))[part],
            floats(frame, RESULTS, 2, (parts, units, columns))[part],
            floats(frame, RESULTS, 3, (parts, PLANES * units))[part],
            floats(frame, RESULTS, 4, (batch, units)),
            floats(frame, RESULTS, 5, (batch, units)),
        )
    except Exception:
        return 1
    return 0


def forward(frame: int) -> int:
    """Handle a forward call."""
    if answers_version(frame):
        return 0
    batch, time = axis_length(frame, RESULTS, 0, 0), axis_length(frame, RESULTS, 0, 1)
    units = axis_length(frame, RESULTS, 0, 2)
    kept, planes = axis_length(frame, RESULTS, 2, 0), axis_length(frame, RESULTS, 2, 1)
    want_huge_pages(data(frame, RESULTS, 0), 4 * batch * time * units)
    want_huge_pages(data(frame, RESULTS, 2), 4 * kept * planes * batch * units)
    return run_parts(frame, forward_part_address(), direction_and_parts(frame, 7)[1])


def backward(frame: int) -> int:
    """Handle a backward call."""
    if answers_version(frame):
        return 0
    asked, time = axis_length(frame, RESULTS, 0, 0), axis_length(frame, RESULTS, 0, 1)
    want_huge_pages(data(frame, RESULTS, 0), 4 * asked * time * axis_length(frame, RESULTS, 0, 2))
    return run_parts(frame, backward_part_address(), direction_and_parts(frame, 5)[1])


def handlers() -> dict[str, Callable[[int], int]]:
    """Compile the handlers, or take them from the disk; return them by name, for ctypes."""
    c_function(forward_part, FORWARD_PART, 2)
    c_function(backward_part, BACKWARD_PART, 2)
    return {
        FORWARD: c_function(forward, FORWARD, 1),
        BACKWARD: c_function(backward, BACKWARD, 1),
    }
