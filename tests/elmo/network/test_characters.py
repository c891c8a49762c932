import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("needs keras", allow_module_level=True)

from tests.elmo import reference
from tests.elmo.reference import OPTIONS

from wordloom.combine.backend import keras
from wordloom.elmo.characters import used_characters
from wordloom.elmo.network.characters import CharacterEncoder
from wordloom.elmo.options import ELMoOptions
from wordloom.errors import FormatError


def encoder(options=OPTIONS, **settings):
    layer, weights = CharacterEncoder(options, **settings), reference.random_weights(options)
    layer.set_published(weights)
    return layer, weights


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_vectors_are_those_of_the_reference(activation):
    options = ELMoOptions(**{**vars(OPTIONS), "activation": activation})
    layer, weights = encoder(options)
    characters = reference.random_characters(options, 15)
    expected = reference.token_vectors(options, weights, characters)
    np.testing.assert_allclose(layer(characters), expected, atol=1e-5)
    grid = np.asarray(layer(characters.reshape(3, 5, -1)))
    np.testing.assert_allclose(grid.reshape(15, -1), expected, atol=1e-5)


@pytest.mark.parametrize("longest", [3, 6, 7, 10])
def test_padding_that_tells_nothing_may_be_left_out(longest):
    layer, _ = encoder()
    characters = np.full((1, 10), reference.PADDING, np.int32)
    characters[0, :longest] = np.arange(longest)
    kept = used_characters(OPTIONS, longest)
    assert kept == min(10, longest + 3)
    np.testing.assert_allclose(layer(characters[:, :kept]), layer(characters), atol=1e-6)


def test_weights_come_out_as_they_went_in():
    layer, weights = encoder()
    found = layer.published()
    assert list(found) == [name for name in weights if not name.startswith("RNN")]
    for name, array in found.items():
        np.testing.assert_array_equal(array, weights[name])


def test_first_weights_are_the_published_ones():
    options = ELMoOptions(8, 16, filters=((1, 64), (2, 64)), n_highway=1)
    first = CharacterEncoder(options).published()
    assert np.abs(first["char_embed"]).max() == pytest.approx(1, abs=0.01)
    assert np.abs(first["CNN/W_cnn_1"]).max() == pytest.approx(0.05, abs=0.001)
    assert first["CNN_high_0/W_transform"].std() == pytest.approx(128**-0.5, rel=0.05)
    assert (first["CNN_high_0/b_carry"] == -2).all()
    assert not first["CNN_proj/b_proj"].any()
    tanh = CharacterEncoder(ELMoOptions(8, 16, filters=((5, 512),), activation="tanh"))
    assert tanh.first_values("CNN/W_cnn_0").stddev == pytest.approx(80**-0.5)


def test_mixed_precision_computes_in_few_digits_and_keeps_many():
    layer, weights = encoder(dtype="mixed_bfloat16")
    characters = reference.random_characters(OPTIONS, 15)
    vectors = layer(characters)
    assert keras.backend.standardize_dtype(vectors.dtype) == "bfloat16"
    assert layer.published()["char_embed"].dtype == np.float32
    expected = reference.token_vectors(OPTIONS, weights, characters)
    vectors = keras.ops.convert_to_numpy(keras.ops.cast(vectors, "float32"))
    np.testing.assert_allclose(vectors, expected, atol=0.05 * np.abs(expected).max())


def test_weights_that_do_not_fit_are_refused_and_change_nothing():
    layer, weights = encoder()
    with pytest.raises(FormatError, match="lack the tensor CNN_proj/b_proj"):
        layer.set_published({k: 0 * v for k, v in weights.items() if k != "CNN_proj/b_proj"})
    with pytest.raises(FormatError, match=r"CNN/b_cnn_1 must have the shape \(5,\).*\(6,\)"):
        layer.set_published({**weights, "CNN/b_cnn_1": np.zeros(6, np.float32)})
    np.testing.assert_array_equal(layer.published()["char_embed"], weights["char_embed"])


def test_it_is_saved_and_loaded(tmp_path):
    characters = keras.Input((None, 10), dtype="int32")
    layer = CharacterEncoder(OPTIONS)
    model = keras.Model(characters, layer(characters))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].options == OPTIONS
    ids = reference.random_characters(OPTIONS, 15)[None]
    np.testing.assert_array_equal(loaded(ids), model(ids))
