"""CRC-32C, the checksum of TensorFlow's files, eight bytes at a step.

The polynomial is Castagnoli's; the method "slicing by eight" (Kounavis and Berry 2005): eight
tables of 256 entries take a step over eight bytes that do not wait for each other.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel, read_only

__all__ = ["crc32c"]

POLYNOMIAL = 0x82F63B78


def crc32c(data: NDArray[np.uint8]) -> int:
    """Return the CRC-32C of bytes.

    Args:
        data: uint8 (n_bytes,).

    Returns:
        The checksum, from 0 to 2**32 - 1.

    Example:
        >>> hex(crc32c(np.frombuffer(b"123456789", np.uint8)))
        '0xe3069283'
    """
    return int(checksum(read_only(data), tables()))


@cache
def tables() -> NDArray[np.uint32]:
    """Return what a byte does to the checksum from 0 to 7 bytes before the end, uint32 (8, 256)."""
    table = np.zeros((8, 256), np.uint32)
    table[0] = np.arange(256)
    for _ in range(8):
        table[0] = np.where(table[0] & 1, table[0] >> 1 ^ np.uint32(POLYNOMIAL), table[0] >> 1)
    for step in range(1, 8):
        table[step] = table[0][table[step - 1] & 0xFF] ^ table[step - 1] >> 8
    return read_only(table)


@kernel
def checksum(data: NDArray[np.uint8], table: NDArray[np.uint32]) -> np.uint32:
    """Return the CRC-32C of bytes, with the tables of `tables`."""
    crc = np.uint32(0xFFFFFFFF)
    whole = len(data) - len(data) % 8
    for place in range(0, whole, 8):
        low = crc ^ (
            np.uint32(data[place])
            | np.uint32(data[place + 1]) << np.uint32(8)
            | np.uint32(data[place + 2]) << np.uint32(16)
            | np.uint32(data[place + 3]) << np.uint32(24)
        )
        crc = (
            table[7, low & np.uint32(0xFF)]
            ^ table[6, low >> np.uint32(8) & np.uint32(0xFF)]
            ^ table[5, low >> np.uint32(16) & np.uint32(0xFF)]
            ^ table[4, low >> np.uint32(24)]
            ^ table[3, data[place + 4]]
            ^ table[2, data[place + 5]]
            ^ table[1, data[place + 6]]
            ^ table[0, data[place + 7]]
        )
    for place in range(whole, len(data)):
        crc = table[0, (crc ^ data[place]) & np.uint32(0xFF)] ^ crc >> np.uint32(8)
    return crc ^ np.uint32(0xFFFFFFFF)
