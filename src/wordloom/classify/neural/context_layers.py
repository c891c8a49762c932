"""The Keras layers of ELMo in a classifier's network: its LSTMs, and the mix of its layers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask, without_padding
from wordloom.combine.scalar_mix import ScalarMix
from wordloom.combine.tensors import Shape, Tensor
from wordloom.elmo.network.bidirectional import BidirectionalLSTMs
from wordloom.elmo.options import ELMoOptions

__all__ = ["LayerMix", "WholeTextLSTMs"]

ops = keras.ops


@keras.saving.register_keras_serializable(package="wordloom")
class WholeTextLSTMs(keras.layers.Layer):  # type: ignore[misc]
    """ELMo's LSTMs over texts: each is read whole, between the marks of a sentence.

    Args:
        options: The shape of ELMo; or the content of an `options.json`.
        kwargs: What every Keras layer takes (`name`, `trainable`).

    Attributes:
        lstms: The `BidirectionalLSTMs`.
        marks: float (2, projection_dim), the vectors of the marks before and behind a text; never
            trained, as the words' vectors are not.

    Input shape:
        The words' vectors (texts, tokens, projection_dim), with a mask (texts, tokens) where there
        is padding, at one end of each row.

    Output shape:
        (texts, tokens, n_layers + 1, 2 * projection_dim), zero at padding.

    Example:
        >>> WholeTextLSTMs(ELMoOptions(8, 6))(ops.ones((2, 5, 6))).shape
        (2, 5, 3, 12)
    """

    def __init__(self, options: ELMoOptions | Mapping[str, object], **kwargs: object) -> None:
        super().__init__(**kwargs)
        if not isinstance(options, ELMoOptions):
            options = ELMoOptions.from_json(options)
        self.lstms = BidirectionalLSTMs(options)
        self.supports_masking = True

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the weights."""
        if self.lstms.built:
            return
        self.lstms.build()
        self.marks = self.add_weight(
            name="marks",
            shape=(2, self.lstms.options.projection_dim),
            initializer="zeros",
            trainable=False,
        )
        self.built = True

    def set_published(
        self, weights: Mapping[str, NDArray[np.float32]], marks: NDArray[np.float32]
    ) -> None:
        """Take over the weights of an ELMo.

        Args:
            weights: Its tensors by published name.
            marks: float32 (2, projection_dim), the vectors of the marks around a sentence.
        """
        self.build()
        self.lstms.set_published(weights)
        self.marks.assign(marks)

    def call(self, inputs: Tensor, mask: Tensor = None, training: bool | None = None) -> Tensor:
        """Return the layers."""
        mask = first_mask(mask)
        batch, time = ops.shape(inputs)[:2]
        if mask is None:
            mask = ops.ones((batch, time), "bool")
        # Of each row: where its tokens begin, and how many there are.
        first = ops.expand_dims(ops.argmax(ops.cast(mask, "int32"), axis=1), -1)
        first = ops.cast(first, "int32")
        count = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
        # Mark, tokens, mark, padding; the marks are the last two rows of `known`.
        step = ops.expand_dims(ops.arange(time + 2, dtype="int32"), 0)
        source = ops.where(step == count + 1, time + 1, ops.minimum(first + step - 1, time + 1))
        source = ops.where(step == 0, time, source)
        marks = ops.repeat(ops.expand_dims(ops.cast(self.marks, inputs.dtype), 0), batch, axis=0)
        known = ops.concatenate([inputs, marks], axis=1)
        tokens = ops.take_along_axis(known, ops.expand_dims(source, -1), axis=1)
        layers = self.lstms(tokens, mask=step <= count + 1, training=training)
        # Back to where the tokens stood, without the marks.
        back = ops.expand_dims(ops.arange(time, dtype="int32"), 0) - first + 1
        back = ops.expand_dims(ops.clip(back, 0, time + 1), -1)
        return ops.stack(
            [without_padding(ops.take_along_axis(each, back, axis=1), mask) for each in layers],
            axis=2,
        )

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the same mask."""
        return mask

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the layers."""
        options = self.lstms.options
        return (*input_shape[:2], options.n_layers + 1, options.dim)

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {**super().get_config(), "options": self.lstms.options.to_json()}


@keras.saving.register_keras_serializable(package="wordloom")
class LayerMix(keras.layers.Layer):  # type: ignore[misc]
    """The weighted sum of ELMo's layers, whose weights are learned, or stay as they are.

    Numbers of a language model's layers lie around values that all words share, which say nothing
    and outweigh the rest. Here they are standardised: learned weights add up standardised layers;
    a sum by weights that stay is standardised itself. (The layer norm that Peters et al. 2018
    offer does so too, with the numbers of each batch.)

    Args:
        learned: Learn a `ScalarMix`, which begins with equal weights.
        kwargs: What every Keras layer takes (`name`).

    Attributes:
        mean: float (n_layers, dim), or (1, dim) if weights are not learned: what is subtracted;
            never trained.
        scale: float of the same shape, what is then multiplied with; never trained.
        fixed: float (n_layers,), the weights, if they are not learned.
        mix: The `ScalarMix`; None if they are not learned.

    Input shape:
        (texts, tokens, n_layers, dim), with a mask (texts, tokens) where there is padding.

    Output shape:
        (texts, tokens, dim), zero at padding.

    Example:
        >>> LayerMix()(ops.ones((2, 5, 3, 4))).shape
        (2, 5, 4)
    """

    def __init__(self, learned: bool = True, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.learned = learned
        self.mix = ScalarMix() if learned else None
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        """Make the weights."""
        n_layers, dim = input_shape[-2:]
        assert n_layers is not None  # noqa: S101
        shape = (n_layers if self.learned else 1, dim)
        self.mean, self.scale = (
            self.add_weight(name=name, shape=shape, initializer=first, trainable=False)
            for name, first in (("mean", "zeros"), ("scale", "ones"))
        )
        if self.mix is not None:
            self.mix.build([(None, None, dim)] * n_layers)
        else:
            self.fixed = self.add_weight(
                name="fixed", shape=(n_layers,), initializer="ones", trainable=False
            )
        self.built = True

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the sums."""
        places = range(inputs.shape[2])
        mask = first_mask(mask)
        if self.mix is not None:
            standardised = (inputs - self.mean) * self.scale
            return without_padding(self.mix([standardised[:, :, place] for place in places]), mask)
        total = sum(self.fixed[place] * inputs[:, :, place] for place in places)
        return without_padding((total - self.mean[0]) * self.scale[0], mask)

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the same mask."""
        return mask

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the sums."""
        return (*input_shape[:2], input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {**super().get_config(), "learned": self.learned}
