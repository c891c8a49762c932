"""Vector instructions for rows of float32, written out where the compiler's own choice is slow.

The compiler vectorises a plain loop over one row well, but for a handful of rows of a hundred
floats it spends as long in set-up, overlap checks and remainders as in the sums. These two
primitives take four rows at once and rows that are padded to whole vectors, so that nothing
remains. They are emitted as LLVM vector operations and run on any processor: LLVM splits the
vectors into registers of the width at hand.
"""

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

__all__ = ["VECTOR", "add_four_rows", "dot_four_rows", "padded"]

VECTOR: Final = 16
"""How many float32 make a vector: one AVX-512 register, two AVX2 or four NEON registers."""

FLOAT = ir.FloatType()
VECTOR_TYPE = ir.VectorType(FLOAT, VECTOR)


def padded(dim: int) -> int:
    """Return the length of a row of ``dim`` floats after padding to whole vectors.

    Example:
        >>> padded(100)
        112
    """
    return -(-dim // VECTOR) * VECTOR


def row_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Emit the address of row ``index`` of a two-dimensional array."""
    struct = context.make_array(array_type)(context, builder, array)
    offset = builder.mul(index, builder.extract_value(struct.strides, 0))
    address = builder.add(builder.ptrtoint(struct.data, ir.IntType(64)), offset)
    return builder.inttoptr(address, VECTOR_TYPE.as_pointer())


def vectors_in_row(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Emit the number of whole vectors in a row."""
    struct = context.make_array(array_type)(context, builder, array)
    length = builder.extract_value(struct.shape, 1)
    return builder.udiv(length, ir.Constant(length.type, VECTOR))


def load(builder: Any, row: Any, index: Any) -> Any:
    """Emit the load of vector ``index`` of a row; rows need no alignment beyond that of a float."""
    return builder.load(
        builder.gep(row, [index], source_etype=VECTOR_TYPE), typ=VECTOR_TYPE, align=4
    )


def multiply_add(builder: Any, left: Any, right: Any, addend: Any) -> Any:
    """Emit ``left * right + addend``, fused where the processor can."""
    function = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(VECTOR_TYPE, [VECTOR_TYPE] * 3),
        f"llvm.fmuladd.v{VECTOR}f32",
    )
    return builder.call(function, [left, right, addend])


def horizontal_sum(builder: Any, vector: Any) -> Any:
    """Emit the sum of a vector's elements, in any order."""
    function = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(FLOAT, [FLOAT, VECTOR_TYPE]),
        f"llvm.vector.reduce.fadd.v{VECTOR}f32",
    )
    return builder.call(function, [ir.Constant(FLOAT, 0.0), vector], fastmath=("reassoc",))


def broadcast(builder: Any, value: Any) -> Any:
    """Emit a vector that repeats one float."""
    undefined = ir.Constant(VECTOR_TYPE, ir.Undefined)
    single = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), VECTOR), [0] * VECTOR)
    return builder.shuffle_vector(single, undefined, zeros)


def emit_dot_four_rows(
    typing_context: Any, matrix: Any, a: Any, b: Any, c: Any, d: Any, other: Any, row: Any
) -> Any:
    """Type and emit `dot_four_rows`; numba calls this, reading the arguments by their names."""
    index = types.int64
    signature = types.UniTuple(types.float32, 4)(matrix, index, index, index, index, other, index)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix, *indices, other, row = arguments
        matrix_type, other_type = signature.args[0], signature.args[5]
        rows = [row_pointer(context, builder, matrix_type, matrix, index) for index in indices]
        shared = row_pointer(context, builder, other_type, other, row)
        zero = ir.Constant(VECTOR_TYPE, [0.0] * VECTOR)
        sums = [cgutils.alloca_once(builder, VECTOR_TYPE) for _ in rows]
        for total in sums:
            builder.store(zero, total)
        count = vectors_in_row(context, builder, matrix_type, matrix)
        with cgutils.for_range(builder, count) as loop:
            right = load(builder, shared, loop.index)
            for total, pointer in zip(sums, rows, strict=True):
                left = load(builder, pointer, loop.index)
                so_far = builder.load(total, typ=VECTOR_TYPE)
                builder.store(multiply_add(builder, left, right, so_far), total)
        products = [horizontal_sum(builder, builder.load(total, typ=VECTOR_TYPE)) for total in sums]
        return context.make_tuple(builder, signature.return_type, products)

    return signature, codegen


def emit_add_four_rows(
    typing_context: Any,
    target: Any,
    row: Any,
    matrix: Any,
    a: Any,
    b: Any,
    c: Any,
    d: Any,
    fa: Any,
    fb: Any,
    fc: Any,
    fd: Any,
) -> Any:
    """Type and emit `add_four_rows`; numba calls this, reading the arguments by their names."""
    index, factor = types.int64, types.float32
    signature = types.void(target, index, matrix, *[index] * 4, *[factor] * 4)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, row, matrix, *rest = arguments
        target_type, matrix_type = signature.args[0], signature.args[2]
        rows = [row_pointer(context, builder, matrix_type, matrix, i) for i in rest[:4]]
        factors = [broadcast(builder, factor) for factor in rest[4:]]
        written = row_pointer(context, builder, target_type, target, row)
        count = vectors_in_row(context, builder, target_type, target)
        with cgutils.for_range(builder, count) as loop:
            total = load(builder, written, loop.index)
            for pointer, factor in zip(rows, factors, strict=True):
                total = multiply_add(builder, load(builder, pointer, loop.index), factor, total)
            place = builder.gep(written, [loop.index], source_etype=VECTOR_TYPE)
            builder.store(total, place, align=4)
        return context.get_dummy_value()

    return signature, codegen


dot_four_rows: Callable[..., tuple[float, float, float, float]] = intrinsic(emit_dot_four_rows)
"""``dot_four_rows(matrix, a, b, c, d, other, row)``: inside kernels, the inner products of rows
``a``, ``b``, ``c``, ``d`` of ``matrix`` with row ``row`` of ``other``. Both are float32 arrays with
two axes whose second is a multiple of `VECTOR`; indices are int64 and not checked."""

add_four_rows: Callable[..., None] = intrinsic(emit_add_four_rows)
"""``add_four_rows(target, row, matrix, a, b, c, d, fa, fb, fc, fd)``: inside kernels, adds ``fa``
times row ``a`` of ``matrix``, and so on for ``b``, ``c``, ``d``, to row ``row`` of ``target``;
types as for `dot_four_rows`; factors are float32; ``target`` and ``matrix`` must not overlap."""
