"""The wire format of protocol buffers, as far as reading foreign files takes.

A message is a run of fields: a number and a wire type in one variable-length integer, then the
value (https://protobuf.dev/programming-guides/encoding/). Which field means what is up to the
caller. Nothing is copied: values of any length are views of the message.
"""

from collections.abc import Iterator

from wordloom.errors import FormatError

__all__ = ["Buffer", "fields", "numbers", "varint"]

Buffer = bytes | memoryview

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MAX_VARINT_BYTES = 10


def varint(data: Buffer, place: int) -> tuple[int, int]:
    """Read a variable-length integer.

    Args:
        data: The bytes.
        place: Where it starts.

    Returns:
        The number, from 0 to 2**64 - 1, and the place behind it.

    Raises:
        FormatError: The bytes end before the number does, or it is longer than 64 bits.

    Example:
        >>> varint(bytes([0xAC, 0x02]), 0)
        (300, 2)
    """
    number = 0
    for step, byte in enumerate(data[place : place + MAX_VARINT_BYTES]):
        number |= (byte & 0x7F) << 7 * step
        if byte < 0x80:
            if number >= 1 << 64:
                break
            return number, place + step + 1
    raise FormatError(f"no whole number of at most 64 bits is at byte {place:,} of a message")


def fields(data: Buffer) -> Iterator[tuple[int, int | Buffer]]:
    r"""Go through the fields of a message.

    Args:
        data: The message.

    Yields:
        A field's number, and its value: an int, or bytes for texts, bytes and messages.

    Raises:
        FormatError: The message is damaged; it does not name the file.

    Example:
        >>> list(fields(b"\x08\x07\x12\x05cough"))
        [(1, 7), (2, b'cough')]
    """
    place = 0
    while place < len(data):
        key, place = varint(data, place)
        kind = key & 7
        if key >> 3 == 0:
            raise FormatError(f"field 0, which there is not, is at byte {place - 1:,} of a message")
        if kind == VARINT:
            value, place = varint(data, place)
            yield key >> 3, value
            continue
        if kind == BYTES:
            size, place = varint(data, place)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise FormatError(f"no known type of field is at byte {place - 1:,} of a message")
        if size > len(data) - place:
            raise FormatError(
                f"a field of {size:,} bytes starts at byte {place:,} of a message of {len(data):,}"
            )
        part = data[place : place + size]
        yield key >> 3, part if kind == BYTES else int.from_bytes(part, "little")
        place += size


def numbers(value: int | Buffer) -> list[int]:
    r"""Return the whole numbers of a repeated field, which are packed into bytes or one by one.

    Args:
        value: A field's value.

    Returns:
        The numbers.

    Raises:
        FormatError: The packed form is damaged.

    Example:
        >>> numbers(b"\x03\x04"), numbers(7)
        ([3, 4], [7])
    """
    if isinstance(value, int):
        return [value]
    found, place = [], 0
    while place < len(value):
        number, place = varint(value, place)
        found.append(number)
    return found
