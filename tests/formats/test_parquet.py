import contextlib
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, InputError, MissingExtraError, WordloomError
from wordloom.formats import parquet as module
from wordloom.formats.loading import load
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

WORDS = ["the", "cough", "été", "日本", "", "New York"]
COUNTS = [900, 50, 7, 5, 3, 1]
VECTORS = np.random.default_rng(1).standard_normal((len(WORDS), 5), np.float32)


@pytest.fixture
def embedding():
    return StaticEmbedding(Vocabulary.from_words(WORDS, COUNTS), VECTORS, name="toy")


def assert_same(again, counts=True):
    assert again.vocabulary.words == WORDS
    np.testing.assert_array_equal(again.vectors, VECTORS)
    assert again.vocabulary.counts.tolist() == (COUNTS if counts else [0] * len(WORDS))


def written(path, **columns):
    parquet.write_table(pyarrow.table(columns), path)
    return path


def test_a_table_comes_back(embedding, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROWS_IN_GROUP", 4)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 3)
    path = save(embedding, tmp_path / "toy.parquet")
    assert_same(load(path))
    assert load(path).name == "toy"
    assert parquet.ParquetFile(path).num_row_groups == 2
    assert str(parquet.read_schema(path).field("vector").type).startswith("fixed_size_list<")
    half = load(save(embedding, tmp_path / "half.parquet", dtype="float16"))
    np.testing.assert_array_equal(half.vectors, VECTORS.astype(np.float16))
    assert_same(load(save(embedding, tmp_path / "toy.parquet.gz")))


@pytest.mark.parametrize("numbers", [pyarrow.float16(), pyarrow.float32(), pyarrow.float64()])
@pytest.mark.parametrize("size", [5, -1])
def test_lists_of_any_kind_are_read(numbers, size, tmp_path):
    vectors = pyarrow.array(VECTORS.tolist()).cast(pyarrow.list_(numbers, size))
    path = written(tmp_path / "a.parquet", Token=WORDS, weights=vectors, count=COUNTS)
    again = load(path)
    assert again.vocabulary.counts.tolist() == COUNTS
    np.testing.assert_allclose(again.vectors, VECTORS, atol=2e-3 if numbers.bit_width == 16 else 0)


@pytest.mark.parametrize(
    "words",
    [
        pyarrow.array(WORDS, pyarrow.large_string()),
        pyarrow.array(WORDS).dictionary_encode(),
        pyarrow.array([word.encode() for word in WORDS]),
    ],
)
def test_words_of_any_kind_are_read(words, tmp_path):
    path = written(tmp_path / "a.parquet", word=words, vector=VECTORS.tolist(), text=WORDS[::-1])
    assert_same(load(path), counts=False)


def test_a_column_for_each_dimension_is_read(tmp_path):
    columns = {str(axis): VECTORS[:, axis] for axis in range(5)}
    path = written(tmp_path / "a.parquet", **columns, __index_level_0__=WORDS)
    assert_same(load(path), counts=False)


def test_parts_are_read(embedding, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 2)
    path = save(embedding, tmp_path / "toy.parquet")
    assert load(path, limit=3).vocabulary.words == WORDS[:3]
    part = load(path, words=["New York", "été", "absent"])
    assert part.vocabulary.words == ["été", "New York"]
    np.testing.assert_array_equal(part.vectors, VECTORS[[2, 5]])
    with pytest.raises(InputError, match="none of them chosen"):
        load(path, words=["absent"])


def test_repeated_words_are_dropped(tmp_path):
    path = written(tmp_path / "a.parquet", word=["a", "b", "a"], vector=VECTORS[:3].tolist())
    with pytest.warns(DataWarning, match="the first 'a' in row 3"):
        assert load(path).vocabulary.words == ["a", "b"]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"word": ["a", "b"], "vector": [[1.0], [1.0, 2.0]]}, "row 2, with 2 numbers"),
        ({"word": ["a", "b"], "vector": [[1.0], None]}, "row 2, where one is missing"),
        ({"word": ["a", "b"], "vector": [[1.0, 2.0], [None, 1.0]]}, "row 2, where one is missing"),
        ({"word": ["a", None], "vector": [[1.0], [1.0]]}, "row 2, where one is missing"),
        ({"word": ["a", "b"], "vector": [[1.0], [np.inf]]}, "row 2, where the vector of 'b'"),
        ({"word": ["a"], "vector": [[1e300]]}, "row 1"),
        ({"word": ["a"], "vector": [["x"]]}, "one column of vectors"),
        ({"word": [1], "vector": [[1.0]]}, "one column of words"),
        ({"u": ["a"], "v": ["b"], "vector": [[1.0]]}, "where u, v would fit"),
        ({"word": ["a"], "p": [[1.0]], "q": [[1.0]]}, "where p, q would fit"),
        ({"word": pyarrow.array([], "string"), "vector": pyarrow.array([], "string")}, "vectors"),
        (
            {"word": ["a"], "vector": pyarrow.array([[]], pyarrow.list_(pyarrow.float32()))},
            "dimensions",
        ),
    ],
)
def test_what_does_not_fit_is_refused(columns, reason, tmp_path):
    path = written(tmp_path / "a.parquet", **columns)
    with pytest.raises(FormatError, match=reason):
        load(path)


def test_a_file_that_expands_too_far_is_refused(tmp_path):
    n = 1 << 18
    vector = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(np.zeros(100 * n, "f4")), 100)
    path = written(tmp_path / "bomb.parquet", word=["a"] * n, vector=vector)
    with pytest.raises(FormatError, match="expand to"):
        load(path)


def test_without_pyarrow_the_extra_is_named(embedding, tmp_path, monkeypatch):
    path = save(embedding, tmp_path / "toy.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[parquet\]"):
        load(path)
    with pytest.raises(MissingExtraError, match=r"wordloom\[parquet\]"):
        save(embedding, tmp_path / "other.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["toy.parquet"]


def test_every_truncation_is_refused(embedding, tmp_path):
    path = save(embedding, tmp_path / "toy.parquet")
    data = path.read_bytes()
    for size in range(4, len(data), 7):
        path.write_bytes(data[:size])
        with pytest.raises(FormatError):
            load(path)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutated_files_give_an_embedding_or_an_error(data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "mutated.parquet"
    original = path.with_suffix(".original")
    if not original.exists():
        save(StaticEmbedding(Vocabulary.from_words(["a", "é"], [2, 1]), VECTORS[:2]), path)
        path.rename(original)
    content = bytearray(original.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with warnings.catch_warnings(), contextlib.suppress(WordloomError):
        warnings.simplefilter("ignore")
        load(path)
