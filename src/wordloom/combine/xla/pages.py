"""Larger pages of memory for the buffers that kernels write."""

import mmap
from typing import Any

from numba import types

from wordloom.combine.xla.frame import native

__all__ = ["want_huge_pages"]

ADVICE = getattr(mmap, "MADV_HUGEPAGE", None)
HUGE_PAGE = 1 << 21

advise: Any = (
    None
    if ADVICE is None
    else types.ExternalFunction("madvise", types.int32(types.int64, types.int64, types.int32))
)


@native
def want_huge_pages(address: int, size: int) -> None:
    """Ask for huge pages under a large buffer that is about to be written for the first time.

    XLA takes new memory for each call. With pages of 4 KiB the system spends a quarter of a GRU's
    training step on handing them out.
    """
    if ADVICE is not None and size >= 2 * HUGE_PAGE:
        begin = (address + HUGE_PAGE - 1) // HUGE_PAGE * HUGE_PAGE
        advise(begin, (address + size - begin) // HUGE_PAGE * HUGE_PAGE, ADVICE)
