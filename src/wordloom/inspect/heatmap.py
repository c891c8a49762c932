"""The similarity heatmap: a picture of a similarity matrix that a person can read."""

import math
import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wordloom.errors import InputError
from wordloom.inspect.pictures import (
    INK,
    PAPER,
    SOFT,
    check_format,
    drawing,
    format_of,
    picture_bytes,
    shortened,
    width,
    wrapped,
)
from wordloom.inspect.similarity_tree import similarity_tree, tree_lines, tree_order
from wordloom.output import new_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MAX_ITEMS", "check_size", "draw_heatmap", "save_heatmap"]

MAX_ITEMS = 300
"""With more items than this the labels could not be read."""

# Labels wider than this are written beside the rows only, in lines of at most LINE_COLUMNS.
LABEL_COLUMNS = 24
LINE_COLUMNS = 40


def draw_heatmap(
    matrix: ArrayLike,
    labels: Sequence[str],
    *,
    title: str | None = None,
    scale_label: str = "cosine similarity",
    cluster: bool = False,
    groups: Sequence[int] | None = None,
    file_format: str = "png",
) -> bytes:
    """Draw a similarity matrix.

    The picture grows with the number of items. Cells show their numbers while these fit. Colours
    run from light to dark, or both ways from zero when a value is negative.

    Args:
        matrix: Numbers (n_items, n_items), as `wordloom.inspect.similarity.similarity_matrix`
            returns them.
        labels: The items. If some are long, the rows are numbered and show them (shortened), and
            the columns show the numbers.
        title: What stands above the picture.
        scale_label: What stands beside the colour bar.
        cluster: Put similar items next to each other, and draw the tree that orders them beside
            the matrix (see `wordloom.inspect.similarity_tree`).
        groups: How many items each group has, in the order given; a gap parts the groups. Not
            used with `cluster`.
        file_format: "png" or "svg". In an SVG, text stays text: it can be searched, and the
            viewer's fonts draw any script.

    Returns:
        The file's content.

    Raises:
        InputError: The matrix is not square, not finite, too large, or does not fit the labels,
            or the format is unknown; or the groups do not add up to the items.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> picture = draw_heatmap([[1, 0.4], [0.4, 1]], ["cough", "fever"])
        >>> picture[1:4]
        b'PNG'
    """
    check_format(file_format)
    values = np.asarray(matrix, np.float64)
    n_items = len(labels)
    if values.shape != (n_items, n_items) or n_items == 0 or not np.isfinite(values).all():
        raise InputError(
            "A heatmap needs a square matrix of finite numbers and a label for each row. "
            f"Received: a matrix of shape {values.shape} and {n_items} labels."
        )
    check_size(n_items)
    sizes = [n_items] if groups is None else list(groups)
    if sum(sizes) != n_items or min(sizes) < 1:
        raise InputError(
            "The groups of a heatmap have at least 1 item each, and add up to all items. Received: "
            f"groups={groups} for {n_items} items."
        )
    tree, bounds = None, np.cumsum(sizes[:-1]).tolist()
    if cluster and n_items > 1:
        tree = similarity_tree(values)
        order, bounds = tree_order(tree), []
        values, labels = values[np.ix_(order, order)], [labels[item] for item in order]
    with drawing("a heatmap"):
        figure = make_figure(values, labels, title, scale_label, tree, bounds)
        return picture_bytes(figure, file_format)


def save_heatmap(
    path: str | os.PathLike[str],
    matrix: ArrayLike,
    labels: Sequence[str],
    *,
    title: str | None = None,
    scale_label: str = "cosine similarity",
    cluster: bool = False,
    groups: Sequence[int] | None = None,
) -> Path:
    """Draw a similarity matrix into a file; its ending says in which format.

    The file is written under another name in the same folder and renamed when it is complete.

    Args:
        path: The file, ending in .png or .svg; one that exists is replaced.
        matrix: Numbers (n_items, n_items).
        labels: The items.
        title: What stands above the picture.
        scale_label: What stands beside the colour bar.
        cluster: Put similar items next to each other, with the tree that orders them.
        groups: How many items each group has; a gap parts the groups.

    Returns:
        The file.

    Raises:
        InputError: The ending is unknown, the file cannot be written, or the matrix cannot be
            drawn (see `draw_heatmap`).
        MissingExtraError: matplotlib is not installed.
    """
    path = Path(path)
    file_format = format_of(path, "a heatmap")
    picture = draw_heatmap(
        matrix,
        labels,
        title=title,
        scale_label=scale_label,
        cluster=cluster,
        groups=groups,
        file_format=file_format,
    )
    with new_file(path, "the heatmap") as aside:
        aside.write_bytes(picture)
    return path


def check_size(n_items: int) -> None:
    """Refuse more items than a heatmap can be read with, before their similarities are worked out.

    Args:
        n_items: How many there are.

    Raises:
        InputError: They are more than `MAX_ITEMS`.
    """
    if n_items > MAX_ITEMS:
        raise InputError(
            f"A heatmap can be read with at most {MAX_ITEMS} items. Received: {n_items:,}. "
            "Choose fewer items, or work with similarity_matrix."
        )


