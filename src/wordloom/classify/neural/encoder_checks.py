"""Checks of the settings of encoders, which each makes when it is built."""

from wordloom.errors import InputError

__all__ = ["check_rates", "check_size", "set_sizes", "shown"]

# Far more than anybody uses: a damaged file is not to fill the memory.
MAX_SIZE = 2**16
MAX_LAYERS = 32


def check_rates(encoder: object, *names: str) -> None:
    """Refuse rates that are not numbers from 0 and below 1."""
    for name in names:
        rate = getattr(encoder, name)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < 1:
            raise InputError(
                f"`{name}` must be a number from 0 and below 1. Received: {shown(rate)}."
            )


def is_size(value: object) -> bool:
    """Tell whether a value can be a number of units."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SIZE


def check_size(encoder: object, name: str) -> None:
    """Refuse a number of units that is not a whole number from 1."""
    value = getattr(encoder, name)
    if not is_size(value):
        raise InputError(
            f"`{name}` must be a whole number from 1 to {MAX_SIZE:,}. Received: {shown(value)}."
        )


def set_sizes(encoder: object, name: str, *, least: int = 1) -> None:
    """Make a list of whole numbers from 1 a tuple, and refuse anything else."""
    values = getattr(encoder, name)
    if (
        not isinstance(values, list | tuple)
        or not least <= len(values) <= MAX_LAYERS
        or not all(map(is_size, values))
    ):
        raise InputError(
            f"`{name}` must be a tuple of {least} to {MAX_LAYERS} whole numbers from 1 to "
            f"{MAX_SIZE:,}, as in {name}=(64,). Received: {shown(values)}."
        )
    object.__setattr__(encoder, name, tuple(values))


def shown(value: object) -> str:
    """Return a value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
