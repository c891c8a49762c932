"""GRU and LSTM layers over whole sequences, forwards and back, for some rows of a batch.

A step is two small matrix products, whose factors stay in cache, and the cell's arithmetic. Its
four quantities (`kernels/recurrent_cells.py`) are called planes:

    GRU    c  z  r  q    candidate from the input, gates, candidate from the state
    LSTM   i  f  g  o    gates and candidate, as in Keras

The input's product adds to the first three planes (LSTM: four), the state's to the last three
(four). What a step computed is kept in `saved` for the way back: the planes, and the LSTM's cell
state as the fifth.

Where the mask is 0, states stay as they are and gradients pass; a step without any row to work on
costs nothing.
"""

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.compile import inline_kernel, kernel
from wordloom.kernels.matrix_product import (
    add_product,
    add_transposed_product,
    round_up,
    row_length,
)
from wordloom.kernels.recurrent_cells import (
    gru_cell,
    gru_cell_gradient,
    lstm_cell,
    lstm_cell_gradient,
)
from wordloom.kernels.simd import VECTOR

__all__ = ["PLANES", "saved_planes", "sequence_backward", "sequence_forward"]

PLANES = 4

jitted_row_length = kernel(row_length)
jitted_round_up = kernel(round_up)


def saved_planes(*, lstm: bool) -> int:
    """Return how many planes a step keeps.

    Example:
        >>> saved_planes(lstm=False), saved_planes(lstm=True)
        (4, 5)
    """
    return PLANES + lstm


@kernel
def packed(matrix: NDArray[np.float32], shift: int) -> NDArray[np.float32]:
    """Copy a matrix to rows of the length that products want, its columns rotated by `shift`."""
    rows, columns = matrix.shape
    copy = np.zeros((rows, jitted_row_length(columns)), np.float32)
    for row in range(rows):
        for column in range(columns - shift):
            copy[row, column] = matrix[row, column + shift]
        for column in range(shift):
            copy[row, columns - shift + column] = matrix[row, column]
    return copy


@inline_kernel
def part_of_planes(
    saved: NDArray[np.float32], time: int, begin: int, end: int
) -> tuple[NDArray[np.float32], ...]:
    """Return each plane's part, as arrays that lie in one piece (the last may stand in twice)."""
    last = saved.shape[1] - 1
    return (
        saved[time, 0, begin:end],
        saved[time, 1, begin:end],
        saved[time, 2, begin:end],
        saved[time, 3, begin:end],
        saved[time, last, begin:end],
    )


@inline_kernel
def in_order_of_keras(planes: NDArray[np.float32], into: NDArray[np.float32], begin: int) -> None:
    """Copy the input's planes: Keras has those of a GRU in the order z, r, c."""
    columns = len(into)
    for column in range(columns - 2 * begin):
        into[2 * begin + column] = planes[column]
    for column in range(2 * begin):
        into[column] = planes[begin + column]


@kernel
def any_row(mask: NDArray[np.uint8], first: int, last: int, time: int) -> bool:
    """Say whether any row is there at this time."""
    return bool(np.any(mask[first:last, time]))


