"""Reading words eight bytes at a time: most words are a single step long."""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel

__all__ = ["load_eight_bytes", "load_up_to_eight_bytes"]

EIGHT = ir.IntType(64)
# Keeps the first 0 to 8 bytes of a little-endian integer; all processors of numba are of this kind.
KEEP_BYTES = np.array([(1 << 8 * length) - 1 for length in range(9)], np.uint64)


def emit_load_eight_bytes(typing_context: Any, data: Any, position: Any) -> Any:
    """Type and emit `load_eight_bytes`; numba calls this, reading the arguments by their names."""
    signature = types.uint64(data, types.int64)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.add(builder.ptrtoint(array.data, EIGHT), arguments[1])
        return builder.load(builder.inttoptr(address, EIGHT.as_pointer()), typ=EIGHT, align=1)

    return signature, codegen


load_eight_bytes: Callable[..., np.uint64] = intrinsic(emit_load_eight_bytes)
"""``load_eight_bytes(data, position)``: inside kernels, eight bytes of a uint8 array as one
integer; the caller makes sure that they lie within the array."""


@inline_kernel
def load_up_to_eight_bytes(data: NDArray[np.uint8], position: int, length: int) -> np.uint64:
    """Return ``data[position:position + length]`` as one integer, with zeros above; length <= 8."""
    if position + 8 <= len(data):
        return np.uint64(load_eight_bytes(data, position) & KEEP_BYTES[length])
    piece = np.uint64(0)
    for step in range(length):
        piece |= np.uint64(data[position + step]) << np.uint64(8 * step)
    return piece
