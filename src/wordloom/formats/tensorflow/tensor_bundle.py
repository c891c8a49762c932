"""The variables of a TensorFlow checkpoint, read without TensorFlow.

A checkpoint (a "tensor bundle") is a table of entries, ``variables.index``, and the numbers of all
variables end to end, ``variables.data-00000-of-00001``. The table is an SSTable, the format of
LevelDB: blocks of sorted keys, each key without what it shares with the one before, then a block
that tells where these blocks lie, then a footer of 48 bytes. Values are protocol buffers
(`tensorflow/core/protobuf/tensor_bundle.proto`). Blocks and variables have checksums (CRC-32C),
which are compared, so that damage is noticed.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError
from wordloom.formats.mapped import mapped_bytes
from wordloom.formats.protobuf import Buffer, fields, varint
from wordloom.kernels.checksum import crc32c

__all__ = ["Bundle", "Variable"]

MAX_INDEX_BYTES = 1 << 26
# Variables are named after their place in the model; repeated prefixes must not fill the memory.
MAX_KEY_BYTES = 1 << 12

FOOTER_BYTES = 48
MAGIC = 0xDB4775248B80FB57
TRAILER_BYTES = 5  # How a block is compressed, and its checksum.
CHECKSUM_DELTA = 0xA282EAD8

# TensorFlow's numbers for types, of which vectors may be.
TYPES: Mapping[int, type[np.floating]] = MappingProxyType(
    {1: np.float32, 2: np.float64, 19: np.float16}
)


@dataclass(frozen=True)
class Variable:
    """Where a variable lies, by the index; nothing of it is checked against the data yet.

    Attributes:
        type: TensorFlow's number for its type.
        shape: Its shape.
        shard: The number of the data file.
        offset: Its first byte there.
        size: How many bytes it has.
        checksum: The masked CRC-32C of these.
        whole: Whether it is stored in one piece.
    """

    type: int = 0
    shape: tuple[int, ...] = ()
    shard: int = 0
    offset: int = 0
    size: int = 0
    checksum: int = 0
    whole: bool = True

    @property
    def is_matrix(self) -> bool:
        """Whether it is a table of floats, as word vectors are."""
        return self.type in TYPES and len(self.shape) == 2


class Bundle:
    """The variables of a checkpoint.

    Args:
        prefix: The path of its files without ``.index``.

    Attributes:
        variables: All variables by name.

    Raises:
        InputError: The index cannot be read.
        FormatError: It is damaged or in a form that TensorFlow does not write today.
    """

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        path = prefix.with_name(f"{prefix.name}.index")
        try:
            size = path.stat().st_size
            if size > MAX_INDEX_BYTES:
                raise FormatError(
                    f"The index of a checkpoint has at most {MAX_INDEX_BYTES:,} bytes. "
                    f"Received: {path}, with {size:,}."
                )
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
        self.n_shards = 1
        self.variables: dict[str, Variable] = {}
        n_key_bytes = 0
        try:
            for key, value in entries(data):
                # What names share takes no bytes of the file.
                n_key_bytes += len(key)
                if n_key_bytes > MAX_INDEX_BYTES:
                    raise FormatError(f"its names take more than {MAX_INDEX_BYTES:,} bytes")
                if key:
                    self.variables[key.decode("utf-8", "replace")] = parsed_variable(value)
                else:
                    self.read_header(value)
        except FormatError as error:
            raise FormatError(f"{path} is damaged: {error}. Copy or download it again.") from None

    def read_header(self, value: Buffer) -> None:
        """Take in the entry that describes the bundle itself."""
        for number, content in fields(value):
            if number == 1 and isinstance(content, int):
                self.n_shards = content
            elif number == 2 and content:
                raise FormatError(
                    "its numbers are big-endian, and only little-endian ones are read"
                )

    def matrix(self, name: str) -> NDArray[np.floating]:
        """Open a variable that is a table of floats.

        Args:
            name: Its name.

        Returns:
            floats (n_rows, n_columns), read only, mapped into memory where that is possible.

        Raises:
            InputError: The data file cannot be read.
            FormatError: The variable is no whole table of floats, or is damaged.
        """
        variable = self.variables[name]
        path = self.prefix.with_name(
            f"{self.prefix.name}.data-{variable.shard:05d}-of-{self.n_shards:05d}"
        )
        if not variable.is_matrix or not variable.whole:
            raise FormatError(
                f"Word vectors are one table of float16, float32 or float64 numbers. Received: "
                f"{path}, where '{name}' is {'' if variable.whole else 'in several pieces, '}of "
                f"type {variable.type} and shape {variable.shape}. Save the module again with "
                "TensorFlow 2, unpartitioned."
            )
        mapped = np.frombuffer(mapped_bytes(path), np.uint8)
        dtype = np.dtype(TYPES[variable.type])
        end = variable.offset + variable.size
        if end > len(mapped) or math.prod(variable.shape) * dtype.itemsize != variable.size:
            raise FormatError(
                f"{path} is not complete: '{name}' of shape {variable.shape} lies at bytes "
                f"{variable.offset:,} to {end:,} of {len(mapped):,}. Copy or download it again."
            )
        data = mapped[variable.offset : end]
        if masked(crc32c(data)) != variable.checksum:
            raise FormatError(
                f"{path} is damaged: the bytes {variable.offset:,} to {end:,} of '{name}' do not "
                "match their checksum. Copy or download it again."
            )
        try:
            table = data.view(dtype).reshape(variable.shape)
        except ValueError:
            raise FormatError(f"{path}: no table has the shape {variable.shape}.") from None
        return table if table.flags.aligned else table.copy()


def entries(data: bytes) -> Iterator[tuple[bytes, Buffer]]:
    """Go through the keys and values of an SSTable."""
    if len(data) < FOOTER_BYTES or int.from_bytes(data[-8:], "little") != MAGIC:
        raise FormatError("it does not end as the index of a checkpoint does")
    body = memoryview(data)[:-FOOTER_BYTES]
    footer = data[-FOOTER_BYTES:]
    _, place = handle(footer, 0)
    (start, size), _ = handle(footer, place)
    reached = 0
    for _, value in block_entries(block(body, start, size)):
        (start, size), _ = handle(value, 0)
        # Else a small file could ask for the same block without end.
        if start < reached:
            raise FormatError(f"the block at byte {start:,} overlaps the one before")
        reached = start + size
        yield from block_entries(block(body, start, size))


def handle(data: Buffer, place: int) -> tuple[tuple[int, int], int]:
    """Read where a block starts and how long it is; return these and the place behind."""
    start, place = varint(data, place)
    size, place = varint(data, place)
    return (start, size), place


def block(body: memoryview, start: int, size: int) -> memoryview:
    """Return a block without its trailer, if its checksum is right."""
    end = start + size + TRAILER_BYTES
    if end > len(body):
        raise FormatError(f"a block would end at byte {end:,} of {len(body):,}")
    content = body[start : end - 4]
    if masked(crc32c(np.frombuffer(content, np.uint8))) != int.from_bytes(
        body[end - 4 : end], "little"
    ):
        raise FormatError(f"the block at byte {start:,} does not match its checksum")
    if content[-1] != 0:
        raise FormatError("it is compressed, and TensorFlow writes plain ones")
    return content[:-1]


def block_entries(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Go through the keys and values of a block."""
    if len(content) < 4:
        raise FormatError("a block is shorter than its own count of restarts")
    n_restarts = int.from_bytes(content[-4:], "little")
    end = len(content) - 4 - 4 * n_restarts
    place, key = 0, b""
    while place < end:
        shared, place = varint(content, place)
        added, place = varint(content, place)
        size, place = varint(content, place)
        if shared > len(key) or shared + added > MAX_KEY_BYTES or place + added + size > end:
            raise FormatError(f"the sizes before byte {place:,} of a block cannot be true")
        key = key[:shared] + bytes(content[place : place + added])
        place += added
        yield key, content[place : place + size]
        place += size


def parsed_variable(value: Buffer) -> Variable:
    """Return what an entry of the index says."""
    found: dict[int, int] = {}
    shape: list[int] = []
    whole = True
    for number, content in fields(value):
        if isinstance(content, int):
            found[number] = content
        elif number == 2:
            shape = [axis_size(axis) for part, axis in fields(content) if part == 2]
        elif number == 7:
            whole = False
    return Variable(
        type=found.get(1, 0),
        shape=tuple(shape),
        shard=found.get(3, 0),
        offset=found.get(4, 0),
        size=found.get(5, 0),
        checksum=found.get(6, 0),
        whole=whole,
    )


def axis_size(axis: int | Buffer) -> int:
    """Return the size of an axis of a variable's shape; 0 is left out of the file."""
    sizes = [] if isinstance(axis, int) else [size for part, size in fields(axis) if part == 1]
    return next((size for size in sizes if isinstance(size, int)), 0)


def masked(checksum: int) -> int:
    """Return a checksum in the form in which files keep it (LevelDB's, rotated by 15 bits)."""
    return ((checksum >> 15 | checksum << 17) + CHECKSUM_DELTA) & 0xFFFFFFFF
