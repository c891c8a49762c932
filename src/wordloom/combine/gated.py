"""The meta-embedding of a published Keras notebook: a recurrent gate instead of projections."""

from collections.abc import Sequence

from wordloom.combine.backend import keras
from wordloom.combine.meta_embedding import MetaEmbedding
from wordloom.combine.padding import without_padding
from wordloom.combine.recurrent import LSTM
from wordloom.combine.tensors import Shape, Tensor, source_dims

__all__ = ["GatedMetaEmbedding"]

ops = keras.ops


@keras.saving.register_keras_serializable(package="wordloom")
class GatedMetaEmbedding(MetaEmbedding):
    """Weighs embeddings by what an LSTM over all of them says, and adds them up.

    This is what the notebook of M. Cerliani ("MEDIUM_NoteBook", meta-embeddings of news articles)
    calls DME and, with `bidirectional`, CDME. It differs from the paper: nothing is projected; the
    n embeddings lie side by side before an LSTM of n units, whose outputs, through a sigmoid, are
    the weights. Both variants see context. The bidirectional one takes the larger of the forward
    and backward output. The notebook has no masks; here padding neither counts nor changes weights.

    Args:
        bidirectional: Read the text in both directions.
        return_attention: Return the weights as well.
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Raises:
        InputError: The inputs are no list of embeddings of the same number of dimensions.

    Input shape:
        A list of n ≥ 1 tensors (batch, tokens, dim), with a mask (batch, tokens) where there is
        padding.

    Output shape:
        (batch, tokens, dim), zero at padding; with `return_attention` a tuple of that and float32
        (batch, tokens, n), zero at padding.

    Example:
        >>> import numpy as np
        >>> layer = GatedMetaEmbedding()
        >>> layer([np.ones((2, 5, 100)), np.ones((2, 5, 100))]).shape, layer.count_params()
        ((2, 5, 100), 1624)
    """

    def __init__(
        self, *, bidirectional: bool = False, return_attention: bool = False, **kwargs: object
    ) -> None:
        super().__init__(None, output_activation=None, return_attention=return_attention, **kwargs)
        self.bidirectional = bidirectional

    def build(self, input_shape: Sequence[Shape]) -> None:
        """Make the LSTM."""
        super().build(input_shape)
        dims = source_dims(input_shape)
        gate = LSTM(len(dims), return_sequences=True, dtype=self.dtype_policy)
        if self.bidirectional:
            gate = keras.layers.Bidirectional(gate, merge_mode=None, dtype=self.dtype_policy)
        self.gate = gate
        self.gate.build((None, None, sum(dims)))

    def weigh(self, inputs: list[Tensor], mask: Tensor) -> Tensor:
        """Return the weights of the embeddings, float32 (batch, tokens, number of embeddings)."""
        read = self.gate(ops.concatenate(inputs, axis=-1), mask=mask)
        if self.bidirectional:
            read = ops.maximum(*read)
        return without_padding(ops.sigmoid(ops.cast(read, "float32")), mask)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        config = super().get_config()
        del config["dim"], config["output_activation"]
        return {**config, "bidirectional": self.bidirectional}