@kernel
def sequence_forward(
    x: NDArray[np.float32],
    w: NDArray[np.float32],
    u: NDArray[np.float32],
    bias: NDArray[np.float32],
    mask: NDArray[np.uint8],
    h_first: NDArray[np.float32],
    c_first: NDArray[np.float32],
    backwards: int,
    first: int,
    last: int,
    outputs: NDArray[np.float32],
    c_last: NDArray[np.float32],
    saved: NDArray[np.float32],
) -> None:
    """Run the layer over the rows from `first` to below `last`.

    It is an LSTM where `u` has four columns for each unit, a GRU where it has three.

    Args:
        x: float32 (batch, time, dim).
        w: float32 (dim, 3 or 4 * units), Keras' `kernel`.
        u: float32 (units, 3 or 4 * units), Keras' `recurrent_kernel`.
        bias: float32 (4 * units,), one for each plane and unit.
        mask: uint8 (batch, time), 0 where a row is to be left as it is.
        h_first: float32 (batch, units), the state before the first step.
        c_first: float32 (batch, units), the same for the LSTM's cell state; a GRU ignores it.
        backwards: 1 to begin with the last time.
        first: First row.
        last: End of the rows.
        outputs: float32 (batch, time, units), written: the state after each step.
        c_last: float32 (batch, units), written by an LSTM: the cell state at the end.
        saved: float32 (time or 1, planes, batch * units), written: see `saved_planes`; what
            `sequence_backward` needs. With a first axis of 1 nothing is kept.
    """
    n_time, dim = x.shape[1:]
    rows, units = last - first, u.shape[0]
    lstm = u.shape[1] == PLANES * units
    begin = 0 if lstm else units  # where the planes that the state adds to begin
    w_packed = packed(w, 0 if lstm else 2 * units)
    u_packed = packed(u, 0)
    padded_rows = jitted_round_up(rows)
    inputs = np.zeros((padded_rows, dim), np.float32)
    sums = np.zeros((padded_rows, jitted_row_length(PLANES * units) + VECTOR), np.float32)
    h = np.zeros((padded_rows, units), np.float32)
    h_next = np.zeros_like(h)
    c = np.zeros((rows, units), np.float32)
    c_next = np.zeros_like(c)
    h[:rows] = h_first[first:last]
    if lstm:
        c[:] = c_first[first:last]
    for step in range(n_time):
        time = n_time - 1 - step if backwards else step
        kept = part_of_planes(saved, time % len(saved), first * units, last * units)
        if any_row(mask, first, last, time):
            for row in range(rows):
                for column in range(dim):
                    inputs[row, column] = x[first + row, time, column]
                for column in range(PLANES * units):
                    sums[row, column] = bias[column]
            add_product(sums, inputs, w_packed, rows, w.shape[1], dim)
            add_product(sums[:, begin:], h, u_packed, rows, u.shape[1], units)
            for plane in range(PLANES):
                target = kept[plane]
                for row in range(rows):
                    for unit in range(units):
                        target[row * units + unit] = sums[row, plane * units + unit]
            now, following = h[:rows].reshape(-1), h_next[:rows].reshape(-1)
            if lstm:
                cell, cell_following = c.reshape(-1), c_next.reshape(-1)
                lstm_cell(kept[0], kept[1], kept[2], kept[3], cell, cell_following, following)
            else:
                gru_cell(kept[0], kept[1], kept[2], kept[3], now, following)
            for row in range(rows):
                if not mask[first + row, time]:
                    h_next[row] = h[row]
                    c_next[row] = c[row]
            h, h_next = h_next, h
            c, c_next = c_next, c
        if lstm:
            kept[PLANES][:] = c.reshape(-1)
        for row in range(rows):
            for unit in range(units):
                outputs[first + row, time, unit] = h[row, unit]
    if lstm:
        c_last[first:last] = c


