"""Named arrays in one file, in the safetensors format: nothing in it is ever executed.

The format (https://github.com/huggingface/safetensors): 8 bytes with the length of the header, the
header as JSON with the type, shape and byte range of each array, then the arrays' bytes. Reading
maps the file into memory, so a file of any size opens at once. The header is taken for hostile
until each of its statements has been checked against the file.
"""

import json
import math
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError
from wordloom.output import new_file

__all__ = ["read_metadata", "read_tensors", "write_tensors"]

DTYPES = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "F16": np.float16,
    "U32": np.uint32,
    "I32": np.int32,
    "F32": np.float32,
    "U64": np.uint64,
    "I64": np.int64,
    "F64": np.float64,
}
# The reference implementation refuses longer headers as well.
MAX_HEADER_BYTES = 100_000_000


def write_tensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, NDArray[np.generic]],
    metadata: dict[str, str] | None = None,
) -> None:
    """Write named arrays to a safetensors file.

    The file is written under another name in the same folder and renamed when it is complete.

    Args:
        path: The file; one that exists is replaced.
        tensors: The arrays, of any shape, of a boolean, integer or float type.
        metadata: Free texts that go into the header.

    Raises:
        InputError: An array's type has no place in the format, or the file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_tensors(f"{folder}/a.safetensors", {"a": np.arange(3)})
        ...     read_tensors(f"{folder}/a.safetensors")["a"].tolist()
        [0, 1, 2]
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    path = Path(path)
    arrays = {}
    for name, tensor in tensors.items():
        if tensor.dtype.newbyteorder("=") not in DTYPES.values():
            raise InputError(
                f"A safetensors file holds booleans, integers and floats of up to 64 bits. "
                f"Received: '{name}' of type {tensor.dtype}."
            )
        arrays[name] = np.asarray(tensor, tensor.dtype.newbyteorder("<"), order="C")
    with new_file(path, "the tensors") as aside:
        # The library makes files that their owner alone can read; this one gets the usual rights.
        aside.touch()
        rights = aside.stat().st_mode
        try:
            save_file(arrays, aside, metadata)
        except SafetensorError as error:
            raise OSError(str(error)) from None
        aside.chmod(rights)


def read_tensors(path: str | os.PathLike[str]) -> dict[str, NDArray[np.generic]]:
    """Open the arrays of a safetensors file as read-only views of the mapped file.

    Args:
        path: The file.

    Returns:
        The arrays by name; their bytes are read from disk when they are first used.

    Raises:
        InputError: The file cannot be opened.
        FormatError: The file is damaged or not a safetensors file; the message says where.
    """
    path = Path(path)
    header, body = open_file(path)
    tensors = {}
    ranges = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        dtype, shape, start, end = checked_entry(path, name, entry, len(body))
        ranges.append((start, end, name))
        tensors[name] = aligned(body[start:end].view(dtype).reshape(shape))
    reached = 0
    for start, end, name in sorted(ranges):
        if start != reached:
            damaged(
                path, f"'{name}' starts at byte {start}, and the array before it ends at {reached}"
            )
        reached = end
    if reached != len(body):
        damaged(path, f"its arrays end at byte {reached} of {len(body)}")
    return tensors


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the free texts in the header of a safetensors file.

    Args:
        path: The file.

    Returns:
        The texts by name; empty where the file has none.

    Raises:
        InputError: The file cannot be opened.
        FormatError: The file is damaged or not a safetensors file.
    """
    header, _ = open_file(Path(path))
    metadata = header.get("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        damaged(Path(path), "its metadata are not texts by name")
    return metadata


def open_file(path: Path) -> tuple[dict[str, object], NDArray[np.uint8]]:
    """Return the header of a safetensors file, still to be checked, and the bytes behind it."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < 8:
                damaged(path, f"it has {size} bytes, and 8 are needed for the header's length")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror or error}.") from None
    header_bytes = int.from_bytes(mapped[:8], "little")
    if header_bytes > min(size - 8, MAX_HEADER_BYTES):
        damaged(path, f"its header would have {header_bytes} bytes and the file has {size}")
    header = parse_header(path, mapped[8 : 8 + header_bytes])
    return header, np.frombuffer(mapped, np.uint8)[8 + header_bytes :]


def damaged(path: Path, reason: str) -> NoReturn:
    """Raise the error for a file that cannot be trusted."""
    raise FormatError(
        f"{path} is not a complete safetensors file: {reason}. Copy or write the file again."
    )


def parse_header(path: Path, text: bytes) -> dict[str, object]:
    """Return the header as a dict of its entries."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        entries = dict(pairs)
        if len(entries) != len(pairs):
            raise ValueError("a name occurs twice")
        return entries

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        damaged(path, f"its header is not JSON ({error})")
    if not isinstance(header, dict):
        damaged(path, f"its header is a JSON {type(header).__name__}, and an object is needed")
    return header


def checked_entry(
    path: Path, name: str, entry: object, body_bytes: int
) -> tuple[type[np.generic], tuple[int, ...], int, int]:
    """Return an array's type, shape and byte range, all of them checked."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        damaged(path, f"'{name}' needs exactly a dtype, a shape and data_offsets")
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(code, str) or code not in DTYPES:
        damaged(path, f"'{name}' has the type {code!r}, and known are {', '.join(DTYPES)}")
    if not are_sizes(shape) or len(cast("list[int]", shape)) > 32:
        damaged(path, f"the shape of '{name}' is not a list of at most 32 whole numbers >= 0")
    if not are_sizes(offsets) or len(cast("list[int]", offsets)) != 2:
        damaged(path, f"the data_offsets of '{name}' are not two whole numbers >= 0")
    start, end = cast("list[int]", offsets)
    if not start <= end <= body_bytes:
        damaged(path, f"'{name}' lies at bytes {start} to {end} of {body_bytes}")
    needed = math.prod(cast("list[int]", shape)) * np.dtype(DTYPES[code]).itemsize
    if needed != end - start:
        damaged(
            path, f"'{name}' takes {needed} bytes by its shape and {end - start} by its offsets"
        )
    return DTYPES[code], tuple(cast("list[int]", shape)), start, end


def are_sizes(value: object) -> bool:
    """Tell whether a JSON value is a list of whole numbers that a 64-bit size can hold."""
    return isinstance(value, list) and all(
        type(item) is int and 0 <= item < 1 << 63 for item in value
    )


def aligned(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the array itself, or a copy where its place in the file is no place for its type."""
    if array.flags.aligned:
        return array
    array = array.copy()
    array.flags.writeable = False
    return array
