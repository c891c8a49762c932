"""The picture of a fit: learning curves, and scores on the held-out part, by step."""

import math
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.classify.neural.history import History
from wordloom.errors import InputError
from wordloom.inspect.pictures import INK, PAPER, SOFT, drawing, picture_bytes, shortened
from wordloom.output import new_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_history", "history_format", "save_history"]

FORMATS = ("png", "svg", "pdf")
# Of the palette of Okabe and Ito (2008), which the colour-blind can tell apart.
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
GRID = "#e4e8ec"
# Inches: of one panel without its margins, and of the margins around it.
PANEL_WIDTH, PANEL_HEIGHT = 4.1, 3.1
LEFT, RIGHT, BELOW, ABOVE = 0.65, 0.85, 0.55, 0.5
FONT = 9.5
# Lines with more points than this are drawn without dots.
DOTS = 40

Line = tuple[str, str, Sequence[float]]
"""A line's label, colour and values."""


def save_history(
    path: str | os.PathLike[str], history: History, *, title: str | None = None
) -> Path:
    """Draw a history into a file; its ending says in which format.

    The file is written under another name in the same folder and renamed when it is complete.

    Args:
        path: The file, ending in .png, .svg or .pdf; one that exists is replaced.
        history: What to draw.
        title: What stands above the picture.

    Returns:
        The file.

    Raises:
        InputError: Nothing was measured, the ending is unknown, or the file cannot be written.
        MissingExtraError: matplotlib is not installed.
    """
    path = Path(path)
    file_format = history_format(path)
    picture = draw_history(history, title=title, file_format=file_format)
    with new_file(path, "the picture") as aside:
        aside.write_bytes(picture)
    return path


def history_format(path: Path) -> str:
    """Return the format that a file's ending names.

    Args:
        path: The file.

    Returns:
        "png", "svg" or "pdf".

    Raises:
        InputError: The ending is none of them.

    Example:
        >>> history_format(Path("curves.PNG"))
        'png'
    """
    file_format = path.suffix.lower().removeprefix(".")
    if file_format not in FORMATS:
        raise InputError(
            f"A picture of a fit ends in .png, .svg or .pdf. Received: {path}. Rename it."
        )
    return file_format


def draw_history(history: History, *, title: str | None = None, file_format: str = "png") -> bytes:
    """Draw the loss in training and on the held-out part, and beside it the latter's scores.

    Args:
        history: What to draw; with nothing held out there is one line.
        title: What stands above the picture.
        file_format: "png", "svg" or "pdf".

    Returns:
        The file's content.

    Raises:
        InputError: Nothing was measured, or the format is unknown.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> from wordloom.classify.neural.history import Measurement
        >>> draw_history(History((Measurement(1, 10, 1.0, 0.7),)))[1:4]
        b'PNG'
    """
    if file_format not in FORMATS:
        raise InputError(f"A picture is one of {', '.join(FORMATS)}. Received: {file_format!r}.")
    if not history.measurements:
        raise InputError("A picture needs at least one measurement. Received: none. Fit first.")
    with drawing("a history"):
        return picture_bytes(make_figure(history, title), file_format)


def make_figure(history: History, title: str | None) -> "Figure":
    """Return the figure; sizes are in inches, font sizes in points."""
    from matplotlib.figure import Figure

    entries = history.measurements
    lines: list[Line] = [("training", SOFT, [entry.training_loss for entry in entries])]
    scores: list[Line] = []
    if history.held_out:
        lines.append(("held-out", BLUE, [entry.loss or 0.0 for entry in entries]))
        scores = [
            ("accuracy", BLUE, [entry.accuracy or 0.0 for entry in entries]),
            ("macro precision", ORANGE, [entry.macro_precision or 0.0 for entry in entries]),
            ("macro recall", GREEN, [entry.macro_recall or 0.0 for entry in entries]),
        ]
    panels = [("Loss", lines, (0.0, 1.06 * max(max(values) for _, _, values in lines) or 1.0))]
    if scores:
        panels.append(("Scores on the held-out part", scores, score_limits(scores)))
    across, up = len(panels) * (LEFT + PANEL_WIDTH + RIGHT), BELOW + PANEL_HEIGHT + ABOVE
    figure = Figure(figsize=(across, up), facecolor=PAPER)
    for place, (heading, drawn, limits) in enumerate(panels):
        left = place * (LEFT + PANEL_WIDTH + RIGHT) + LEFT
        axes = figure.add_axes((left / across, BELOW / up, PANEL_WIDTH / across, PANEL_HEIGHT / up))
        axes.set_ylim(limits)
        draw_panel(axes, history, heading, drawn)
    if title:
        figure.text(
            LEFT / across,
            1.0,
            textwrap.fill(shortened(title, 160), 45 * len(panels)),
            fontsize=12.5,
            weight="bold",
            va="bottom",
        )
    return figure


