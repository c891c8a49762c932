import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("needs keras", allow_module_level=True)

from tests.elmo import reference
from tests.elmo.reference import OPTIONS

from wordloom.combine.backend import keras
from wordloom.elmo.network.bidirectional import BidirectionalLSTMs, LSTMStack
from wordloom.elmo.network.characters import CharacterEncoder
from wordloom.elmo.options import ELMoOptions

LENGTHS = np.array([5, 3, 1])
MASK = np.arange(5) < LENGTHS[:, None]


def network(options=OPTIONS, **settings):
    layers = CharacterEncoder(options), BidirectionalLSTMs(options, **settings)
    weights = reference.random_weights(options)
    for layer in layers:
        layer.set_published(weights)
    return *layers, weights


def vectors(seed=0):
    return np.random.default_rng(seed).standard_normal((3, 5, 6)).astype(np.float32)


@pytest.mark.parametrize("changes", [{}, {"skip_connections": False, "n_layers": 3}], ids=str)
def test_all_layers_are_those_of_the_reference(changes):
    options = ELMoOptions(**{**vars(OPTIONS), **changes})
    encoder, lstms, weights = network(options)
    characters = reference.random_characters(options, 15).reshape(3, 5, -1)
    layers = [np.asarray(layer) for layer in lstms(encoder(characters), mask=MASK)]
    assert len(layers) == options.n_layers + 1
    for row, length in enumerate(LENGTHS):
        expected = reference.reference_layers(options, weights, characters[row, :length])
        for layer, wanted in zip(layers, expected, strict=True):
            np.testing.assert_allclose(layer[row, :length], wanted, atol=1e-5)
            assert not layer[row, length:].any()


def test_without_a_mask_all_tokens_are_read():
    _, lstms, _ = network()
    for one, other in zip(
        lstms(vectors()), lstms(vectors(), mask=np.ones((3, 5), bool)), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_stack_carries_its_states_on():
    stack, weights = LSTMStack(OPTIONS, 1), reference.random_weights(OPTIONS)
    stack.set_published(weights)
    x = vectors()
    first, states = stack(x[:, :2])
    second, states = stack(x[:, 2:], states=states)
    for row in range(3):
        outputs, last = reference.stack(OPTIONS, weights, 1, x[row])
        for place in range(2):
            found = np.concatenate([first[place][row], second[place][row]])
            np.testing.assert_allclose(found, outputs[place], atol=1e-5)
            for state, wanted in zip(states[place], last[place], strict=True):
                np.testing.assert_allclose(state[row], wanted, atol=1e-5)


def test_dropout_drops_in_training_only():
    _, lstms, _ = network(dropout=0.5)
    still = lstms(vectors())
    np.testing.assert_array_equal(still[2], network()[1](vectors())[2])
    moved = lstms(vectors(), training=True)
    np.testing.assert_array_equal(moved[0], still[0])  # the token vectors themselves are kept
    dropped = np.asarray(moved[2]) == 0
    assert 0.3 < dropped.mean() < 0.7  # of the last layer's output
    assert not (np.asarray(moved[1]) == 0).any()  # of the first's, only what the second reads


def test_mixed_precision_gives_nearly_the_same():
    _, lstms, _ = network(dtype="mixed_bfloat16")
    for one, other in zip(
        lstms(vectors(), mask=MASK), network()[1](vectors(), mask=MASK), strict=True
    ):
        assert keras.backend.standardize_dtype(one.dtype) == "bfloat16"
        np.testing.assert_allclose(keras.ops.cast(one, "float32"), other, atol=0.03)


def test_weights_come_out_as_they_went_in():
    encoder, lstms, weights = network()
    found = encoder.published() | lstms.published()
    assert set(found) == set(OPTIONS.shapes)
    for name, array in found.items():
        np.testing.assert_array_equal(array, weights[name])
    count = sum(np.prod(v.shape) for layer in (encoder, lstms) for v in layer.trainable_variables)
    assert count == OPTIONS.n_parameters


def test_a_model_is_trained_saved_and_loaded(tmp_path):
    characters = keras.Input((None, 10), dtype="int32")
    lstms = BidirectionalLSTMs(OPTIONS, dropout=0.1)
    layers = lstms(CharacterEncoder(OPTIONS)(characters))
    pooled = keras.layers.GlobalAveragePooling1D()(keras.layers.Concatenate()(layers))
    model = keras.Model(characters, keras.layers.Dense(1)(pooled))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    ids = reference.random_characters(OPTIONS, 80).reshape(16, 5, -1)
    labels = (ids[:, 0, 1] % 2).astype(np.float32)
    losses = model.fit(ids, labels, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(ids), model(ids), atol=1e-6)


@pytest.mark.data
def test_the_published_network_gives_the_published_activations():
    h5py = pytest.importorskip("h5py")
    folder = Path(os.environ["WORDLOOM_DATA"]) / "elmo"
    options = ELMoOptions.read((folder / "options.json").read_text())
    with h5py.File(folder / "lm_weights.hdf5") as file:
        weights = {name: np.asarray(file[name]) for name in options.shapes}
    with h5py.File(folder / "lm_embeddings_0.hdf5") as file:
        expected = np.concatenate(np.asarray(file["0"]), axis=-1)
    sentence = json.loads((folder / "lm_embeddings_0.sentences.json").read_text())[0].split()
    characters = np.full((len(sentence) + 2, options.max_characters), 260, np.int32)
    for row, token in zip(characters, [[256], *map(str.encode, sentence), [257]], strict=True):
        row[: len(token) + 2] = [258, *token, 259]
    top = reference.reference_layers(options, weights, characters)[-1, 1:-1]
    np.testing.assert_allclose(top, expected, atol=1e-5)
    encoder, lstms = CharacterEncoder(options), BidirectionalLSTMs(options)
    encoder.set_published(weights)
    lstms.set_published(weights)
    # Behind it a row of padding, as in a batch with a longer sentence.
    characters = np.concatenate([characters, characters[:3]])[None]
    mask = np.arange(characters.shape[1])[None] < len(sentence) + 2
    layers = lstms(encoder(characters), mask=mask)
    np.testing.assert_allclose(layers[-1][0, 1 : len(sentence) + 1], expected, atol=1e-5)
