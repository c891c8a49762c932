"""The shape of an ELMo network: the published `options.json`, the published sizes, the tensors."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wordloom.errors import FormatError, InputError

__all__ = ["DIRECTIONS", "SIZES", "ELMoOptions"]

DIRECTIONS = ("forward", "backward")
"""The two language models, in the order of the published tensors' names (RNN_0, RNN_1)."""

N_CHARACTERS = 261
"""Bytes 0 to 255 and the five marks of `wordloom.elmo.characters`: rows of the character table."""

ACTIVATIONS = ("relu", "tanh")
# Far beyond any network that was ever trained; a header that says more is not believed.
LARGEST, MOST_LAYERS, MOST_CHARACTERS = 1 << 17, 64, 1 << 10


@dataclass(frozen=True)
class ELMoOptions:
    """The shape of an ELMo network.

    The names are those of the published `options.json`, spelled out. The defaults are those of the
    published network "original".

    Attributes:
        lstm_dim: Size of an LSTM's cell state.
        projection_dim: Size of an LSTM's output, and of a token's vector before it.
        n_layers: How many LSTM layers each direction has.
        cell_clip: Cell states are cut off at this size; 0 for not at all.
        projection_clip: The same for the outputs of an LSTM.
        skip_connections: Add to each layer's output its input, from the second layer on.
        character_dim: Size of a character's vector.
        filters: For each kind of convolution how many characters it spans, and how many there are.
        n_highway: How many highway layers follow them.
        max_characters: How many characters a token has room for, its two marks included.
        activation: What follows the convolutions, "relu" or "tanh".

    Raises:
        InputError: A number is out of range.

    Example:
        >>> SIZES["original"].n_parameters, SIZES["small"].n_parameters
        (93600848, 13593296)
    """

    lstm_dim: int = 4096
    projection_dim: int = 512
    n_layers: int = 2
    cell_clip: float = 3.0
    projection_clip: float = 3.0
    skip_connections: bool = True
    character_dim: int = 16
    filters: tuple[tuple[int, int], ...] = (
        (1, 32),
        (2, 32),
        (3, 64),
        (4, 128),
        (5, 256),
        (6, 512),
        (7, 1024),
    )
    n_highway: int = 2
    max_characters: int = 50
    activation: str = "relu"

    def __post_init__(self) -> None:
        for name, (least, most) in {
            "lstm_dim": (1, LARGEST),
            "projection_dim": (1, LARGEST),
            "n_layers": (1, MOST_LAYERS),
            "character_dim": (1, LARGEST),
            "n_highway": (0, MOST_LAYERS),
            "max_characters": (3, MOST_CHARACTERS),
        }.items():
            self.check_whole(name, getattr(self, name), least, most)
        if not self.filters:
            raise InputError("ELMo reads characters by convolutions. Received: no filters.")
        for width, count in self.filters:
            self.check_whole("the width of a filter", width, 1)
            self.check_whole("the number of filters", count, 1)
            if width > self.max_characters:
                raise InputError(
                    f"A filter spans at most max_characters={self.max_characters}. "
                    f"Received: a width of {width}."
                )
        for name in ("cell_clip", "projection_clip"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise InputError(f"`{name}` is a number from 0. Received: {value!r}.")
        if self.activation not in ACTIVATIONS:
            raise InputError(
                f"`activation` is one of {', '.join(ACTIVATIONS)}. Received: {self.activation!r}."
            )

    @staticmethod
    def check_whole(name: str, value: object, least: int, most: int = LARGEST) -> None:
        """Refuse what is not a whole number in range."""
        if type(value) is not int or not least <= value <= most:
            raise InputError(
                f"{name} is a whole number from {least} to {most:,}. Received: {value!r}."
            )

    @property
    def n_filters(self) -> int:
        """How many convolutions there are in all."""
        return sum(count for _, count in self.filters)

    @property
    def dim(self) -> int:
        """How many numbers the vector of a token has in each layer: both directions together."""
        return 2 * self.projection_dim

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor, by its published name."""
        shapes: dict[str, tuple[int, ...]] = {"char_embed": (N_CHARACTERS, self.character_dim)}
        for place, (width, count) in enumerate(self.filters):
            shapes[f"CNN/W_cnn_{place}"] = (1, width, self.character_dim, count)
            shapes[f"CNN/b_cnn_{place}"] = (count,)
        for place in range(self.n_highway):
            for gate in ("carry", "transform"):
                shapes[f"CNN_high_{place}/W_{gate}"] = (self.n_filters, self.n_filters)
                shapes[f"CNN_high_{place}/b_{gate}"] = (self.n_filters,)
        shapes["CNN_proj/W_proj"] = (self.n_filters, self.projection_dim)
        shapes["CNN_proj/b_proj"] = (self.projection_dim,)
        for direction in range(len(DIRECTIONS)):
            for layer in range(self.n_layers):
                cell = self.cell_name(direction, layer)
                shapes[f"{cell}/W_0"] = (2 * self.projection_dim, 4 * self.lstm_dim)
                shapes[f"{cell}/B"] = (4 * self.lstm_dim,)
                shapes[f"{cell}/W_P_0"] = (self.lstm_dim, self.projection_dim)
        return shapes

    @staticmethod
    def cell_name(direction: int, layer: int) -> str:
        """Return what the names of an LSTM cell's tensors begin with.

        Args:
            direction: 0 for forward, 1 for backward.
            layer: The layer, from 0.
        """
        return f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"

    @property
    def n_parameters(self) -> int:
        """How many numbers the network has."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def to_json(self) -> dict[str, object]:
        """Return the published `options.json`.

        Example:
            >>> ELMoOptions.from_json(SIZES["small"].to_json()) == SIZES["small"]
            True
        """
        return {
            "lstm": {
                "use_skip_connections": self.skip_connections,
                "projection_dim": self.projection_dim,
                "cell_clip": self.cell_clip,
                "proj_clip": self.projection_clip,
                "dim": self.lstm_dim,
                "n_layers": self.n_layers,
            },
            "char_cnn": {
                "activation": self.activation,
                "filters": [list(pair) for pair in self.filters],
                "n_highway": self.n_highway,
                "embedding": {"dim": self.character_dim},
                "n_characters": N_CHARACTERS + 1,
                "max_characters_per_token": self.max_characters,
            },
        }

    @classmethod
    def from_json(cls, content: object) -> "ELMoOptions":
        """Read the content of an `options.json`.

        Args:
            content: What JSON became; settings of training are ignored.

        Returns:
            The options.

        Raises:
            FormatError: Something is missing or out of range; the message says what.
        """
        try:
            lstm, cnn = entry(content, "lstm", dict), entry(content, "char_cnn", dict)
            n_characters = entry(cnn, "char_cnn.n_characters", int)
            if n_characters not in (N_CHARACTERS, N_CHARACTERS + 1):
                raise InputError(
                    "`char_cnn.n_characters` is 261 (in training) or 262. "
                    f"Received: {n_characters}."
                )
            return cls(
                lstm_dim=entry(lstm, "lstm.dim", int),
                projection_dim=entry(lstm, "lstm.projection_dim", int),
                n_layers=entry(lstm, "lstm.n_layers", int),
                cell_clip=entry(lstm, "lstm.cell_clip", float, 0.0),
                projection_clip=entry(lstm, "lstm.proj_clip", float, 0.0),
                skip_connections=entry(lstm, "lstm.use_skip_connections", bool, False),
                character_dim=entry(
                    entry(cnn, "char_cnn.embedding", dict), "char_cnn.embedding.dim", int
                ),
                filters=tuple(
                    pair_of_numbers(pair) for pair in entry(cnn, "char_cnn.filters", list)
                ),
                n_highway=entry(cnn, "char_cnn.n_highway", int, 0),
                max_characters=entry(cnn, "char_cnn.max_characters_per_token", int),
                activation=entry(cnn, "char_cnn.activation", str),
            )
        except InputError as error:
            raise FormatError(f"The options of ELMo do not describe a network. {error}") from None

    @classmethod
    def read(cls, text: str) -> "ELMoOptions":
        """Read the text of an `options.json`.

        Raises:
            FormatError: It is not JSON, or not the options of a network.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"The options of ELMo are JSON. Received: {error}.") from None
        return cls.from_json(content)


MISSING = object()


def entry(content: object, name: str, kind: type, default: object = MISSING) -> Any:  # noqa: ANN401
    """Return an entry of a JSON object if it is of a kind; whole numbers pass for floats."""
    key = name.rpartition(".")[2]
    value = content.get(key, default) if isinstance(content, Mapping) else MISSING
    if value is None and default is not MISSING:
        value = default  # as bilm-tf writes a clip that is off
    if kind is float and type(value) is int and abs(value) <= LARGEST:
        value = float(value)  # an int may be too large to become one
    if type(value) is not kind:
        shown = "nothing" if value is MISSING else repr(value)
        raise InputError(
            f"`{name}` is needed, of the type {kind.__name__}. Received: {shown:.200}."
        )
    return value


def pair_of_numbers(pair: object) -> tuple[int, int]:
    """Return an entry of `filters`."""
    if isinstance(pair, list) and len(pair) == 2 and all(type(number) is int for number in pair):
        return pair[0], pair[1]
    raise InputError(f"`char_cnn.filters` holds pairs of [width, number]. Received: {pair!r:.100}.")


SIZES: dict[str, ELMoOptions] = {
    "tiny": ELMoOptions(
        lstm_dim=256,
        projection_dim=64,
        filters=((1, 32), (2, 32), (3, 64), (4, 128)),
        n_highway=1,
    ),
    "small": ELMoOptions(lstm_dim=1024, projection_dim=128, n_highway=1),
    "medium": ELMoOptions(lstm_dim=2048, projection_dim=256, n_highway=1),
    "original": ELMoOptions(),
}
"""The published sizes (https://allennlp.org/elmo: 13.6, 28.0 and 93.6 million parameters), and
"tiny", which two cores train."""
