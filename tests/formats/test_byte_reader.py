import gzip

import numpy as np
import pytest

from wordloom.errors import FormatError
from wordloom.formats import byte_reader
from wordloom.formats.byte_reader import open_reader
from wordloom.formats.content import open_content

DATA = np.random.default_rng(0).integers(0, 100, 5000, np.uint8).tobytes()


@pytest.fixture(params=["plain", "gzip"])
def content(request, tmp_path, monkeypatch):
    monkeypatch.setattr(byte_reader, "BLOCK", 256)
    path = tmp_path / "toy.bin"
    path.write_bytes(DATA if request.param == "plain" else gzip.compress(DATA))
    return open_content(path)


def test_bytes_come_in_order_however_they_are_asked_for(content):
    with open_reader(content) as reader:
        assert reader.ahead(3)[:3].tobytes() == DATA[:3]
        assert reader.take(10, "it") == DATA[:10]
        reader.ahead()
        reader.skip(5)
        assert reader.bytes_array(700, "it").tobytes() == DATA[15:715]
        memory = np.empty((3, 4), np.float32)
        reader.fill(memory, "it")
        assert memory.tobytes() == DATA[715:763]
        assert reader.matrix(100, 8, "it").tobytes() == DATA[763:3963]
        assert reader.position == 3963
        assert reader.ahead(10_000).tobytes() == DATA[3963:]
        assert reader.take(1037, "it") == DATA[3963:]
        assert len(reader.ahead()) == 0


@pytest.mark.parametrize("size", [5001, 10**15])
@pytest.mark.parametrize("method", ["take", "bytes_array", "matrix"])
def test_what_is_not_there_is_refused(content, method, size):
    with open_reader(content) as reader, pytest.raises(FormatError, match=r"toy\.bin .* its parts"):
        if method == "matrix":
            reader.matrix(size // 4 + 1, 1, "its parts")
        elif method == "bytes_array" or reader.size is not None:
            getattr(reader, method)(size, "its parts")
        else:
            reader.take(5001, "its parts")  # only ever a few bytes


def test_infinity_is_refused_with_its_row(tmp_path):
    matrix = np.ones((9, 2), np.float32)
    matrix[7, 1] = np.inf
    path = tmp_path / "toy.bin"
    path.write_bytes(matrix.tobytes())
    with (
        open_reader(open_content(path)) as reader,
        pytest.raises(FormatError, match="row 7 of its rows holds NaN or infinity"),
    ):
        reader.matrix(9, 2, "its rows")
