"""The two ways to do a published experiment again."""

from typing import Final, Literal, get_args

from wordloom.errors import InputError

__all__ = ["READINGS", "Reading", "check_reading"]

Reading = Literal["published", "corrected"]
"""With every quirk of the published experiment, or with these mended."""

READINGS: Final[tuple[Reading, ...]] = get_args(Reading)


def check_reading(reading: str) -> None:
    """Refuse a reading that there is not.

    Args:
        reading: What a user asked for.

    Raises:
        InputError: It is neither "published" nor "corrected".
    """
    if reading not in READINGS:
        raise InputError(
            f"An experiment is read as {' or '.join(READINGS)}. Received: {reading!r}."
        )
