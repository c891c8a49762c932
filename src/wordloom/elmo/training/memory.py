"""Memory that is given back and taken anew at each step, kept instead."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["memory_kept"]

# The numbers of glibc's mallopt, with what is set, and the default that is put back.
TRIM_THRESHOLD = (-1, (1 << 31) - 1, 1 << 17)
TOP_PAD = (-2, 1 << 28, 0)
MMAP_THRESHOLD = (-3, 1 << 30, 1 << 17)
ARENA_MAX = (-8, 1, 0)
OPTIONS = (TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, ARENA_MAX)


@contextmanager
def memory_kept() -> Iterator[None]:
    """Let freed memory stay with the process while a block runs; given back at its end.

    XLA takes new memory for each step, and glibc asks the system for it, page by page: a fifth of
    the time of a step with "tiny" on a CPU. Elsewhere than with glibc this does nothing.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if library is None or not hasattr(library, "gnu_get_libc_version"):
        yield
        return
    for number, value, _ in OPTIONS:
        library.mallopt(number, value)
    try:
        yield
    finally:
        for number, _, value in OPTIONS:
            library.mallopt(number, value)
        library.malloc_trim(0)
