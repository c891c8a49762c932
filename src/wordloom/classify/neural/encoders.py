"""Encoders: the part of a network that turns a text's word vectors into one vector.

An encoder is a record of settings. Keras is imported when a network is built from it, not before.
"""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from wordloom.classify.neural.encoder_checks import check_rates, check_size, set_sizes
from wordloom.errors import InputError

if TYPE_CHECKING:
    from keras import KerasTensor

__all__ = [
    "ConvolutionEncoder",
    "DeepAveragingEncoder",
    "Encoder",
    "FlattenEncoder",
    "LSTMMaxEncoder",
    "MeanEncoder",
    "RecurrentEncoder",
]


@dataclass(frozen=True)
class Encoder(ABC):
    """The settings of an encoder; what all of them can do.

    Padding, wherever it stands, does not change what an encoder gives (that of `FlattenEncoder`
    depends on where the words stand), and a text without words gives finite numbers.
    """

    kind: ClassVar[str]
    """What a saved encoder calls its class."""

    learning_rate: ClassVar[float] = 1e-3
    """The learning rate that suits it, unless another is given: Adam's own default."""

    @property
    def fixed_length(self) -> bool:
        """Whether all texts must be padded to one length that is known when building."""
        return False

    @abstractmethod
    def build(self, tokens: "KerasTensor", *, seed: int) -> "KerasTensor":
        """Add this encoder's layers to a network.

        Args:
            tokens: float (B, T, d), the word vectors of B texts of T tokens, with Keras' mask.
            seed: Seed of the initial weights and of dropout.

        Returns:
            float (B, n), a vector for each text, without a mask.

        Raises:
            InputError: T is not known, and the encoder has a fixed length.
            MissingExtraError: Keras is not installed.
        """

    def to_json(self) -> dict[str, Any]:
        """Return the settings as what JSON knows; `encoder_names.encoder_from_json` reads them."""
        settings = asdict(self).items()
        return {"kind": self.kind} | {
            name: list(value) if isinstance(value, tuple) else value for name, value in settings
        }


@dataclass(frozen=True)
class MeanEncoder(Encoder):
    """The mean of the word vectors, as in fastText's classifier (Joulin et al. 2017).

    Args:
        dropout: Part of the mean's numbers that is dropped in training, from 0 and below 1.

    Raises:
        InputError: A setting is out of range.

    Example:
        >>> MeanEncoder().to_json()
        {'kind': 'mean', 'dropout': 0.0}
    """

    kind = "mean"
    # There is only the label layer to learn. On SciCite's dev split accuracy was 0.774 with this
    # rate and 0.759 with 0.001, which had not finished after 30 epochs (means of two seeds).
    learning_rate = 1e-2
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_rates(self, "dropout")

    def build(self, tokens: "KerasTensor", *, seed: int) -> "KerasTensor":
        """Add the mean; see `Encoder.build`."""
        from wordloom.classify.neural.encoder_parts import dropped, seeds_from
        from wordloom.combine.pooling import MeanPooling

        return dropped(MeanPooling()(tokens), self.dropout, seeds_from(seed))


@dataclass(frozen=True)
class FlattenEncoder(Encoder):
    """All word vectors side by side, then dense layers: the textbook's network (Chollet 2017).

    Each position has weights of its own, so texts have one length, and which end is padded matters.
    Padding counts as zeros.

    Args:
        hidden: Units of the dense ReLU layers; none gives the vectors side by side as they are.
        dropout: Part of each dense layer's input, and of the result, that is dropped in training,
            from 0 and below 1.

    Raises:
        InputError: A setting is out of range.

    Example:
        >>> FlattenEncoder().fixed_length
        True
    """

    kind = "flatten"
    hidden: tuple[int, ...] = (32,)
    dropout: float = 0.0

    def __post_init__(self) -> None:
        set_sizes(self, "hidden", least=0)
        check_rates(self, "dropout")

    @property
    def fixed_length(self) -> bool:
        """True."""
        return True

    def build(self, tokens: "KerasTensor", *, seed: int) -> "KerasTensor":
        """Add the flattening and the dense layers; see `Encoder.build`."""
        from wordloom.classify.neural.encoder_layers import ZeroMasked
        from wordloom.classify.neural.encoder_parts import dense_layers, seeds_from
        from wordloom.combine.backend import keras

        if tokens.shape[1] is None:
            raise InputError(
                "The encoder 'flatten' needs texts of one length. Received: tokens of the shape "
                f"{tokens.shape}. Pad all texts to one length, or take another encoder."
            )
        flat = keras.layers.Flatten(data_format="channels_last")(ZeroMasked()(tokens))
        return dense_layers(flat, self.hidden, self.dropout, seeds_from(seed))


@dataclass(frozen=True)
class ConvolutionEncoder(Encoder):
    """Convolutions of several widths, each filter's maximum over time (Kim 2014).

    Args:
        widths: How many neighbouring words the filters see; the paper's 3, 4 and 5.
        filters: How many filters there are of each width; the paper's 100.
        dropout: Part of the maxima that is dropped in training, from 0 and below 1; the paper's .5.

    Raises:
        InputError: A setting is out of range.

    Example:
        >>> ConvolutionEncoder(widths=(2, 3)).to_json()["widths"]
        [2, 3]
    """

    kind = "convolution"
    widths: tuple[int, ...] = (3, 4, 5)
    filters: int = 100
    dropout: float = 0.5

    def __post_init__(self) -> None:
        set_sizes(self, "widths")
        check_size(self, "filters")
        check_rates(self, "dropout")

    def build(self, tokens: "KerasTensor", *, seed: int) -> "KerasTensor":
        """Add the convolutions and their maxima; see `Encoder.build`."""
        from wordloom.classify.neural.encoder_layers import MaskedConvolution
        from wordloom.classify.neural.encoder_parts import dropped, seeds_from
        from wordloom.combine.backend import keras
        from wordloom.combine.pooling import MaxPooling

        seeds = seeds_from(seed)
        maxima = [
            MaxPooling()(
                MaskedConvolution(
                    self.filters,
                    width,
                    activation="relu",
                    kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
                )(tokens)
            )
            for width in self.widths
        ]
        joined = maxima[0] if len(maxima) == 1 else keras.layers.Concatenate()(maxima)
        return dropped(joined, self.dropout, seeds)


