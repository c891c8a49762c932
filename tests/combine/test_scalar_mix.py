import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("needs keras", allow_module_level=True)

from wordloom.combine.backend import keras
from wordloom.combine.scalar_mix import ScalarMix
from wordloom.errors import InputError

MASK = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], bool)


def layers(n=3):
    return list(np.random.default_rng(0).normal(2, 3, (n, 2, 4, 5)).astype(np.float32))


def filled(mix, inputs, scores, gamma):
    mix.build([layer.shape for layer in inputs])
    mix.scores.assign(scores)
    mix.gamma.assign(gamma)
    return mix


def test_it_starts_as_the_mean():
    inputs = layers()
    np.testing.assert_allclose(ScalarMix()(inputs), np.mean(inputs, 0), atol=1e-6)


def test_layers_are_weighed_by_the_softmax_of_the_scores_and_gamma():
    inputs = layers()
    mix = filled(ScalarMix(3), inputs, np.log([1.0, 2.0, 5.0]), 4.0)
    expected = 4 * (inputs[0] / 8 + inputs[1] / 4 + inputs[2] * 5 / 8)
    np.testing.assert_allclose(mix(inputs), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(mix.layer_weights, [1 / 8, 1 / 4, 5 / 8], rtol=1e-6)


def test_layer_norm_takes_one_mean_and_variance_per_layer_without_padding():
    inputs = layers()
    expected = sum((x - x[MASK].mean()) / x[MASK].std() for x in inputs) / 3
    mixed = np.asarray(ScalarMix(layer_norm=True)(inputs, mask=[MASK] * 3))
    np.testing.assert_allclose(mixed[MASK], expected[MASK], atol=1e-5)
    assert not mixed[~MASK].any()


def test_layer_norm_without_a_mask_takes_all_tokens():
    inputs = layers()
    expected = sum((x - x.mean()) / x.std() for x in inputs) / 3
    np.testing.assert_allclose(ScalarMix(layer_norm=True)(inputs), expected, atol=1e-5)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_padding_changes_nothing_even_if_it_is_not_a_number(layer_norm):
    inputs = layers()
    spoiled = [np.where(MASK[..., None], x, np.float32(np.nan)) for x in inputs]
    mix = ScalarMix(layer_norm=layer_norm)
    np.testing.assert_array_equal(mix(spoiled, mask=MASK), mix(inputs, mask=MASK))


def test_a_batch_of_nothing_but_padding_gives_zeros():
    mixed = ScalarMix(layer_norm=True)(layers(), mask=np.zeros((2, 4), bool))
    assert not np.asarray(mixed).any()


def test_half_precision_adds_up_in_float32():
    big = [np.full((64, 64, 64), 30.0, np.float16) * (1 + np.arange(64) % 2).astype(np.float16)]
    mixed = np.asarray(ScalarMix(layer_norm=True, dtype="float16")(big), np.float32)
    np.testing.assert_allclose(mixed[0, 0, :2], [-1, 1], atol=1e-2)


def test_regularization_is_a_loss_of_the_scores():
    inputs = layers(2)
    mix = filled(ScalarMix(regularization=0.1), inputs, [1.0, 3.0], 1.0)
    mix(inputs)
    np.testing.assert_allclose(sum(mix.losses), 0.1 * 10, rtol=1e-6)


def test_it_learns_which_layer_counts():
    inputs = [keras.Input((4, 5)) for _ in range(3)]
    mix = ScalarMix()
    model = keras.Model(inputs, mix(inputs))
    model.compile(keras.optimizers.Adam(0.1), "mse")
    data = layers()
    model.fit(data, 2 * data[1], epochs=80, verbose=0)
    assert mix.layer_weights[1] > 0.9
    assert float(mix.gamma.value) == pytest.approx(2, abs=0.3)


def test_it_is_saved_and_loaded_with_its_mask(tmp_path):
    ids = keras.Input((4,), dtype="int32")
    vectors = [keras.layers.Embedding(9, 5, mask_zero=True)(ids) for _ in range(2)]
    mixed = ScalarMix(2, layer_norm=True, regularization=0.01)(vectors)
    model = keras.Model(ids, keras.layers.GlobalAveragePooling1D()(mixed))
    model.layers[-2].scores.assign([0.5, -1.0])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    rows = np.array([[1, 2, 3, 0], [4, 0, 0, 0]])
    np.testing.assert_allclose(loaded(rows), model(rows), atol=1e-6)
    assert loaded.layers[-2].get_config() == model.layers[-2].get_config()


def test_trainable_false_keeps_the_weights():
    mix = ScalarMix(trainable=False)
    mix(layers())
    assert not mix.trainable_variables


@pytest.mark.parametrize("settings", [{"n_layers": 0}, {"regularization": -1.0}])
def test_settings_without_a_meaning_are_refused(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        ScalarMix(**settings)


def test_other_layers_than_it_was_made_for_are_refused():
    with pytest.raises(InputError, match="mixes 2 layers"):
        ScalarMix(2)(layers(3))
    with pytest.raises(InputError, match=r"\[5, 4\]"):
        ScalarMix()([np.ones((2, 3, 5)), np.ones((2, 3, 4))])
    with pytest.raises(InputError, match="once it was built"):
        _ = ScalarMix().layer_weights
