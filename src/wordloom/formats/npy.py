"""Arrays in NumPy's .npy format, checked before anything is made of what their headers say."""

import math
from pathlib import Path
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError

__all__ = ["NPY_MAGIC", "map_npy", "read_npy"]

NPY_MAGIC = b"\x93NUMPY"

# Numbers, and text of a fixed width; never objects, which are pickles.
KINDS = "fiubUS"
BLOCK_BYTES = 1 << 22


def map_npy(path: Path, offset: int = 0) -> NDArray[np.generic]:
    """Map an array into memory, so that rows are read when they are used.

    Args:
        path: The file.
        offset: The byte where the array's header starts.

    Returns:
        The array, read-only, of numbers or texts.

    Raises:
        FormatError: It cannot be read, is damaged, or holds objects.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            shape, by_column, dtype = checked_header(file, str(path))
            start = file.tell()
            size = path.stat().st_size
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    count = math.prod(shape)
    check_size(count * dtype.itemsize, size - start, str(path))
    if count == 0:
        return np.empty(shape, dtype)
    flat: NDArray[np.generic] = np.memmap(path, dtype, "r", start, (count,)).view(np.ndarray)
    return flat.reshape(shape, order="F" if by_column else "C")


def read_npy(stream: IO[bytes], size: int | None, name: str) -> NDArray[np.generic]:
    """Read an array from a stream.

    Args:
        stream: What holds the header and the numbers; it is read to its end.
        size: How many bytes the stream holds; None where only reading on can tell. No more memory
            than that is taken.
        name: What messages call it.

    Returns:
        The array, of numbers or texts.

    Raises:
        FormatError: It is damaged, or holds objects.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> np.save(file, [1.0, 2.0])
        >>> _ = file.seek(0)
        >>> read_npy(file, len(file.getvalue()), "toy.npy").tolist()
        [1.0, 2.0]
    """
    shape, by_column, dtype = checked_header(stream, name)
    count = math.prod(shape)
    order: Literal["C", "F"] = "F" if by_column else "C"
    if size is None:
        data = stream.read()
        check_size(count * dtype.itemsize, len(data), name)
        return np.frombuffer(data, dtype, count).reshape(shape, order=order)
    check_size(count * dtype.itemsize, size, name)
    array = np.empty(count, dtype)
    raw = array.view(np.uint8) if array.nbytes else np.empty(0, np.uint8)
    done = 0
    while done < len(raw):
        piece = stream.read(min(BLOCK_BYTES, len(raw) - done))
        check_size(len(raw) - done, len(raw) - done if piece else 0, name)
        raw[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    return array.reshape(shape, order=order)


def checked_header(
    stream: IO[bytes], name: str
) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Return shape, order and type of an array, if they are those of numbers or texts."""
    try:
        version = np.lib.format.read_magic(stream)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, by_column, dtype = read_header(stream)
    except Exception as error:  # A forged header makes NumPy raise nearly anything.
        raise damaged(name, f"its header cannot be read ({str(error)[:100]})") from None
    if dtype.kind not in KINDS or dtype.itemsize == 0 or dtype.subdtype is not None:
        raise damaged(name, f"it holds {str(dtype)[:60]}, and only numbers and texts are read")
    if any(type(length) is not int or length < 0 for length in shape) or len(shape) > 32:
        raise damaged(name, "its shape is no list of sizes")
    return shape, by_column, dtype


def check_size(needed: int, there: int, name: str) -> None:
    """Refuse an array that needs more bytes than there are."""
    if needed > there:
        raise damaged(name, f"its numbers need {needed:,} bytes, and {there:,} are there")


def damaged(name: str, reason: str) -> FormatError:
    """Return the error for a file that cannot be trusted."""
    return FormatError(f"{name} is no complete .npy file of plain numbers or texts: {reason}.")
