import numpy as np
import pytest

from wordloom.errors import FormatError, InputError, WordloomError
from wordloom.formats.tensorflow import tensor_bundle
from wordloom.formats.tensorflow.tensor_bundle import Bundle, Variable, masked


@pytest.fixture
def prefix(write_bundle, tmp_path):
    arrays = {
        "embeddings/.ATTRIBUTES/VARIABLE_VALUE": np.arange(6, dtype=np.float32).reshape(3, 2),
        "embeddings/half": np.ones((2, 2), np.float16),
        "steps": np.array([7]),
    }
    return write_bundle(tmp_path / "variables" / "variables", arrays)


def index_of(prefix):
    return prefix.with_name("variables.index")


def data_of(prefix):
    return prefix.with_name("variables.data-00000-of-00001")


def test_variables_are_found_by_name_and_read(prefix):
    bundle = Bundle(prefix)
    matrices = [name for name, variable in bundle.variables.items() if variable.is_matrix]
    assert matrices == ["embeddings/.ATTRIBUTES/VARIABLE_VALUE", "embeddings/half"]
    assert bundle.matrix(matrices[0]).tolist() == [[0, 1], [2, 3], [4, 5]]
    assert bundle.matrix(matrices[1]).dtype == np.float16


def test_a_table_at_an_odd_place_is_aligned(write_bundle, tmp_path):
    arrays = {"a": np.ones((1, 1), np.float16), "b": np.ones((2, 2), np.float32)}
    table = Bundle(write_bundle(tmp_path / "variables", arrays)).matrix("b")
    assert table.flags.aligned
    assert table.tolist() == [[1, 1], [1, 1]]


def test_every_changed_byte_of_the_index_is_noticed_or_harmless(prefix):
    whole = index_of(prefix).read_bytes()
    expected = Bundle(prefix).variables
    refused = 0
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x41
        index_of(prefix).write_bytes(changed)
        try:
            assert Bundle(prefix).variables == expected
        except WordloomError:
            refused += 1
    # The rest is padding, and the block that nobody reads.
    assert refused > 0.7 * len(whole)


def test_every_cut_of_the_index_is_refused(prefix):
    whole = index_of(prefix).read_bytes()
    for size in range(len(whole)):
        index_of(prefix).write_bytes(whole[:size])
        with pytest.raises(FormatError, match=r"variables\.index is damaged"):
            Bundle(prefix)


def test_changed_and_missing_numbers_are_noticed(prefix):
    name = "embeddings/.ATTRIBUTES/VARIABLE_VALUE"
    whole = data_of(prefix).read_bytes()
    data_of(prefix).write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    with pytest.raises(FormatError, match="do not match their checksum"):
        Bundle(prefix).matrix(name)
    data_of(prefix).write_bytes(whole[:20])
    with pytest.raises(FormatError, match="bytes 0 to 24 of 20"):
        Bundle(prefix).matrix(name)
    data_of(prefix).write_bytes(b"")
    with pytest.raises(FormatError, match="bytes 0 to 24 of 0"):
        Bundle(prefix).matrix(name)
    data_of(prefix).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        Bundle(prefix).matrix(name)


def test_only_tables_of_floats_are_vectors(prefix):
    with pytest.raises(FormatError, match="'steps' is of type 9 and shape"):
        Bundle(prefix).matrix("steps")


def test_a_huge_index_is_refused_unread(prefix):
    with index_of(prefix).open("rb+") as file:
        file.truncate(1 << 40)
    with pytest.raises(FormatError, match="at most 67,108,864"):
        Bundle(prefix)


def test_a_shape_that_no_table_has_is_refused(prefix):
    bundle = Bundle(prefix)
    name = next(iter(bundle.variables))
    # CRC-32C of nothing is 0.
    bundle.variables[name] = Variable(1, (0, 1 << 63), checksum=masked(0))
    with pytest.raises(FormatError, match="no table has the shape"):
        bundle.matrix(name)


def test_names_that_share_their_start_do_not_fill_the_memory(write_bundle, tmp_path, monkeypatch):
    arrays = {"a" * 4000 + str(number): np.ones((1, 1), np.float32) for number in range(20)}
    prefix = write_bundle(tmp_path / "variables", arrays)
    monkeypatch.setattr(tensor_bundle, "MAX_INDEX_BYTES", 1 << 16)
    assert index_of(prefix).stat().st_size < 1 << 16
    with pytest.raises(FormatError, match="its names take more than 65,536 bytes"):
        Bundle(prefix)
