"""What a GRU or LSTM cell does to each number after the matrix products, and its derivative.

All rows and units of a step lie end to end in arrays of one axis, so that layers of two units run
on vectors as fully as layers of hundreds.

GRU: Cho et al. 2014, arXiv 1406.1078, in the form of cuDNN and Keras, where the reset gate acts
after the product. LSTM: Hochreiter and Schmidhuber 1997 with forget gates (Gers et al. 2000).
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel

__all__ = ["gru_cell", "gru_cell_gradient", "lstm_cell", "lstm_cell_gradient"]

LIMIT = np.float32(87)  # exp(87) is still a float32
ONE = np.float32(1)
TWO = np.float32(2)
HALF = np.float32(0.5)
BIAS = np.float32(127)  # of the exponent in a float32
MANTISSA = np.float32(2**23)
PER_E = np.float32(1.4426950408889634)  # log2(e)
# 2**f = exp(f * log(2)): the terms of its Taylor series.
C1 = np.float32(0.6931471805599453)
C2 = np.float32(0.2402265069591007)
C3 = np.float32(0.05550410866482158)
C4 = np.float32(0.009618129107628477)
C5 = np.float32(0.0013333558146428443)
C6 = np.float32(0.00015403530393381608)


@inline_kernel
def one_plus_exp(x: np.float32) -> np.float32:
    """Return 1 + exp(x) to within 1e-5 of its value; x beyond ±87 counts as ±87, NaN stays NaN.

    exp(x) is 2**n, put together from the bits of n, times 2**f with f from -0.5 to 0.5. Everything
    here has a vector instruction, which the exponential function of the C library has not.
    """
    low = -LIMIT if x < -LIMIT else x
    bounded = LIMIT if low > LIMIT else low
    power = bounded * PER_E
    whole = np.floor(power + HALF)
    f = power - whole
    series = C6 * f + C5
    series = series * f + C4
    series = series * f + C3
    series = series * f + C2
    series = series * f + C1
    series = series * f + ONE
    two_to_whole: np.float32 = np.int32((whole + BIAS) * MANTISSA).view(np.float32)
    total: np.float32 = ONE + series * two_to_whole
    return total


@inline_kernel
def sigmoid(x: np.float32) -> np.float32:
    """Return the logistic function."""
    return ONE / one_plus_exp(-x)


@inline_kernel
def tanh(x: np.float32) -> np.float32:
    """Return the hyperbolic tangent, to within 2e-7."""
    return ONE - TWO / one_plus_exp(TWO * x)


@kernel
def gru_cell(
    c: NDArray[np.float32],
    z: NDArray[np.float32],
    r: NDArray[np.float32],
    q: NDArray[np.float32],
    h: NDArray[np.float32],
    h_next: NDArray[np.float32],
) -> None:
    """Compute the next state; every array float32 (rows * units,).

    Args:
        c: The input's part of the candidate; becomes the candidate.
        z: What the update gate is computed from; becomes the gate.
        r: What the reset gate is computed from; becomes the gate.
        q: The state's part of the candidate, before the reset gate.
        h: The state.
        h_next: Written.
    """
    for i in range(len(h)):
        update = sigmoid(z[i])
        reset = sigmoid(r[i])
        candidate = tanh(c[i] + reset * q[i])
        c[i], z[i], r[i] = candidate, update, reset
        h_next[i] = candidate + update * (h[i] - candidate)


@kernel
def gru_cell_gradient(
    c: NDArray[np.float32],
    z: NDArray[np.float32],
    r: NDArray[np.float32],
    q: NDArray[np.float32],
    h: NDArray[np.float32],
    dh: NDArray[np.float32],
    dh_previous: NDArray[np.float32],
    gradients: NDArray[np.float32],
) -> None:
    """Compute what `gru_cell` passes back; every array float32 (rows * units,).

    Args:
        c: As `gru_cell` left it, as are `z`, `r` and `q`.
        z: The update gate.
        r: The reset gate.
        q: The state's part of the candidate.
        h: The state before the step.
        dh: The gradient of the state after the step.
        dh_previous: Written: the gradient of `h`, without what comes through the products.
        gradients: float32 (4, rows * units), written: those of the four things that go in.
    """
    dc, dz, dr, dq = gradients[0], gradients[1], gradients[2], gradients[3]
    for i in range(len(h)):
        through = dh[i] * (ONE - z[i]) * (ONE - c[i] * c[i])
        dc[i] = through
        dz[i] = dh[i] * (h[i] - c[i]) * z[i] * (ONE - z[i])
        dr[i] = through * q[i] * r[i] * (ONE - r[i])
        dq[i] = through * r[i]
        dh_previous[i] = dh[i] * z[i]


@kernel
def lstm_cell(
    i: NDArray[np.float32],
    f: NDArray[np.float32],
    g: NDArray[np.float32],
    o: NDArray[np.float32],
    c: NDArray[np.float32],
    c_next: NDArray[np.float32],
    h_next: NDArray[np.float32],
) -> None:
    """Compute the next state; every array float32 (rows * units,).

    Args:
        i: What the input gate is computed from; becomes the gate.
        f: The same for the forget gate.
        g: The same for the candidate.
        o: The same for the output gate.
        c: The cell state.
        c_next: Written.
        h_next: Written.
    """
    for n in range(len(c)):
        i[n] = sigmoid(i[n])
        f[n] = sigmoid(f[n])
        g[n] = tanh(g[n])
        o[n] = sigmoid(o[n])
        cell = f[n] * c[n] + i[n] * g[n]
        c_next[n] = cell
        h_next[n] = o[n] * tanh(cell)


@kernel
def lstm_cell_gradient(
    i: NDArray[np.float32],
    f: NDArray[np.float32],
    g: NDArray[np.float32],
    o: NDArray[np.float32],
    c: NDArray[np.float32],
    c_next: NDArray[np.float32],
    dh: NDArray[np.float32],
    dc: NDArray[np.float32],
    dc_previous: NDArray[np.float32],
    gradients: NDArray[np.float32],
) -> None:
    """Compute what `lstm_cell` passes back; every array float32 (rows * units,).

    Args:
        i: As `lstm_cell` left it, as are `f`, `g` and `o`.
        f: The forget gate.
        g: The candidate.
        o: The output gate.
        c: The cell state before the step.
        c_next: The cell state after it.
        dh: The gradient of the state after the step.
        dc: The gradient of `c_next`, without what comes through the state.
        dc_previous: Written: the gradient of `c`.
        gradients: float32 (4, rows * units), written: those of the four things that go in.
    """
    di, df, dg, do = gradients[0], gradients[1], gradients[2], gradients[3]
    for n in range(len(c)):
        squashed = tanh(c_next[n])
        do[n] = dh[n] * squashed * o[n] * (ONE - o[n])
        inner = dc[n] + dh[n] * o[n] * (ONE - squashed * squashed)
        di[n] = inner * g[n] * i[n] * (ONE - i[n])
        df[n] = inner * c[n] * f[n] * (ONE - f[n])
        dg[n] = inner * i[n] * (ONE - g[n] * g[n])
        dc_previous[n] = inner * f[n]
