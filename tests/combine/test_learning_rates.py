"""Learning rates by layer."""

import numpy as np
import pytest

from wordloom.combine.backend import keras
from wordloom.combine.learning_rates import SGD, Adam, check_multiplier
from wordloom.combine.word_embedding import WordEmbedding
from wordloom.errors import InputError

IDS = np.array([[1, 2], [2, 0]], np.int32)
GOALS = np.array([[1.0], [-1.0]], np.float32)


def model_of(layer) -> "keras.Model":
    ids = keras.Input((None,), dtype="int32")
    pooled = keras.ops.sum(layer(ids), axis=1)
    return keras.Model(ids, keras.layers.Dense(1, name="scores")(pooled))


def steps(model, optimizer) -> dict[str, float]:
    """Train one step, and return how far each weight moved at most."""
    before = {weight.path: weight.numpy() for weight in model.weights}
    model.compile(optimizer, "mse")
    model.fit(IDS, GOALS, batch_size=2, verbose=0)
    return {
        weight.path: float(np.abs(weight.numpy() - before[weight.path]).max())
        for weight in model.weights
    }


def test_adam_moves_the_embedding_by_its_own_rate():
    layer = WordEmbedding(["a", "b"], 3, trainable=True, learning_rate_multiplier=0.1, name="glove")
    moved = steps(model_of(layer), Adam(0.01))
    # The first step of Adam is the learning rate, whatever the gradient's size.
    assert moved["glove/vectors"] == pytest.approx(0.001, rel=1e-3)
    assert moved["scores/kernel"] == pytest.approx(0.01, rel=1e-3)


def test_a_word_that_occurs_often_moves_no_further_than_adam_says():
    layer = WordEmbedding(["a", "b"], 3, trainable=True, name="glove")
    model = model_of(layer)
    before = layer.get_weights()[0]
    model.compile(Adam(0.01), "mse")
    model.fit(np.ones((1, 16), np.int32), GOALS[:1], verbose=0)
    assert np.abs(layer.get_weights()[0] - before).max() == pytest.approx(0.01, rel=1e-3)


def test_layers_are_named_and_a_name_counts_more_than_the_layers_own_rate():
    layer = WordEmbedding(["a", "b"], 3, trainable=True, learning_rate_multiplier=0.1, name="glove")
    moved = steps(model_of(layer), Adam(0.01, multipliers={"glove": 0.5, "scores": 2.0}))
    assert moved["glove/vectors"] == pytest.approx(0.005, rel=1e-3)
    assert moved["scores/kernel"] == pytest.approx(0.02, rel=1e-3)


def test_sgd_multiplies_its_step():
    moved = {}
    for factor in (1.0, 0.25):
        keras.utils.set_random_seed(1)
        layer = WordEmbedding(["a", "b"], 3, trainable=True, learning_rate_multiplier=factor)
        moved[factor] = next(iter(steps(model_of(layer), SGD(0.1)).values()))
    assert moved[0.25] == pytest.approx(0.25 * moved[1.0], rel=1e-4)


def test_a_model_file_keeps_the_rates(tmp_path):
    layer = WordEmbedding(["a", "b"], 3, trainable=True, learning_rate_multiplier=0.1, name="glove")
    model = model_of(layer)
    steps(model, Adam(0.01, multipliers={"scores": 3.0}))
    model.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, opened):
        one.fit(IDS, GOALS, batch_size=2, verbose=0)
    for weight, other in zip(model.weights, opened.weights, strict=True):
        np.testing.assert_allclose(weight.numpy(), other.numpy(), rtol=1e-6)
    moved = steps(opened, Adam.from_config(opened.optimizer.get_config()))
    assert moved["glove/vectors"] == pytest.approx(0.001, rel=1e-3)
    assert moved["scores/kernel"] == pytest.approx(0.03, rel=1e-3)


def test_without_multipliers_steps_are_those_of_keras():
    found = []
    for optimizer in (Adam(0.01), keras.optimizers.Adam(0.01)):
        keras.utils.set_random_seed(1)
        model = model_of(WordEmbedding(["a", "b"], 3, trainable=True))
        model.compile(optimizer, "mse")
        # Each word once: on TensorFlow, Keras' Adam squares the parts of a gradient one by one.
        model.fit(IDS[:1], GOALS[:1], verbose=0)
        found.append(model.get_weights())
    for weight, other in zip(*found, strict=True):
        np.testing.assert_array_equal(weight, other)


def test_a_name_that_no_trainable_layer_has_is_refused():
    model = model_of(WordEmbedding(["a", "b"], 3, trainable=False, name="glove"))
    with pytest.raises(InputError, match=r"Received: glove; the trainable weights are scores/"):
        steps(model, Adam(0.01, multipliers={"glove": 0.1}))


@pytest.mark.parametrize("wrong", [0, -1.0, float("nan"), float("inf"), "fast", True, None])
def test_multipliers_are_positive_numbers(wrong):
    with pytest.raises(InputError, match="multiplied by a positive number"):
        check_multiplier(wrong)
    with pytest.raises(InputError, match=r"multipliers\['glove'\]"):
        Adam(0.01, multipliers={"glove": wrong})
