"""Meta-embeddings: several embeddings of each token are projected, weighed and added up.

From Kiela, Wang and Cho (2018), "Dynamic Meta-Embeddings for Improved Sentence Representations"
(arXiv 1804.07983). The token j has the vector w_ij in the embedding i:

- projection: w'_ij = P_i w_ij + b_i
- sum: w_j = Σ_i α_ij w'_ij

Without weights (α_ij = 1) this is `UnweightedMetaEmbedding`. `DynamicMetaEmbedding` learns α from
w'_ij alone, `ContextualDynamicMetaEmbedding` (contextual.py) from the whole text.
"""

from collections.abc import Sequence
from typing import Literal

from wordloom.combine.attention import AttentionLayer
from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask, masked_softmax
from wordloom.combine.tensors import Shape, Tensor, source_dims
from wordloom.errors import InputError
from wordloom.train.checks import check_whole_numbers

__all__ = [
    "DynamicMetaEmbedding",
    "MetaEmbedding",
    "ScoredMetaEmbedding",
    "UnweightedMetaEmbedding",
]

ops = keras.ops


class MetaEmbedding(AttentionLayer):
    """A weighted sum of projected embeddings; subclasses say how much each weighs.

    Args:
        dim: How many dimensions the projections have. None projects nothing; all embeddings must
            then have the same number.
        output_activation: "relu" applies max(0, x) to the sum; None leaves it as it is.
        return_attention: Return the weights as well.
        kwargs: What every Keras layer takes (`name`, `dtype`).
    """

    def __init__(
        self,
        dim: int | None = 256,
        *,
        output_activation: Literal["relu"] | None = None,
        return_attention: bool = False,
        **kwargs: object,
    ) -> None:
        super().__init__(return_attention=return_attention, **kwargs)
        self.dim = dim
        self.output_activation = output_activation
        if dim is not None:
            check_whole_numbers(self, "dim")
        if output_activation not in (None, "relu"):
            raise InputError(
                f"`output_activation` must be None or 'relu'. Received: {output_activation!r}."
            )

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Make the projections."""
        dims = source_dims(input_shape)
        if self.dim is None and len(set(dims)) > 1:
            raise InputError(
                "Embeddings of different numbers of dimensions can only be added up after a "
                f"projection. Received: {dims} with `dim=None`. Give `dim`, 256 for example."
            )
        self.kernels: list[Tensor] = []
        if self.dim is not None:
            self.kernels = [
                self.add_weight(
                    name=f"kernel_{source}", shape=(dim, self.dim), initializer="glorot_uniform"
                )
                for source, dim in enumerate(dims)
            ]
            self.bias = self.add_weight(
                name="bias", shape=(len(dims), self.dim), initializer="zeros"
            )

    def project(self, inputs: list[Tensor], onto: Tensor) -> list[Tensor]:
        """Return what a matrix makes of the projected embeddings.

        Args:
            inputs: The embeddings, each (batch, tokens, dim_i).
            onto: Tensor (dim, columns) that every w'_i is multiplied by.

        Returns:
            Tensors (batch, tokens, columns). No w' is written: `onto` multiplies the projections.
        """
        if self.dim is None:
            return [ops.matmul(vectors, onto) for vectors in inputs]
        offsets = ops.matmul(self.bias, onto)
        return [
            ops.matmul(vectors, ops.matmul(kernel, onto)) + offsets[source]
            for source, (vectors, kernel) in enumerate(zip(inputs, self.kernels, strict=True))
        ]

    def add_up(self, inputs: list[Tensor], weights: Tensor) -> Tensor:
        """Return the weighted sums of the projected embeddings, (batch, tokens, dim)."""
        weighted = [
            weights[..., source : source + 1] * vectors for source, vectors in enumerate(inputs)
        ]
        if self.dim is None:
            sums = sum(weighted)
        else:
            # Σ α (P w + b) = [P_1 … P_n b] [α_1 w_1; …; α_n w_n; α]: weighed before they are
            # projected, all embeddings are one matrix product, and no w' is ever written.
            sums = ops.matmul(
                ops.concatenate([*weighted, weights], axis=-1),
                ops.concatenate([*self.kernels, self.bias], axis=0),
            )
        return ops.relu(sums) if self.output_activation == "relu" else sums

    def sum_shape(self, input_shape: Sequence[Shape]) -> Shape:
        """Return the shape of the sums, (batch, tokens, dim)."""
        dims = source_dims(input_shape)
        return (*input_shape[0][:2], self.dim or dims[0])

    def weight_shape(self, input_shape: Sequence[Shape]) -> Shape:
        """Return the shape of the weights, (batch, tokens, number of embeddings)."""
        return (*input_shape[0][:2], len(source_dims(input_shape)))

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the first mask of the inputs, once for each output."""
        mask = first_mask(mask)
        return (mask, mask) if self.return_attention else mask

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {
            **super().get_config(),
            "dim": self.dim,
            "output_activation": self.output_activation,
        }


