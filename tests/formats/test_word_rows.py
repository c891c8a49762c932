import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.formats.format import ReadOptions
from wordloom.formats.word_rows import WordRows

WORDS = st.lists(st.text("abé", max_size=3), max_size=12)


def laid(words):
    data = np.frombuffer(b"".join(words), np.uint8)
    return data, np.cumsum([0, *map(len, words)], dtype=np.int64)


def add(rows, words, first, counts=None):
    """Add words as bytes; their vectors count up from `first`, their places from 1 more."""
    numbers = np.arange(first, first + len(words))
    vectors = np.repeat(numbers[:, None], rows.dim, 1).astype(np.float32)
    rows.add(*laid(words), vectors, numbers + 1, counts)


@given(
    st.lists(WORDS, min_size=1, max_size=4),
    st.none() | st.lists(st.sampled_from(["a", "é", "ab", ""]), min_size=1, max_size=4),
    st.none() | st.integers(1, 20),
    st.booleans(),
)
def test_rows_are_kept_as_a_dictionary_would(batches, wanted, limit, counted):
    rows = WordRows(2, ReadOptions(wanted, limit), "toy")
    seen = [word for batch in batches for word in batch]
    expected = {}
    for row, word in enumerate(seen[:limit]):
        if wanted is None or word in wanted:
            expected.setdefault(word, row)
    first = 0
    for batch in batches:
        counts = np.arange(first, first + len(batch)) if counted else None
        add(rows, [word.encode() for word in batch], first, counts)
        first += len(batch)
    if not expected:
        with pytest.raises(InputError):
            rows.finish("toy")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        embedding = rows.finish("toy")
    assert embedding.vocabulary.words == list(expected)
    assert embedding.vectors.tolist() == [[row, row] for row in expected.values()]
    expected_counts = list(expected.values()) if counted else [0] * len(expected)
    assert embedding.vocabulary.counts.tolist() == expected_counts


def test_reading_may_stop_when_all_is_found():
    rows = WordRows(1, ReadOptions(["b", "c"]), "toy")
    add(rows, [b"a", b"b"], 0)
    assert not rows.complete
    add(rows, [b"c"], 2)
    assert rows.complete
    rows = WordRows(1, ReadOptions(limit=2), "toy")
    add(rows, [b"a", b"b", b"c"], 0)
    assert rows.complete
    assert rows.finish("toy").vocabulary.words == ["a", "b"]
    assert not WordRows(1, ReadOptions(), "toy").complete


def test_the_matrix_grows_and_ends_with_the_size_of_the_result():
    rows = WordRows(3, ReadOptions(), "toy", capacity=2)
    for first in range(0, 5000, 100):
        add(rows, [b"w%d" % number for number in range(first, first + 100)], first)
    embedding = rows.finish("toy")
    assert embedding.vectors.shape == (5000, 3)
    assert embedding.vectors[:, 2].tolist() == list(range(5000))


def test_repeated_words_are_counted_and_the_first_is_shown():
    rows = WordRows(1, ReadOptions(), "toy", unit="byte")
    add(rows, [b"a", b"b", b"a"], 0)
    add(rows, [b"b"], 3)
    with pytest.warns(DataWarning, match="2 words occur again, the first 'a' in byte 3"):
        assert rows.finish("toy").vectors.tolist() == [[0], [1]]


def test_numbers_that_are_not_finite_are_refused_unless_left_out():
    vectors = np.array([[1.0], [np.nan], [1e39]])
    places = np.array([5, 6, 7])
    for wanted, message in [(["b"], "line 6, where.* 'b' holds nan"), (["c"], "'c' holds 1e\\+39")]:
        with pytest.raises(FormatError, match=message):
            WordRows(1, ReadOptions(wanted), "toy").add(*laid([b"a", b"b", b"c"]), vectors, places)
    rows = WordRows(1, ReadOptions(["a"]), "toy")
    rows.add(*laid([b"a", b"b", b"c"]), vectors, places)
    assert rows.finish("toy").vectors.tolist() == [[1]]


def test_an_empty_choice_or_file_and_impossible_sizes_are_refused():
    with pytest.raises(FormatError, match="at least one word"):
        WordRows(1, ReadOptions(), "toy").finish("toy")
    with pytest.raises(InputError, match="none of them chosen"):
        WordRows(1, ReadOptions([]), "toy").finish("toy")
    for dim in (0, -1, 1 << 17):
        with pytest.raises(FormatError, match="from 1 to 65,536 dimensions"):
            WordRows(dim, ReadOptions(), "toy")


def test_words_that_differ_only_in_odd_bytes_stay_apart():
    rows = WordRows(1, ReadOptions(), "toy")
    add(rows, [b"\xe9", b"\xe8", "é".encode()], 0)
    with pytest.warns(DataWarning, match="2 words are not utf-8"):
        assert rows.finish("toy").vocabulary.words == [r"\xe9", r"\xe8", "é"]


def test_words_are_found_in_the_encoding_of_the_file():
    rows = WordRows(1, ReadOptions(["café"], encoding="latin-1"), "toy")
    add(rows, [b"caf", b"caf\xe9"], 0)
    assert rows.finish("toy")["café"].tolist() == [1]
