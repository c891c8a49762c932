"""A hint to the processor: this row will be read soon."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

__all__ = ["LINE", "prefetch"]

LINE = 16
"""How many float32 make a line of the cache, on nearly all processors."""

READ, KEEP_IN_ALL_CACHES, DATA = 0, 3, 1


def emit_prefetch(typing_context: Any, matrix: Any, row: Any, column: Any) -> Any:
    """Type and emit `prefetch`; numba calls this, reading the arguments by their names."""
    signature = types.void(matrix, types.int64, types.int64)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix, *indices = arguments
        matrix_type = signature.args[0]
        array = context.make_array(matrix_type)(context, builder, matrix)
        address = cgutils.get_item_pointer(
            context, builder, matrix_type, array, indices, wraparound=False
        )
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, number, number, number]),
            "llvm.prefetch.p0",
        )
        hints = [ir.Constant(number, hint) for hint in (READ, KEEP_IN_ALL_CACHES, DATA)]
        builder.call(function, [builder.bitcast(address, byte), *hints])
        return context.get_dummy_value()

    return signature, codegen


prefetch: Callable[..., None] = intrinsic(emit_prefetch)
"""``prefetch(matrix, row, column)``: inside kernels, asks for the cache line that holds an element
of an array with two axes, and goes on at once; indices are int64 and not checked."""
