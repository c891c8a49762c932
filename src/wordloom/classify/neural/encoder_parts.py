"""What encoders are put together from: seeds, dropout, dense and recurrent layers."""

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from wordloom.combine.backend import keras
from wordloom.combine.recurrent import GRU, LSTM

if TYPE_CHECKING:
    from keras import KerasTensor
    from keras.layers import Layer

__all__ = ["dense_layers", "dropped", "recurrent", "seeds_from"]


def seeds_from(seed: int) -> Iterator[int]:
    """Yield a seed for each layer and matrix, so that none repeats another's numbers."""
    random = Random(seed)  # noqa: S311
    while True:
        yield random.randrange(2**31)


def dropped(tensor: "KerasTensor", rate: float, seeds: Iterator[int]) -> "KerasTensor":
    """Add dropout to a network, if there is any."""
    return keras.layers.Dropout(rate, seed=next(seeds))(tensor) if rate else tensor


def dense_layers(
    tensor: "KerasTensor", hidden: tuple[int, ...], rate: float, seeds: Iterator[int]
) -> "KerasTensor":
    """Add dense ReLU layers to a network, with dropout before, between and behind them."""
    for units in hidden:
        layer = keras.layers.Dense(
            units,
            activation="relu",
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        )
        tensor = layer(dropped(tensor, rate, seeds))
    return dropped(tensor, rate, seeds)


def recurrent(
    tokens: "KerasTensor",
    cell: str,
    units: int,
    seeds: Iterator[int],
    *,
    bidirectional: bool,
    **settings: object,
) -> "KerasTensor":
    """Add a recurrent layer to a network, or one for each direction."""

    def layer(*, go_backwards: bool) -> "Layer":
        return (GRU if cell == "gru" else LSTM)(
            units,
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
            recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
            go_backwards=go_backwards,
            seed=next(seeds),
            **settings,
        )

    forward = layer(go_backwards=False)
    if not bidirectional:
        return forward(tokens)
    # Keras would make the second layer from the first one's seeds, and both would begin equal.
    return keras.layers.Bidirectional(forward, backward_layer=layer(go_backwards=True))(tokens)