@kernel
def sequence_backward(
    x: NDArray[np.float32],
    u: NDArray[np.float32],
    mask: NDArray[np.uint8],
    h_first: NDArray[np.float32],
    c_first: NDArray[np.float32],
    backwards: int,
    outputs: NDArray[np.float32],
    saved: NDArray[np.float32],
    d_outputs: NDArray[np.float32],
    d_c_last: NDArray[np.float32],
    first: int,
    last: int,
    d_sums: NDArray[np.float32],
    d_w: NDArray[np.float32],
    d_u: NDArray[np.float32],
    d_bias: NDArray[np.float32],
    d_h_first: NDArray[np.float32],
    d_c_first: NDArray[np.float32],
) -> None:
    """Pass gradients back through the rows from `first` to below `last`.

    Args:
        x: As in `sequence_forward`, like all that is not explained here.
        u: The recurrent weights.
        mask: Which row is there when.
        h_first: The state before the first step.
        c_first: The LSTM's cell state before the first step.
        backwards: The direction of `sequence_forward`.
        outputs: What it gave.
        saved: What it kept.
        d_outputs: float32 (batch, time, units), the gradient of the outputs.
        d_c_last: float32 (batch, units), that of an LSTM's cell state at the end.
        first: First row.
        last: End of the rows.
        d_sums: float32 (batch, time, 3 or 4 * units), written: that of x @ w; or an array without
            elements, where nobody asks for the gradient of x.
        d_w: float32 (dim, 3 or 4 * units), written: that of `w`, from these rows.
        d_u: float32 (units, 3 or 4 * units), written: that of `u`, from these rows.
        d_bias: float32 (4 * units,), written: that of `bias`, from these rows.
        d_h_first: float32 (batch, units), written.
        d_c_first: float32 (batch, units), written by an LSTM.
    """
    n_time, units = outputs.shape[1:]
    rows, dim = last - first, x.shape[2]
    columns = u.shape[1]
    lstm = columns == PLANES * units
    begin = 0 if lstm else units
    u_transposed = packed(u.T, 0)
    padded_rows = jitted_round_up(rows)
    pitch = jitted_row_length(PLANES * units) + VECTOR
    all_sums = np.zeros((padded_rows, pitch), np.float32)  # gradients of the planes, row by row
    d_planes = np.zeros((PLANES, rows, units), np.float32)
    products = np.zeros((padded_rows, jitted_row_length(units)), np.float32)
    h = np.zeros((padded_rows + VECTOR, units), np.float32)
    c = np.zeros((rows, units), np.float32)
    dh = np.zeros((rows, units), np.float32)
    dh_previous = np.zeros_like(dh)
    dc = np.zeros((rows, units), np.float32)
    dc_previous = np.zeros_like(dc)
    inputs = np.zeros((padded_rows + VECTOR, dim), np.float32)
    w_sums = np.zeros((jitted_round_up(dim), jitted_row_length(columns)), np.float32)
    u_sums = np.zeros((jitted_round_up(units), jitted_row_length(columns)), np.float32)
    d_bias[:] = 0
    if lstm:
        dc[:] = d_c_last[first:last]
    for step in range(n_time - 1, -1, -1):
        time = n_time - 1 - step if backwards else step
        before = time + 1 if backwards else time - 1
        for row in range(rows):
            for unit in range(units):
                dh[row, unit] += d_outputs[first + row, time, unit]
        if not any_row(mask, first, last, time):
            if d_sums.size:
                d_sums[first:last, time] = 0
            continue
        kept = part_of_planes(saved, time, first * units, last * units)
        for row in range(rows):
            for unit in range(units):
                h[row, unit] = (
                    outputs[first + row, before, unit] if step else h_first[first + row, unit]
                )
        state, out, into = h[:rows].reshape(-1), dh.reshape(-1), dh_previous.reshape(-1)
        by_plane = d_planes.reshape((PLANES, -1))
        if lstm:
            if step:
                c.reshape(-1)[:] = saved[before, PLANES, first * units : last * units]
            else:
                c[:] = c_first[first:last]
            lstm_cell_gradient(
                *(kept[0], kept[1], kept[2], kept[3], c.reshape(-1), kept[PLANES]),
                *(out, dc.reshape(-1), dc_previous.reshape(-1), by_plane),
            )
            dh_previous[:] = 0
        else:
            gru_cell_gradient(kept[0], kept[1], kept[2], kept[3], state, out, into, by_plane)
        for row in range(rows):
            there = mask[first + row, time]
            if not there:
                dh_previous[row] = dh[row]
                dc_previous[row] = dc[row]
            for plane in range(PLANES):
                for unit in range(units):
                    value = d_planes[plane, row, unit] if there else np.float32(0)
                    all_sums[row, plane * units + unit] = value
            for column in range(PLANES * units):
                d_bias[column] += all_sums[row, column]
            for column in range(dim):
                inputs[row, column] = x[first + row, time, column]
            if d_sums.size:
                in_order_of_keras(all_sums[row], d_sums[first + row, time], begin)
        products[:] = 0
        add_product(products, all_sums[:, begin:], u_transposed, rows, units, columns)
        add_transposed_product(w_sums, inputs, all_sums, dim, columns, rows)
        add_transposed_product(u_sums, h, all_sums[:, begin:], units, columns, rows)
        for row in range(rows):
            for unit in range(units):
                dh_previous[row, unit] += products[row, unit]
        dh, dh_previous = dh_previous, dh
        dc, dc_previous = dc_previous, dc
    for row in range(dim):
        in_order_of_keras(w_sums[row], d_w[row], begin)
    d_u[:] = u_sums[:units, :columns]
    d_h_first[first:last] = dh
    if lstm:
        d_c_first[first:last] = dc
