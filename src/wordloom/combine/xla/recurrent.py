"""GRU and LSTM layers for JAX on the CPU: functions of arrays with gradients."""

import functools
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from wordloom.combine.xla.recurrent_handlers import BACKWARD, FORWARD, handlers
from wordloom.kernels.recurrent import PLANES, saved_planes
from wordloom.parallel import processor_count

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["available", "gru", "lstm"]

Array = Any
"""An array of JAX, or what stands for one while a program is traced."""

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
        pycapsule: Callable[..., object] = jax.ffi.pycapsule
        for name, handler in handlers().items():
            jax.ffi.register_ffi_target(name, pycapsule(handler), platform="cpu")
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


def float_array(*shape: int) -> Array:
    """Return the description of a float32 result."""
    describe: Callable[..., Array] = jax.ShapeDtypeStruct
    return describe(shape, np.float32)


def forward(
    x: Array,
    w: Array,
    u: Array,
    bias: Array,
    mask: Array,
    h: Array,
    c: Array,
    backwards: bool,
    keep: bool,
) -> Array:
    """Call `sequence_forward`: outputs, the last cell state, what it saved."""
    batch, time, _ = x.shape
    units, columns = u.shape
    planes = saved_planes(lstm=columns == PLANES * units)
    results = [
        float_array(batch, time, units),
        float_array(batch, units),
        float_array(time if keep else 1, planes, batch * units),
    ]
    numbers = np.array([backwards, parts(batch)], np.int32)
    call = jax.ffi.ffi_call(FORWARD, results, vmap_method="sequential")
    return call(x, w, u, bias, mask, h, c, numbers)


@functools.partial(jax.custom_vjp, nondiff_argnums=(7,))
def sequence(
    x: Array, w: Array, u: Array, bias: Array, mask: Array, h: Array, c: Array, backwards: bool
) -> tuple[Array, Array]:
    """Return the outputs (batch, time, units) and the last cell state (batch, units)."""
    outputs, c_last, _ = forward(x, w, u, bias, mask, h, c, backwards, keep=False)
    return outputs, c_last


def sequence_and_residuals(
    x: Array, w: Array, u: Array, bias: Array, mask: Array, h: Array, c: Array, backwards: bool
) -> Array:
    """Return what `sequence` does, and what `gradients` needs.

    The arguments know whether anybody asks for their gradients.
    """
    x_asked = x.perturbed
    x, w, u, bias, mask, h, c = (each.value for each in (x, w, u, bias, mask, h, c))
    outputs, c_last, saved = forward(x, w, u, bias, mask, h, c, backwards, keep=True)
    return (outputs, c_last), (x, w if x_asked else None, u, mask, h, c, outputs, saved)


def gradients(backwards: bool, residuals: Array, results: Array) -> tuple[Array, ...]:
    """Return the gradients of the arguments of `sequence` from those of its results.

    That of `x` is left out where nobody asks for it, as with frozen embeddings.
    """
    x, w, u, mask, h, c, outputs, saved = residuals
    d_outputs, d_c_last = map(instantiated, results)
    n_parts = parts(x.shape[0])
    batch, time, dim = x.shape
    shapes = [
        (0 if w is None else batch, time, u.shape[1]),
        (n_parts, dim, u.shape[1]),
        (n_parts, *u.shape),
        (n_parts, PLANES * u.shape[0]),
        h.shape,
        h.shape,
    ]
    call = jax.ffi.ffi_call(
        BACKWARD,
        [float_array(*shape) for shape in shapes],
        vmap_method="sequential",
    )
    numbers = np.array([backwards, n_parts], np.int32)
    d_sums, d_w, d_u, d_bias, d_h, d_c = call(
        x, u, mask, h, c, numbers, outputs, saved, d_outputs, d_c_last
    )
    d_x = None if w is None else d_sums @ w.T
    return d_x, d_w.sum(0), d_u.sum(0), d_bias.sum(0), None, d_h, d_c


sequence.defvjp(sequence_and_residuals, gradients, symbolic_zeros=True)


def instantiated(gradient: Array) -> Array:
    """Return a gradient as an array; JAX has a sign for those that are all zero."""
    if isinstance(gradient, jax.custom_derivatives.SymbolicZero):
        return jnp.zeros(gradient.shape, gradient.dtype)
    return gradient


def gru(
    x: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    mask: Array,
    h: Array,
    *,
    backwards: bool,
) -> Array:
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
    x: Array,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    mask: Array,
    h: Array,
    c: Array,
    *,
    backwards: bool,
) -> tuple[Array, Array]:
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
    outputs, c_last = sequence(x, kernel, recurrent_kernel, bias, full(mask, x), h, c, backwards)
    return outputs, c_last


def full(mask: Array, x: Array) -> Array:
    """Return the mask, or one that has every row at every time."""
    return jnp.ones(x.shape[:2], np.uint8) if mask is None else mask
