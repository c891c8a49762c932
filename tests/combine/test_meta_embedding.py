"""All layers that combine embeddings, against equations in NumPy."""

import numpy as np
import pytest

from wordloom.combine.backend import keras
from wordloom.combine.concatenated import ConcatenatedEmbedding
from wordloom.combine.contextual import ContextualDynamicMetaEmbedding
from wordloom.combine.gated import GatedMetaEmbedding
from wordloom.combine.meta_embedding import DynamicMetaEmbedding, UnweightedMetaEmbedding
from wordloom.errors import InputError

# (how the layer is made, the dimensions of the embeddings)
MADE = {
    "unweighted": (lambda **k: UnweightedMetaEmbedding(6, **k), (3, 5, 4)),
    "DME": (lambda **k: DynamicMetaEmbedding(6, **k), (3, 5, 4)),
    "DME, sigmoid": (lambda **k: DynamicMetaEmbedding(6, activation="sigmoid", **k), (3, 5)),
    "DME, unprojected": (lambda **k: DynamicMetaEmbedding(None, **k), (4, 4)),
    "DME, relu": (lambda **k: DynamicMetaEmbedding(6, output_activation="relu", **k), (3, 5)),
    "CDME": (lambda **k: ContextualDynamicMetaEmbedding(6, **k), (3, 5, 4)),
    "CDME, sigmoid, unprojected": (
        lambda **k: ContextualDynamicMetaEmbedding(None, 3, activation="sigmoid", **k),
        (4, 4),
    ),
    "gated": (lambda **k: GatedMetaEmbedding(**k), (4, 4)),
    "gated, bidirectional": (lambda **k: GatedMetaEmbedding(bidirectional=True, **k), (4, 4, 4)),
}
every_layer = pytest.mark.parametrize("name", MADE)
a_few = pytest.mark.parametrize("name", ["unweighted", "DME, sigmoid", "CDME", "gated"])

