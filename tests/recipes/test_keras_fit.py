import numpy as np
import pytest

from wordloom.combine.backend import keras
from wordloom.recipes.keras_fit import Examples, fit_network


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