@keras.saving.register_keras_serializable(package="wordloom")
class UnweightedMetaEmbedding(MetaEmbedding):
    """Adds up projections of several embeddings of the same tokens.

    It is the baseline of Kiela, Wang and Cho (2018): w_j = Σ_i (P_i w_ij + b_i).

    Args:
        dim: How many dimensions the projections have; 256 is the paper's choice. None projects
            nothing; all embeddings must then have the same number.
        output_activation: "relu" applies max(0, x) to the sum, as the authors' program does; None,
            the default, leaves the sum as in the paper's equations.
        return_attention: Return the weights as well, which are all 1.
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
        >>> UnweightedMetaEmbedding(8)([np.ones((2, 5, 3)), np.ones((2, 5, 4))]).shape
        (2, 5, 8)
    """

    def weigh(self, inputs: list[Tensor], mask: Tensor) -> Tensor:
        """Return ones, float32 (batch, tokens, number of embeddings)."""
        ones = ops.ones_like(inputs[0][..., :1]) if mask is None else ops.expand_dims(mask, -1)
        return ops.repeat(ops.cast(ones, "float32"), len(inputs), axis=-1)


class ScoredMetaEmbedding(MetaEmbedding):
    """A meta-embedding whose weights are a softmax or sigmoid of scores; subclasses say which.

    Args:
        dim: How many dimensions the projections have, or None.
        activation: "softmax" or "sigmoid".
        output_activation: "relu" or None.
        return_attention: Return the weights as well.
        kwargs: What every Keras layer takes (`name`, `dtype`).
    """

    def __init__(
        self,
        dim: int | None = 256,
        *,
        activation: Literal["softmax", "sigmoid"] = "softmax",
        output_activation: Literal["relu"] | None = None,
        return_attention: bool = False,
        **kwargs: object,
    ) -> None:
        super().__init__(
            dim, output_activation=output_activation, return_attention=return_attention, **kwargs
        )
        self.activation = activation
        if activation not in ("softmax", "sigmoid"):
            raise InputError(
                f"`activation` must be 'softmax' or 'sigmoid'. Received: {activation!r}."
            )

    def add_scorer(self, dim: int) -> None:
        """Make the affine map from `dim` numbers to a score, which all embeddings share."""
        self.scorer = self.add_weight(name="scorer", shape=(dim, 1), initializer="glorot_uniform")
        self.offset = self.add_weight(name="offset", shape=(), initializer="zeros")

    def weigh(self, inputs: list[Tensor], mask: Tensor) -> Tensor:
        """Return the weights of the embeddings, float32 (batch, tokens, number of embeddings)."""
        scores = ops.cast(ops.concatenate(self.scores(inputs, mask), axis=-1), "float32")
        if mask is not None:
            mask = ops.expand_dims(mask, -1)
        if self.activation == "softmax":
            return masked_softmax(scores, mask, axis=-1)
        return ops.sigmoid(scores) if mask is None else ops.where(mask, ops.sigmoid(scores), 0.0)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {**super().get_config(), "activation": self.activation}


@keras.saving.register_keras_serializable(package="wordloom")
class DynamicMetaEmbedding(ScoredMetaEmbedding):
    """Learns for each word how much to trust each of several embeddings: DME.

    Weights are α_ij = φ(a·w'_ij + b), where φ is the softmax over the embeddings i or a sigmoid
    (Kiela, Wang and Cho 2018). All embeddings share a and b. The authors' program splits this
    affine map into two, through 2 units without a non-linearity, which is the same map.

    Args:
        dim: How many dimensions the projections have; 256 is the paper's choice. None projects
            nothing; all embeddings must then have the same number.
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
        >>> layer = DynamicMetaEmbedding(8, return_attention=True)
        >>> embedded, attention = layer([np.ones((2, 5, 3)), np.ones((2, 5, 4))])
        >>> embedded.shape, attention.shape, round(float(attention[0, 0].sum()), 3)
        ((2, 5, 8), (2, 5, 2), 1.0)
    """

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Make the projections, a and b."""
        super().build(input_shape)
        self.add_scorer(self.dim or source_dims(input_shape)[0])

    def scores(self, inputs: list[Tensor], mask: Tensor) -> list[Tensor]:
        """Return the score of each embedding, (batch, tokens, 1)."""
        return [score + self.offset for score in self.project(inputs, onto=self.scorer)]
