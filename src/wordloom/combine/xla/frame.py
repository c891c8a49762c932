"""XLA's typed foreign function interface, read by compiled functions.

A handler gets the address of a call frame: a C struct of 64-bit words, as are all that it points
to (xla/ffi/api/c_api.h, which jaxlib brings along). A word's place in its struct is all that there
is to know. XLA asks each handler for the version that it knows before it accepts it.
"""

import ctypes
from collections.abc import Callable
from typing import TypeVar, cast

import llvmlite.binding
import numba
import numpy as np
from numba.np.numpy_support import carray

from wordloom.combine.xla.machine import call_with, load, pointer_to, symbol

__all__ = [
    "ARGUMENTS",
    "RESULTS",
    "answers_version",
    "axis_length",
    "create_error",
    "data",
    "native",
    "schedule",
]

Function = TypeVar("Function", bound=Callable[..., object])

MAJOR, MINOR = 0, 3
"""The version of the interface that is known here."""

WORD = 8
# Words of XLA_FFI_CallFrame: the extension, the interface's functions, the context of the run,
# the pointers to the argument buffers and to the result buffers.
EXTENSION, API, CONTEXT = 1, 2, 3
ARGUMENTS, RESULTS = 9, 14
# Words of XLA_FFI_Api: functions.
CREATE_ERROR, DESTROY_ERROR, SCHEDULE = 6, 8, 17
# Words of XLA_FFI_Buffer.
DATA, DIMENSIONS = 3, 5
# Values of XLA_FFI_Extension_Type and XLA_FFI_Error_Code.
METADATA = 1
RESOURCE_EXHAUSTED = 8

MESSAGE = ctypes.create_string_buffer(b"a recurrent layer found no memory")
llvmlite.binding.add_symbol("wordloom_no_memory", ctypes.addressof(MESSAGE))
message_address = symbol("wordloom_no_memory")


def native(function: Function) -> Function:
    """Compile a function of words; the interpreter is not needed where it runs."""
    compiled = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    return cast("Function", compiled)


@native
def word(struct: int, place: int) -> int:
    """Return a word of a struct."""
    return load(struct + WORD * place)


@native
def answers_version(frame: int) -> bool:
    """Answer the question for the version if the call asks it; say whether it does."""
    extension = word(frame, EXTENSION)
    if extension == 0 or word(extension, 1) & 0xFFFFFFFF != METADATA:
        return False
    # XLA_FFI_Metadata as int32: its size (0, 1), the size and extension of the version (2 to 5),
    # the version's numbers (6, 7), traits (8).
    metadata = carray(pointer_to(word(extension, 3), np.int32), (9,))
    metadata[6], metadata[7], metadata[8] = MAJOR, MINOR, 0
    return True


@native
def data(frame: int, kind: int, number: int) -> int:
    """Return the address of the numbers of a buffer among the `ARGUMENTS` or `RESULTS`."""
    return word(word(word(frame, kind), number), DATA)


@native
def axis_length(frame: int, kind: int, number: int, axis: int) -> int:
    """Return the length of an axis of a buffer."""
    return word(word(word(word(frame, kind), number), DIMENSIONS), axis)


@native
def schedule(frame: int, task: int, argument: int) -> bool:
    """Let XLA's pool of threads call a task some time; say whether it will."""
    api = word(frame, API)
    error = call_with(
        word(api, SCHEDULE), 5 * WORD, 0, word(frame, CONTEXT), np.int64(task), np.int64(argument)
    )
    if error:
        call_with(word(api, DESTROY_ERROR), 3 * WORD, 0, error)
    return error == 0


@native
def create_error(frame: int) -> int:
    """Return XLA's error for a lack of memory."""
    create = word(word(frame, API), CREATE_ERROR)
    return call_with(create, 4 * WORD, 0, message_address(), RESOURCE_EXHAUSTED)
