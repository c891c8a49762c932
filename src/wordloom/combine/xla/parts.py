"""Work in parts, shared with the threads of XLA's pool without ever waiting for one to begin.

Whoever has time takes the next part: the calling thread, and those of the pool that come. The
caller waits only for parts that a thread is at work on, so a pool that is busy or has one thread
slows the work down and cannot stop it. A thread that comes too late finds no part left; what is
shared is therefore freed by the last to leave, not by the caller.

Compiled functions find each other by the names of C functions, so that each can be compiled, and
kept on disk, by itself.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numba
from numba import types

from wordloom.combine.xla.frame import create_error, native, schedule
from wordloom.combine.xla.machine import (
    add_atomically,
    allocate,
    call,
    give_way,
    load,
    release,
    store,
    symbol,
)

__all__ = ["c_function", "run_parts"]

# Places of the shared numbers, in bytes: the next part, how many are done, how many failed, how
# many threads still know of this, how many parts there are, the C function that works on a part,
# and its first argument, the call frame.
NEXT, DONE, FAILED, USERS, PARTS, WORK, FRAME = range(0, 56, 8)
SIZE = 56

KEPT: list[Any] = []  # compiled functions; their machine code must never go

HELP = "wordloom_help"
help_address = symbol(HELP)


def c_function(function: Callable[..., int], name: str, words: int) -> Callable[[int], int]:
    """Compile a C function, or take it from the disk, and give it a name for `symbol`.

    Args:
        function: Takes and returns int64; compiled from here on.
        name: Its name.
        words: How many arguments it has.

    Returns:
        The function for ctypes.
    """
    signature = types.int64(*[types.int64] * words)
    compiled = numba.cfunc(signature, cache=True)(function)
    KEPT.append(compiled)
    llvmlite.binding.add_symbol(name, compiled.address)
    for_ctypes: Callable[[int], int] = compiled.ctypes
    return for_ctypes


@native
def leave(shared: int) -> None:
    """Be done with what is shared."""
    if add_atomically(shared + USERS, -1) == 1:
        release(shared)


@native
def take_parts(shared: int) -> None:
    """Work on parts until none is left."""
    while True:
        part = add_atomically(shared + NEXT, 1)
        if part >= load(shared + PARTS):
            return
        failed = call(load(shared + WORK), load(shared + FRAME), part)
        add_atomically(shared + FAILED, failed)
        add_atomically(shared + DONE, 1)


def help_with_parts(shared: int) -> int:
    """Do what a thread of the pool is there for."""
    take_parts(shared)
    leave(shared)
    return 0


c_function(help_with_parts, HELP, 1)


@native
def run_parts(frame: int, work: int, parts: int) -> int:
    """Run all parts of a call and return what its handler has to: 0, or the address of an error.

    Args:
        frame: The call frame.
        work: Address of a C function of the call frame and the number of a part, which returns 1
            if it runs out of memory and else 0.
        parts: How many parts there are.
    """
    shared = allocate(SIZE)
    if shared == 0:
        return create_error(frame)
    for place in (NEXT, DONE, FAILED):
        store(shared + place, 0)
    store(shared + USERS, parts)
    store(shared + PARTS, parts)
    store(shared + WORK, work)
    store(shared + FRAME, frame)
    for helper in range(1, parts):
        if not schedule(frame, help_address(), shared):
            add_atomically(shared + USERS, helper - parts)
            break
    take_parts(shared)
    while add_atomically(shared + DONE, 0) < parts:
        give_way()
    failed = add_atomically(shared + FAILED, 0)
    leave(shared)
    return create_error(frame) if failed else 0
