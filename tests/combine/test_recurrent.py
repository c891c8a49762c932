import importlib.util

import numpy as np
import pytest

jax = pytest.importorskip("jax")
if importlib.util.find_spec("keras") is None:
    pytest.skip("needs keras", allow_module_level=True)

from wordloom.combine import recurrent  # noqa: E402
from wordloom.combine.backend import keras  # noqa: E402

if keras.backend.backend() != "jax":
    pytest.skip("on other backends the layers are Keras' own", allow_module_level=True)

KINDS = ["GRU", "LSTM"]
BATCH, TIME, DIM = 26, 6, 5


def masks():
    lengths = np.arange(BATCH) % (TIME + 1)
    right = np.arange(TIME) < lengths[:, None]
    holes = np.random.default_rng(0).random((BATCH, TIME)) < 0.6
    return {"none": None, "right": right, "left": right[:, ::-1].copy(), "holes": holes}


def pair(kind, units=7, wrap=lambda layer: layer, **settings):
    """Our layer and Keras' own, with the same random weights."""
    ours = wrap(getattr(recurrent, kind)(units, **settings))
    theirs = wrap(getattr(keras.layers, kind)(units, **settings))
    rng = np.random.default_rng(1)
    for layer in (ours, theirs):
        layer.build((BATCH, TIME, DIM))
    values = [rng.standard_normal(w.shape).astype(np.float32) * 0.4 for w in ours.weights]
    ours.set_weights(values)
    theirs.set_weights(values)
    return ours, theirs


def inputs():
    return np.random.default_rng(2).standard_normal((BATCH, TIME, DIM)).astype(np.float32)


def results_and_gradients(layer, x, mask):
    """All results, and the gradients of the inputs and the weights; one compiled program."""
    trainable = [v.value for v in layer.trainable_variables]
    rest = [v.value for v in layer.non_trainable_variables]

    def loss(x, trainable):
        results, _ = layer.stateless_call(trainable, rest, x, mask=mask)
        results = jax.tree.leaves(results)
        slopes = (np.cos(np.arange(r.size)).reshape(r.shape).astype(np.float32) for r in results)
        return sum((r * slope).sum() for r, slope in zip(results, slopes, strict=True)), results

    gradients, results = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(x, trainable)
    return jax.tree.leaves(results), jax.tree.leaves(gradients)


def assert_same(ours, theirs, x, mask):
    results, gradients = results_and_gradients(ours, x, mask)
    expected, expected_gradients = results_and_gradients(theirs, x, mask)
    for one, other in zip(results, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
    for one, other in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.fixture
def calls(monkeypatch):
    """Counts how often the kernels are used."""
    counted = []
    for kind in KINDS:
        original = getattr(recurrent, kind).run_kernel

        def counting(self, *arguments, original=original):
            counted.append(1)
            return original(self, *arguments)

        monkeypatch.setattr(getattr(recurrent, kind), "run_kernel", counting)
    return counted


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("mask", "go_backwards"), [("none", False), ("holes", True), ("left", False)]
)
def test_results_and_gradients_are_those_of_keras(kind, mask, go_backwards, calls):
    settings = {"return_sequences": True, "return_state": True, "go_backwards": go_backwards}
    assert_same(*pair(kind, **settings), inputs(), masks()[mask])
    assert calls


@pytest.mark.parametrize("kind", KINDS)
def test_bidirectional_is_that_of_keras(kind, calls):
    layers = pair(kind, 2, keras.layers.Bidirectional, return_sequences=True)
    assert_same(*layers, inputs(), masks()["right"])
    assert len(calls) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_and_initial_states_are_those_of_keras(kind, calls):
    ours, theirs = pair(kind, dropout=0.4, seed=5)
    x, mask = inputs(), masks()["right"]
    states = [np.ones((BATCH, 7), np.float32)] * (2 if kind == "LSTM" else 1)
    found = ours(x, mask=mask, training=True, initial_state=states)
    expected = theirs(x, mask=mask, training=True, initial_state=states)
    np.testing.assert_allclose(found, expected, atol=2e-6)
    assert np.abs(found - ours(x, mask=mask, training=True)).max() > 1e-3  # dropout drops
    assert calls


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"recurrent_dropout": 0.1},
        {"unroll": True},
        {"stateful": True},
        {"dtype": "mixed_float16"},
        {"dtype": "mixed_bfloat16"},
        {"implementation": 1},
        {"reset_after": False},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_other_settings_are_left_to_keras(kind, settings):
    if kind == "LSTM" and "reset_after" in settings:
        pytest.skip("a setting of the GRU")
    x = jax.numpy.asarray(inputs())
    layer = getattr(recurrent, kind)
    assert recurrent.is_known(layer(7), x, None)
    assert not recurrent.is_known(layer(7, **settings), x, None)


def test_other_inputs_and_devices_are_left_to_keras(monkeypatch):
    x, layer = jax.numpy.asarray(inputs()), recurrent.GRU(7)
    assert not recurrent.is_known(layer, x.astype("bfloat16"), None)
    assert not recurrent.is_known(layer, x[:0], None)
    assert not recurrent.is_known(layer, keras.KerasTensor((None, TIME, DIM)), None)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert not recurrent.is_known(layer, x, None)


@pytest.mark.parametrize("kind", KINDS)
def test_without_kernels_the_layers_are_those_of_keras(kind, calls, monkeypatch):
    monkeypatch.setattr(recurrent, "kernels", lambda: None)
    ours, theirs = pair(kind)
    x = inputs()
    np.testing.assert_array_equal(ours(x), theirs(x))
    assert not calls


def test_kernels_that_xla_refuses_are_not_used(monkeypatch):
    xla = pytest.importorskip("wordloom.combine.xla.recurrent")

    def refuse(*arguments, **settings):
        raise ValueError("another version of the interface")

    monkeypatch.setattr(jax.ffi, "register_ffi_target", refuse)
    assert not xla.available.__wrapped__()
    assert jax.numpy.ones(3).sum() == 3  # and JAX goes on working


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_does_not_depend_on_its_batch(kind):
    ours, _ = pair(kind)
    x, mask = inputs(), masks()["right"]
    together = np.asarray(ours(x, mask=mask))
    for row in (0, 3, 25):
        alone = ours(x[row : row + 1], mask=mask[row : row + 1])
        np.testing.assert_allclose(alone[0], together[row], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_changes_nothing_even_if_it_is_not_a_number(kind):
    ours, _ = pair(kind)
    x, mask = inputs(), masks()["right"]
    spoiled = np.where(mask[:, :, None], x, np.float32(np.nan))
    np.testing.assert_array_equal(ours(spoiled, mask=mask), ours(x, mask=mask))


@pytest.mark.parametrize("kind", KINDS)
def test_models_are_saved_loaded_and_trained(kind, tmp_path, calls):
    layer = getattr(recurrent, kind)
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(20, DIM, mask_zero=True),
            layer(4, dropout=0.1),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    ids = np.random.default_rng(0).integers(1, 20, (64, 8)) * (np.arange(8) < 6)
    labels = ids[:, 0] % 2
    losses = model.fit(ids, labels, epochs=8, batch_size=32, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert calls
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.layers[-2], layer)
    np.testing.assert_allclose(
        loaded.predict(ids, verbose=0), model.predict(ids, verbose=0), atol=1e-6
    )
    copy = layer.from_config(loaded.layers[-2].get_config())
    assert copy.get_config() == loaded.layers[-2].get_config()
