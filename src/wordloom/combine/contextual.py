"""Contextual dynamic meta-embeddings: weights that depend on the whole text."""

from collections.abc import Sequence
from typing import Literal

from wordloom.combine.backend import keras
from wordloom.combine.meta_embedding import ScoredMetaEmbedding
from wordloom.combine.recurrent import LSTM
from wordloom.combine.tensors import Shape, Tensor, source_dims
from wordloom.train.checks import check_whole_numbers

__all__ = ["ContextualDynamicMetaEmbedding"]

ops = keras.ops


@keras.saving.register_keras_serializable(package="wordloom")
class ContextualDynamicMetaEmbedding(ScoredMetaEmbedding):
    """Learns for each word in its context how much to trust each of several embeddings: CDME.

    Weights are α_ij = φ(a·h_ij + b), where h_i = BiLSTM(w'_i) reads the text as the embedding i has
    it, and φ is the softmax over the embeddings i or a sigmoid (Kiela, Wang and Cho 2018). All
    embeddings share one BiLSTM, a and b, and meet only in the softmax, as in the authors' program.

    Args:
        dim: How many dimensions the projections have; 256 is the paper's choice. None projects
            nothing; all embeddings must then have the same number.
        units: How many units the BiLSTM has in each direction; 2 is the paper's choice.
        activation: "softmax": the weights of a token sum to one; "sigmoid": each embedding is let
            through more or less on its own.
        output_activation: "relu" applies max(0, x) to the sum, as the authors' program does; None,
            the default, leaves the sum as in the paper's equations.
        return_attention: Return the weights as well.
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Raises:
        InputError: A setting has no meaning, or the inputs are no list of embeddings that go
            together.

    Input shape:
        A list of n ≥ 1 tensors (batch, tokens, dim_i), with a mask (batch, tokens) where there is
        padding.

    Output shape:
        (batch, tokens, dim), zero at padding; with `return_attention` a tuple of that and float32
        (batch, tokens, n), zero at padding.

    Example:
        >>> import numpy as np
        >>> layer = ContextualDynamicMetaEmbedding(8, return_attention=True)
        >>> embedded, attention = layer([np.ones((2, 5, 3)), np.ones((2, 5, 4))])
        >>> embedded.shape, attention.shape, round(float(attention[0, 0].sum()), 3)
        ((2, 5, 8), (2, 5, 2), 1.0)
    """

    def __init__(
        self,
        dim: int | None = 256,
        units: int = 2,
        *,
        activation: Literal["softmax", "sigmoid"] = "softmax",
        output_activation: Literal["relu"] | None = None,
        return_attention: bool = False,
        **kwargs: object,
    ) -> None:
        super().__init__(
            dim,
            activation=activation,
            output_activation=output_activation,
            return_attention=return_attention,
            **kwargs,
        )
        self.units = units
        check_whole_numbers(self, "units")
        # The kernels of the LSTMs are factored out, see `scores`. Forget gates start at zero as in
        # the authors' program, not at one.
        self.forwards, self.backwards = (
            LSTM(
                units,
                return_sequences=True,
                go_backwards=backwards,
                kernel_initializer="identity",
                unit_forget_bias=False,
                dtype=self.dtype_policy,
            )
            for backwards in (False, True)
        )

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Make the projections, the BiLSTM, a and b."""
        super().build(input_shape)
        gates = 4 * self.units
        self.readers = [
            self.add_weight(
                name=f"reader_{direction}",
                shape=(self.dim or source_dims(input_shape)[0], gates),
                initializer="glorot_uniform",
            )
            for direction in ("forwards", "backwards")
        ]
        for direction in (self.forwards, self.backwards):
            direction.build((None, None, gates))
            direction.cell.kernel.trainable = False
        self.add_scorer(2 * self.units)

    def scores(self, inputs: list[Tensor], mask: Tensor) -> list[Tensor]:
        """Return the score of each embedding, (batch, tokens, 1)."""
        # An LSTM multiplies w' by its kernel first. Done here, that kernel and the projection are
        # one matrix of 8 * units columns, and w' (dim columns) is never written.
        gates = self.project(inputs, onto=ops.concatenate(self.readers, axis=-1))
        # Embeddings are further texts for the BiLSTM: one call, whatever their number.
        forwards, backwards = ops.split(ops.concatenate(gates, axis=0), 2, axis=-1)
        if mask is not None:
            mask = ops.concatenate([mask] * len(inputs), axis=0)
        read = ops.concatenate(
            [
                self.forwards(forwards, mask=mask),
                ops.flip(self.backwards(backwards, mask=mask), axis=1),
            ],
            axis=-1,
        )
        scores = ops.matmul(read, self.scorer) + self.offset
        found: list[Tensor] = ops.split(scores, len(inputs), axis=0)
        return found

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {**super().get_config(), "units": self.units}
