"""How much memory counting may take, and how it is divided."""

import math
import re
from dataclasses import dataclass

from wordloom.cooccurrence.index import BLOCK, ENTRY_BYTES
from wordloom.cooccurrence.stripes import Stripes
from wordloom.errors import InputError
from wordloom.kernels.cooccurrence import row_bytes

__all__ = ["CELL_BYTES", "Plan", "make_plan", "parse_memory"]

UNITS = {"": 1, "B": 1} | {
    f"{prefix}{suffix}": base**power
    for power, prefix in enumerate("KMGT", 1)
    for suffix, base in (("B", 1000), ("iB", 1024))
}

CELL_BYTES = 12
"""A cell before it is placed: the column's place (int32) and the sum (uint64)."""

# The same cell as it is written: row, column, count.
PLACED_BYTES = 8


def parse_memory(memory: str | int) -> int:
    """Return an amount of memory in bytes.

    Args:
        memory: Bytes, or a number with a unit: KB, MB, GB, TB (powers of 1000), or KiB, MiB, GiB,
            TiB (of 1024).

    Raises:
        InputError: It is neither.

    Example:
        >>> parse_memory("4GB"), parse_memory("1.5 KiB"), parse_memory(1000)
        (4000000000, 1536, 1000)
    """
    found = re.fullmatch(r"\s*(\d{1,18}(?:\.\d*)?)\s*([KMGT]?i?B?)\s*", str(memory), re.IGNORECASE)
    if found and not isinstance(memory, bool):
        units = {unit.lower(): size for unit, size in UNITS.items()}
        size = units.get(found[2].lower())
        if size is not None and float(found[1]) * size >= 1:
            return int(float(found[1]) * size)
    raise InputError(
        "`memory` must be an amount such as '4GB', '500MB', '2GiB', or a number of bytes. "
        f"Received: {memory!r}."
    )


@dataclass(frozen=True)
class Plan:
    """How memory is divided.

    Attributes:
        threads: How many threads there is memory for.
        tokens: How many tokens (and gaps between documents) are in memory at a time.
        cells: How many cells each thread has room for.
    """

    threads: int
    tokens: int
    cells: int


def make_plan(
    memory: int, threads: int, n_tokens: int, n_documents: int, window: int, stripes: Stripes
) -> Plan:
    """Divide the memory.

    Args:
        memory: Bytes.
        threads: How many threads there may be.
        n_tokens: Length of the corpus.
        n_documents: How many documents it has.
        window: Widest distance of two words that are counted.
        stripes: How the words are dealt to stripes.

    Raises:
        InputError: It is too little for one thread.
    """
    n_words, widest = stripes.n_words, int(stripes.sizes[0])
    # A row always fits, and so does a block.
    least_cells = max(n_words, widest * widest)
    most_cells = min(widest * n_words, max(least_cells, 2 * window * n_tokens))
    most_tokens = n_tokens + min(n_documents, n_tokens) + 1
    fixed = 40 * n_words + 8 * stripes.n_stripes**2 + 12 * min(BLOCK, n_tokens)
    for count in range(min(threads, stripes.n_stripes), 0, -1):
        # So many that the tables of all runs take no more than the index did.
        least_tokens = min(most_tokens, max(n_words, math.isqrt(6 * n_tokens * widest * count)))
        desk = row_bytes(n_words) + 32 * n_words
        free = memory - fixed - count * desk - 16 * window
        least = ENTRY_BYTES * least_tokens + count * least_cells * (CELL_BYTES + PLACED_BYTES)
        if free >= least:
            break
    else:
        raise InputError(
            f"`memory` must be at least {memory - free + least:,} bytes for {n_words:,} words. "
            f"Received: {memory:,}."
        )
    tokens = min(most_tokens, (free - (least - ENTRY_BYTES * least_tokens)) // ENTRY_BYTES)
    # A corpus that does not fit leaves a quarter to the cells.
    if tokens < most_tokens:
        tokens = max(least_tokens, min(tokens, free * 3 // 4 // ENTRY_BYTES))
    cells = (free - tokens * ENTRY_BYTES) // (count * (CELL_BYTES + PLACED_BYTES))
    # Positions are int32.
    tokens = min(tokens, (1 << 31) - 1 - 2 * window - 2)
    return Plan(count, tokens, min(cells, most_cells))
