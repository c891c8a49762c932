"""Scalar mix: the layers of a network weighed and added up, as a task learns to.

From Peters et al. 2018, "Deep contextualized word representations" (arXiv 1802.05365), equation 1.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask, masked_softmax, without_padding
from wordloom.combine.tensors import Shape, Tensor, source_dims
from wordloom.errors import InputError
from wordloom.train.checks import check_number, check_whole_numbers

__all__ = ["ScalarMix"]

ops = keras.ops


@keras.saving.register_keras_serializable(package="wordloom")
class ScalarMix(keras.layers.Layer):  # type: ignore[misc]
    """Learns how much of each layer of a network a task needs: γ Σ_j softmax(s)_j h_j.

    The layers h_j start with equal weights (s = 0), and γ with 1.

    Args:
        n_layers: How many layers are mixed; None takes as many as the first inputs have.
        layer_norm: Bring each layer to mean 0 and variance 1 before. There is one mean and one
            variance for all numbers of a layer in a batch, padding left out, as in the published
            program; so a text's vectors depend a little on its batch.
        regularization: How much of Σ_j s_j² is added to the loss, which keeps the weights near
            their mean. The authors try 0.001 and 1, and mostly prefer the smaller.
        kwargs: What every Keras layer takes (`name`, `dtype`, `trainable`).

    Raises:
        InputError: A setting has no meaning, or the inputs are no list of as many tensors of one
            shape.

    Input shape:
        A list of n_layers tensors (batch, tokens, dim), with a mask (batch, tokens) where there is
        padding.

    Output shape:
        (batch, tokens, dim), zero at padding.

    Example:
        >>> import numpy as np
        >>> mix = ScalarMix()
        >>> np.asarray(mix([np.full((1, 1, 2), 3.0), np.full((1, 1, 2), 5.0)])).tolist()
        [[[4.0, 4.0]]]
        >>> mix.layer_weights.tolist()
        [0.5, 0.5]
    """

    def __init__(
        self,
        n_layers: int | None = None,
        layer_norm: bool = False,
        regularization: float = 0.0,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.n_layers = n_layers
        self.layer_norm = layer_norm
        self.regularization = regularization
        if n_layers is not None:
            check_whole_numbers(self, "n_layers")
        check_number(self, "regularization")
        self.supports_masking = True

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Make s and γ."""
        dims = source_dims(input_shape)
        if len(dims) != (self.n_layers or len(dims)) or len(set(dims)) > 1:
            raise InputError(
                f"ScalarMix mixes {self.n_layers or 'a list of'} layers with equal numbers of "
                f"dimensions. Received: layers of {dims}."
            )
        self.n_layers = len(dims)
        self.scores = self.add_weight(
            name="scores",
            shape=(len(dims),),
            initializer="zeros",
            regularizer=keras.regularizers.L2(self.regularization) if self.regularization else None,
        )
        self.gamma = self.add_weight(name="gamma", shape=(), initializer="ones")

    def call(self, inputs: list[Tensor], mask: Tensor = None) -> Tensor:
        """Return the mix."""
        mask = first_mask(mask)
        weights = masked_softmax(ops.cast(self.scores, "float32"), None, axis=0)
        weights = ops.cast(weights * ops.cast(self.gamma, "float32"), self.compute_dtype)
        layers = [self.normalized(layer, mask) for layer in inputs] if self.layer_norm else inputs
        return without_padding(
            sum(weights[place] * layer for place, layer in enumerate(layers)), mask
        )

    @staticmethod
    def normalized(layer: Tensor, mask: Tensor) -> Tensor:
        """Bring the numbers of a layer to mean 0 and variance 1, padding left out."""
        # In float32: float16 can neither add up a batch nor hold the bound of the variance.
        numbers = without_padding(ops.cast(layer, "float32"), mask)
        if mask is None:
            mean, variance = ops.mean(numbers), ops.var(numbers)
        else:
            n_tokens = ops.maximum(ops.sum(ops.cast(mask, "float32")), 1.0)
            count = n_tokens * layer.shape[-1]
            mean = ops.sum(numbers) / count
            variance = ops.sum(without_padding(numbers - mean, mask) ** 2) / count
        return ops.cast((numbers - mean) * ops.rsqrt(variance + 1e-12), layer.dtype)

    @property
    def layer_weights(self) -> NDArray[np.float32]:
        """softmax(s), float32 (n_layers,); the layers' shares, which sum to 1.

        Raises:
            InputError: The layer has not been built.
        """
        if not self.built:
            raise InputError("A ScalarMix has weights once it was built. Pass it its layers first.")
        scores = ops.convert_to_numpy(self.scores.value)
        powers = np.exp(scores - scores.max())
        return np.asarray(powers / powers.sum(), np.float32)

    def compute_mask(self, inputs: list[Tensor], mask: Tensor = None) -> Tensor:
        """Return the first mask of the inputs."""
        return first_mask(mask)

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        """Return the shape of the mix, that of one layer."""
        return tuple(input_shape[0])

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {
            **super().get_config(),
            "n_layers": self.n_layers,
            "layer_norm": self.layer_norm,
            "regularization": self.regularization,
        }
