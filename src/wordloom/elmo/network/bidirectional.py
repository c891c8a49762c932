"""The language models of ELMo above the token vectors: LSTMs upon LSTMs, in both directions."""

from wordloom.combine.backend import keras
from wordloom.combine.padding import first_mask, without_padding
from wordloom.combine.tensors import Shape, Tensor
from wordloom.elmo.network.projected_lstm import ProjectedLSTM
from wordloom.elmo.network.published import PublishedLayer, Variable
from wordloom.elmo.options import DIRECTIONS, ELMoOptions

__all__ = ["BidirectionalLSTMs", "LSTMStack"]

ops = keras.ops


@keras.saving.register_keras_serializable(package="wordloom")
class LSTMStack(PublishedLayer):
    """The LSTM layers of one direction, one upon the other.

    Args:
        options: The shape of the network.
        direction: 0 for the forward language model's, 1 for the backward one's: what the published
            names of its weights say. Both read their input from the first step to the last.
        dropout: Which share of the numbers is dropped in training from the input of each layer and
            from the output of the last; 0.1 is the published choice.
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        (batch, time, projection_dim), a mask (batch, time) where there is padding, and for each
        layer the states (h, c) to start from, or None for zeros.

    Output shape:
        For each layer (batch, time, projection_dim), zero at padding; and for each layer its last
        states h (batch, projection_dim) and c (batch, lstm_dim).

    Example:
        >>> outputs, states = LSTMStack(ELMoOptions(8, 6))(ops.ones((2, 5, 6)))
        >>> [output.shape for output in outputs]
        [(2, 5, 6), (2, 5, 6)]
    """

    def __init__(
        self, options: ELMoOptions, direction: int = 0, dropout: float = 0.0, **kwargs: object
    ) -> None:
        # The states of cells are float32 in mixed precision too.
        super().__init__(options, **{"autocast": False, **kwargs})
        self.direction = direction
        self.lstms = [
            ProjectedLSTM(self.options, direction, place, dtype=self.dtype_policy)
            for place in range(self.options.n_layers)
        ]
        self.dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the weights of all layers."""
        for lstm in self.lstms:
            if not lstm.built:
                lstm.build()
        self.built = True

    def published_variables(self) -> dict[str, Variable]:
        """Return the variables by their published names."""
        return {
            name: variable
            for lstm in self.lstms
            for name, variable in lstm.published_variables().items()
        }

    def call(
        self,
        inputs: Tensor,
        mask: Tensor = None,
        states: list[tuple[Tensor, Tensor]] | None = None,
        training: bool | None = None,
    ) -> tuple[list[Tensor], list[tuple[Tensor, Tensor]]]:
        """Return the outputs of all layers, and their last states."""
        x, outputs, last = inputs, [], []
        for place, lstm in enumerate(self.lstms):
            x = self.dropout(x, training=training)
            found, state = lstm(x, mask=mask, states=None if states is None else states[place])
            x = found + x if place and self.options.skip_connections else found
            outputs.append(x)
            last.append(state)
        outputs[-1] = self.dropout(x, training=training)
        return outputs, last

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        """Return the mask for the outputs, and none for the states."""
        n_layers = self.options.n_layers
        return [mask] * n_layers, [(None, None)] * n_layers

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        config = {"direction": self.direction, "dropout": self.dropout.rate}
        return {**super().get_config(), **config}


def reverse(sequences: Tensor, mask: Tensor) -> Tensor:
    """Turn the tokens of each row around; padding stays behind them.

    Args:
        sequences: (batch, time, dim).
        mask: bool (batch, time), False at the padding at the end of rows; or None.
    """
    if mask is None:
        return ops.flip(sequences, axis=1)
    places = ops.arange(mask.shape[1])
    last = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True) - 1
    turned = ops.where(mask, last - places, places)
    return ops.take_along_axis(sequences, ops.expand_dims(turned, -1), axis=1)


@keras.saving.register_keras_serializable(package="wordloom")
class BidirectionalLSTMs(PublishedLayer):
    """The forward and the backward LSTMs over whole sentences: all layers of ELMo.

    Each sentence starts from zero states.

    Args:
        options: The shape of the network.
        dropout: Which share of the numbers is dropped in training from the input of each layer and
            from the output of the last; 0.1 is the published choice.
        kwargs: What every Keras layer takes (`name`, `dtype`).

    Input shape:
        Token vectors (batch, time, projection_dim), with a mask (batch, time) where there is
        padding, which is at the end of rows.

    Output shape:
        A list of n_layers + 1 tensors (batch, time, 2 * projection_dim), zero at padding: the
        token vectors twice, then the forward and the backward output of each layer.

    Example:
        >>> layers = BidirectionalLSTMs(ELMoOptions(8, 6))(ops.ones((2, 5, 6)))
        >>> [layer.shape for layer in layers]
        [(2, 5, 12), (2, 5, 12), (2, 5, 12)]
    """

    def __init__(self, options: ELMoOptions, dropout: float = 0.0, **kwargs: object) -> None:
        super().__init__(options, **kwargs)
        self.dropout = dropout
        self.directions = [
            LSTMStack(self.options, direction, dropout, dtype=self.dtype_policy)
            for direction in range(len(DIRECTIONS))
        ]

    def build(self, input_shape: Shape | None = None) -> None:
        """Make the weights of all layers."""
        for stack in self.directions:
            if not stack.built:
                stack.build()
        self.built = True

    def published_variables(self) -> dict[str, Variable]:
        """Return the variables by their published names."""
        forward, backward = (stack.published_variables() for stack in self.directions)
        return forward | backward

    def call(
        self, inputs: Tensor, mask: Tensor = None, training: bool | None = None
    ) -> list[Tensor]:
        """Return the layers."""
        mask = first_mask(mask)
        tokens = without_padding(inputs, mask)
        forward, backward = self.directions
        ahead, _ = forward(tokens, mask=mask, training=training)
        behind, _ = backward(reverse(tokens, mask), mask=mask, training=training)
        pairs = [(tokens, tokens), *zip(ahead, (reverse(x, mask) for x in behind), strict=True)]
        return [ops.concatenate(pair, axis=-1) for pair in pairs]

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> list[Tensor]:
        """Return the mask, once for each layer."""
        return [mask] * (self.options.n_layers + 1)

    def compute_output_shape(self, input_shape: Shape) -> list[Shape]:
        """Return the shapes of the layers."""
        return [(*input_shape[:-1], self.options.dim)] * (self.options.n_layers + 1)

    def get_config(self) -> dict[str, object]:
        """Return the arguments that the layer was made with."""
        return {**super().get_config(), "dropout": self.dropout}
