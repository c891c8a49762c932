"""An LSTM whose output is projected to fewer numbers than its cell has, with clipping.

Sak, Senior and Beaufays 2014 (arXiv 1402.1128), as ELMo's program has it:

- [i, j, f, o] = [x; h] W_0 + B
- c = clip(σ(f + 1) c + σ(i) tanh(j))
- h = clip((σ(o) tanh(c)) W_P)
"""

from collections.abc import Callable

from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask, without_padding
from wordloom.combine.tensors import Shape, Tensor
from wordloom.elmo.network.published import PublishedLayer, Variable
from wordloom.elmo.options import ELMoOptions
from wordloom.errors import InputError

__all__ = ["ProjectedLSTM", "run_steps"]

ops = keras.ops


def run_steps(
    inputs: Tensor,
    present: Tensor,
    state: tuple[Tensor, Tensor],
    weights: tuple[Tensor, Tensor, Tensor],
    clips: tuple[float, float],
) -> tuple[Tensor, Tensor]:
    """Read sequences step by step, on any backend.

    Args:
        inputs: (time, batch, input dim).
        present: bool (time, batch), False where the state stays as it is.
        state: h (batch, projection dim) and c (batch, dim) before the first step; c is float32
            whatever the dtype of the rest.
        weights: W_0 (input dim + projection dim, 4 * dim), B (4 * dim,), W_P (dim, projection dim).
        clips: Where c and h are cut off; 0 for nowhere.

    Returns:
        h after each step, (time, batch, projection dim), and c after the last.
    """
    kernel, bias, projection = weights
    dim = inputs.shape[-1]
    from_input = ops.matmul(inputs, kernel[:dim]) + bias
    recurrent = kernel[dim:]
    cell_clip, projection_clip = clips

    def step(state: tuple[Tensor, Tensor], at: tuple[Tensor, Tensor]) -> tuple[object, object]:
        (h, c), (x, there) = state, at
        there = ops.expand_dims(there, -1)
        gates = ops.cast(x + ops.matmul(h, recurrent), "float32")
        i, j, f, o = ops.split(gates, 4, axis=-1)
        new_c = ops.sigmoid(f + 1.0) * c + ops.sigmoid(i) * ops.tanh(j)
        if cell_clip:
            new_c = ops.clip(new_c, -cell_clip, cell_clip)
        new_h = ops.matmul(ops.cast(ops.sigmoid(o) * ops.tanh(new_c), h.dtype), projection)
        if projection_clip:
            new_h = ops.clip(new_h, -projection_clip, projection_clip)
        h, c = ops.where(there, new_h, h), ops.where(there, new_c, c)
        # The same twice, because with TensorFlow ops.scan takes results to be shaped as states.
        return (h, c), (h, c)

    (_, c), (outputs, _) = ops.scan(step, state, (from_input, present))
    return outputs, c


def fastest_run_steps() -> Callable[..., tuple[Tensor, Tensor]]:
    """Return what does as `run_steps` does, the fastest way that the backend has."""
    if keras.backend.backend() != "jax":
        return run_steps
    from wordloom.elmo.network import projected_lstm_jax

    fast: Callable[..., tuple[Tensor, Tensor]] = projected_lstm_jax.run_steps
    return fast


@keras.saving.register_keras_serializable(package="wordloom")
class ProjectedLSTM(PublishedLayer):
    """One LSTM layer of ELMo, in one direction.

    On JAX its gradient is written out (`wordloom.elmo.network.projected_lstm_jax`), several times
    faster than what JAX derives.

    Args:
        options: The shape of the network.
        direction: 0 for the forward language model's, 1 for the backward one's: what the published
            names of its weights say. Both read their input from the first step to the last.
        place: Which of the layers it is, from 0; likewise.
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        (batch, time, projection_dim), a mask (batch, time) where there is padding, and the states
        h (batch, projection_dim) and c (batch, lstm_dim) to start from, or None for zeros.

    Output shape:
        (batch, time, projection_dim), zero at padding; and the last states h and c. c is float32 in
        mixed precision too.

    Example:
        >>> layer = ProjectedLSTM(ELMoOptions(8, 6))
        >>> outputs, (h, c) = layer(keras.ops.ones((2, 5, 6)))
        >>> outputs.shape, h.shape, c.shape
        ((2, 5, 6), (2, 6), (2, 8))
    """

    def __init__(
        self, options: ELMoOptions, direction: int = 0, place: int = 0, **kwargs: object
    ) -> None:
        # Casting by itself, Keras would round the cell state.
        super().__init__(options, **{"autocast": False, **kwargs})
        self.direction = direction
        self.place = place
        if direction not in (0, 1) or not 0 <= place < self.options.n_layers:
            raise InputError(
                f"`direction` is 0 or 1, and `place` from 0 to {self.options.n_layers - 1}. "
                f"Received: {direction!r} and {place!r}."
            )

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the weights, with the published first values."""
        cell = self.options.cell_name(self.direction, self.place)
        self.kernel, self.bias, self.projection = (
            self.add_weight(
                name=name,
                shape=self.options.shapes[f"{cell}/{name}"],
                initializer="zeros" if name == "B" else "glorot_uniform",
            )
            for name in ("W_0", "B", "W_P_0")
        )
        self.built = True

    def published_variables(self) -> dict[str, Variable]:
        """Return the variables by their published names."""
        cell = self.options.cell_name(self.direction, self.place)
        return {
            f"{cell}/W_0": self.kernel,
            f"{cell}/B": self.bias,
            f"{cell}/W_P_0": self.projection,
        }

    def call(
        self, inputs: Tensor, mask: Tensor = None, states: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return the outputs of all steps, and the last states."""
        dtype, options, mask = self.compute_dtype, self.options, first_mask(mask)
        batch, time = ops.shape(inputs)[:2]
        if states is None:
            states = (
                ops.zeros((batch, options.projection_dim), dtype),
                ops.zeros((batch, options.lstm_dim), "float32"),
            )
        present = ops.ones((time, batch), "bool") if mask is None else ops.transpose(mask)
        outputs, c = fastest_run_steps()(
            ops.transpose(ops.cast(inputs, dtype), (1, 0, 2)),
            present,
            (ops.cast(states[0], dtype), ops.cast(states[1], "float32")),
            tuple(
                ops.cast(variable, dtype) for variable in (self.kernel, self.bias, self.projection)
            ),
            (options.cell_clip, options.projection_clip),
        )
        h = outputs[-1]
        return without_padding(ops.transpose(outputs, (1, 0, 2)), mask), (h, c)

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> tuple[Tensor, tuple[None, None]]:
        """Return the mask for the outputs, and none for the states."""
        return mask, (None, None)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {**super().get_config(), "direction": self.direction, "place": self.place}