# Padding in front, behind, in the middle, everywhere, nowhere.
MASK = np.array(
    [[0, 0, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool
)


def embeddings(dims, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.normal(size=(5, 5, dim)).astype(np.float32) for dim in dims]


def made(name, **settings):
    """Return a layer with random weights (biases too), and inputs for it."""
    make, dims = MADE[name]
    layer = make(**settings)
    layer.build([(None, None, dim) for dim in dims])
    generator = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(generator.normal(size=weight.shape))
    return layer, embeddings(dims)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(weights, text):
    """Run an LSTM over the tokens of one text; gates lie in Keras' order."""
    kernel, recurrent, bias = (np.asarray(weight) for weight in weights)
    state = memory = np.zeros(len(recurrent))
    states = []
    for token in text:
        enter, forget, new, leave = np.split(token @ kernel + state @ recurrent + bias, 4)
        memory = sigmoid(forget) * memory + sigmoid(enter) * np.tanh(new)
        state = sigmoid(leave) * np.tanh(memory)
        states.append(state)
    return np.array(states)


def bilstm(forwards, backwards, text):
    return lstm(forwards, text), lstm(backwards, text[::-1])[::-1]


def contextual_states(layer, text):
    """Run the BiLSTM whose kernels the layer keeps apart."""
    directions = [
        [reader, cell.recurrent_kernel, cell.bias]
        for reader, cell in zip(
            layer.readers, [layer.forwards.cell, layer.backwards.cell], strict=True
        )
    ]
    return np.concatenate(bilstm(*directions, text), axis=-1)


def gate_states(layer, text):
    if not layer.bidirectional:
        return lstm(layer.gate.weights, text)
    gates = layer.gate.forward_layer.weights, layer.gate.backward_layer.weights
    return np.maximum(*bilstm(*gates, text))


def reference(layer, sources):
    """Return what a layer makes of one text without padding: the sums and the weights."""
    if isinstance(layer, GatedMetaEmbedding):
        weights = sigmoid(gate_states(layer, np.concatenate(sources, axis=-1)))
        return sum(weights[:, [i]] * source for i, source in enumerate(sources)), weights
    projected = sources
    if layer.dim is not None:
        kernels, bias = [np.asarray(kernel) for kernel in layer.kernels], np.asarray(layer.bias)
        projected = [x @ p + b for x, p, b in zip(sources, kernels, bias, strict=True)]
    if isinstance(layer, UnweightedMetaEmbedding):
        weights = np.ones((len(projected[0]), len(projected)))
    else:
        seen = projected
        if isinstance(layer, ContextualDynamicMetaEmbedding):
            seen = [contextual_states(layer, vectors) for vectors in projected]
        scores = [x @ np.asarray(layer.scorer) + np.asarray(layer.offset) for x in seen]
        scores = np.concatenate(scores, axis=-1)
        if layer.activation == "sigmoid":
            weights = sigmoid(scores)
        else:
            weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    sums = sum(weights[:, [i]] * vectors for i, vectors in enumerate(projected))
    return (np.maximum(sums, 0) if layer.output_activation else sums), weights


@every_layer
def test_the_equations_hold_for_the_real_tokens_wherever_padding_lies(name):
    layer, sources = made(name, return_attention=True)
    for source in sources:
        source[~MASK] = 99.0
    sums, weights = (np.asarray(output) for output in layer(sources, mask=MASK))
    for text, real in enumerate(MASK):
        if real.any():
            expected = reference(layer, [source[text, real] for source in sources])
            np.testing.assert_allclose(sums[text, real], expected[0], rtol=2e-4, atol=2e-5)
            np.testing.assert_allclose(weights[text, real], expected[1], rtol=2e-4, atol=2e-6)
    assert not sums[~MASK].any()
    assert not weights[~MASK].any()
    assert weights.dtype == sums.dtype == np.float32


@a_few
def test_without_a_mask_every_token_is_real(name):
    layer, sources = made(name)
    sums = np.asarray(layer(sources))
    expected = reference(layer, [source[3] for source in sources])[0]
    np.testing.assert_allclose(sums[3], expected, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", ["unweighted", "DME"])
def test_attention_is_the_same_whether_the_layer_returns_it_or_not(name):
    layer, sources = made(name)
    other, _ = made(name, return_attention=True)
    sums, weights = (np.asarray(output) for output in other(sources, mask=MASK))
    np.testing.assert_array_equal(np.asarray(layer(sources, mask=MASK)), sums)
    np.testing.assert_array_equal(np.asarray(layer.attention(sources, MASK)), weights)


@pytest.mark.parametrize("name", ["DME", "CDME"])
def test_embeddings_in_another_order_get_the_same_weights_in_that_order(name):
    layer, sources = made(name, return_attention=True)
    sums, weights = layer(sources, mask=MASK)
    order = [2, 0, 1]
    other = type(layer).from_config(layer.get_config())
    other.build([sources[i].shape for i in order])
    *kernels, bias = layer.get_weights()[:4]
    other.set_weights([*(kernels[i] for i in order), bias[order], *layer.get_weights()[4:]])
    sums_again, weights_again = other([sources[i] for i in order], mask=MASK)
    np.testing.assert_allclose(np.asarray(sums_again), np.asarray(sums), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        np.asarray(weights_again), np.asarray(weights)[..., order], rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("make", [DynamicMetaEmbedding, ContextualDynamicMetaEmbedding])
def test_a_single_embedding_has_all_the_weight(make):
    layer = make(6, return_attention=True)
    sums, weights = layer(embeddings((3,)), mask=MASK)
    np.testing.assert_array_equal(np.asarray(weights)[..., 0], MASK)
    assert sums.shape == (5, 5, 6)


@pytest.mark.parametrize(("bidirectional", "n_parameters"), [(False, 1624), (True, 3248)])
def test_the_gate_has_as_many_parameters_as_published(bidirectional, n_parameters):
    layer = GatedMetaEmbedding(bidirectional=bidirectional)
    layer.build([(None, 200, 100), (None, 200, 100)])
    assert layer.count_params() == n_parameters


def test_the_contextual_layer_has_the_parameters_of_the_equations():
    layer = ContextualDynamicMetaEmbedding(256)
    layer.build([(None, None, 100), (None, None, 300)])
    projections, bilstm_parameters, scorer = 100 * 256 + 300 * 256 + 2 * 256, 2 * 4 * 2 * 259, 5
    counts = sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)
    assert counts == projections + bilstm_parameters + scorer


def test_concatenation_lays_embeddings_side_by_side():
    sources = embeddings((3, 5))
    joined = np.asarray(ConcatenatedEmbedding()(sources, mask=[None, MASK]))
    np.testing.assert_array_equal(joined, np.concatenate(sources, -1) * MASK[..., None])
    np.testing.assert_array_equal(np.asarray(ConcatenatedEmbedding()(sources[:1])), sources[0])


@pytest.mark.parametrize("name", ["DME, sigmoid", "CDME"])
def test_symbolic_outputs_say_what_comes_out(name):
    make, dims = MADE[name]
    layer = make(return_attention=True, dtype="mixed_float16")
    inputs = [keras.KerasTensor((5, 5, dim), dtype="float16") for dim in dims]
    promised = layer(inputs)
    given = layer(embeddings(dims), mask=[None, MASK, None][: len(dims)])
    for symbol, tensor in zip(promised, given, strict=True):
        assert tuple(symbol.shape) == tuple(tensor.shape)
        assert symbol.dtype == keras.backend.standardize_dtype(tensor.dtype)
        assert np.isfinite(np.asarray(tensor)).all()
    assert promised[1].dtype == "float32"
    shapes = layer.compute_output_shape([(5, 5, dim) for dim in dims])
    assert [tuple(shape) for shape in shapes] == [tuple(symbol.shape) for symbol in promised]
    masks = layer.compute_mask(inputs, [None, MASK])
    assert all((np.asarray(mask) == MASK).all() for mask in masks)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DynamicMetaEmbedding(0), "`dim` must be a whole number from 1"),
        (lambda: DynamicMetaEmbedding(activation="tanh"), "`activation` must be 'softmax' or"),
        (lambda: UnweightedMetaEmbedding(output_activation="tanh"), "must be None or 'relu'"),
        (lambda: ContextualDynamicMetaEmbedding(units=-2), "`units` must be a whole number"),
        (lambda: DynamicMetaEmbedding()(np.ones((2, 3, 4))), "list of at least one tensor"),
        (lambda: ConcatenatedEmbedding()([np.ones((2, 3))]), "list of at least one tensor"),
        (lambda: UnweightedMetaEmbedding(None)(embeddings((3, 5))), r"\[3, 5\] with `dim=None`"),
        (lambda: DynamicMetaEmbedding().attention(), "not part of a functional model"),
        (lambda: GatedMetaEmbedding()(embeddings((3, 5))), "different numbers of dimensions"),
    ],
)
def test_what_has_no_meaning_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize("masked", [False, True])
def test_attention_finds_a_single_input_of_a_model(masked):
    layer, (source,) = DynamicMetaEmbedding(6), embeddings((3,))
    inputs = keras.Input((None, 3))
    outputs = layer([keras.layers.Masking()(inputs) if masked else inputs])
    keras.Model(inputs, outputs)
    shown = np.asarray(keras.Model(inputs, layer.attention())(source * MASK[..., None]))
    np.testing.assert_array_equal(shown[..., 0], MASK if masked else np.ones_like(MASK))
