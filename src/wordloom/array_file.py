"""Arrays with one axis in .npy files: written as they come, checked and mapped when opened."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

__all__ = ["append_file", "blocks", "map_array", "write_header"]

# Bytes of an array that are read at a time.
BLOCK_BYTES = 1 << 22


def write_header(file: IO[bytes], dtype: str, length: int) -> None:
    """Write the header of an .npy file that holds one axis.

    Args:
        file: The file, at its start.
        dtype: Type of the elements, as in "<i4".
        length: How many elements follow.
    """
    description = {"descr": dtype, "fortran_order": False, "shape": (length,)}
    np.lib.format.write_array_header_1_0(file, description)


@contextmanager
def append_file(path: Path, dtype: str) -> Iterator[IO[bytes]]:
    """Open an .npy file with one axis, for as many elements as will be written.

    Args:
        path: The file.
        dtype: Type of its elements, as in "<i4".

    Yields:
        The file, to which the elements' bytes are written.
    """
    with path.open("wb") as file:
        write_header(file, dtype, 0)
        start = file.tell()
        yield file
        length = (file.tell() - start) // np.dtype(dtype).itemsize
        file.seek(0)
        # NumPy leaves room in a header so that its length may grow.
        write_header(file, dtype, length)


def map_array(
    path: Path,
    dtype: str,
    length: int,
    description: str,
    damaged: Callable[[Path, str], NoReturn],
) -> NDArray[Any]:
    """Map an .npy file that must hold one axis of a type and length.

    Args:
        path: The file.
        dtype: Type of its elements, as in "<i4".
        length: How many there are.
        description: The name of the file that says so.
        damaged: Raises the error for a folder that cannot be trusted, given it and the reason.

    Returns:
        The array, (length,), read-only.

    Raises:
        FormatError: The file is missing, damaged, or holds something else.
    """
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # A forged header makes NumPy raise nearly anything.
        damaged(path.parent, f"{path.name} cannot be read ({error})")
    if array.dtype != np.dtype(dtype) or array.shape != (length,):
        damaged(
            path.parent,
            f"{path.name} holds {array.dtype} of shape {array.shape}, and {description} promises "
            f"{np.dtype(dtype)} of shape ({length},)",
        )
    # `blocks` counts from the end of the file: with more behind the array it would read that.
    if path.stat().st_size != array.offset + array.nbytes:
        damaged(path.parent, f"{path.name} holds more than its array")
    return array.view(np.ndarray)


def blocks(path: Path, array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the content of a mapped array piece by piece, without making its pages resident.

    Args:
        path: The file that `map_array` mapped.
        array: What it returned.

    Yields:
        Copies of consecutive parts, some 4 MiB each.
    """
    length = BLOCK_BYTES // array.itemsize
    with path.open("rb") as file:
        file.seek(-array.nbytes, os.SEEK_END)
        for start in range(0, len(array), length):
            yield np.fromfile(file, array.dtype, min(length, len(array) - start))
