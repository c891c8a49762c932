"""Matrix products of float32 whose factors stay in a core's caches, faster than a BLAS.

A BLAS copies both factors into a layout of its own at each call. Where factors are reused and their
rows lie apart by an odd number of cache lines (`row_length`; by a power of two they would push each
other out of the cache), the elements can be taken from where they are. Pieces of the result, as
large as the registers hold, are summed up one after the other.
"""

from collections.abc import Callable
from typing import Any, Final

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.simd import FLOAT, VECTOR, VECTOR_TYPE, broadcast, load, multiply_add

__all__ = ["add_product", "add_transposed_product", "round_up", "row_length"]

WIDE: Final = bool(llvmlite.binding.get_host_cpu_features().get("avx512f", False))

ROWS: Final = 12 if WIDE else 6
"""How many rows of the result are summed up at a time, in vectors of registers."""

PIECE: Final = 2 * VECTOR if WIDE else VECTOR
"""How many of its columns."""

DEPTH: Final = 128
"""How many terms of the sums: so many rows of the right factor's piece stay in the first cache."""


def row_length(columns: int) -> int:
    """Return how long the rows of a matrix should be in memory, in float32.

    Example:
        >>> row_length(100), row_length(128)
        (112, 144)
    """
    return (-(-columns // VECTOR) | 1) * VECTOR


def round_up(rows: int) -> int:
    """Return how many rows a product's target and left factor (as used) must have in memory.

    Example:
        >>> round_up(8) in (8 + 4, 12)
        True
    """
    return -(-rows // ROWS) * ROWS


def element(context: Any, builder: Any, array_type: Any, array: Any, row: Any, column: Any) -> Any:
    """Emit the address of an element of a two-dimensional array, and its row's length in bytes."""
    struct = context.make_array(array_type)(context, builder, array)
    stride = builder.extract_value(struct.strides, 0)
    offset = builder.add(builder.mul(row, stride), builder.mul(column, ir.Constant(stride.type, 4)))
    return builder.add(builder.ptrtoint(struct.data, ir.IntType(64)), offset), stride


def emit_add_piece(*, transposed: bool, columns: int) -> Callable[..., Any]:
    """Return what emits an `add_..._piece`."""

    def emit(
        typing_context: Any,
        target: Any,
        row: Any,
        column: Any,
        left: Any,
        left_row: Any,
        left_column: Any,
        right: Any,
        right_row: Any,
        right_column: Any,
        length: Any,
    ) -> Any:
        index = types.int64
        signature = types.void(target, index, index, left, index, index, right, index, index, index)

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds, number = signature.args, ir.IntType(64)
            into, into_stride = element(context, builder, kinds[0], *arguments[:3])
            factor, factor_stride = element(context, builder, kinds[3], *arguments[3:6])
            other, other_stride = element(context, builder, kinds[6], *arguments[6:9])

            def pointer(base: Any, stride: Any, steps: int, kind: ir.Type) -> Any:
                offset = builder.mul(stride, ir.Constant(number, steps))
                return builder.inttoptr(builder.add(base, offset), kind.as_pointer())

            size = ir.Constant(number, 4)
            along, across = (factor_stride, size) if transposed else (size, factor_stride)
            parts = [ir.Constant(number, part) for part in range(columns // VECTOR)]
            rows = [pointer(into, into_stride, i, VECTOR_TYPE) for i in range(ROWS)]
            sums = [
                [cgutils.alloca_once_value(builder, load(builder, row, part)) for part in parts]
                for row in rows
            ]
            with cgutils.for_range(builder, arguments[9]) as loop:
                at = builder.add(factor, builder.mul(loop.index, along))
                right_at = builder.add(other, builder.mul(loop.index, other_stride))
                right_row = builder.inttoptr(right_at, VECTOR_TYPE.as_pointer())
                vectors = [load(builder, right_row, part) for part in parts]
                for i in range(ROWS):
                    single = builder.load(pointer(at, across, i, FLOAT), typ=FLOAT)
                    repeated = broadcast(builder, single)
                    for place, vector in zip(sums[i], vectors, strict=True):
                        total = builder.load(place, typ=VECTOR_TYPE)
                        builder.store(multiply_add(builder, vector, repeated, total), place)
            for row, places in zip(rows, sums, strict=True):
                for part, place in zip(parts, places, strict=True):
                    at = builder.gep(row, [part], source_etype=VECTOR_TYPE)
                    builder.store(builder.load(place, typ=VECTOR_TYPE), at, align=4)
            return context.get_dummy_value()

        return signature, codegen

    return emit


# add_..._piece(target, row, column, left, left_row, left_column, right, right_row, right_column, n)
# adds to ROWS rows and PIECE (or VECTOR) columns of `target`, from (row, column) on, the product of
# as many rows of `left` (columns, where it is transposed) and columns of `right`, of depth n.
add_piece: Callable[..., None] = intrinsic(emit_add_piece(transposed=False, columns=PIECE))
add_last_piece: Callable[..., None] = intrinsic(emit_add_piece(transposed=False, columns=VECTOR))
add_transposed_piece: Callable[..., None] = intrinsic(
    emit_add_piece(transposed=True, columns=PIECE)
)
add_last_transposed_piece: Callable[..., None] = intrinsic(
    emit_add_piece(transposed=True, columns=VECTOR)
)


@kernel
def add_product(
    target: NDArray[np.float32],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    rows: int,
    columns: int,
    depth: int,
) -> None:
    """Add ``left[:rows, :depth] @ right[:depth, :columns]`` to ``target[:rows, :columns]``.

    What lies beyond is read and written as well, up to `round_up` rows and whole vectors of
    columns; nothing that matters may lie there.

    Args:
        target: float32, changed; rows at least `row_length` long.
        left: float32.
        right: float32.
        rows: How many rows of `target` and `left`.
        columns: How many columns of `target` and `right`.
        depth: How many columns of `left` and rows of `right`.
    """
    for column in range(0, columns, PIECE):
        for start in range(0, depth, DEPTH):
            n = min(depth - start, DEPTH)
            for row in range(0, rows, ROWS):
                if columns - column > PIECE - VECTOR:
                    add_piece(target, row, column, left, row, start, right, start, column, n)
                else:
                    add_last_piece(target, row, column, left, row, start, right, start, column, n)


@kernel
def add_transposed_product(
    target: NDArray[np.float32],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    rows: int,
    columns: int,
    depth: int,
) -> None:
    """Add ``left[:depth, :rows].T @ right[:depth, :columns]`` to ``target[:rows, :columns]``.

    See `add_product`.
    """
    for column in range(0, columns, PIECE):
        for start in range(0, depth, DEPTH):
            n = min(depth - start, DEPTH)
            for row in range(0, rows, ROWS):
                if columns - column > PIECE - VECTOR:
                    add_transposed_piece(
                        target, row, column, left, start, row, right, start, column, n
                    )
                else:
                    add_last_transposed_piece(
                        target, row, column, left, start, row, right, start, column, n
                    )
