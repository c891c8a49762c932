"""N-grams as numbers: a hash table from 64-bit keys to ids, and the n-grams of each text."""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.words import GOLDEN, MIX, SHIFT

__all__ = ["build_keys", "count_in_texts", "find_keys", "intern_keys"]

FREE = -1


@inline_kernel
def first_slot(key: np.int64, mask: np.int64) -> np.int64:
    """Return the slot at which the search for a key begins."""
    value = (np.uint64(key) + GOLDEN) * MIX
    return np.int64((value ^ (value >> SHIFT)) & np.uint64(mask))


@kernel
def intern_keys(
    keys: NDArray[np.int64],
    slots: NDArray[np.int64],
    found: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> int:
    """Number the different keys in the order in which they first occur.

    Args:
        keys: int64 (n,), each from 0 on, or -1 for none.
        slots: int64 (n_slots,), a power of two above n; cleared, then written.
        found: int64 (n,), written: the different keys.
        ids: int32 (n,), written: the number of each key, -1 for none.

    Returns:
        How many different keys there are.
    """
    slots[:] = FREE
    mask = np.int64(len(slots) - 1)
    n_found = 0
    for place in range(len(keys)):
        key = keys[place]
        if key < 0:
            ids[place] = -1
            continue
        slot = first_slot(key, mask)
        while slots[slot] != FREE and found[slots[slot]] != key:
            slot = (slot + 1) & mask
        if slots[slot] == FREE:
            slots[slot] = n_found
            found[n_found] = key
            n_found += 1
        ids[place] = slots[slot]
    return n_found


@kernel
def build_keys(known: NDArray[np.int64], slots: NDArray[np.int64]) -> None:
    """Enter different keys into free slots.

    Args:
        known: int64 (n,), the keys, each from 0 on.
        slots: int64 (n_slots,), a power of two above n; cleared, then written.
    """
    slots[:] = FREE
    mask = np.int64(len(slots) - 1)
    for number in range(len(known)):
        slot = first_slot(known[number], mask)
        while slots[slot] != FREE:
            slot = (slot + 1) & mask
        slots[slot] = number


@kernel
def find_keys(
    keys: NDArray[np.int64],
    known: NDArray[np.int64],
    slots: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> None:
    """Look keys up.

    Args:
        keys: int64 (n,), each from 0 on, or -1 for none.
        known: int64 (n_known,), the keys that `build_keys` entered.
        slots: int64 (n_slots,), as `build_keys` filled them.
        ids: int32 (n,), written: the number of each key, -1 where it is not known.
    """
    mask = np.int64(len(slots) - 1)
    for place in range(len(keys)):
        key = keys[place]
        ids[place] = -1
        if key < 0:
            continue
        slot = first_slot(key, mask)
        while slots[slot] != FREE:
            if known[slots[slot]] == key:
                ids[place] = slots[slot]
                break
            slot = (slot + 1) & mask


@kernel
def count_in_texts(
    ids: NDArray[np.int32],
    splits: NDArray[np.int64],
    last: NDArray[np.int64],
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    counts: NDArray[np.float32],
) -> int:
    """List the different n-grams of each text, and how often each occurs in it.

    Args:
        ids: int32 (n_tokens,), the n-gram that begins at each token, or -1.
        splits: int64 (n_texts + 1,), the first token of each text, then n_tokens.
        last: int64 (n_ngrams,), written: where in `columns` an n-gram was last put.
        starts: int64 (n_texts + 1,), written: the first entry of each text, then their number.
        columns: int32 (n_tokens,), written: the n-grams, text by text, in the order in which each
            text has them.
        counts: float32 (n_tokens,), written: how often.

    Returns:
        How many entries there are.
    """
    last[:] = -1
    filled = 0
    for text in range(len(splits) - 1):
        starts[text] = filled
        for token in range(splits[text], splits[text + 1]):
            gram = ids[token]
            if gram < 0:
                continue
            if last[gram] >= starts[text]:
                counts[last[gram]] += 1
            else:
                last[gram] = filled
                columns[filled] = gram
                counts[filled] = 1
                filled += 1
    starts[len(splits) - 1] = filled
    return filled
