import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.recipes.cord19.linear_layer import LinearLayer, Optimizer, count_words, word_table
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

TEXTS = ["dry cough", "cough, fever cough unknown", "", "fever"]
TARGETS = np.array([0, 1, 2, 1])


@pytest.fixture
def embedding():
    vectors = np.random.default_rng(1).normal(size=(3, 5))
    return StaticEmbedding(
        Vocabulary.from_words(["dry", "cough", "fever"]),
        vectors,
        tokenizer=Tokenizer("tfhub"),
        oov="zero",
        pooling="sqrtn",
    )


def layer_of(embedding, optimizer, *, trainable):
    table = word_table(embedding).astype(np.float64)
    return LinearLayer(table, 3, trainable=trainable, optimizer=optimizer, seed=2)


def test_counts_pool_as_the_embedding_does(embedding):
    pooled = count_words(embedding, TEXTS) @ word_table(embedding)
    np.testing.assert_allclose(pooled, embedding.embed(TEXTS), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("trainable", [False, True])
def test_gradients_are_those_of_finite_differences(embedding, trainable):
    layer = layer_of(embedding, Optimizer("sgd", 0.1), trainable=trainable)
    counts = count_words(embedding, TEXTS).astype(np.float64)
    found = layer.gradient(layer.inputs(counts), TARGETS)
    table = np.zeros_like(layer.table)
    table[found.words] = found.vectors
    expected = [found.weights, found.biases, *([table] if trainable else [])]
    for array, gradient in zip(layer.learned(), expected, strict=True):
        assert np.abs(gradient).max() > 0.01
        for place in np.ndindex(array.shape):
            losses = []
            for change in (1e-5, -1e-5):
                array[place] += change
                losses.append(layer.gradient(layer.inputs(counts), TARGETS).loss)
                array[place] -= change
            assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-8)


def test_descent_moves_against_the_gradient_and_only_what_may_learn(embedding):
    layer = layer_of(embedding, Optimizer("sgd", 0.5), trainable=True)
    inputs = layer.inputs(count_words(embedding, TEXTS[:1]).astype(np.float64))
    found = layer.gradient(inputs, TARGETS[:1])
    before = layer.numbers()
    assert layer.learn(inputs, TARGETS[:1]) == found.loss
    np.testing.assert_allclose(layer.weights, before[0] - 0.5 * found.weights)
    np.testing.assert_allclose(layer.table[:2], before[2][:2] - 0.5 * found.vectors)
    np.testing.assert_array_equal(layer.table[2:], before[2][2:])
    layer.restore(before)
    np.testing.assert_array_equal(layer.weights, before[0])
    frozen = layer_of(embedding, Optimizer("sgd", 0.5), trainable=False)
    table = frozen.table.copy()
    frozen.learn(frozen.inputs(count_words(embedding, TEXTS).astype(np.float64)), TARGETS)
    np.testing.assert_array_equal(frozen.table, table)


def test_adam_takes_the_steps_of_a_plain_reference():
    random = np.random.default_rng(1)
    array = random.normal(size=(4, 2))
    expected = array.copy()
    optimizer = Optimizer("adam", 0.1)
    first = second = 0.0
    for step in range(1, 6):
        gradient = random.normal(size=(4, 2))
        optimizer.steps += 1
        optimizer.move("array", array, slice(None), gradient)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        mean, square = first / (1 - 0.9**step), second / (1 - 0.999**step)
        expected -= 0.1 * mean / (np.sqrt(square) + 1e-7)
    np.testing.assert_allclose(array, expected, atol=1e-4)