def make_figure(
    values: NDArray[np.float64],
    labels: Sequence[str],
    title: str | None,
    scale_label: str,
    tree: NDArray[np.float64] | None,
    bounds: Sequence[int],
) -> "Figure":
    """Return the figure; sizes are in inches, font sizes in points."""
    from matplotlib.figure import Figure

    n_items = len(labels)
    cell = min(0.62, max(0.17, 7.0 / n_items))
    side = cell * n_items
    font = min(11.0, max(6.5, 40 * cell))
    beside = 0.0 if tree is None else min(0.8, 0.25 + 0.1 * side)
    across = side + beside + 1.0
    figure = Figure(figsize=(across, side), facecolor=PAPER)
    # The matrix has the same size whatever the labels take; saving adds the room that they need.
    axes = figure.add_axes((0.0, 0.0, side / across, 1.0))
    low, high, colors = color_scale(values)
    mesh = axes.pcolormesh(
        values,
        cmap=colors,
        vmin=low,
        vmax=high,
        edgecolors=PAPER,
        linewidth=1.5 if cell > 0.3 else 0.4,
        rasterized=n_items > 60,
    )
    axes.invert_yaxis()
    for bound in bounds:
        axes.axhline(bound, color=PAPER, linewidth=max(3.0, 11 * cell))
        axes.axvline(bound, color=PAPER, linewidth=max(3.0, 11 * cell))
    if tree is not None:
        draw_tree(figure.add_axes((side / across, 0.0, beside / across, 1.0)), tree, n_items)
    centers = np.arange(n_items) + 0.5
    columns = [shortened(label, LABEL_COLUMNS + 1) for label in labels]
    if max(map(width, columns)) > LABEL_COLUMNS:
        columns = [str(number) for number in range(1, n_items + 1)]
        write_beside_rows(axes, labels, font, two_lines=cell > 0.3)
    axes.set_yticks(centers, columns, fontsize=font)
    slanted = max(map(width, columns)) * font * 0.6 / 72 > cell
    axes.set_xticks(
        centers,
        columns,
        fontsize=font,
        rotation=45 if slanted else 0,
        ha="right" if slanted else "center",
        rotation_mode="anchor" if slanted else "default",
    )
    axes.tick_params(length=0, pad=4)
    axes.spines[:].set_visible(False)
    if cell >= 0.4:
        write_numbers(axes, values, mesh.to_rgba(values.ravel()), font=min(9.5, 19 * cell))
    height = min(1.0, 4.0 / side)
    bar_axes = figure.add_axes(((side + beside + 0.3) / across, 1 - height, 0.16 / across, height))
    bar = figure.colorbar(mesh, cax=bar_axes)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=9)
    bar.set_label(scale_label, fontsize=9, labelpad=8)
    if title:
        lines = textwrap.fill(shortened(title, 160), max(28, int(10 * side)))
        axes.set_title(lines, fontsize=12.5, loc="left", pad=12, weight="bold")
    return figure


def draw_tree(axes: "Axes", tree: NDArray[np.float64], n_items: int) -> None:
    """Draw the tree to the right of the rows, its root outside."""
    from matplotlib.collections import LineCollection

    lines = tree_lines(tree)
    axes.add_collection(LineCollection(list(lines), colors=SOFT, linewidths=0.9))
    axes.set_xlim(0, float(lines[:, :, 0].max()) * 1.03 or 1.0)
    axes.set_ylim(n_items, 0)
    axes.axis("off")


def write_beside_rows(axes: "Axes", labels: Sequence[str], font: float, two_lines: bool) -> None:
    """Write long labels to the left of the rows' numbers."""
    fitted = wrapped if two_lines else shortened
    for row, label in enumerate(labels):
        axes.annotate(
            fitted(label, LINE_COLUMNS),
            (0, row + 0.5),
            (-(1.6 + 0.65 * len(str(len(labels)))) * font, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=font,
        )


def color_scale(values: NDArray[np.float64]) -> tuple[float, float, str]:
    """Return the ends of the colour scale and the name of the colours (from ColorBrewer)."""
    low, high = float(values.min()), float(values.max())
    # A value that is hardly negative is no reason for another picture.
    if low < -0.1:
        reach = max(-low, high)
        return -reach, reach, "RdBu_r"
    low = math.floor(low * 10 + 1e-6) / 10
    # Where all are equal, as for a single item, nothing sets the lower end.
    return low if low < high else 0.0, high or 1.0, "YlGnBu"


def write_numbers(
    axes: "Axes", values: NDArray[np.float64], colors: NDArray[np.float64], font: float
) -> None:
    """Write each cell's number, in the ink that stands out more (WCAG 2 relative luminance)."""
    channels = colors[:, :3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    # On luminance y, INK has the contrast (y + 0.05) / 0.063 and PAPER 1.05 / (y + 0.05).
    inks = np.where((luminance + 0.05) ** 2 > 1.05 * 0.063, INK, PAPER)
    n_items = len(values)
    for place, (value, ink) in enumerate(zip(values.ravel(), inks, strict=True)):
        row, column = divmod(place, n_items)
        text = f"{value:.2f}".replace("-0.00", "0.00").replace("-", "\u2212")
        axes.text(
            column + 0.5,
            row + 0.5,
            text,
            ha="center",
            va="center_baseline",
            fontsize=font,
            color=ink,
        )
