import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("needs keras", allow_module_level=True)

from tests.elmo import reference
from tests.elmo.reference import OPTIONS

from wordloom.combine.backend import keras
from wordloom.elmo.network import projected_lstm
from wordloom.elmo.network.projected_lstm import ProjectedLSTM
from wordloom.elmo.options import ELMoOptions
from wordloom.errors import InputError

UNCLIPPED = ELMoOptions(**{**vars(OPTIONS), "cell_clip": 0.0, "projection_clip": 0.0})
BATCH, TIME = 4, 7
MASK = np.arange(TIME) < np.array([7, 4, 1, 0])[:, None]


def random(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def states(options=OPTIONS):
    return random(BATCH, options.projection_dim, seed=2) * 0.3, random(BATCH, options.lstm_dim)


def lstm(options=OPTIONS, direction=0, place=0, **settings):
    layer = ProjectedLSTM(options, direction, place, **settings)
    weights = reference.random_weights(options, scale=0.7)
    layer.set_published(weights)
    return layer, weights


@pytest.mark.parametrize(
    ("options", "plain"), [(OPTIONS, False), (UNCLIPPED, False), (OPTIONS, True)]
)
def test_outputs_and_states_are_those_of_the_reference(options, plain, monkeypatch):
    if plain:
        monkeypatch.setattr(projected_lstm, "fastest_run_steps", lambda: projected_lstm.run_steps)
    layer, weights = lstm(options, direction=1, place=1)
    x, (h, c) = random(BATCH, TIME, 6) * 2, states()
    outputs, (last_h, last_c) = layer(x, mask=MASK, states=(h, c))
    cell = options.cell_name(1, 1)
    for row, length in enumerate(MASK.sum(1)):
        expected, (expected_h, expected_c) = reference.lstm(
            options, weights, cell, x[row, :length], (h[row], c[row])
        )
        np.testing.assert_allclose(outputs[row, :length], expected, atol=1e-5)
        np.testing.assert_allclose(last_h[row], expected_h, atol=1e-5)
        np.testing.assert_allclose(last_c[row], expected_c, atol=1e-5)
    assert not np.asarray(outputs)[~MASK].any()
    if options is OPTIONS:  # else nothing was clipped, and the test tests less than it says
        assert np.abs(outputs).max() == np.float32(0.6)
        assert np.abs(last_c[:3]).max() == np.float32(0.8)


def test_states_carry_a_sequence_on():
    layer, _ = lstm()
    x = random(BATCH, TIME, 6)
    whole, last = layer(x)
    first, state = layer(x[:, :3])
    second, state = layer(x[:, 3:], states=state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)
    for one, other in zip(state, last, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_padding_changes_nothing_even_if_it_is_not_a_number():
    layer, _ = lstm()
    x = random(BATCH, TIME, 6)
    spoiled = np.where(MASK[..., None], x, np.float32(np.nan))
    np.testing.assert_array_equal(layer(spoiled, mask=MASK)[0], layer(x, mask=MASK)[0])


@pytest.mark.parametrize(
    ("options", "dtype"),
    [(OPTIONS, "float32"), (UNCLIPPED, "float32"), (OPTIONS, "bfloat16")],
    ids=["clipped", "unclipped", "bfloat16"],
)
def test_the_written_gradient_is_that_of_the_plain_form(options, dtype):
    if keras.backend.backend() != "jax":
        pytest.skip("on other backends there is no other form")
    import jax

    from wordloom.elmo.network import projected_lstm_jax

    weights = tuple(0.7 * random(*shape) for shape in ((12, 36), (36,), (9, 6)))
    slopes = random(TIME, BATCH, 6, seed=3), random(BATCH, 9, seed=4)
    present = np.random.default_rng(0).random((TIME, BATCH)) < 0.7

    def gradients(run, dtype):
        def loss(x, state, weights):
            x, weights, h = jax.tree.map(lambda a: a.astype(dtype), (x, weights, state[0]))
            clips = (float(options.cell_clip), float(options.projection_clip))
            outputs, c = run(x, present, (h, state[1]), weights, clips)
            return (outputs * slopes[0]).sum() + (c * slopes[1]).sum(), (outputs, c)

        arguments = (2 * random(TIME, BATCH, 6), states(), weights)
        arguments = jax.tree.map(jax.numpy.asarray, arguments)
        return jax.tree.leaves(jax.jit(jax.grad(loss, (0, 1, 2), has_aux=True))(*arguments))

    expected = gradients(projected_lstm.run_steps, "float32")
    found = gradients(projected_lstm_jax.run_steps, dtype)
    limit = {"float32": 1e-6, "bfloat16": 0.04}[dtype]
    for one, other in zip(found, expected, strict=True):
        one = np.asarray(one, np.float32)
        np.testing.assert_allclose(one, other, atol=limit * max(1, np.abs(other).max()))


def test_mixed_precision_keeps_the_cell_state_in_float32():
    layer, _ = lstm(dtype="mixed_float16")
    x = random(BATCH, TIME, 6)
    outputs, (h, c) = layer(x, mask=MASK, states=states())
    assert [keras.backend.standardize_dtype(a.dtype) for a in (outputs, h, c)] == [
        "float16",
        "float16",
        "float32",
    ]
    # Where nothing is read the state is the one that went in, every digit of it.
    np.testing.assert_array_equal(c[3], states()[1][3])
    expected, _ = lstm()[0](x, mask=MASK, states=states())
    np.testing.assert_allclose(keras.ops.cast(outputs, "float32"), expected, atol=0.03)


def test_weights_come_out_as_they_went_in():
    layer, weights = lstm(direction=1)
    cell = OPTIONS.cell_name(1, 0)
    found = layer.published()
    assert set(found) == {f"{cell}/{name}" for name in ("W_0", "B", "W_P_0")}
    for name, array in found.items():
        np.testing.assert_array_equal(array, weights[name])


def test_layers_that_the_network_does_not_have_are_refused():
    with pytest.raises(InputError, match="from 0 to 1"):
        ProjectedLSTM(OPTIONS, 0, 2)
