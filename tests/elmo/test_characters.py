import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.elmo.characters import character_ids, sentence_marks


def plain(word, max_characters):
    """The published rule: bytes of UTF-8 between two marks, then padding."""
    kept = list(word.encode("utf-8", "surrogatepass"))[: max_characters - 2]
    ids = [258, *kept, 259]
    return ids + [260] * (max_characters - len(ids))


@given(st.lists(st.text(st.characters()), max_size=8), st.integers(3, 60))
def test_characters_are_the_bytes_between_two_marks(words, max_characters):
    ids = character_ids(words, max_characters)
    assert ids.dtype == np.int32
    assert ids.shape == (len(words), max_characters)
    assert ids.tolist() == [plain(word, max_characters) for word in words]


@pytest.mark.parametrize(
    ("word", "n_bytes"),
    [
        ("a" * 48, 48),
        ("a" * 49, 48),
        ("é" * 30, 48),
        ("👩‍🔬" * 9, 48),
        ("e\u0301", 3),
        ("\ud800", 3),
        ("", 0),
    ],
)
def test_words_beyond_fifty_places_are_cut(word, n_bytes):
    (row,) = character_ids([word], 50).tolist()
    assert row.index(259) == n_bytes + 1
    assert row[n_bytes + 2 :] == [260] * (48 - n_bytes)


def test_the_marks_of_a_sentence_are_words_of_one_character():
    assert sentence_marks(50)[:, :3].tolist() == [[258, 256, 259], [258, 257, 259]]
    assert (sentence_marks(50)[:, 3:] == 260).all()
