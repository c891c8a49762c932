import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.combine.backend import keras
from wordloom.recipes.keras_text import pad_front, texts_of, word_numbers

texts = st.lists(st.lists(st.sampled_from("abcdef"), max_size=9), max_size=6)


@given(texts, st.integers(1, 5))
def test_padding_and_truncation_are_at_the_front_as_in_keras(given_texts, length):
    numbers = word_numbers(given_texts)
    sequences = [[numbers[word] for word in text] for text in given_texts]
    expected = keras.utils.pad_sequences(sequences, length).reshape(len(sequences), length)
    np.testing.assert_array_equal(pad_front(given_texts, numbers, length), expected)


def test_words_are_numbered_by_falling_count_and_then_by_first_use():
    numbers = word_numbers([["b", "c", "a"], ["a", "c"], ["d"]])
    assert numbers == {"c": 1, "a": 2, "b": 3, "d": 4}
    assert word_numbers([["b", "c", "a"], ["a", "c"]], first=4, limit=6) == {"c": 4, "a": 5}
    assert word_numbers([["b"]], first=4, limit=3) == {}


def test_unknown_words_are_left_out_before_the_last_are_taken_or_have_a_number():
    numbers = {"a": 4, "b": 5}
    text = [["a", "b", "x", "y"]]
    assert pad_front(text, numbers, 2).tolist() == [[4, 5]]
    assert pad_front(text, numbers, 2, unknown=2).tolist() == [[2, 2]]
    assert texts_of(pad_front(text, numbers, 4), numbers) == ["a b"]
