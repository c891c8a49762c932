"""The Keras layers of encoders that Keras has not: zeros for padding, convolution, word dropout."""

from typing import TYPE_CHECKING, Any

from wordloom.combine.backend import keras
from wordloom.combine.padding import without_padding
from wordloom.errors import InputError

if TYPE_CHECKING:
    from keras import KerasTensor

__all__ = ["MaskedConvolution", "WordDropout", "ZeroMasked"]


@keras.saving.register_keras_serializable(package="wordloom")
class ZeroMasked(keras.layers.Layer):  # type: ignore[misc]
    """Sets padding to zero, and gives no mask on: for layers that read all positions alike.

    Input shape:
        float (B, T, d), with or without a mask (B, T).

    Output shape:
        float (B, T, d), without a mask.

    Example:
        >>> mask = keras.ops.array([[True, False]])
        >>> float(ZeroMasked()(keras.ops.ones((1, 2, 1)), mask=mask)[0, 1, 0])
        0.0
    """

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: "KerasTensor", mask: "KerasTensor | None" = None) -> "KerasTensor":
        """Return the tokens with zeros where the mask is False."""
        return without_padding(inputs, mask)

    def compute_mask(self, inputs: object, previous_mask: object = None) -> None:
        """Return no mask."""

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the same shape."""
        return input_shape


@keras.saving.register_keras_serializable(package="wordloom")
class MaskedConvolution(keras.layers.Conv1D):  # type: ignore[misc]
    """A convolution over time that sees zeros where there is padding, and gives the mask on.

    Output positions are those of the input, so a text may be shorter than the kernel is wide, and
    padding at either end changes nothing at the positions of the text.

    Args:
        filters: How many outputs each position has.
        kernel_size: How many neighbouring tokens a filter sees.
        kwargs: What `keras.layers.Conv1D` takes besides, but `strides`, `padding` and
            `data_format`.

    Input shape:
        float (B, T, d), with or without a mask (B, T).

    Output shape:
        float (B, T, filters), with the same mask.

    Example:
        >>> MaskedConvolution(8, 3)(keras.ops.ones((2, 1, 4))).shape
        (2, 1, 8)
    """

    def __init__(self, filters: int, kernel_size: int, **kwargs: object) -> None:
        super().__init__(
            filters, kernel_size, padding="same", data_format="channels_last", **kwargs
        )
        self.supports_masking = True

    def call(self, inputs: "KerasTensor", mask: "KerasTensor | None" = None) -> "KerasTensor":
        """Return the filters' outputs at each position."""
        return super().call(without_padding(inputs, mask))

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        config: dict[str, Any] = super().get_config()
        for name in ("padding", "data_format"):
            del config[name]
        return config


@keras.saving.register_keras_serializable(package="wordloom")
class WordDropout(keras.layers.Layer):  # type: ignore[misc]
    """Drops whole words at random in training, so that a mean over time is one over the others.

    Vectors of dropped words become zero and the others are scaled by words / words kept; the mask
    stays, so `MeanPooling` afterwards gives the mean of the words kept (Iyyer et al. 2015). Of each
    text at least one word is kept.

    Args:
        rate: The probability that a word is dropped, from 0 and below 1.
        seed: Seed of what is dropped; None draws one.
        kwargs: What `keras.layers.Layer` takes besides.

    Input shape:
        float (B, T, d), with or without a mask (B, T).

    Output shape:
        float (B, T, d), with the same mask.

    Raises:
        InputError: The rate is out of range.

    Example:
        >>> dropped = WordDropout(0.5)(keras.ops.ones((4, 9, 2)), training=True)
        >>> round(float(keras.ops.mean(dropped)), 3)
        1.0
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: object) -> None:
        super().__init__(**kwargs)
        if not isinstance(rate, int | float) or not 0 <= rate < 1:
            raise InputError(f"`rate` must be from 0 and below 1. Received: {rate!r}.")
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(
        self,
        inputs: "KerasTensor",
        mask: "KerasTensor | None" = None,
        training: bool | None = None,
    ) -> "KerasTensor":
        """Return the tokens, in training without some words."""
        if not training or not self.rate:
            return inputs
        ops = keras.ops
        if mask is None:
            mask = ops.ones(ops.shape(inputs)[:2], "bool")
        # Padding draws less than any word does; the word that draws most is always kept.
        draws = keras.random.uniform(ops.shape(inputs)[:2], seed=self.seed_generator)
        draws = ops.where(mask, draws, -1.0)
        least = ops.minimum(ops.max(draws, axis=1, keepdims=True), self.rate)
        kept = ops.cast(ops.logical_and(mask, draws >= least), inputs.dtype)
        words = ops.sum(ops.cast(mask, inputs.dtype), axis=1, keepdims=True)
        scale = words / ops.maximum(ops.sum(kept, axis=1, keepdims=True), 1)
        return inputs * ops.expand_dims(kept * scale, -1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the same shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
