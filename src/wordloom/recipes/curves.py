"""Accuracies over epochs as SVG: a line for each model."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from wordloom.errors import InputError
from wordloom.markup import as_html

__all__ = ["draw_curves"]

# Of the palette of Okabe and Ito (2008), which the colour-blind can tell apart.
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b6876")
INK, GRID = "#1d2733", "#dfe4ea"
# Points: the plot without its margins, and the margins around it; the legend is below.
WIDTH, HEIGHT = 520, 240
LEFT, RIGHT, TOP, BELOW, LINE = 52, 18, 14, 58, 21
STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2)
MOST_LINES: Final = 6
MOST_EPOCHS: Final = 10


def draw_curves(
    curves: Mapping[str, Sequence[Sequence[float]]],
    what: str,
    *,
    axis: str = "epoch",
    every: int = 1,
) -> str:
    """Draw a share from epoch to epoch: for each model the mean, and thin lines for its seeds.

    Args:
        curves: For each model, for each seed, the share after each epoch, from 0 to 1. Runs may
            have stopped early; the mean ends where the first of them does.
        what: What the share is, as in "validation accuracy".
        axis: What is counted from left to right, if not epochs.
        every: How many of it lie between a share and the next one.

    Returns:
        SVG, dark on white.

    Raises:
        InputError: A model has no run, or a run no epoch.

    Example:
        >>> draw_curves({"flatten": [[0.5, 0.75]]}, "accuracy")[:4]
        '<svg'
    """
    runs = [run for each in curves.values() for run in each]
    if not runs or not all(map(len, runs)) or not all(map(len, curves.values())):
        raise InputError(
            "Curves need models, each with a run of one epoch at least. Received: less. Fit first."
        )
    heights = height_lines([share for run in runs for share in run])
    length = max(map(len, runs))
    bottom = TOP + HEIGHT

    def points(run: Sequence[float]) -> str:
        span = heights[-1] - heights[0]
        return " ".join(
            f"{LEFT + epoch / max(length - 1, 1) * WIDTH:.1f},"
            f"{TOP + (heights[-1] - share) / span * HEIGHT:.1f}"
            for epoch, share in enumerate(run)
        )

    parts = []
    for height in heights:
        y = float(points([height]).split(",")[1])
        parts += [
            f'<path d="M{LEFT} {y}h{WIDTH}" stroke="{GRID}"/>',
            label(LEFT - 8, y + 4, f"{height:.2f}", "end"),
        ]
    for epoch in range(1, length + 1, math.ceil(length / MOST_EPOCHS)):
        x = LEFT + (epoch - 1) / max(length - 1, 1) * WIDTH
        parts.append(label(x, bottom + 18, f"{epoch * every:,}"))
    parts.append(label(LEFT + WIDTH / 2, bottom + 38, f"{what}, by {axis}"))
    for place, (name, each) in enumerate(curves.items()):
        color = COLORS[place % len(COLORS)]
        if len(each) > 1:
            parts += [polyline(points(run), color, 1, 0.35) for run in each]
        mean = [sum(shares) / len(shares) for shares in zip(*each, strict=False)]
        y = bottom + BELOW + place * LINE
        parts += [
            polyline(points(mean), color, 2.4, 1),
            polyline(f"{LEFT},{y} {LEFT + 22},{y}", color, 2.4, 1),
            label(LEFT + 32, y + 4, name, "start"),
        ]
    width, height = LEFT + WIDTH + RIGHT, bottom + BELOW + LINE * len(curves)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'role="img" aria-label="{as_html(what)}, by {as_html(axis)}" fill="none" '
        f'font-family="system-ui, sans-serif" font-size="13">{"".join(parts)}</svg>'
    )


def height_lines(shares: Sequence[float]) -> list[float]:
    """Return the shares at which lines are drawn, at least two, the data between them.

    Example:
        >>> height_lines([0.52, 0.76])
        [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8]
    """
    low, high = min(shares), max(shares)
    step = next((step for step in STEPS if (high - low) / step <= MOST_LINES), STEPS[-1])
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [round(number * step, 6) for number in range(first, last + 1)]


def label(x: float, y: float, text: str, anchor: str = "middle") -> str:
    """Return text at a place."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{as_html(text)}</text>'
    )


def polyline(points: str, color: str, width: float, opacity: float) -> str:
    """Return a line through points."""
    return (
        f'<polyline points="{points}" stroke="{color}" stroke-width="{width}" '
        f'stroke-opacity="{opacity}" stroke-linejoin="round" stroke-linecap="round"/>'
    )