@dataclass(frozen=True)
class RecurrentEncoder(Encoder):
    """A stack of GRU or LSTM layers; the last state of the last layer stands for the text.

    The defaults are those of the published Keras experiment on BBC news with meta-embeddings: GRU
    layers of 128 and 32 units, dropout .2.

    Args:
        cell: "gru" or "lstm".
        units: Units of each layer, in each direction.
        bidirectional: Let each layer read the text from both ends, and join what both found.
        dropout: Part of each layer's input that is dropped in training, from 0 and below 1.

    Raises:
        InputError: A setting is out of range.

    Example:
        >>> RecurrentEncoder(cell="lstm", units=(64,)).units
        (64,)
    """

    kind = "recurrent"
    cell: str = "gru"
    units: tuple[int, ...] = (128, 32)
    bidirectional: bool = False
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if self.cell not in ("gru", "lstm"):
            raise InputError(f"`cell` must be 'gru' or 'lstm'. Received: {self.cell!r}.")
        if not isinstance(self.bidirectional, bool):
            raise InputError(
                f"`bidirectional` must be True or False. Received: {self.bidirectional!r}."
            )
        set_sizes(self, "units")
        check_rates(self, "dropout")

    def build(self, tokens: "KerasTensor", *, seed: int) -> "KerasTensor":
        """Add the stack; see `Encoder.build`."""
        from wordloom.classify.neural.encoder_parts import recurrent, seeds_from

        seeds = seeds_from(seed)
        for place, units in enumerate(self.units, start=1):
            tokens = recurrent(
                tokens,
                self.cell,
                units,
                seeds,
                bidirectional=self.bidirectional,
                return_sequences=place < len(self.units),
                dropout=self.dropout,
            )
        return tokens


@dataclass(frozen=True)
class LSTMMaxEncoder(Encoder):
    """A bidirectional LSTM, its maximum over time, then dense layers (Conneau et al. 2017).

    With it dynamic meta-embeddings were published (Kiela et al. 2018): 512 units, two dense layers
    of 512 and dropout .5 on SST-2. The defaults have a quarter of the units, which is a sixteenth
    of the recurrent weights and of the work on them: meant for few labelled texts and few cores.

    Args:
        units: Units of the LSTM in each direction.
        hidden: Units of the dense ReLU layers; may be none.
        dropout: Part of each dense layer's input, and of the result, that is dropped in training,
            from 0 and below 1.

    Raises:
        InputError: A setting is out of range.

    Example:
        >>> LSTMMaxEncoder(units=512, hidden=(512, 512)).units
        512
    """

    kind = "lstm-max"
    units: int = 128
    hidden: tuple[int, ...] = (128, 128)
    dropout: float = 0.5

    def __post_init__(self) -> None:
        check_size(self, "units")
        set_sizes(self, "hidden", least=0)
        check_rates(self, "dropout")

    def build(self, tokens: "KerasTensor", *, seed: int) -> "KerasTensor":
        """Add the LSTM, its maximum and the dense layers; see `Encoder.build`."""
        from wordloom.classify.neural.encoder_parts import dense_layers, recurrent, seeds_from
        from wordloom.combine.pooling import MaxPooling

        seeds = seeds_from(seed)
        states = recurrent(
            tokens, "lstm", self.units, seeds, bidirectional=True, return_sequences=True
        )
        return dense_layers(MaxPooling()(states), self.hidden, self.dropout, seeds)


@dataclass(frozen=True)
class DeepAveragingEncoder(Encoder):
    """The mean of the word vectors, then dense layers, with word dropout (Iyyer et al. 2015).

    Args:
        hidden: Units of the dense ReLU layers; the paper's layers have 300.
        word_dropout: Part of a text's words that is left out of the mean in training, from 0 and
            below 1; the paper's .3. One word at least stays.
        dropout: Part of each dense layer's input, and of the result, that is dropped in training,
            from 0 and below 1.

    Raises:
        InputError: A setting is out of range.

    Example:
        >>> DeepAveragingEncoder(hidden=(100,)).word_dropout
        0.3
    """

    kind = "deep-averaging"
    hidden: tuple[int, ...] = (300, 300)
    word_dropout: float = 0.3
    dropout: float = 0.2

    def __post_init__(self) -> None:
        set_sizes(self, "hidden")
        check_rates(self, "word_dropout", "dropout")

    def build(self, tokens: "KerasTensor", *, seed: int) -> "KerasTensor":
        """Add word dropout, the mean and the dense layers; see `Encoder.build`."""
        from wordloom.classify.neural.encoder_layers import WordDropout
        from wordloom.classify.neural.encoder_parts import dense_layers, seeds_from
        from wordloom.combine.pooling import MeanPooling

        seeds = seeds_from(seed)
        kept = WordDropout(self.word_dropout, seed=next(seeds))(tokens)
        return dense_layers(MeanPooling()(kept), self.hidden, self.dropout, seeds)
