import numpy as np
import pytest

from wordloom.kernels.recurrent import saved_planes, sequence_backward, sequence_forward

SHAPES = [(1, 1, 1, 1), (2, 3, 4, 3), (5, 4, 1, 17), (13, 3, 20, 33), (3, 5, 7, 2), (2, 2, 9, 128)]


def logistic(x):
    return 1 / (1 + np.exp(-x))


def reference(x, w, u, bias, mask, h, c, backwards):
    """One step after the other in float64: the outputs and the last cell state."""
    units = u.shape[0]
    lstm = u.shape[1] == 4 * units
    outputs = np.empty((*x.shape[:2], units))
    times = range(x.shape[1])
    for time in reversed(times) if backwards else times:
        there = mask[:, time, None] != 0
        from_x, from_h = x[:, time] @ w, h @ u
        if lstm:
            i, f, g, o = np.split(from_x + from_h + bias, 4, axis=1)
            c_next = logistic(f) * c + logistic(i) * np.tanh(g)
            h_next = logistic(o) * np.tanh(c_next)
            c = np.where(there, c_next, c)
        else:
            b_c, b_z, b_r, b_q = np.split(bias, 4)
            z = logistic(from_x[:, :units] + from_h[:, :units] + b_z)
            r = logistic(from_x[:, units : 2 * units] + from_h[:, units : 2 * units] + b_r)
            q = from_h[:, 2 * units :] + b_q
            h_next = z * h + (1 - z) * np.tanh(from_x[:, 2 * units :] + b_c + r * q)
        h = np.where(there, h_next, h)
        outputs[:, time] = h
    return outputs, c


def make(shape, lstm):
    """Draw all arguments of `reference`; the mask has holes, an empty row and an empty step."""
    batch, time, dim, units = shape
    rng = np.random.default_rng(sum(shape))
    columns = (3 + lstm) * units
    sizes = [(batch, time, dim), (dim, columns), (units, columns), (4 * units,)]
    x, w, u, bias = (rng.standard_normal(size) * 0.5 for size in sizes)
    h, c = rng.standard_normal((2, batch, units)) * 0.5
    mask = (rng.random((batch, time)) < 0.7).astype(np.uint8)
    mask[0, 0] = 1
    if batch > 2:
        mask[-1] = 0
        mask[:, -1] = 0
    return x, w, u, bias, mask, h, c


def run_forward(arguments, backwards, parts=1, keep=True):
    x, w, u, bias, mask, h, c = (
        a if a.dtype == np.uint8 else a.astype(np.float32) for a in arguments
    )
    batch, time, units = *x.shape[:2], u.shape[0]
    outputs = np.full((batch, time, units), np.nan, np.float32)
    c_last = np.full((batch, units), np.nan, np.float32)
    planes = saved_planes(lstm=u.shape[1] == 4 * units)
    saved = np.full((time if keep else 1, planes, batch * units), np.nan, np.float32)
    for part in range(parts):
        rows = batch * part // parts, batch * (part + 1) // parts
        sequence_forward(x, w, u, bias, mask, h, c, backwards, *rows, outputs, c_last, saved)
    return outputs, c_last, saved


def run_backward(arguments, backwards, forward, d_outputs, d_c_last, parts=1):
    x, w, u, bias, mask, h, c = (
        a if a.dtype == np.uint8 else a.astype(np.float32) for a in arguments
    )
    outputs, _, saved = forward
    batch, columns = len(x), u.shape[1]
    d_sums = np.full((*x.shape[:2], columns), np.nan, np.float32)
    d_w = np.full((parts, *w.shape), np.nan, np.float32)
    d_u = np.full((parts, *u.shape), np.nan, np.float32)
    d_bias = np.full((parts, *bias.shape), np.nan, np.float32)
    d_h, d_c = np.full_like(h, np.nan), np.full_like(c, np.nan)
    d_outputs, d_c_last = d_outputs.astype(np.float32), d_c_last.astype(np.float32)
    for part in range(parts):
        rows = batch * part // parts, batch * (part + 1) // parts
        sequence_backward(
            *(x, u, mask, h, c, backwards, outputs, saved, d_outputs, d_c_last),
            *(*rows, d_sums, d_w[part], d_u[part], d_bias[part], d_h, d_c),
        )
    return d_sums @ w.T, d_w.sum(0), d_u.sum(0), d_bias.sum(0), d_h, d_c


@pytest.mark.parametrize("lstm", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backwards", [0, 1])
def test_outputs_are_those_of_the_plain_loop(shape, lstm, backwards):
    arguments = make(shape, lstm)
    expected, c_expected = reference(*arguments, backwards)
    for keep in (True, False):
        outputs, c_last, _ = run_forward(arguments, backwards, keep=keep)
        np.testing.assert_allclose(outputs, expected, atol=2e-6)
        if lstm:
            np.testing.assert_allclose(c_last, c_expected, atol=5e-6)


@pytest.mark.parametrize("lstm", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backwards", [0, 1])
def test_gradients_are_slopes_of_the_plain_loop(shape, lstm, backwards):
    arguments = make(shape, lstm)
    rng = np.random.default_rng(0)
    batch, time, _, units = shape
    d_outputs, d_c_last = rng.standard_normal((batch, time, units)), np.zeros((batch, units))
    if lstm:
        d_c_last = rng.standard_normal((batch, units))

    def loss(changed):
        outputs, c_last = reference(*changed, backwards)
        return np.sum(outputs * d_outputs) + np.sum(c_last * d_c_last)

    forward = run_forward(arguments, backwards)
    found = run_backward(arguments, backwards, forward, d_outputs, d_c_last)
    for place, gradient in zip((0, 1, 2, 3, 5, 6), found, strict=True):
        if place == 6 and not lstm:
            continue
        # The slope in a random direction, by a central difference in float64.
        direction = rng.standard_normal(arguments[place].shape)
        ahead, behind = list(arguments), list(arguments)
        ahead[place] = arguments[place] + 1e-5 * direction
        behind[place] = arguments[place] - 1e-5 * direction
        slope = (loss(ahead) - loss(behind)) / 2e-5
        scale = np.linalg.norm(gradient) * np.linalg.norm(direction) + 1
        assert abs(np.sum(gradient * direction) - slope) < 1e-5 * scale


@pytest.mark.parametrize("lstm", [False, True])
def test_parts_of_a_batch_give_what_the_batch_gives(lstm):
    arguments = make((13, 3, 20, 33), lstm)
    whole, parts = run_forward(arguments, 0), run_forward(arguments, 0, parts=3)
    np.testing.assert_allclose(parts[0], whole[0], atol=1e-6)
    slopes = np.ones_like(whole[0]), np.ones((13, 33))
    expected = run_backward(arguments, 0, whole, *slopes)
    for one, other in zip(
        run_backward(arguments, 0, parts, *slopes, parts=3)[:5], expected, strict=False
    ):
        np.testing.assert_allclose(one, other, atol=1e-4)
