"""Checks of hyper-parameters, which every trainer makes when it is built."""

import math

from wordloom.errors import InputError

__all__ = ["check_number", "check_whole_numbers"]


def check_whole_numbers(trainer: object, *names: str) -> None:
    """Refuse settings that are not whole numbers from 1.

    Args:
        trainer: What has them as attributes.
        names: Their names.

    Raises:
        InputError: One is not.
    """
    for name in names:
        value = getattr(trainer, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"`{name}` must be a whole number from 1. Received: {value!r}.")


def check_number(
    trainer: object, name: str, *, above: float | None = None, most: float | None = None
) -> None:
    """Refuse a setting that is not a finite number from 0.

    Args:
        trainer: What has it as an attribute.
        name: Its name.
        above: It must be more than this, too.
        most: It must be at most this, too.

    Raises:
        InputError: It is not.
    """
    value = getattr(trainer, name)
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise InputError(f"`{name}` must be a finite number from 0. Received: {value!r}.")
    if above is not None and value <= above:
        raise InputError(f"`{name}` must be above {above:g}. Received: {value!r}.")
    if most is not None and value > most:
        raise InputError(f"`{name}` must be at most {most:g}. Received: {value!r}.")
