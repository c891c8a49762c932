"""LSTM with projection over packed sequences, as ELMo uses it.

Packed means: row by row one step after the other, in each step only the sequences that are still
going on, the longest first. Nothing is padded, and a step's rows lie end to end.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import kernel
from wordloom.kernels.recurrent_cells import sigmoid, tanh

__all__ = ["projected_lstm"]

ONE = np.float32(1)
GATES_AT_ONCE = 1 << 21
"""How many numbers the input's products have room for: 8 MiB, which stay in the outer caches."""


@kernel
def cell_step(
    inputs: NDArray[np.float32],
    sums: NDArray[np.float32],
    bias: NDArray[np.float32],
    clip: np.float32,
    c: NDArray[np.float32],
    hidden: NDArray[np.float32],
) -> None:
    """Compute one step of all rows: the new cell states, and what is then projected.

    Args:
        inputs: float32 (rows, 4 * dim), the input's products: input gate, candidate, forget gate
            and output gate.
        sums: float32 (rows, 4 * dim), the state's products.
        bias: float32 (4 * dim,).
        clip: Cell states are cut off at this size.
        c: float32 (rows, dim), changed in place.
        hidden: float32 (rows, dim), written.
    """
    rows, dim = c.shape
    bi, bj, bf, bo = bias[:dim], bias[dim : 2 * dim], bias[2 * dim : 3 * dim], bias[3 * dim :]
    for row in range(rows):
        xi, xj = inputs[row, :dim], inputs[row, dim : 2 * dim]
        xf, xo = inputs[row, 2 * dim : 3 * dim], inputs[row, 3 * dim :]
        hi, hj = sums[row, :dim], sums[row, dim : 2 * dim]
        hf, ho = sums[row, 2 * dim : 3 * dim], sums[row, 3 * dim :]
        cell, out = c[row], hidden[row]
        for n in range(dim):
            # The published program adds one to the forget gate, beside its bias.
            value = sigmoid(xf[n] + hf[n] + bf[n] + ONE) * cell[n]
            value += sigmoid(xi[n] + hi[n] + bi[n]) * tanh(xj[n] + hj[n] + bj[n])
            value = clip if value > clip else value
            value = -clip if value < -clip else value
            cell[n] = value
            out[n] = sigmoid(xo[n] + ho[n] + bo[n]) * tanh(value)


@kernel
def projected_lstm(
    x: NDArray[np.float32],
    starts: NDArray[np.int64],
    w_input: NDArray[np.float32],
    w_state: NDArray[np.float32],
    bias: NDArray[np.float32],
    projection: NDArray[np.float32],
    cell_clip: np.float32,
    projection_clip: np.float32,
    c: NDArray[np.float32],
    h: NDArray[np.float32],
    outputs: NDArray[np.float32],
) -> None:
    """Run one layer over packed sequences (Peters et al. 2018; Sak, Senior and Beaufays 2014).

    Args:
        x: float32 (n_positions, input_dim), packed.
        starts: int64 (n_steps + 1,), where each step's rows start and the last one's end.
        w_input: float32 (input_dim, 4 * dim): input gate, candidate, forget gate, output gate.
        w_state: float32 (projection_dim, 4 * dim).
        bias: float32 (4 * dim,).
        projection: float32 (dim, projection_dim).
        cell_clip: Cell states are cut off at this size; infinity for not at all.
        projection_clip: The same for outputs.
        c: float32 (n_sequences, dim), the cell states before and, changed in place, after.
        h: float32 (n_sequences, projection_dim), the same for the outputs.
        outputs: float32 (n_positions, projection_dim), written, packed.
    """
    dim = c.shape[1]
    most = len(h)
    room = max(GATES_AT_ONCE // (4 * dim), most)
    products = np.empty((room, 4 * dim), np.float32)
    sums = np.empty((most, 4 * dim), np.float32)
    hidden = np.empty((most, dim), np.float32)
    n_steps = len(starts) - 1
    done = 0  # steps up to this one have their input's products
    for step in range(n_steps):
        if step == done:
            first = starts[step]
            while done < n_steps and starts[done + 1] - first <= room:
                done += 1
            n = starts[done] - first
            np.dot(x[first : first + n], w_input, products[:n])
        begin, end = starts[step], starts[step + 1]
        rows = end - begin
        np.dot(h[:rows], w_state, sums[:rows])
        cell_step(
            products[begin - first : end - first], sums[:rows], bias, cell_clip, c[:rows], hidden
        )
        now = outputs[begin:end]
        np.dot(hidden[:rows], projection, now)
        for row in range(rows):
            for n in range(now.shape[1]):
                value = now[row, n]
                value = projection_clip if value > projection_clip else value
                value = -projection_clip if value < -projection_clip else value
                now[row, n] = value
                h[row, n] = value
