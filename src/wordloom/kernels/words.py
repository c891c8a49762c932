"""A hash table from the bytes of a word to its id, in flat arrays.

Words lie end to end in one byte array: word ``i`` is ``data[offsets[i]:offsets[i + 1]]``. The table
is open addressing with linear probing over int64 slots; an occupied slot holds the upper 32 bits of
the word's hash and, below them, the id plus one, so that most unequal words differ without a look
at their bytes. Zero marks a free slot. The number of slots is a power of two, at least twice the
number of words.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.word_bytes import load_eight_bytes, load_up_to_eight_bytes

__all__ = ["build_slots", "find_words", "intern_words", "slot_count"]

# Steele, Lea and Flood's golden gamma, and the multiplier of MurmurHash3's finaliser.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xFF51AFD7ED558CCD)
SHIFT = np.uint64(32)
UPPER_HALF = np.int64(~0xFFFFFFFF)
LOWER_HALF = np.int64(0xFFFFFFFF)


def slot_count(words: int) -> int:
    """Return how many slots a table for so many words has: a power of two, at least twice that."""
    return 1 << max(4, (2 * words - 1).bit_length() if words else 0)


@inline_kernel
def hash_word(data: NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """Return the 64-bit hash of ``data[start:end]``."""
    length = end - start
    value = np.uint64(length) * GOLDEN
    while length > 8:
        value = (value ^ load_eight_bytes(data, start)) * MIX
        value ^= value >> SHIFT
        start += 8
        length -= 8
    value = (value ^ load_up_to_eight_bytes(data, start, length)) * MIX
    value = (value ^ (value >> SHIFT)) * MIX
    return value ^ (value >> SHIFT)


@inline_kernel
def same_word(
    left: NDArray[np.uint8],
    left_start: int,
    left_end: int,
    right: NDArray[np.uint8],
    right_start: int,
    right_end: int,
) -> bool:
    """Tell whether two byte ranges are equal."""
    length = left_end - left_start
    if length != right_end - right_start:
        return False
    while length > 8:
        if load_eight_bytes(left, left_start) != load_eight_bytes(right, right_start):
            return False
        left_start += 8
        right_start += 8
        length -= 8
    left_rest = load_up_to_eight_bytes(left, left_start, length)
    return bool(left_rest == load_up_to_eight_bytes(right, right_start, length))


@kernel
def build_slots(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.int64]
) -> int:
    """Enter all words into free slots.

    Args:
        data: uint8 (n_bytes,), the words end to end.
        offsets: int64 (n_words + 1,), where each word starts and the last one ends.
        slots: int64 (n_slots,), a power of two; cleared, then written.

    Returns:
        The id of the first word that occurred before, or -1 when all words differ.
    """
    slots[:] = 0
    mask = np.int64(len(slots) - 1)
    for word in range(len(offsets) - 1):
        start, end = offsets[word], offsets[word + 1]
        code = np.int64(hash_word(data, start, end))
        slot = code & mask
        while slots[slot] != 0:
            if (slots[slot] ^ code) & UPPER_HALF == 0:
                other = (slots[slot] & LOWER_HALF) - 1
                if same_word(data, start, end, data, offsets[other], offsets[other + 1]):
                    return word
            slot = (slot + 1) & mask
        slots[slot] = (code & UPPER_HALF) | np.int64(word + 1)
    return -1


@kernel
def find_words(
    tokens: NDArray[np.uint8],
    token_offsets: NDArray[np.int64],
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int64],
    ids: NDArray[np.int32],
) -> None:
    """Look up tokens in a table.

    Args:
        tokens: uint8 (n_bytes,), the tokens end to end.
        token_offsets: int64 (n_tokens + 1,).
        data: uint8, the table's words end to end.
        offsets: int64 (n_words + 1,), the table's word offsets.
        slots: int64, the table as `build_slots` filled it.
        ids: int32 (n_tokens,), written: the word id of each token, -1 where there is none.
    """
    mask = np.int64(len(slots) - 1)
    for token in range(len(token_offsets) - 1):
        start, end = token_offsets[token], token_offsets[token + 1]
        code = np.int64(hash_word(tokens, start, end))
        slot = code & mask
        ids[token] = -1
        while slots[slot] != 0:
            if (slots[slot] ^ code) & UPPER_HALF == 0:
                word = (slots[slot] & LOWER_HALF) - 1
                if same_word(tokens, start, end, data, offsets[word], offsets[word + 1]):
                    ids[token] = word
                    break
            slot = (slot + 1) & mask


@kernel
def intern_words(
    tokens: NDArray[np.uint8],
    token_offsets: NDArray[np.int64],
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.int64],
    n_words: int,
    ids: NDArray[np.int32],
) -> int:
    """Look up tokens and enter the new ones, which get ids in order of first occurrence.

    The caller leaves room for the worst case, that every token is a new word.

    Args:
        tokens: uint8 (n_bytes,), the tokens end to end.
        token_offsets: int64 (n_tokens + 1,).
        data: uint8, room for the words; written from ``offsets[n_words]`` on.
        offsets: int64, room for n_words + n_tokens + 1 entries; ``offsets[0]`` is 0.
        slots: int64, a power of two, at least 2 × (n_words + n_tokens).
        n_words: How many words the table holds before the call.
        ids: int32 (n_tokens,), written: the word id of each token.

    Returns:
        How many words the table holds after the call.
    """
    mask = np.int64(len(slots) - 1)
    for token in range(len(token_offsets) - 1):
        start, end = token_offsets[token], token_offsets[token + 1]
        code = np.int64(hash_word(tokens, start, end))
        slot = code & mask
        found = np.int64(-1)
        while slots[slot] != 0:
            if (slots[slot] ^ code) & UPPER_HALF == 0:
                word = (slots[slot] & LOWER_HALF) - 1
                if same_word(tokens, start, end, data, offsets[word], offsets[word + 1]):
                    found = word
                    break
            slot = (slot + 1) & mask
        if found < 0:
            found = np.int64(n_words)
            first = offsets[n_words]
            for step in range(end - start):
                data[first + step] = tokens[start + step]
            n_words += 1
            offsets[n_words] = first + end - start
            slots[slot] = (code & UPPER_HALF) | np.int64(n_words)
        ids[token] = found
    return n_words
