"""The one way in which wordloom compiles a kernel."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["inline_kernel", "kernel", "read_only"]

Function = TypeVar("Function", bound=Callable[..., object])
Array = TypeVar("Array", bound=NDArray[np.generic])


def kernel(function: Function) -> Function:
    """Compile a function to machine code that runs without the interpreter lock.

    The machine code is kept on disk, so that only the first call on a machine compiles it.
    Arithmetic may be reordered and fused (needed for SIMD sums), but NaN and infinity keep
    their meaning: a diverging training must stay visible.
    """
    compiled = numba.njit(
        nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp"}
    )(function)
    return cast("Function", compiled)


def inline_kernel(function: Function) -> Function:
    """Compile a function that is always merged into the kernels that call it."""
    compiled = numba.njit(
        nogil=True,
        cache=True,
        error_model="numpy",
        fastmath={"contract", "reassoc", "nsz", "arcp"},
        inline="always",
    )(function)
    return cast("Function", compiled)


def read_only(array: Array) -> Array:
    """Return a view that may not be written.

    A kernel is compiled anew for each mix of arrays that may and may not be written. Passing what
    it only reads through here lets one compiled kernel serve arrays in memory and mapped files.
    """
    view = array.view()
    view.flags.writeable = False
    return view
