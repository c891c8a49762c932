"""AdaGrad on two rows whose inner product is a prediction, written out in vector instructions.

A row holds parameters in its first half and their accumulators in its second, so that a step
touches one stretch of memory for each row. The compiler leaves square roots in a plain loop scalar,
five times slower than these primitives. They are emitted as LLVM vector operations: see
`wordloom.kernels.simd`.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from wordloom.kernels.simd import (
    VECTOR,
    VECTOR_TYPE,
    broadcast,
    horizontal_sum,
    load,
    multiply_add,
    row_pointer,
)

__all__ = ["CLIP", "adagrad_step", "dot_halves"]

CLIP = 100.0
"""Largest absolute value of a gradient, as in the GloVe tool."""


def repeated(value: float) -> Any:
    """Return a constant vector of one float."""
    return ir.Constant(VECTOR_TYPE, [value] * VECTOR)


def vectors_in_half(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Emit the number of whole vectors in half a row."""
    struct = context.make_array(array_type)(context, builder, array)
    length = builder.extract_value(struct.shape, 1)
    return builder.udiv(length, ir.Constant(length.type, 2 * VECTOR))


def store(builder: Any, row: Any, index: Any, value: Any) -> None:
    """Emit the store of vector ``index`` of a row."""
    builder.store(value, builder.gep(row, [index], source_etype=VECTOR_TYPE), align=4)


def square_root(builder: Any, vector: Any) -> Any:
    """Emit the square roots of a vector's elements."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(VECTOR_TYPE, [VECTOR_TYPE]), f"llvm.sqrt.v{VECTOR}f32"
    )
    return builder.call(function, [vector])


def clip(builder: Any, vector: Any) -> Any:
    """Emit a vector cut to ±CLIP; NaN stays NaN."""
    high, low = repeated(CLIP), repeated(-CLIP)
    vector = builder.select(builder.fcmp_ordered(">", vector, high), high, vector)
    return builder.select(builder.fcmp_ordered("<", vector, low), low, vector)


def emit_dot_halves(typing_context: Any, left: Any, row: Any, right: Any, column: Any) -> Any:
    """Type and emit `dot_halves`; numba calls this, reading the arguments by their names."""
    signature = types.float32(left, types.int64, right, types.int64)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, row, right, column = arguments
        left_type, right_type = signature.args[0], signature.args[2]
        left_row = row_pointer(context, builder, left_type, left, row)
        right_row = row_pointer(context, builder, right_type, right, column)
        total = cgutils.alloca_once(builder, VECTOR_TYPE)
        builder.store(repeated(0.0), total)
        count = vectors_in_half(context, builder, left_type, left)
        with cgutils.for_range(builder, count) as loop:
            product = multiply_add(
                builder,
                load(builder, left_row, loop.index),
                load(builder, right_row, loop.index),
                builder.load(total, typ=VECTOR_TYPE),
            )
            builder.store(product, total)
        return horizontal_sum(builder, builder.load(total, typ=VECTOR_TYPE))

    return signature, codegen


def emit_adagrad_step(
    typing_context: Any, left: Any, row: Any, right: Any, column: Any, slope: Any, rates: Any
) -> Any:
    """Type and emit `adagrad_step`; numba calls this, reading the arguments by their names."""
    index = types.int64
    signature = types.void(left, index, right, index, types.float32, rates)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, row, right, column, slope, rates = arguments
        left_type, right_type, rates_type = (signature.args[place] for place in (0, 2, 5))
        left_row = row_pointer(context, builder, left_type, left, row)
        right_row = row_pointer(context, builder, right_type, right, column)
        left_rates, right_rates = (
            row_pointer(context, builder, rates_type, rates, ir.Constant(ir.IntType(64), side))
            for side in (0, 1)
        )
        slopes = broadcast(builder, slope)
        count = vectors_in_half(context, builder, left_type, left)
        with cgutils.for_range(builder, count) as loop:
            parameter, accumulator = loop.index, builder.add(loop.index, count)
            sides = (left_row, left_rates), (right_row, right_rates)
            # Both gradients come from the state before the step: load all, then store.
            values = [load(builder, pointer, parameter) for pointer, _ in sides]
            squares = [load(builder, pointer, accumulator) for pointer, _ in sides]
            for (pointer, side_rates), value, square, other in zip(
                sides, values, squares, reversed(values), strict=True
            ):
                gradient = clip(builder, builder.fmul(slopes, other))
                gradient = builder.fmul(gradient, load(builder, side_rates, parameter))
                step = builder.fdiv(gradient, square_root(builder, square))
                store(builder, pointer, parameter, builder.fsub(value, step))
                total = multiply_add(builder, gradient, gradient, square)
                store(builder, pointer, accumulator, total)
        return context.get_dummy_value()

    return signature, codegen


dot_halves: Callable[..., float] = intrinsic(emit_dot_halves)
"""``dot_halves(left, row, right, column)``: inside kernels, the inner product of the first halves
of row ``row`` of ``left`` and row ``column`` of ``right``. Both are float32 arrays with two axes
whose second is a multiple of twice `VECTOR`; indices are int64 and not checked."""

adagrad_step: Callable[..., None] = intrinsic(emit_adagrad_step)
"""``adagrad_step(left, row, right, column, slope, rates)``: inside kernels, one step of AdaGrad on
the two rows, for a loss whose derivative by their inner product is ``slope`` (float32).

The gradient of a row is ``slope`` times the other row, cut to ±`CLIP`, times its learning rates:
row 0 of ``rates`` (float32 (2, half a row)) for ``left``, row 1 for ``right``. The row moves
against it by gradient / sqrt(accumulator), then the accumulator grows by gradient². Arrays as for
`dot_halves`; the two rows must not overlap."""
