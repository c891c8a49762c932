import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from wordloom.errors import FormatError, InputError
from wordloom.safetensors_file import DTYPES, read_metadata, read_tensors, write_tensors


def with_header(path: Path, header: object, body: bytes = bytes(24)) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return path


def entry(dtype="F32", shape=(2, 3), offsets=(0, 24)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize("dtype", DTYPES.values())
@pytest.mark.parametrize("shape", [(), (0,), (5,), (3, 0), (2, 3, 4)])
def test_every_type_and_shape_comes_back(tmp_path, dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 2).astype(dtype).reshape(shape)
    write_tensors(tmp_path / "x", {"a": array, "odd": np.ones(3, np.uint8)}, {"made by": "a test"})
    found = read_tensors(tmp_path / "x")
    assert found["a"].dtype == dtype
    assert found["a"].shape == shape
    np.testing.assert_array_equal(found["a"], array)
    np.testing.assert_array_equal(load_file(tmp_path / "x")["a"], array)


def test_strided_and_big_endian_arrays_keep_their_values(tmp_path):
    table = np.arange(12, dtype=np.int64).reshape(3, 4)
    write_tensors(tmp_path / "x", {"turned": table.T, "big": table.astype(">i8")})
    found = read_tensors(tmp_path / "x")
    np.testing.assert_array_equal(found["turned"], table.T)
    np.testing.assert_array_equal(found["big"], table)


def test_arrays_are_read_only_and_outlive_their_file(tmp_path):
    write_tensors(tmp_path / "x", {"a": np.arange(4)})
    found = read_tensors(tmp_path / "x")["a"]
    (tmp_path / "x").unlink()
    assert found.tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


def test_unaligned_arrays_are_copied_into_place(tmp_path):
    header = {"a": entry("U8", (1,), (0, 1)), "b": entry("F64", (2,), (1, 17))}
    text = json.dumps(header).encode()
    path = with_header(tmp_path / "x", text, b"\1" + np.array([1.5, 2.5]).tobytes())
    found = read_tensors(path)["b"]
    assert found.flags.aligned
    assert found.tolist() == [1.5, 2.5]
    assert not found.flags.writeable


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    write_tensors(tmp_path / "x", {"a": np.arange(4)})
    before = (tmp_path / "x").read_bytes()
    with pytest.raises(InputError, match=r"Received: 'words' of type <U2"):
        write_tensors(tmp_path / "x", {"words": np.array(["ab"])})
    with pytest.raises(InputError, match="cannot be saved"):
        write_tensors(tmp_path / "none" / "x", {"a": np.arange(4)})
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be saved"):
        write_tensors(tmp_path / "folder", {"a": np.arange(4)})
    assert (tmp_path / "x").read_bytes() == before
    assert {item.name for item in tmp_path.iterdir()} == {"x", "folder"}


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be opened: No such file"):
        read_tensors(tmp_path / "none")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"[]", "a JSON list"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a": 1, "a": 1}', "occurs twice"),
        ({"a": 1}, "needs exactly"),
        ({"a": {"dtype": "F32"}}, "needs exactly"),
        ({"a": entry() | {"more": 1}}, "needs exactly"),
        ({"a": entry("BF16")}, "the type 'BF16'"),
        ({"a": entry(["F32"])}, "the type"),
        ({"a": entry(shape=[-2, -3])}, "the shape of 'a'"),
        ({"a": entry(shape=[True, 6])}, "the shape of 'a'"),
        ({"a": entry(shape=[1] * 33)}, "the shape of 'a'"),
        ({"a": entry(shape=[2.0, 3])}, "the shape of 'a'"),
        ({"a": entry(offsets=[0])}, "data_offsets of 'a'"),
        ({"a": entry(offsets=[-24, 0])}, "data_offsets of 'a'"),
        ({"a": entry(offsets=[0, 28])}, "bytes 0 to 28 of 24"),
        ({"a": entry(offsets=[24, 0])}, "bytes 24 to 0 of 24"),
        ({"a": entry(shape=[2, 2])}, "takes 16 bytes by its shape and 24"),
        ({"a": entry(shape=[1 << 62, 1 << 62])}, "by its shape and 24"),
        ({"a": entry("U8", [12], [0, 12])}, "end at byte 12 of 24"),
        ({"a": entry(), "b": entry("U8", [4], [20, 24])}, "'b' starts at byte 20"),
        ({"a": entry("U8", [4], [0, 4]), "b": entry("U8", [4], [20, 24])}, "starts at byte 20"),
    ],
)
def test_a_lying_header_is_named(tmp_path, header, reason):
    with pytest.raises(FormatError, match=reason) as caught:
        read_tensors(with_header(tmp_path / "x", header))
    assert str(tmp_path / "x") in str(caught.value)


@pytest.mark.parametrize("keep", [0, 7, 8, 20, -1])
def test_a_truncated_file_is_named(tmp_path, keep):
    write_tensors(tmp_path / "x", {"a": np.arange(4)})
    (tmp_path / "x").write_bytes((tmp_path / "x").read_bytes()[:keep])
    with pytest.raises(FormatError, match="not a complete safetensors file"):
        read_tensors(tmp_path / "x")


@given(st.data())
def test_mutated_files_are_refused_or_read_as_the_reference_reads_them(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        save_file({"a": np.arange(6, dtype=np.float32), "b": np.arange(3)}, path, {"k": "v"})
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, len(content) - 1))
            change = data.draw(st.sampled_from([b"", b"0", b"9", b'"', b"}", b",", b"\xff", b"00"]))
            content[place : place + 1] = change
        path.write_bytes(content)
        try:
            found = read_tensors(path)
        except FormatError:
            return
        try:
            expected = load_file(path)
        except SafetensorError:
            # Such as invalid metadata, which nothing here reads.
            return
        assert found.keys() == expected.keys()
        for name, array in found.items():
            assert array.tobytes() == expected[name].tobytes()


def test_metadata_come_back(tmp_path):
    metadata = {"made by": "a test", "text": 'ñ "\\ \n\N{GRINNING FACE}'}
    write_tensors(tmp_path / "x", {"a": np.arange(3)}, metadata)
    assert read_metadata(tmp_path / "x") == metadata
    write_tensors(tmp_path / "x", {"a": np.arange(3)})
    assert read_metadata(tmp_path / "x") == {}


@pytest.mark.parametrize("metadata", [1, None, [], ["k"], {"k": 1}, {"k": None}, {"k": {}}, "k"])
def test_metadata_that_are_not_texts_are_named(tmp_path, metadata):
    path = with_header(tmp_path / "x", {"__metadata__": metadata, "a": entry()})
    with pytest.raises(FormatError, match="metadata are not texts by name") as caught:
        read_metadata(path)
    assert str(path) in str(caught.value)


def test_metadata_of_a_file_that_is_none_are_an_error(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        read_metadata(tmp_path / "none")
    (tmp_path / "x").write_bytes(b"words")
    with pytest.raises(FormatError, match="not a complete safetensors file"):
        read_metadata(tmp_path / "x")
