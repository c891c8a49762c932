"""What compiled functions need in order to speak with C: memory, pointers, calls and counters."""

import os
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = [
    "add_atomically",
    "allocate",
    "call",
    "call_with",
    "give_way",
    "load",
    "pointer_to",
    "release",
    "store",
    "symbol",
]

WORD = ir.IntType(64)

Value = Any
"""Types and values of numba and llvmlite, which have no types for others."""

allocate: Value = types.ExternalFunction("malloc", types.int64(types.int64))
"""C's malloc: what threads share must outlive the function that made it."""

release: Value = types.ExternalFunction("free", types.void(types.int64))
"""C's free."""

give_way: Value = types.ExternalFunction(
    "SwitchToThread" if os.name == "nt" else "sched_yield", types.int32()
)
"""Let another thread run."""


def emit_pointer(typing_context: Value, address: Value, kind: Value) -> Value:
    """Type and emit `pointer_to`."""
    pointer = types.CPointer(kind.dtype)

    def codegen(context: Value, builder: Value, signature: Value, arguments: Value) -> Value:
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(types.int64, kind), codegen


def emit_load(typing_context: Value, address: Value) -> Value:
    """Type and emit `load`."""

    def codegen(context: Value, builder: Value, signature: Value, arguments: Value) -> Value:
        return builder.load(builder.inttoptr(arguments[0], WORD.as_pointer()), typ=WORD)

    return types.int64(types.int64), codegen


def emit_add(typing_context: Value, address: Value, value: Value) -> Value:
    """Type and emit `add_atomically`."""

    def codegen(context: Value, builder: Value, signature: Value, arguments: Value) -> Value:
        place = builder.inttoptr(arguments[0], WORD.as_pointer())
        return builder.atomic_rmw("add", place, arguments[1], "seq_cst")

    return types.int64(types.int64, types.int64), codegen


def emit_store(typing_context: Value, address: Value, value: Value) -> Value:
    """Type and emit `store`."""

    def codegen(context: Value, builder: Value, signature: Value, arguments: Value) -> Value:
        builder.store(arguments[1], builder.inttoptr(arguments[0], WORD.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


def emit_call(typing_context: Value, function: Value, *words: Value) -> Value:
    """Type and emit `call`."""

    def codegen(context: Value, builder: Value, signature: Value, arguments: Value) -> Value:
        kind = ir.FunctionType(WORD, [WORD] * len(words)).as_pointer()
        values = cgutils.unpack_tuple(builder, arguments[1])
        return builder.call(builder.inttoptr(arguments[0], kind), values)

    return types.int64(types.int64, types.StarArgTuple.from_types(words)), codegen


def emit_call_with(typing_context: Value, function: Value, *words: Value) -> Value:
    """Type and emit `call_with`."""

    def codegen(context: Value, builder: Value, signature: Value, arguments: Value) -> Value:
        struct = cgutils.alloca_once(builder, WORD, size=len(words))
        for place, value in enumerate(cgutils.unpack_tuple(builder, arguments[1])):
            index = ir.Constant(ir.IntType(32), place)
            builder.store(value, builder.gep(struct, [index], source_etype=WORD))
        kind = ir.FunctionType(WORD, [WORD.as_pointer()]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], kind), [struct])

    return types.int64(types.int64, types.StarArgTuple.from_types(words)), codegen


def symbol(name: str) -> Callable[[], int]:
    """Return what gives compiled functions the address of a C function that has a name.

    Unlike an address it may be kept on disk: names get their addresses when code is loaded (see
    llvmlite's `add_symbol`).
    """

    def emit(typing_context: Value) -> Value:
        def codegen(context: Value, builder: Value, signature: Value, arguments: Value) -> Value:
            kind = ir.FunctionType(WORD, [WORD])
            function = cgutils.get_or_insert_function(builder.module, kind, name)
            return builder.ptrtoint(function, WORD)

        return types.int64(), codegen

    found: Callable[..., int] = intrinsic(emit)
    return found


pointer_to: Callable[..., Value] = intrinsic(emit_pointer)
"""``pointer_to(address, kind)``: the address as a pointer to numbers of a kind such as np.int64."""

load: Callable[..., int] = intrinsic(emit_load)
"""``load(address)``: the int64 that lies there."""

add_atomically: Callable[..., int] = intrinsic(emit_add)
"""``add_atomically(address, value)``: add to the int64 that lies there; return what it was."""

store: Callable[..., None] = intrinsic(emit_store)
"""``store(address, value)``: put an int64 there."""

call_with: Callable[..., int] = intrinsic(emit_call_with)
"""``call_with(function, *words)``: call the C function with the address of a struct of words."""

call: Callable[..., int] = intrinsic(emit_call)
"""``call(function, *words)``: call the C function at an address."""
