import numpy as np
import pytest

from wordloom.kernels.compile import read_only
from wordloom.kernels.projected_lstm import projected_lstm


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def clipped(x, size):
    return np.clip(x, -size, size)


def plain(x, w_input, w_state, bias, projection, clips, c, h):
    """One sequence, step by step, in float64."""
    outputs = []
    for row in x:
        i, j, f, o = np.split(row @ w_input + h @ w_state + bias, 4)
        c = clipped(sigmoid(f + 1) * c + sigmoid(i) * np.tanh(j), clips[0])
        h = clipped((sigmoid(o) * np.tanh(c)) @ projection, clips[1])
        outputs.append(h)
    return outputs, c, h


@pytest.mark.parametrize("clips", [(np.inf, np.inf), (0.2, 0.1), (3.0, 3.0)])
@pytest.mark.parametrize(("dim", "input_dim", "size"), [(5, 3, 2), (40, 16, 7), (1, 1, 1)])
def test_packed_sequences_are_those_of_a_plain_lstm(clips, dim, input_dim, size):
    random = np.random.default_rng(3)
    lengths = [6, 4, 4, 1]

    def draw(*shape):
        return random.normal(0, 1, shape).astype(np.float32)

    w_input, w_state, bias = draw(input_dim, 4 * dim), draw(size, 4 * dim), draw(4 * dim)
    projection, c, h = draw(dim, size), draw(4, dim) / 4, draw(4, size) / 4
    sequences = [draw(length, input_dim) for length in lengths]
    expected = [
        plain(x, w_input, w_state, bias, projection, clips, c[n].astype(np.float64), h[n])
        for n, x in enumerate(sequences)
    ]
    rows = [(step, n) for step in range(6) for n, length in enumerate(lengths) if step < length]
    x = np.stack([sequences[n][step] for step, n in rows])
    starts = np.cumsum([0, *(sum(step < length for length in lengths) for step in range(6))])
    outputs = np.empty((len(x), size), np.float32)
    weights = [read_only(each) for each in (w_input, w_state, bias, projection)]
    projected_lstm(
        read_only(x), read_only(starts), *weights, *map(np.float32, clips), c, h, outputs
    )
    np.testing.assert_allclose(
        outputs, np.stack([expected[n][0][step] for step, n in rows]), atol=1e-5, rtol=1e-4
    )
    np.testing.assert_allclose(c, np.stack([found[1] for found in expected]), atol=1e-5, rtol=1e-4)
    np.testing.assert_allclose(h, np.stack([found[2] for found in expected]), atol=1e-5, rtol=1e-4)


def test_products_of_the_input_may_be_worked_out_in_parts():
    # A state larger than the room makes each step a part of its own.
    random = np.random.default_rng(1)
    dim, steps = 1 << 12, 140
    x = random.normal(0, 1, (steps, 2)).astype(np.float32)
    w_input = random.normal(0, 1, (2, 4 * dim)).astype(np.float32)
    w_state, bias = np.zeros((1, 4 * dim), np.float32), np.zeros(4 * dim, np.float32)
    projection = random.normal(0, 1, (dim, 1)).astype(np.float32)
    c, h = np.zeros((1, dim), np.float32), np.zeros((1, 1), np.float32)
    expected, *_ = plain(
        x, w_input, w_state, bias, projection, (1, np.inf), np.zeros(dim), np.zeros(1)
    )
    outputs = np.empty((steps, 1), np.float32)
    arrays = [read_only(each) for each in (w_input, w_state, bias, projection)]
    starts = read_only(np.arange(steps + 1))
    clips = np.float32(1), np.float32(np.inf)
    projected_lstm(read_only(x), starts, *arrays, *clips, c, h, outputs)
    np.testing.assert_allclose(outputs, expected, atol=2e-3)
