import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.text.word_shapes import shape


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("a", " a"),
        ("of", " aa"),
        ("the", " aaa"),
        ("photosynthesis", " aaa"),
        ("Émile", " aaa"),
        ("日本語学", " aaa"),
        ("7", " 0"),
        ("1987", " 000"),
        ("19-87", " 00-00"),
        ("covid-19", " aaa-00"),
        ("h5n1", " a0a0"),
        ("_", " _"),
        ("!!!!!!", " !!!"),
        ("", " "),
    ],
)
def test_shapes(word, expected):
    assert shape(word) == expected


@given(st.text())
def test_a_shape_is_never_a_word_and_is_its_own_shape(word):
    assert shape(word).startswith(" ")
    assert shape(shape(word)[1:]) == shape(word)
