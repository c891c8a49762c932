"""Pooling: the vectors of a text's tokens become one vector.

Padding takes no part, wherever it lies. A text of nothing but padding has a zero vector, and
passes no gradient on.
"""

from wordloom.combine.attention import AttentionLayer
from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask, masked_softmax, without_padding
from wordloom.combine.tensors import Shape, Tensor
from wordloom.train.checks import check_whole_numbers

__all__ = [
    "AttentionPooling",
    "MaxPooling",
    "MeanPooling",
    "Pooling",
    "SqrtnPooling",
    "SumPooling",
]

ops = keras.ops


class Pooling(keras.layers.Layer):  # type: ignore[misc]
    """What the layers without weights share: the shape of the output, which has no mask."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> None:
        """Return None: a pooled vector is never padding."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the pooled vectors, (batch, dim)."""
        return (input_shape[0], input_shape[-1])


@keras.saving.register_keras_serializable(package="wordloom")
class SumPooling(Pooling):
    """Adds up the vectors of a text.

    Args:
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        (batch, tokens, dim), with a mask (batch, tokens) where there is padding.

    Output shape:
        (batch, dim).

    Example:
        >>> import numpy as np
        >>> np.asarray(SumPooling()(np.array([[[1.0], [2.0]]]))).tolist()
        [[3.0]]
    """

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the sums, (batch, dim)."""
        return ops.sum(without_padding(inputs, first_mask(mask)), axis=1)


@keras.saving.register_keras_serializable(package="wordloom")
class MeanPooling(SumPooling):
    """Averages the vectors of a text.

    Args:
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        (batch, tokens, dim), with a mask (batch, tokens) where there is padding.

    Output shape:
        (batch, dim).

    Example:
        >>> import numpy as np
        >>> vectors, mask = np.array([[[1.0], [2.0], [9.0]]]), np.array([[True, True, False]])
        >>> np.asarray(MeanPooling()(vectors, mask=mask)).tolist()
        [[1.5]]
    """

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the means, (batch, dim)."""
        return super().call(inputs, mask) / n_tokens(inputs, mask)


@keras.saving.register_keras_serializable(package="wordloom")
class SqrtnPooling(SumPooling):
    """Adds up the vectors of a text and divides by the square root of how many there are.

    This is the combiner "sqrtn" of TensorFlow Hub's text modules. The sum of n independent vectors
    grows with the square root of n, so texts of any length get vectors of about the same length.

    Args:
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        (batch, tokens, dim), with a mask (batch, tokens) where there is padding.

    Output shape:
        (batch, dim).

    Example:
        >>> import numpy as np
        >>> np.asarray(SqrtnPooling()(np.ones((1, 4, 1)))).tolist()
        [[2.0]]
    """

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the sums divided by the roots, (batch, dim)."""
        return super().call(inputs, mask) / ops.sqrt(n_tokens(inputs, mask))


@keras.saving.register_keras_serializable(package="wordloom")
class MaxPooling(Pooling):
    """Takes the largest value of each dimension, as "SWEM-max" (Shen et al. 2018) does.

    Args:
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        (batch, tokens, dim), with a mask (batch, tokens) where there is padding.

    Output shape:
        (batch, dim).

    Example:
        >>> import numpy as np
        >>> np.asarray(MaxPooling()(np.array([[[1.0, -1.0], [0.0, -3.0]]]))).tolist()
        [[1.0, -1.0]]
    """

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the largest values, (batch, dim)."""
        mask = first_mask(mask)
        if mask is None:
            return ops.max(inputs, axis=1)
        mask = ops.expand_dims(mask, -1)
        largest = ops.max(ops.where(mask, inputs, -float("inf")), axis=1)
        return ops.where(ops.any(mask, axis=1), largest, 0.0)


@keras.saving.register_keras_serializable(package="wordloom")
class AttentionPooling(AttentionLayer):
    """Averages the vectors of a text with weights that the network learns.

    A token with the vector h has the score a·tanh(W h + b), and the softmax of the scores of a text
    gives the weights (Yang et al. 2016, "Hierarchical Attention Networks"; Lin et al. 2017, "A
    Structured Self-attentive Sentence Embedding", with one head and without b).

    Args:
        units: How many rows W has; None takes as many as h has dimensions, as Yang et al. do.
        return_attention: Return the weights as well.
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Raises:
        InputError: `units` is not a whole number from 1.

    Input shape:
        (batch, tokens, dim), with a mask (batch, tokens) where there is padding.

    Output shape:
        (batch, dim); with `return_attention` a tuple of that and float32 (batch, tokens), which
        sums to one over the tokens of a text and is zero at padding.

    Example:
        >>> import numpy as np
        >>> pooled, weights = AttentionPooling(return_attention=True)(np.ones((1, 4, 3)))
        >>> pooled.shape, np.asarray(weights).tolist()
        ((1, 3), [[0.25, 0.25, 0.25, 0.25]])
    """

    takes_list = False

    def __init__(
        self, units: int | None = None, *, return_attention: bool = False, **kwargs: object
    ) -> None:
        super().__init__(return_attention=return_attention, **kwargs)
        self.units = units
        if units is not None:
            check_whole_numbers(self, "units")

    def build(self, input_shape: Shape) -> None:
        """Make W, b and a."""
        dim = input_shape[-1]
        units = self.units or dim
        self.kernel = self.add_weight(
            name="kernel", shape=(dim, units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(units,), initializer="zeros")
        self.scorer = self.add_weight(name="scorer", shape=(units, 1), initializer="glorot_uniform")

    def weigh(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Return the weights of the tokens, float32 (batch, tokens)."""
        hidden = ops.tanh(ops.matmul(inputs, self.kernel) + self.bias)
        scores = ops.squeeze(ops.matmul(hidden, self.scorer), axis=-1)
        return masked_softmax(ops.cast(scores, "float32"), mask, axis=1)

    def add_up(self, inputs: Tensor, weights: Tensor) -> Tensor:
        """Return the weighted means, (batch, dim)."""
        return ops.sum(ops.expand_dims(weights, -1) * inputs, axis=1)

    def sum_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the weighted means, (batch, dim)."""
        return (input_shape[0], input_shape[-1])

    def weight_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the weights, (batch, tokens)."""
        return tuple(input_shape[:2])

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> None:
        """Return None: a pooled vector is never padding."""

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {**super().get_config(), "units": self.units}


def n_tokens(inputs: Tensor, mask: Tensor) -> Tensor:
    """Return how many tokens each text has, at least 1, in a shape that divides (batch, dim)."""
    mask = first_mask(mask)
    counts = (
        ops.shape(inputs)[1]
        if mask is None
        else ops.sum(ops.cast(mask, "float32"), axis=1, keepdims=True)
    )
    return ops.cast(ops.maximum(counts, 1), inputs.dtype)
