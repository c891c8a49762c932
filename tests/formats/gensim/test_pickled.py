import collections
import pickle
import pickletools
import struct
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.errors import FormatError
from wordloom.formats.gensim.pickled import read_pickle
from wordloom.formats.gensim.pickled_arrays import as_array, as_integer, as_text
from wordloom.formats.gensim.pickled_values import Made, Reference, Table


def read(data, expected=lambda name: True):
    return read_pickle(memoryview(data), "toy.pkl", expected)


def plain(value):
    """What was read, as the values that were pickled; sets come as lists."""
    if isinstance(value, Table):
        return {plain(key): plain(item) for key, item in value}
    if isinstance(value, (list, tuple)):
        return type(value)(plain(item) for item in value)
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, Made) and value.maker.endswith(".bytearray"):
        return bytes(value.arguments[0]) if value.arguments else b""
    return value


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(value=VALUES, protocol=st.integers(0, 5))
def test_plain_values_are_read_from_all_protocols(value, protocol):
    assert plain(read(pickle.dumps(value, protocol))) == value


@pytest.mark.parametrize("protocol", range(6))
def test_large_and_shared_values_are_read(protocol):
    word = "wörd" * 5000
    value = [word, word, 1 << 5000, -(1 << 31), b"\xff" * 70_000, list(range(3000)), 0.1, True]
    again = read(pickle.dumps(value, protocol))
    assert plain(again) == value
    assert again[0] is again[1]


@pytest.mark.parametrize("protocol", range(6))
def test_objects_become_records(protocol):
    value = collections.OrderedDict(a=np.float32(2.5), b=np.int64(-7), c=collections.Counter("aab"))
    made = read(pickle.dumps(value, protocol))
    assert made.maker == "collections.OrderedDict"
    assert as_integer(made.table.get("b")) == -7
    assert as_integer(made.table.get("a")) is None
    counts = made.table.get("c")
    assert plain(counts.arguments[0]) == {"a": 2, "b": 1}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "<i8", ">i4", ">f8", "u4", "?"])
@pytest.mark.parametrize("shape", [(0, 3), (4, 3), (2, 3, 2), ()])
def test_arrays_are_read(protocol, dtype, shape):
    for order in "CF":
        array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype, order=order)
        for value in (array, array.astype(array.dtype.newbyteorder())):
            again = as_array(read(pickle.dumps(value, protocol)), "toy")
            assert again.dtype == value.dtype
            np.testing.assert_array_equal(again, value)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value",
    [
        np.array([{}], object),
        np.array(["a"]),
        np.zeros(2, [("a", "f4")]),
        np.zeros(1, "M8[s]"),
        [1],
        "text",
        np.float32(1),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(value, protocol):
    with pytest.raises(FormatError, match="should be an array of numbers"):
        as_array(read(pickle.dumps(value, protocol)), "toy")


def test_texts_of_python_2_are_read():
    assert read(b"U\x03caf.") == "caf"
    assert as_text(read(b"U\x04caf\xe9."), "latin-1") == "café"
    assert as_text(read(b"S'caf\\xc3\\xa9'\n."), "utf-8") == "café"
    assert as_text(read(b"K\x07."), "utf-8") == "7"
    assert as_text(read(b")."), "utf-8") is None


def test_every_operation_is_read_or_refused():
    """The steps are those of the standard library's list, but for the ones that need a program."""
    refused = {"PERSID", "BINPERSID", "INST", "OBJ", "EXT1", "EXT2", "EXT4"}
    refused |= {"NEXT_BUFFER", "READONLY_BUFFER"}
    for operation in pickletools.opcodes:
        # Enough on the stack, and enough bytes behind, for any step.
        data = b"\x80\x04NNNN((" + operation.code.encode("latin-1") + b"\x00" * 8 + b"\n."
        try:
            read(data)
        except FormatError as error:
            unknown = f"the operation {operation.code!r} does not belong" in str(error)
            assert unknown == (operation.name in refused), operation.name
        else:
            assert operation.name not in refused


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (b"", "ends too early"),
        (b".", "takes more than there is"),
        (b"N", "ends too early"),
        (b"K", "ends too early"),
        (b"J\x01", "4 bytes should follow, and 1 do"),
        (b"B\xff\xff\xff\xff.", "4,294,967,295 bytes should follow"),
        (b"\x8e" + b"\xff" * 8, "18,446,744,073,709,551,615 bytes should follow"),
        (b"\x8b\xff\xff\xff\x7f.", "bytes should follow"),
        (b"h\x07.", "KeyError"),
        (b"I" + b"9" * 5000 + b"\n.", "ValueError"),
        (b"Fx\n.", "could not convert"),
        (b"Ix", "a line has no end"),
        (b"Sabc\n.", "without quotes"),
        (b"X\x01\x00\x00\x00\xff.", "UnicodeDecodeError"),
        (b"NNe.", "takes more than there is"),
        (b"N(Ne.", "items for what is no list"),
        (b"}(Nu.", "no dict"),
        (b"(Nd.", "a key without a value"),
        (b"NNR.", "a call of what is no class"),
        (b"NNb.", "a state for what is no object"),
        (b"NN\x93.", "a class without a name"),
        (b"Pid\n.", "'P' does not belong"),
    ],
)
def test_damage_is_told_with_its_byte(program, reason):
    with pytest.raises(FormatError, match=rf"toy\.pkl, byte \d+: .*{reason}"):
        read(program)


