import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import FormatError
from wordloom.formats.protobuf import fields, numbers, varint


def encoded(number):
    data = b""
    while number > 0x7F:
        data += bytes([number & 0x7F | 0x80])
        number >>= 7
    return data + bytes([number])


@given(st.integers(0, (1 << 64) - 1), st.binary(max_size=5))
def test_varints_come_back(number, rest):
    data = b"\xff" + encoded(number) + rest
    assert varint(data, 1) == (number, len(data) - len(rest))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 10, b"\xff" * 9 + b"\x02"])
def test_unending_and_overlong_varints_are_refused(data):
    with pytest.raises(FormatError, match="at most 64 bits"):
        varint(data, 0)


def test_all_wire_types_are_read():
    message = b"\x08\x96\x01" + b"\x15\x01\0\0\0" + b"\x19\x02\0\0\0\0\0\0\0" + b"\x22\x02hi"
    assert list(fields(message)) == [(1, 150), (2, 1), (3, 2), (4, b"hi")]
    assert list(fields(memoryview(message)))[3][1].tobytes() == b"hi"


def test_packed_numbers_are_read():
    assert numbers(encoded(300) + encoded(2)) == [300, 2]


@pytest.mark.parametrize("message", [b"\x00\x00", b"\x0b", b"\x0a\x05hi", b"\x09\x00"])
def test_damaged_messages_are_refused(message):
    with pytest.raises(FormatError, match="of a message"):
        list(fields(message))


@given(st.binary(max_size=60))
def test_any_bytes_are_fields_or_refused(data):
    try:
        found = list(fields(data))
    except FormatError:
        return
    assert sum(len(value) for _, value in found if not isinstance(value, int)) <= len(data)
