"""GRU and LSTM layers: Keras' own, several times faster on the CPU with JAX.

The arithmetic of all steps runs in one compiled kernel for each direction of the gradient
(`combine/xla`, `kernels/recurrent.py`), on all cores. Wherever that does not apply, the layers are
Keras' own: on other backends and devices, and for settings that the kernels do not know.
"""

import functools
from collections.abc import Sequence
from types import ModuleType

from wordloom.combine.backend import keras
from wordloom.combine.tensors import Tensor

__all__ = ["GRU", "LSTM"]


@functools.cache
def kernels() -> ModuleType | None:
    """Return the module that runs layers in kernels, or nothing where JAX cannot have it."""
    try:
        from wordloom.combine.xla import recurrent
    except Exception:  # whatever is missing or has changed in JAX: Keras' own loop works
        return None
    return recurrent if recurrent.available() else None


def runs_on_cpu() -> bool:
    """Say whether JAX would put a new computation on this machine's CPU, undivided."""
    import jax

    device = getattr(jax.config, "jax_default_device", None)
    platform = getattr(device, "platform", device) or jax.default_backend()
    return platform == "cpu" and keras.distribution.distribution() is None


def is_known(layer: keras.layers.RNN, sequences: Tensor, mask: Tensor) -> bool:
    """Say whether what this layer does is what the kernels compute."""
    cell = layer.cell
    return bool(
        keras.backend.backend() == "jax"
        and cell.activation is keras.activations.tanh
        and cell.recurrent_activation is keras.activations.sigmoid
        and cell.use_bias
        and getattr(cell, "reset_after", True)
        and cell.implementation != 1  # which has a dropout mask for each gate
        and not cell.recurrent_dropout
        and not layer.unroll
        and not layer.stateful
        and layer.use_cudnn is not True
        and cell.compute_dtype == cell.variable_dtype == str(sequences.dtype) == "float32"
        # Lengths are numbers, except while Keras only derives shapes; nothing is empty.
        and all(isinstance(length, int) and length > 0 for length in sequences.shape)
        and (mask is None or mask.ndim == 2)
        and runs_on_cpu()
    )


class KernelLoop:
    """What both layers do in the place of Keras' loop over the steps."""

    def inner_loop(
        self: keras.layers.RNN,
        sequences: Tensor,
        initial_state: Tensor,
        mask: Tensor,
        training: bool = False,
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return the last output, all outputs and the last states, as Keras wants them."""
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        run = kernels() if is_known(self, sequences, mask) else None
        if run is None:
            own_loop = super().inner_loop  # type: ignore[misc]
            result: tuple[Tensor, Tensor, list[Tensor]] = own_loop(
                sequences, initial_state, mask=mask, training=training
            )
            return result
        ops, cell = keras.ops, self.cell
        if training and self.dropout:
            kept = cell.get_dropout_mask(sequences[:, 0, :])  # one for all steps
            sequences = sequences * ops.expand_dims(kept, 1)
        weights = [
            ops.convert_to_tensor(variable)
            for variable in (cell.kernel, cell.recurrent_kernel, cell.bias)
        ]
        present = None if mask is None else ops.cast(ops.cast(mask, "bool"), "uint8")
        states = initial_state if isinstance(initial_state, (list, tuple)) else [initial_state]
        outputs, *cell_states = self.run_kernel(run, sequences, weights, present, states)
        if self.go_backwards:
            outputs = ops.flip(outputs, axis=1)
        last_state = outputs[:, -1]
        if mask is not None and self.zero_output_for_mask:
            there = ops.flip(present, axis=1) if self.go_backwards else present
            outputs = ops.where(ops.expand_dims(there, -1) != 0, outputs, 0.0)
        return outputs[:, -1], outputs, [last_state, *cell_states]


@keras.saving.register_keras_serializable(package="wordloom")
class GRU(KernelLoop, keras.layers.GRU):  # type: ignore[misc]
    """Gated recurrent unit: `keras.layers.GRU`, faster on the CPU with JAX.

    Args:
        *args: As for `keras.layers.GRU`; weights, results and settings are the same.
        **kwargs: The same.

    Input shape:
        float32 (batch, time, dim), with a mask of (batch, time) or none.

    Output shape:
        float32 (batch, units), or (batch, time, units) with `return_sequences`.

    Example:
        >>> GRU(3)(keras.ops.ones((2, 5, 4))).shape
        (2, 3)
    """

    def run_kernel(
        self,
        run: ModuleType,
        sequences: Tensor,
        weights: list[Tensor],
        present: Tensor,
        states: Sequence[Tensor],
    ) -> tuple[Tensor, ...]:
        """Return the outputs of all steps, each at its own time."""
        return (run.gru(sequences, *weights, present, *states, backwards=self.go_backwards),)


@keras.saving.register_keras_serializable(package="wordloom")
class LSTM(KernelLoop, keras.layers.LSTM):  # type: ignore[misc]
    """Long short-term memory: `keras.layers.LSTM`, faster on the CPU with JAX.

    Args:
        *args: As for `keras.layers.LSTM`; weights, results and settings are the same.
        **kwargs: The same.

    Input shape:
        float32 (batch, time, dim), with a mask of (batch, time) or none.

    Output shape:
        float32 (batch, units), or (batch, time, units) with `return_sequences`.

    Example:
        >>> LSTM(3, return_sequences=True)(keras.ops.ones((2, 5, 4))).shape
        (2, 5, 3)
    """

    def run_kernel(
        self,
        run: ModuleType,
        sequences: Tensor,
        weights: list[Tensor],
        present: Tensor,
        states: Sequence[Tensor],
    ) -> tuple[Tensor, ...]:
        """Return the outputs of all steps, each at its own time, and the last cell state."""
        result: tuple[Tensor, ...] = run.lstm(
            sequences, *weights, present, *states, backwards=self.go_backwards
        )
        return result
