"""Ranges of word frequencies, from rare to frequent words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError

__all__ = ["band_begins", "band_name"]


def band_begins(frequency: NDArray[np.int64], bands: int | Sequence[int] | None) -> list[int]:
    """Return the frequency at which each band but the lowest begins, rising."""
    if bands is None:
        return [10**power for power in range(len(str(frequency.max(initial=1))))]
    if isinstance(bands, int):
        if bands < 1:
            raise InputError(f"At least 1 band is needed. Received: bands={bands}.")
        if not len(frequency):
            return []
        shares = np.arange(1, bands) / bands
        begins = np.quantile(frequency, shares, method="higher")
        return [begin for begin in np.unique(begins).tolist() if begin > frequency.min()]
    if sorted(set(bands)) != list(bands):
        raise InputError(f"The bands must begin at rising frequencies. Received: {list(bands)}.")
    return list(bands)


def band_name(begin: int, end: int | None) -> str:
    """Return a band's name; `end` is the first frequency beyond it, or None.

    Example:
        >>> band_name(0, 1), band_name(10, 1000), band_name(1000, None)
        ('0', '10–999', '1,000+')
    """
    if end is None:
        return f"{begin:,}+"
    return f"{begin:,}" if end == begin + 1 else f"{begin:,}–{end - 1:,}"
