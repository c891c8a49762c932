import numpy as np
import pytest

from wordloom.combine.backend import keras
from wordloom.combine.pooling import (
    AttentionPooling,
    MaxPooling,
    MeanPooling,
    SqrtnPooling,
    SumPooling,
)
from wordloom.errors import InputError

LAYERS = {
    "sum": SumPooling,
    "mean": MeanPooling,
    "sqrtn": SqrtnPooling,
    "max": MaxPooling,
    "attention": AttentionPooling,
}

# Padding in front, behind, in the middle, everywhere, nowhere.
MASK = np.array([[0, 0, 1, 1], [1, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]], bool)


def vectors(seed=0):
    return np.random.default_rng(seed).normal(size=(5, 4, 3)).astype(np.float32)


def gradient(function, at):
    """Return the gradient of a scalar function of an array, on the backend that runs."""
    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(function)(at))
    tensorflow = pytest.importorskip("tensorflow")
    variable = tensorflow.Variable(at)
    with tensorflow.GradientTape() as tape:
        value = function(variable.value())
    return tape.gradient(value, variable).numpy()


def attention_weights(layer, text):
    kernel, bias, scorer = (np.asarray(weight) for weight in layer.weights)
    powers = np.exp(np.tanh(text @ kernel + bias) @ scorer)[:, 0]
    return powers / powers.sum()


def reference(name, layer, text):
    """Pool the real tokens of one text."""
    if not len(text):
        return np.zeros(3)
    return {
        "sum": lambda: text.sum(0),
        "mean": lambda: text.mean(0),
        "sqrtn": lambda: text.sum(0) / np.sqrt(len(text)),
        "max": lambda: text.max(0),
        "attention": lambda: attention_weights(layer, text) @ text,
    }[name]()


@pytest.mark.parametrize("name", LAYERS)
def test_only_real_tokens_count_wherever_padding_lies(name):
    layer, texts = LAYERS[name](), vectors()
    texts[~MASK] = 1e6  # would win every maximum, and drown every sum
    pooled = np.asarray(layer(texts, mask=MASK))
    expected = [reference(name, layer, text[real]) for text, real in zip(texts, MASK, strict=True)]
    np.testing.assert_allclose(pooled, expected, rtol=1e-5, atol=1e-6)
    assert pooled.dtype == np.float32


@pytest.mark.parametrize("name", LAYERS)
def test_without_a_mask_every_token_counts(name):
    layer, texts = LAYERS[name](), vectors()
    layer.build(texts.shape)
    expected = [reference(name, layer, text) for text in texts]
    np.testing.assert_allclose(np.asarray(layer(texts)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_finite_and_zero_for_padding(name):
    layer = LAYERS[name]()
    layer.build((None, 4, 3))
    slopes = gradient(lambda texts: keras.ops.sum(layer(texts, mask=MASK) ** 2), vectors())
    assert np.isfinite(slopes).all()
    assert not slopes[~MASK].any()
    assert slopes[MASK].any()


def test_attention_is_zero_at_padding_and_sums_to_one():
    layer = AttentionPooling(units=7, return_attention=True)
    pooled, weights = layer(vectors(), mask=MASK)
    weights = np.asarray(weights)
    assert layer.weights[0].shape == (3, 7)
    assert not weights[~MASK].any()
    np.testing.assert_allclose(weights.sum(1), [1, 1, 1, 0, 1], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(pooled)[0], weights[0] @ vectors()[0], rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(layer.attention(vectors(), MASK)), weights)


def test_sizes_that_are_no_sizes_are_refused():
    with pytest.raises(InputError, match=r"`units` must be a whole number from 1\. Received: 0"):
        AttentionPooling(units=0)
