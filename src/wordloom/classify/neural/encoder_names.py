"""Encoders by name, and what a saved classifier says of its encoder."""

from collections.abc import Mapping
from dataclasses import fields

from wordloom.classify.neural.encoder_checks import shown
from wordloom.classify.neural.encoders import (
    ConvolutionEncoder,
    DeepAveragingEncoder,
    Encoder,
    FlattenEncoder,
    LSTMMaxEncoder,
    MeanEncoder,
    RecurrentEncoder,
)
from wordloom.classify.saved_arrays import damaged
from wordloom.errors import InputError

__all__ = ["ENCODERS", "encoder_from_json", "named_encoder"]

ENCODERS: Mapping[str, Encoder] = {
    "mean": MeanEncoder(),
    "flatten": FlattenEncoder(),
    "conv1d": ConvolutionEncoder(),
    "gru": RecurrentEncoder(),
    "bigru": RecurrentEncoder(bidirectional=True),
    "bilstm-max": LSTMMaxEncoder(),
    "dan": DeepAveragingEncoder(),
    # Of the published classifier on ELMo's mean vector: one layer, nothing dropped.
    "mean-dense": DeepAveragingEncoder(hidden=(256,), word_dropout=0.0, dropout=0.0),
}
"""The encoders that have a name, with their settings."""

KINDS: Mapping[str, type[Encoder]] = {
    type(encoder).kind: type(encoder) for encoder in ENCODERS.values()
}


def named_encoder(name: str) -> Encoder:
    """Return the encoder of a name, with its default settings.

    Args:
        name: One of `ENCODERS`.

    Returns:
        The encoder.

    Raises:
        InputError: There is none of this name.

    Example:
        >>> named_encoder("gru").units
        (128, 32)
    """
    if not isinstance(name, str) or name not in ENCODERS:
        raise InputError(
            f"An encoder is one of {', '.join(map(repr, ENCODERS))}, or a record of settings such "
            f"as RecurrentEncoder(units=(64,)). Received: {name!r}."
        )
    return ENCODERS[name]


def encoder_from_json(data: object) -> Encoder:
    """Read what `Encoder.to_json` returned.

    Args:
        data: What JSON gave, not trusted.

    Returns:
        An equal encoder.

    Raises:
        FormatError: It is something else.

    Example:
        >>> encoder_from_json(MeanEncoder(dropout=0.1).to_json())
        MeanEncoder(dropout=0.1)
    """
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(kind, str) or kind not in KINDS:
        raise damaged(f"an encoder's kind is one of {', '.join(KINDS)}, not {shown(kind)}")
    settings = {name: value for name, value in data.items() if name != "kind"}
    names = {field.name for field in fields(KINDS[kind])}
    if set(settings) != names:
        strange = sorted(map(shown, set(settings) ^ names))
        raise damaged(
            f"in an encoder {', '.join(strange[:5])} missing or unknown for the kind {kind}"
        )
    try:
        return KINDS[kind](**settings)
    except InputError as error:
        raise damaged(str(error)) from None
