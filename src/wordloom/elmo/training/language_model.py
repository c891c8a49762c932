"""The language models that train ELMo, as one step of JAX: loss, gradients, AdaGrad.

Peters et al. 2018 (arXiv 1802.05365) and the program that trained the published networks: the loss
is the mean of both directions' mean negative log-likelihood, multiplied by the number of steps
before gradients are taken; gradients are clipped by their global norm; AdaGrad (Duchi et al. 2011).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from wordloom.elmo.network.projected_lstm_jax import run_steps
from wordloom.elmo.options import DIRECTIONS, ELMoOptions
from wordloom.elmo.training.token_vectors import token_vectors

__all__ = ["Batch", "LanguageModel", "State"]

Array = Any
"""An array of JAX, or one of NumPy that becomes one."""

Weights = dict[str, Array]

SCORES = 1 << 24
# How many scores a chunk of the full softmax has at most: 64 MiB.


class Batch(NamedTuple):
    """What a step reads.

    Attributes:
        words: int32 (n_words, characters) each: the different words of the step, the short ones
            first, with fewer columns.
        inputs: int32 (2, steps, lanes), which of these words each model reads.
        rows: int32 (n_rows,), rows of the softmax that take part, all different: first those of the
            sample, then other targets; behind them numbers beyond the last row. Empty for all.
        corrections: float32 (n_rows,), the logarithm of how often each row is in a sample.
        targets: int32 (2, steps, lanes), the place of each target's row in `rows`; where these are
            empty, the row.
        weights: float32 (steps, lanes), 1, or 0 where there is nothing to predict.
    """

    words: tuple[Array, ...]
    inputs: Array
    rows: Array
    corrections: Array
    targets: Array
    weights: Array


class State(NamedTuple):
    """What a step changes; all float32.

    Attributes:
        weights: The network's tensors by their published names, and the softmax's "W" (n_words,
            projection_dim) and "b" (n_words,).
        squares: For each the sums of squared gradients.
        h: (2, n_layers, lanes, projection_dim), what the LSTMs last put out.
        c: (2, n_layers, lanes, lstm_dim), their cells.
    """

    weights: Weights
    squares: Weights
    h: Array
    c: Array


@dataclass(frozen=True)
class LanguageModel:
    """Both language models, ready to be trained; equal ones are compiled once.

    Attributes:
        options: The shape of the network.
        steps: How many steps a gradient goes back.
        n_samples: How many rows of the softmax a sample has; 0 for all.
        learning_rate: Of AdaGrad.
        clip_norm: The largest global norm of a gradient.
        dropout: Which share of the numbers is dropped from each LSTM's input, and from the last
            one's output.
        mixed_precision: Whether matrix products are computed in bfloat16.
    """

    options: ELMoOptions
    steps: int
    n_samples: int
    learning_rate: float
    clip_norm: float
    dropout: float
    mixed_precision: bool

    @property
    def dtype(self) -> Any:  # noqa: ANN401
        """What matrix products are computed in."""
        return jnp.bfloat16 if self.mixed_precision else jnp.float32

    @partial(jax.jit, static_argnums=0, donate_argnums=1)
    def train(self, state: State, batch: Batch, seed: Array) -> tuple[State, Array]:
        """Take one step.

        Args:
            state: Before it; its buffers are reused.
            batch: What to read.
            seed: uint32 (2,), what dropout is drawn with.

        Returns:
            The state after it; and float32 (2,), the mean loss of each direction before it.
        """
        network = {name: each for name, each in state.weights.items() if name not in ("W", "b")}
        softmax = {name: state.weights[name] for name in ("W", "b")}
        sampled = self.n_samples > 0
        if sampled:
            softmax = {name: each[batch.rows] for name, each in softmax.items()}
        key = jax.random.wrap_key_data(seed)
        gradients, (losses, h, c) = jax.grad(self.loss, (0, 1), has_aux=True)(
            network, softmax, batch, state, key
        )
        gradients = gradients[0] | gradients[1]
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(each)) for each in gradients.values()))
        scale = self.clip_norm / jnp.maximum(norm, self.clip_norm)
        weights, squares = {}, {}
        for name, gradient in gradients.items():
            gradient = gradient * scale
            change = jnp.square(gradient)
            if sampled and name in softmax:
                # Rows that do not take part have no gradient, and AdaGrad leaves them as they are.
                total = state.squares[name][batch.rows] + change
                move = -self.learning_rate * gradient * lax.rsqrt(total)
                weights[name] = state.weights[name].at[batch.rows].add(move, mode="drop")
                squares[name] = state.squares[name].at[batch.rows].set(total, mode="drop")
            else:
                squares[name] = state.squares[name] + change
                move = -self.learning_rate * gradient * lax.rsqrt(squares[name])
                weights[name] = state.weights[name] + move
        return State(weights, squares, h, c), losses

    def loss(
        self, network: Weights, softmax: Weights, batch: Batch, state: State, key: Array
    ) -> tuple[Array, tuple[Array, Array, Array]]:
        """Return what is minimised; and the mean loss of each direction, and the LSTMs' states."""
        outputs, h, c = self.outputs(network, batch, state.h, state.c, key)
        if self.n_samples:
            each = self.sampled_losses(softmax, outputs, batch)
        else:
            each = softmax_losses(softmax, outputs, batch.targets.reshape(-1), self.dtype)
        losses = each.reshape(len(DIRECTIONS), -1).mean(1)
        return losses.mean() * self.steps, (losses, h, c)

    def outputs(
        self, network: Weights, batch: Batch, h: Array, c: Array, key: Array | None
    ) -> tuple[Array, Array, Array]:
        """Return what the last LSTMs put out, (2 * steps * lanes, projection_dim); and states."""
        network = {name: each.astype(self.dtype) for name, each in network.items()}
        encoded = [
            token_vectors(self.options, network, words) for words in batch.words if len(words)
        ]
        vectors = jnp.concatenate(encoded)[batch.inputs]
        found = [
            self.direction(
                direction,
                network,
                vectors[direction],
                (h[direction], c[direction]),
                None if key is None else jax.random.fold_in(key, direction),
            )
            for direction in range(len(DIRECTIONS))
        ]
        outputs, hs, cs = (jnp.stack(each) for each in zip(*found, strict=True))
        return outputs.reshape(-1, self.options.projection_dim), hs, cs

    def direction(
        self, direction: int, network: Weights, x: Array, state: tuple[Array, Array], key: Array
    ) -> tuple[Array, Array, Array]:
        """Return the last LSTM's outputs (steps, lanes, dim) of one direction, and the states."""
        present = jnp.ones(x.shape[:2], jnp.bool_)
        clips = (self.options.cell_clip, self.options.projection_clip)
        hs, cs = [], []
        for layer in range(self.options.n_layers):
            x = self.dropped(x, key, layer)
            cell = self.options.cell_name(direction, layer)
            weights = tuple(network[f"{cell}/{name}"] for name in ("W_0", "B", "W_P_0"))
            first = (state[0][layer].astype(self.dtype), state[1][layer])
            found, c = run_steps(x, present, first, weights, clips)
            x = found + x if layer and self.options.skip_connections else found
            hs.append(found[-1].astype(jnp.float32))
            cs.append(c)
        return self.dropped(x, key, self.options.n_layers), jnp.stack(hs), jnp.stack(cs)

    def dropped(self, x: Array, key: Array | None, place: int) -> Array:
        """Drop some numbers, and make the others larger by as much; none without a key."""
        if key is None or self.dropout == 0:
            return x
        # A byte for each number is enough, and four times faster than a float.
        kept = round(256 * (1 - self.dropout))
        drawn = jax.random.bits(jax.random.fold_in(key, place), x.shape, jnp.uint8)
        return jnp.where(drawn < kept, x * (256 / kept), 0).astype(x.dtype)

    def sampled_losses(self, softmax: Weights, outputs: Array, batch: Batch) -> Array:
        """Return the sampled softmax loss of each target."""
        targets, n = batch.targets.reshape(-1), self.n_samples
        biases = softmax["b"] - batch.corrections
        rows, outputs = softmax["W"].astype(self.dtype), outputs.astype(self.dtype)
        product = partial(jnp.matmul, preferred_element_type=jnp.float32)
        scores = product(outputs, rows[:n].T) + biases[:n]
        # A target that is in the sample must not count as its own alternative.
        scores = jnp.where(jnp.arange(n) == targets[:, None], -jnp.inf, scores)
        true = jnp.sum(outputs * rows[targets], 1, dtype=jnp.float32) + biases[targets]
        return jnp.logaddexp(jax.nn.logsumexp(scores, 1), true) - true

    @partial(jax.jit, static_argnums=0)
    def judge(
        self, weights: Weights, batch: Batch, h: Array, c: Array
    ) -> tuple[Array, Array, Array]:
        """Return each direction's summed loss by the full softmax, float32 (2,); and the states."""
        network = {name: each for name, each in weights.items() if name not in ("W", "b")}
        outputs, h, c = self.outputs(network, batch, h, c, None)
        targets = batch.targets.reshape(-1)
        size = max(1, min(len(targets), SCORES // len(weights["b"])))
        padded = -len(targets) % size
        chunks = (
            jnp.pad(outputs, ((0, padded), (0, 0))).reshape(-1, size, outputs.shape[1]),
            jnp.pad(targets, (0, padded)).reshape(-1, size),
        )
        found = lax.map(
            lambda chunk: softmax_losses(weights, chunk[0], chunk[1], self.dtype), chunks
        )
        each = found.reshape(-1)[: len(targets)].reshape(batch.targets.shape)
        return (each * batch.weights).sum((1, 2)), h, c

    def first_state(
        self, weights: dict[str, NDArray[np.float32]], lanes: int, accumulator: float
    ) -> dict[str, NDArray[np.float32]]:
        """Return the arrays of the state before the first step, by name."""
        return {
            **{f"weights/{name}": np.array(each) for name, each in weights.items()},
            **{
                f"squares/{name}": np.full_like(each, accumulator) for name, each in weights.items()
            },
            **self.first_memory(lanes),
        }

    def first_memory(self, lanes: int) -> dict[str, NDArray[np.float32]]:
        """Return what the LSTMs remember before the first step: nothing."""
        shape = (len(DIRECTIONS), self.options.n_layers, lanes)
        return {
            "h": np.zeros((*shape, self.options.projection_dim), np.float32),
            "c": np.zeros((*shape, self.options.lstm_dim), np.float32),
        }


def softmax_losses(weights: Weights, outputs: Array, targets: Array, dtype: Any) -> Array:  # noqa: ANN401
    """Return the loss of each target by the full softmax."""
    scores = jnp.matmul(
        outputs.astype(dtype), weights["W"].T.astype(dtype), preferred_element_type=jnp.float32
    )
    scores = scores + weights["b"]
    true = jnp.take_along_axis(scores, targets[:, None], 1)[:, 0]
    return jax.nn.logsumexp(scores, 1) - true
