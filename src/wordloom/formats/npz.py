"""NumPy's .npz archives: arrays by name, checked before anything is unpacked."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError
from wordloom.formats.content import ZIP_MAGIC, check_expansion
from wordloom.formats.npy import map_npy, read_npy

__all__ = ["read_npz"]

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""How a file in a zip archive starts: a magic number, and the lengths of its name and extras."""


def read_npz(path: Path, data: bytes | None = None) -> dict[str, NDArray[np.generic]]:
    """Read all arrays of an archive; those that are not compressed are mapped into memory.

    Args:
        path: The archive.
        data: Its bytes, if the file at `path` is not it itself but holds it compressed.

    Returns:
        The arrays of numbers or texts by name, without ``.npy``.

    Raises:
        FormatError: The archive or an array is damaged, holds objects, or expands beyond what
            vectors can.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.savez(f"{folder}/toy.npz", words=["cough"], vectors=[[1, 2]])
        ...     sorted(read_npz(Path(folder, "toy.npz")))
        ['vectors', 'words']
    """
    try:
        with zipfile.ZipFile(path if data is None else io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            size = path.stat().st_size if data is None else len(data)
            check_expansion(str(path), size, sum(info.file_size for info in infos))
            arrays = {}
            for info in infos:
                name = info.filename.removesuffix(".npy")
                if data is None and info.compress_type == zipfile.ZIP_STORED:
                    arrays[name] = map_npy(path, start_of(path, info))
                else:
                    with archive.open(info) as stream:
                        arrays[name] = read_npy(stream, info.file_size, f"{path}/{name}.npy")
            return arrays
    except FormatError:
        raise
    except Exception as error:  # A forged archive raises nearly anything.
        raise FormatError(
            f"{path} is no complete .npz archive ({str(error)[:100]}). Copy it again."
        ) from None


def start_of(path: Path, info: zipfile.ZipInfo) -> int:
    """Return the byte of an archive where a file that is not compressed starts."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        magic, name_length, extra_length = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    if magic != ZIP_MAGIC or info.flag_bits & 1:
        raise zipfile.BadZipFile(f"no plain file at byte {info.header_offset}")
    return int(info.header_offset) + LOCAL_HEADER.size + int(name_length) + int(extra_length)
