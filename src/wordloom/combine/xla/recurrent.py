"""GRU and LSTM layers for JAX on the CPU: functions of arrays with gradients."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from wordloom.combine.xla.recurrent_handlers import BACKWARD, FORWARD, handlers
from wordloom.kernels.recurrent import PLANES, saved_planes
from wordloom.parallel import processor_count

__all__ = ["available", "gru", "lstm"]

FEWEST_ROWS, MOST_ROWS = 12, 96
"""How many rows a part of the work takes: products work on 12 at a time, and the numbers of a step
should stay in a core's cache."""


@functools.cache
def available() -> bool:
    """Register the kernels with XLA, once, and say whether JAX may call them.

    If XLA refused a handler while it starts, JAX would be left without a CPU. So XLA starts first,
    and whatever goes wrong after that only means that the kernels are not used.
    """
    try:
        jax.devices("cpu")
        for name, handler in handlers().items():
            jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(handler), platform="cpu")
    except Exception:
        return False
    return True


def parts(batch: int) -> int:
    """Return in how many parts a batch is worked on.

    Example:
        >>> parts(1), parts(12)
        (1, 1)
    """
    threads = processor_count()
    rounds = -(-batch // (threads * MOST_ROWS))
    return max(1, min(threads * rounds, batch // FEWEST_ROWS))


def forward(
    x: Any, w: Any, u: Any, bias: Any, mask: Any, h: Any, c: Any, backwards: bool, keep: bool
) -> Any:
    """Call `sequence_forward`: outputs, the last cell state, what it saved."""
    batch, time, _ = x.shape
    units, columns = u.shape
    planes = saved_planes(lstm=columns == PLANES * units)
    results = [
        jax.ShapeDtypeStruct((batch, time, units), np.float32),
        jax.ShapeDtypeStruct((batch, units), np.float32),
        jax.ShapeDtypeStruct((time if keep else 1, planes, batch * units), np.float32),
    ]
    numbers = np.array([backwards, parts(batch)], np.int32)
    call = jax.ffi.ffi_call(FORWARD, results, vmap_method="sequential")
    return call(x, w, u, bias, mask, h, c, numbers)


@functools.partial(jax.custom_vjp, nondiff_argnums=(7,))
def sequence(
    x: Any, w: Any, u: Any, bias: Any, mask: Any, h: Any, c: Any, backwards: bool
) -> tuple[Any, Any]:
    """Return the outputs (batch, time, units) and the last cell state (batch, units)."""
    outputs, c_last, _ = forward(x, w, u, bias, mask, h, c, backwards, keep=False)
    return outputs, c_last


def sequence_and_residuals(
    x: Any, w: Any, u: Any, bias: Any, mask: Any, h: Any, c: Any, backwards: bool
) -> Any:
    """Return what `sequence` does, and what `gradients` needs."""
    outputs, c_last, saved = forward(x, w, u, bias, mask, h, c, backwards, keep=True)
    return (outputs, c_last), (x, w, u, mask, h, c, outputs, saved)


def gradients(backwards: bool, residuals: Any, results: Any) -> tuple[Any, ...]:
    """Return the gradients of the arguments of `sequence` from those of its results.

    Those of `x` and `w` are products over all steps, which XLA does itself: it leaves out what
    nobody uses, as with frozen embeddings.
    """
    x, w, u, mask, h, c, outputs, saved = residuals
    d_outputs, d_c_last = results
    n_parts = parts(x.shape[0])
    shapes = [
        (*x.shape[:2], u.shape[1]),
        (n_parts, *u.shape),
        (n_parts, PLANES * u.shape[0]),
        h.shape,
        h.shape,
    ]
    call = jax.ffi.ffi_call(
        BACKWARD,
        [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes],
        vmap_method="sequential",
    )
    numbers = np.array([backwards, n_parts], np.int32)
    d_sums, d_u, d_bias, d_h, d_c = call(
        u, mask, h, c, numbers, outputs, saved, d_outputs, d_c_last
    )
    d_x = d_sums @ w.T
    d_w = jnp.einsum("btd,btn->dn", x, d_sums)
    return d_x, d_w, d_u.sum(0), d_bias.sum(0), None, d_h, d_c


sequence.defvjp(sequence_and_residuals, gradients)


def gru(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, mask: Any, h: Any, *, backwards: bool
) -> Any:
    """Run a GRU over sequences.

    Args:
        x: float32 (batch, time, dim).
        kernel: float32 (dim, 3 * units), the weights of a Keras GRU, as the next two.
        recurrent_kernel: float32 (units, 3 * units).
        bias: float32 (2, 3 * units).
        mask: uint8 (batch, time), 0 where states stay as they are; or None.
        h: float32 (batch, units), the initial state.
        backwards: Whether to begin at the last time.

    Returns:
        float32 (batch, time, units), the state after each step.
    """
    units = recurrent_kernel.shape[0]
    of_input, of_state = bias[0], bias[1]
    planes = jnp.concatenate(
        [
            of_input[2 * units :],
            of_input[: 2 * units] + of_state[: 2 * units],
            of_state[2 * units :],
        ]
    )
    outputs, _ = sequence(
        x, kernel, recurrent_kernel, planes, full(mask, x), h, jnp.zeros_like(h), backwards
    )
    return outputs


def lstm(
    x: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    mask: Any,
    h: Any,
    c: Any,
    *,
    backwards: bool,
) -> tuple[Any, Any]:
    """Run an LSTM over sequences.

    Args:
        x: float32 (batch, time, dim).
        kernel: float32 (dim, 4 * units), the weights of a Keras LSTM, as the next two.
        recurrent_kernel: float32 (units, 4 * units).
        bias: float32 (4 * units,).
        mask: uint8 (batch, time), 0 where states stay as they are; or None.
        h: float32 (batch, units), the initial state.
        c: float32 (batch, units), the initial cell state.
        backwards: Whether to begin at the last time.

    Returns:
        float32 (batch, time, units), the state after each step; float32 (batch, units), the last
        cell state.
    """
    outputs, c_last = sequence(
        x, kernel, recurrent_kernel, bias, full(mask, x), h, c, backwards
    )
    return outputs, c_last


def full(mask: Any, x: Any) -> Any:
    """Return the mask, or one that has every row at every time."""
    return jnp.ones(x.shape[:2], np.uint8) if mask is None else mask
