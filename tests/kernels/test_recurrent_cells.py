import numpy as np

from wordloom.kernels.recurrent_cells import gru_cell, lstm_cell


def logistic(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))


def random(*shape):
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32) * 3


def test_gru_cell_is_that_of_the_paper():
    c, z, r, q, h = random(5, 37)
    candidate = np.tanh(c + logistic(r) * q)
    expected = logistic(z) * h + (1 - logistic(z)) * candidate
    h_next = np.empty_like(h)
    gru_cell(c, z, r, q, h, h_next)
    np.testing.assert_allclose(h_next, expected, atol=1e-6)


def test_lstm_cell_is_that_of_the_paper():
    i, f, g, o, c = random(5, 37)
    cell = logistic(f) * c + logistic(i) * np.tanh(g)
    expected = logistic(o) * np.tanh(cell)
    c_next, h_next = np.empty_like(c), np.empty_like(c)
    lstm_cell(i, f, g, o, c, c_next, h_next)
    np.testing.assert_allclose(c_next, cell, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(h_next, expected, atol=1e-6)


def test_gates_are_accurate_from_end_to_end_of_their_range_and_beyond():
    x = np.concatenate([np.linspace(-100, 100, 4001), [np.inf, -np.inf, 1e30]]).astype(np.float32)
    z, zero = x.copy(), np.zeros_like(x)
    h_next = np.empty_like(x)
    gru_cell(x.copy(), z, zero.copy(), zero.copy(), zero, h_next)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(z, logistic(x), rtol=1e-5, atol=1e-30)
    candidate = np.empty_like(x)
    gru_cell(x.copy(), zero - 100, zero.copy(), zero.copy(), zero, candidate)
    np.testing.assert_allclose(candidate, np.tanh(x), atol=2.5e-7)


def test_not_a_number_stays_visible():
    nan, zero = np.full(20, np.nan, np.float32), np.zeros(20, np.float32)
    h_next = np.empty_like(zero)
    gru_cell(nan, zero.copy(), zero.copy(), zero.copy(), zero, h_next)
    assert np.isnan(h_next).all()
