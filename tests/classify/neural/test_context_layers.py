import numpy as np
import pytest

from wordloom.classify.neural.context_layers import LayerMix, WholeTextLSTMs
from wordloom.combine.backend import keras
from wordloom.text.vocabulary import Vocabulary

WORDS = ["the", "bank", "Goal", "."]


@pytest.mark.parametrize("pad", ["post", "pre"])
def test_lstms_see_what_elmo_sees_wherever_padding_stands(elmo, pad):
    words = Vocabulary.from_words(WORDS)
    texts = [[0, 1, 3, 2], [2], [], [1, 1, 0]]
    splits = np.cumsum([0, *map(len, texts)])
    ids = np.array([word for text in texts for word in text])
    expected = elmo.replaced(sentences=False).word_layers(words, ids, splits)

    inputs = np.zeros((4, 5, elmo.options.projection_dim), np.float32)
    mask = np.zeros((4, 5), bool)
    for row, text in enumerate(texts):
        mask[row, slice(len(text)) if pad == "post" else slice(5 - len(text), None)] = True
    inputs[mask] = elmo.token_vectors(words)[ids]
    inputs[~mask] = np.nan if pad == "post" else 7.0  # padding counts for nothing
    layer = WholeTextLSTMs(elmo.options)
    layer.set_published(elmo.weights, elmo.encoder.marks)
    found = np.asarray(layer(inputs, mask=mask))
    np.testing.assert_allclose(found[mask], np.moveaxis(expected, 0, 1), rtol=1e-4, atol=1e-5)
    assert not found[~mask].any()


def test_a_learned_mix_begins_with_equal_weights():
    mix = LayerMix()
    layers = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    found = np.asarray(mix(layers))
    np.testing.assert_allclose(found, layers.mean(axis=2), rtol=1e-5, atol=1e-6)
    assert [tuple(each.shape) for each in mix.trainable_variables] == [(4,), ()]


def test_learned_weights_are_those_of_standardised_layers():
    mix = LayerMix()
    layers = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    mix.build(layers.shape)
    mean, deviation = layers.mean(axis=(0, 1)), layers.std(axis=(0, 1))
    mix.mean.assign(mean)
    mix.scale.assign(1 / deviation)
    expected = ((layers - mean) / deviation).mean(axis=2)
    np.testing.assert_allclose(np.asarray(mix(layers)), expected, rtol=1e-4, atol=1e-6)
    mask = np.array([[True, False, True], [True, True, False]])
    assert not np.asarray(mix(layers, mask=mask))[~mask].any()


def test_a_fixed_mix_has_nothing_to_learn():
    mix = LayerMix(learned=False)
    layers = np.random.default_rng(0).normal(size=(2, 3, 2, 5)).astype(np.float32)
    mix.build(layers.shape)
    mix.fixed.assign([1.0, -2.0])
    expected = layers[:, :, 0] - 2 * layers[:, :, 1]
    np.testing.assert_allclose(np.asarray(mix(layers)), expected, rtol=1e-4, atol=1e-5)
    assert not mix.trainable_variables


def test_layers_can_be_made_from_their_configs(elmo):
    for layer in (WholeTextLSTMs(elmo.options), LayerMix(learned=False)):
        again = type(layer).from_config(layer.get_config())
        assert again.get_config() == layer.get_config()
        saved = keras.saving.serialize_keras_object(layer)
        assert type(keras.saving.deserialize_keras_object(saved)) is type(layer)