def test_names_that_are_not_expected_are_refused():
    for protocol in range(6):
        data = pickle.dumps(print, protocol)
        with pytest.raises(FormatError, match=r"byte \d+: it names (builtins|__builtin__)\.print"):
            read(data, lambda name: name.startswith("numpy."))
        assert isinstance(read(data), Reference)


@pytest.mark.parametrize(
    "program",
    [
        b"]q\x000" + b"](h\x00h\x00e2q\x000" * 20_000 + b"h\x00.",  # lists that double each time
        b")" + b"\x85" * 100_000 + b".",  # tuples in tuples
        b"]" * 50_000 + b"a" * 49_999 + b".",
        b"(" * 100_000 + b"N.",
        b"}q\x00" + b"h\x00h\x00s" * 50_000 + b".",  # a dict that holds itself
        b"cnumpy\nndarray\n)R" + b"q\x00h\x00b" * 30_000 + b".",  # a state of itself
        b"0".join(b"I1\n" for _ in range(100_000)) + b".",
        b"".join(b"Np%d\n0" % (n * 2**40) for n in range(50_000)) + b"N.",
        b"\x8b" + struct.pack("<i", 1 << 20) + b"\x7f" * (1 << 20) + b".",
    ],
)
def test_programs_made_to_exhaust_are_harmless(program):
    tracemalloc.start()
    try:
        start = time.process_time()
        value = read(program)
        assert time.process_time() - start < 20
        as_integer(value)
        with pytest.raises(FormatError):
            as_array(value, "toy")
        del value
        assert tracemalloc.get_traced_memory()[1] < 300 * len(program) + (1 << 20)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "shape",
    [(-1, -4), (1 << 62, 4), (2, 2), (1.0, 4), ("a",), (1 << 9999,), ((1,),), None, (1,) * 40],
)
def test_shapes_that_do_not_fit_are_refused(shape):
    kind = Made("numpy.dtype", ("f4",), (3, "<", None, None, None, -1, -1, 0))
    made = Made("numpy.core.multiarray._reconstruct", (), (1, shape, kind, False, memoryview(b"x")))
    with pytest.raises(FormatError, match="shape"):
        as_array(made, "toy")


@settings(max_examples=200, deadline=None)
@given(program=st.binary(max_size=60))
def test_any_bytes_give_a_value_or_an_error(program):
    try:
        read(b"]\x94(NK\x01" + program + b".")
    except FormatError as error:
        assert "toy.pkl, byte" in str(error)


@pytest.mark.parametrize(
    "program",
    [
        b"X" + struct.pack("<I", 10_000) + b"a" * 10_000 + b"q\x00c_codecs\nencode\nq\x01"
        b"U\x06latin1q\x02](" + b"h\x01h\x00h\x02\x86R" * 1000 + b"e.",
        b"("
        + b"N" * 1000
        + b"tq\x00cbuiltins\nint\nq\x01}q\x02]("
        + b"h\x01h\x00h\x02\x92" * 1000
        + b"e.",
        b"(cnumpy\nndarray\n"
        + b"N" * 1000
        + b"tq\x00ccopyreg\n__newobj__\nq\x01]("
        + b"h\x01h\x00R" * 1000
        + b"e.",
    ],
)
def test_what_is_shared_does_not_become_many_copies(program):
    with pytest.raises(FormatError, match=r"arguments|more bytes"):
        read(program)


def test_sizes_in_a_shape_may_be_numbers_of_numpy():
    kind = Made("numpy.dtype", ("f4",), (3, "<", None, None, None, -1, -1, 0))
    integer = Made("numpy.dtype", ("i8",), (3, "<", None, None, None, -1, -1, 0))
    two = Made("numpy.core.multiarray.scalar", (integer, memoryview(struct.pack("<q", 2))))
    data = memoryview(np.float32([1, 2]).tobytes())
    made = Made("numpy.core.multiarray._reconstruct", (), (1, (two, 1), kind, False, data))
    assert as_array(made, "toy").tolist() == [[1], [2]]
    nothing = (1, (0, (1 << 63) - 1), kind, False, memoryview(b""))
    with pytest.raises(FormatError, match="too large"):
        as_array(Made("numpy.core.multiarray._reconstruct", (), nothing), "toy")
