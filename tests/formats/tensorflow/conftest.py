from pathlib import Path

import numpy as np
import pytest

from wordloom.formats.tensorflow.tensor_bundle import masked
from wordloom.kernels.checksum import crc32c

TYPES = {"float32": 1, "float64": 2, "float16": 19, "int64": 9}


def varint(number):
    data = b""
    while number > 0x7F:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])


def field(number, value):
    """A field of a protocol buffer: of an int a varint, of bytes with its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def checked(data):
    return masked(crc32c(np.frombuffer(data, np.uint8))).to_bytes(4, "little")


def block(entries):
    """A block of an SSTable, its keys shortened by what they share, and its trailer."""
    data, last = b"", b""
    for key, value in entries:
        shared = next(
            (i for i, pair in enumerate(zip(key, last, strict=False)) if pair[0] != pair[1]),
            min(len(key), len(last)),
        )
        data += varint(shared) + varint(len(key) - shared) + varint(len(value))
        data += key[shared:] + value
        last = key
    data += bytes(4) + (1).to_bytes(4, "little") + b"\0"
    return data + checked(data)


def sstable(entries):
    """An SSTable with two blocks of entries."""
    entries = sorted(entries.items())
    data, handles = b"", []
    for part in (entries[:1], entries[1:]):
        content = block(part)
        handles.append((part[-1][0], varint(len(data)) + varint(len(content) - 5)))
        data += content
    index, meta = block(handles), block([])
    footer = varint(len(data)) + varint(len(meta) - 5)
    footer += varint(len(data) + len(meta)) + varint(len(index) - 5)
    return data + meta + index + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


def tensor_entry(array, offset):
    """The entry of a variable in the index of a checkpoint."""
    shape = b"".join(field(2, field(1, size)) for size in array.shape)
    data = array.tobytes()
    message = field(1, TYPES[str(array.dtype)]) + field(2, shape) + field(4, offset)
    return message + field(5, len(data)) + varint(6 << 3 | 5) + checked(data)


@pytest.fixture
def write_bundle():
    """Writes named arrays as TensorFlow writes a checkpoint."""

    def write(prefix, arrays):
        prefix = Path(prefix)
        prefix.parent.mkdir(parents=True, exist_ok=True)
        entries, data = {b"": field(1, 1) + field(3, field(1, 1))}, b""
        for name, array in arrays.items():
            entries[name.encode()] = tensor_entry(array, len(data))
            data += array.tobytes()
        prefix.with_name(f"{prefix.name}.index").write_bytes(sstable(entries))
        prefix.with_name(f"{prefix.name}.data-00000-of-00001").write_bytes(data)
        return prefix

    return write
