import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.classify.duplicates import find_duplicates
from wordloom.combine.backend import keras
from wordloom.recipes import keras_experiment
from wordloom.recipes.keras_experiment import (
    Examples,
    Experiment,
    fit_network,
    pad_front,
    texts_of,
    word_numbers,
)

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


@pytest.fixture
def two_words():
    inputs = np.array([[1], [2]] * 30, np.int32)
    return Examples(inputs, ["no", "yes"] * 30)


def test_a_network_is_judged_by_its_labels(two_words):
    def build():
        layers = keras.layers
        network = keras.Sequential(
            [
                keras.Input((1,), dtype="int32"),
                layers.Embedding(3, 4),
                layers.Flatten(),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        network.compile(keras.optimizers.Adam(0.5), "binary_crossentropy", metrics=["accuracy"])
        return network

    shared = np.arange(60) < 30
    test = Examples(two_words.inputs, ["no", "yes"] * 15 + ["yes", "no"] * 15)
    settings = {"seed": 1, "epochs": 3, "batch_size": 8}
    fit = fit_network("toy", build, two_words, test, shared, validation=0.1, **settings)
    assert fit.validation[-1] == 1
    assert len(fit.validation) == 3
    assert fit.metrics.accuracy == 0.5
    assert fit.unseen_accuracy == 0
    recalls = {entry.label: entry.recall for entry in fit.metrics.labels}
    assert recalls == {"no": 0.5, "yes": 0.5}


def test_an_experiment_sums_up_its_seeds():
    test = Examples(np.zeros((2, 1), np.int32), ["a", "b"])
    fits = [
        keras_experiment.judged("m", seed, curve, test, predicted, np.array([True, False]), 2.0)
        for seed, curve, predicted in (
            (1, (0.5, 0.75, 0.5), ["a", "b"]),
            (2, (0.25, 0.5), ["a", "a"]),
        )
    ]
    experiment = Experiment("e", tuple(fits), {"m": "0.7"}, {"texts": 2}, find_duplicates([], []))
    (model,) = json.loads(json.dumps(experiment.to_json()))["models"]
    assert model["accuracy"] == [0.75, 0.3536]
    assert model["unseen_accuracy"] == [0.5, 0.7071]
    assert model["validation_peak"] == [0.625, 0.1768]
    assert model["validation_last"] == [0.5, 0.0]
    assert model["recalls"] == {"a": 1.0, "b": 0.5}
    assert "0.7500 ± 0.3536" in "\n".join(experiment.summary())