def score_limits(lines: Sequence[Line]) -> tuple[float, float]:
    """Return the ends of the scale of scores: tenths around all of them, and a little more."""
    low = math.floor(10 * min(min(values) for _, _, values in lines)) / 10
    high = math.ceil(10 * max(max(values) for _, _, values in lines)) / 10
    high = max(high, low + 0.1)
    return low, high + 0.03 * (high - low)


def draw_panel(axes: "Axes", history: History, heading: str, lines: Sequence[Line]) -> None:
    """Draw lines by step, each labelled at its end, with the best epoch marked."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    steps = [entry.step for entry in history.measurements]
    for _, color, values in lines:
        axes.plot(
            steps,
            values,
            color=color,
            linewidth=1.6,
            marker="o" if len(steps) <= DOTS else None,
            markersize=2.8,
            solid_capstyle="round",
            solid_joinstyle="round",
        )
    axes.set_title(heading, fontsize=11, loc="left", pad=20, color=INK)
    axes.set_xlabel("training steps", fontsize=FONT, color=SOFT)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color=GRID, linewidth=0.9)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=FONT - 0.5, labelcolor=SOFT)
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.margins(x=0.03)
    if len(steps) == 1:
        axes.set_xticks(steps)
    mark_best(axes, history, lines)
    label_ends(axes, lines, steps[-1])


def mark_best(axes: "Axes", history: History, lines: Sequence[Line]) -> None:
    """Draw a line up from the best epoch, and its points larger."""
    best = history.best
    if best is None:
        return
    axes.axvline(best.step, color=SOFT, linewidth=0.9, linestyle=(0, (3, 3)), zorder=0.9)
    score = f", accuracy {best.accuracy:.3f}" if lines[0][0] == "accuracy" else ""
    axes.annotate(
        f"best: epoch {best.epoch}{score}",
        (best.step, 1),
        (0, 4),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
        fontsize=FONT - 0.5,
        color=SOFT,
    )
    place = history.measurements.index(best)
    for _, color, values in lines:
        axes.plot(
            best.step,
            values[place],
            marker="o",
            markersize=7,
            color=color,
            markeredgecolor=PAPER,
            markeredgewidth=1.4,
        )


def label_ends(axes: "Axes", lines: Sequence[Line], step: int) -> None:
    """Write each line's label to its right, moved apart where they would touch."""
    low, high = axes.get_ylim()
    inch = (high - low) / PANEL_HEIGHT
    order = sorted(lines, key=lambda line: line[2][-1])
    heights = spread([values[-1] for _, _, values in order], 0.19 * inch)
    for (label, color, _), height in zip(order, heights, strict=True):
        axes.annotate(
            label,
            (step, height),
            (9, 0),
            textcoords="offset points",
            va="center",
            fontsize=FONT,
            color=color,
            annotation_clip=False,
        )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Return rising places moved as little as needed so that neighbours are `gap` apart.

    Example:
        >>> spread([1.0, 1.0, 5.0], 2.0)
        [0.0, 2.0, 5.0]
    """
    # Groups of places that touch: how many, and where their middle is.
    groups: list[tuple[int, float]] = []
    for place in places:
        count, middle = 1, place
        while groups and middle - groups[-1][1] < gap * (count + groups[-1][0]) / 2:
            other, its_middle = groups.pop()
            middle = (count * middle + other * its_middle) / (count + other)
            count += other
        groups.append((count, middle))
    return [
        middle + (number - (count - 1) / 2) * gap
        for count, middle in groups
        for number in range(count)
    ]
