"""The steps of `wordloom.elmo.network.projected_lstm` with JAX, and their gradient written out.

Step by step only what depends on the step before is computed. The products of the inputs with W_0
are one matrix product before the first step, and the gradients of all weights are one matrix
product each after the last, where JAX itself would add up a gradient of each weight at each step.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

__all__ = ["run_steps"]

Array = Any
"""An array of JAX."""

Weights = tuple[Array, Array, Array]
State = tuple[Array, Array]


def product(one: Array, other: Array) -> Array:
    """Return a matrix product in float32, whatever the dtype of the factors."""
    return jnp.matmul(one, other, preferred_element_type=jnp.float32)


def clip(values: Array, at: float) -> Array:
    """Cut off values; at 0 for nowhere."""
    return jnp.clip(values, -at, at) if at else values


def passed(slopes: Array, values: Array, at: float, there: Array) -> Array:
    """Return the gradient of what was clipped: zero where it was cut off, or not there."""
    return jnp.where(there & (jnp.abs(values) < at) if at else there, slopes, 0)


def forward(
    inputs: Array, present: Array, state: State, weights: Weights, clips: tuple[float, float]
) -> tuple[tuple[Array, Array], tuple[Array, ...]]:
    """Return the results, and what the gradient needs."""
    kernel, bias, projection = weights
    time, batch, dim = inputs.shape
    dtype = inputs.dtype
    from_input = (inputs.reshape(time * batch, dim) @ kernel[:dim]).reshape(time, batch, -1)
    recurrent = kernel[dim:]

    def step(state: State, at: tuple[Array, Array]) -> tuple[State, tuple[Array, ...]]:
        (h, c), (x, there) = state, at
        there = there[:, None]
        gates = product(h, recurrent) + x + bias
        i, j, f, o = jnp.split(gates, 4, axis=-1)
        i, j, f, o = lax.logistic(i), jnp.tanh(j), lax.logistic(f + 1), lax.logistic(o)
        new_c = clip(f * c + i * j, clips[0])
        new_h = clip(product((o * jnp.tanh(new_c)).astype(dtype), projection), clips[1])
        h, c = jnp.where(there, new_h.astype(dtype), h), jnp.where(there, new_c, c)
        return (h, c), (h, c, jnp.concatenate([i, j, f, o], axis=-1).astype(dtype))

    (_, last), (hs, cs, gates) = lax.scan(step, state, (from_input, present))
    return (hs, last), (inputs, present, state, weights, hs, cs, gates)


def backward(
    clips: tuple[float, float], kept: tuple[Array, ...], slopes: tuple[Array, Array]
) -> tuple[Array, None, State, Weights]:
    """Return the gradients of the inputs, the states and the weights."""
    inputs, present, (first_h, first_c), (kernel, bias, projection), hs, cs, gates = kept
    time, batch, dim = inputs.shape
    dtype = inputs.dtype
    recurrent = kernel[dim:]
    # Transposed once, not at every step.
    recurrent_t, projection_t = recurrent.T, projection.T
    hs_before = jnp.concatenate([first_h[None], hs[:-1]])
    cs_before = jnp.concatenate([first_c[None], cs[:-1]])

    def step(state: State, at: tuple[Array, ...]) -> tuple[State, tuple[Array, Array]]:
        (dh, dc), (slope, there, h, c, c_before, gates) = state, at
        there = there[:, None]
        i, j, f, o = jnp.split(gates.astype(jnp.float32), 4, axis=-1)
        dh = dh + slope
        dp = passed(dh, h, clips[1], there).astype(dtype)
        dm = product(dp, projection_t)
        squashed = jnp.tanh(c)
        inner = passed(dc + dm * o * (1 - squashed * squashed), c, clips[0], there)
        dgates = jnp.concatenate(
            [
                inner * j * i * (1 - i),
                inner * i * (1 - j * j),
                inner * c_before * f * (1 - f),
                jnp.where(there, dm * squashed * o * (1 - o), 0),
            ],
            axis=-1,
        ).astype(dtype)
        dh = product(dgates, recurrent_t) + jnp.where(there, 0, dh)
        dc = jnp.where(there, inner * f, dc)
        return (dh, dc), (dgates, dp)

    last = (jnp.zeros(first_h.shape, jnp.float32), slopes[1])
    (dh, dc), (dgates, dps) = lax.scan(
        step, last, (slopes[0], present, hs, cs, cs_before, gates), reverse=True
    )
    rows = time * batch
    dgates, dps = dgates.reshape(rows, -1), dps.reshape(rows, -1)
    outer = gates[..., -first_c.shape[-1] :] * jnp.tanh(cs)
    read = jnp.concatenate([inputs, hs_before], axis=-1).reshape(rows, -1)
    d_kernel = product(read.T, dgates).astype(kernel.dtype)
    d_bias = dgates.sum(0, dtype=jnp.float32).astype(bias.dtype)
    d_projection = product(outer.astype(dtype).reshape(rows, -1).T, dps).astype(projection.dtype)
    d_inputs = (dgates @ kernel[:dim].T).reshape(inputs.shape)
    return d_inputs, None, (dh.astype(first_h.dtype), dc), (d_kernel, d_bias, d_projection)


differentiable = jax.custom_vjp(lambda *arguments: forward(*arguments)[0], nondiff_argnums=(4,))
differentiable.defvjp(forward, backward)


# Compiled on its own too, for whoever calls layers outside of a compiled function.
@partial(jax.jit, static_argnums=4)
def run_steps(
    inputs: Array, present: Array, state: State, weights: Weights, clips: tuple[float, float]
) -> tuple[Array, Array]:
    """Read sequences step by step.

    Args:
        inputs: (time, batch, input dim).
        present: bool (time, batch), False where the state stays as it is.
        state: h (batch, projection dim) and float32 c (batch, dim) before the first step.
        weights: W_0 (input dim + projection dim, 4 * dim), B (4 * dim,), W_P (dim, projection dim).
        clips: Where c and h are cut off; 0 for nowhere.

    Returns:
        h after each step, (time, batch, projection dim), and c after the last.
    """
    outputs, last = differentiable(inputs, present, state, weights, clips)
    return outputs, last
