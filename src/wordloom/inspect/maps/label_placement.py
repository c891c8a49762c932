"""Labels placed beside points so that none covers another: the most important first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PlacedLabel", "place_labels"]

# Where a label may stand around its point, the best place first: shifts of its middle, in halves
# of the room that label and point take together.
PLACES = ((0, 1), (1, 0), (-1, 0), (0, -1), (0.8, 1), (-0.8, 1), (0.8, -1), (-0.8, -1))
CELL = 48.0

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PlacedLabel:
    """A label that found room.

    Attributes:
        point: The row of its point.
        x: Where its middle is, in the unit of the points.
        y: The same from below.
    """

    point: int
    x: float
    y: float


def place_labels(
    points: NDArray[np.float64],
    sizes: NDArray[np.float64],
    order: Iterable[int],
    *,
    radius: float,
    bounds: Box,
) -> list[PlacedLabel]:
    """Place labels greedily: each takes a free place around its point, or has none.

    Args:
        points: float64 (n_points, 2), in pixels.
        sizes: float64 (n_points, 2), width and height of the labels in pixels, with the room
            around them.
        order: Rows of the points whose labels are placed, the most important first.
        radius: How large a point is, in pixels; of free places, one that covers no point is
            preferred.
        bounds: Left, lower, right and upper edge, which no label crosses.

    Returns:
        The labels that found room, in that order.

    Example:
        >>> points = np.array([[50.0, 50], [52, 50], [90, 90]])
        >>> sizes = np.full((3, 2), [40.0, 10])
        >>> found = place_labels(points, sizes, [0, 1, 2], radius=2, bounds=(0, 0, 100, 100))
        >>> [(label.point, label.x, label.y) for label in found]
        [(0, 50.0, 57.0), (1, 52.0, 43.0), (2, 68.0, 90.0)]
    """
    taken, dots = BoxGrid(), BoxGrid()
    for x, y in points.tolist():
        dots.add((x - radius / 2, y - radius / 2, x + radius / 2, y + radius / 2))
    placed = []
    for point in order:
        boxes = [
            box
            for box in boxes_around(points[point].tolist(), sizes[point].tolist(), radius)
            if inside(box, bounds) and not taken.overlaps(box)
        ]
        if boxes:
            best = next((box for box in boxes if not dots.overlaps(box)), boxes[0])
            taken.add(best)
            placed.append(PlacedLabel(point, (best[0] + best[2]) / 2, (best[1] + best[3]) / 2))
    return placed


def boxes_around(point: Sequence[float], size: Sequence[float], radius: float) -> list[Box]:
    """Return the boxes that a label may take around its point, the best first."""
    half, up = size[0] / 2, size[1] / 2
    middles = [
        (point[0] + right * (half + radius), point[1] + above * (up + radius))
        for right, above in PLACES
    ]
    return [(x - half, y - up, x + half, y + up) for x, y in middles]


def inside(box: Box, bounds: Box) -> bool:
    """Return whether a box lies within the bounds."""
    return (
        box[0] >= bounds[0] and box[1] >= bounds[1] and box[2] <= bounds[2] and box[3] <= bounds[3]
    )


class BoxGrid:
    """Boxes that are found by where they lie."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], list[Box]] = {}

    def add(self, box: Box) -> None:
        """Add a box."""
        for cell in cells_of(box):
            self.cells.setdefault(cell, []).append(box)

    def overlaps(self, box: Box) -> bool:
        """Return whether a box overlaps one that was added; edges may touch."""
        left, low, right, high = box
        return any(
            left < other[2] and right > other[0] and low < other[3] and high > other[1]
            for cell in cells_of(box)
            for other in self.cells.get(cell, ())
        )


def cells_of(box: Box) -> list[tuple[int, int]]:
    """Return the cells of the grid that a box touches."""
    left, low, right, high = (int(edge // CELL) for edge in box)
    return [(column, row) for column in range(left, right + 1) for row in range(low, high + 1)]
