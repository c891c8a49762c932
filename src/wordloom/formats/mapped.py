"""A file's bytes without reading them: mapped into memory."""

import mmap
from pathlib import Path

from wordloom.errors import InputError

__all__ = ["mapped_bytes"]


def mapped_bytes(path: Path) -> memoryview:
    """Map a file into memory.

    Args:
        path: The file; an empty one has no bytes.

    Returns:
        Its bytes, read only; they are read from disk when they are first used.

    Raises:
        InputError: The file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                return memoryview(b"")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path} cannot be read: {reason}. Check the path.") from None
