"""Names beside lines, moved apart so that they do not collide."""

from collections.abc import Sequence

__all__ = ["spread"]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move places apart as little as can be, by least squares.

    Pool adjacent violators, on the places less the room that those before them need (Ayer et al.
    1955, An empirical distribution function for sampling with incomplete information).

    Args:
        wanted: The places, in any order.
        gap: The least distance between two.
        low: No place is less, as long as all of them fit.
        high: No place is greater.

    Returns:
        The new places, in the order given.

    Example:
        >>> spread([10.0, 11.0, 40.0], 5, 0, 100)
        [8.0, 13.0, 40.0]
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    pools: list[tuple[float, int]] = []
    for rank, place in enumerate(order):
        mean, count = wanted[place] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    flat = [mean for mean, count in pools for _ in range(count)]
    top = high - (len(wanted) - 1) * gap
    moved = [0.0] * len(wanted)
    for rank, place in enumerate(order):
        moved[place] = max(min(flat[rank], top), min(low, top)) + rank * gap
    return moved
