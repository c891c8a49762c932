"""The map of an embedding as a picture: dots, labels where there is room, clusters by colour."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.maps.colors import cluster_colors
from wordloom.inspect.maps.label_placement import place_labels
from wordloom.inspect.maps.word_map import WordMap
from wordloom.inspect.pictures import (
    DOTS_PER_INCH,
    INK,
    PAPER,
    SOFT,
    check_format,
    drawing,
    picture_bytes,
    shortened,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_map"]

# Inches; maps of few words are smaller.
WIDTH, LEAST_WIDTH, SHAPE = 11.0, 6.5, 0.78
# How far labels may reach beyond the outermost dots, in inches.
MARGIN = 0.4
# Labels for more words than this never all find room; the rarer ones stay dots.
LABELED_WORDS = 4000
LABEL_COLUMNS = 28
# With more dots than this an SVG holds them as one picture.
VECTOR_DOTS = 5000


def draw_map(word_map: WordMap, *, title: str | None = None, file_format: str = "png") -> bytes:
    """Draw a map.

    Words are labelled where there is room, in this order: highlighted ones, their neighbours, the
    words that name the clusters, then the most frequent. The others stay dots.

    Args:
        word_map: The map.
        title: What stands above; the embedding's name unless given.
        file_format: "png" or "svg".

    Returns:
        The file's content.

    Raises:
        InputError: The format is unknown.
        MissingExtraError: matplotlib is not installed.
    """
    check_format(file_format)
    with drawing("a map"):
        title = word_map.name if title is None else title
        figure = make_figure(word_map, title, rim=file_format == "png")
        picture = picture_bytes(figure, file_format)
    if file_format == "svg":
        # A rim around letters that leaves them text.
        rim = f"text{{paint-order:stroke;stroke:{PAPER};stroke-width:2.2px}}</style>".encode()
        picture = picture.replace(b"</style>", rim, 1)
    return picture


def make_figure(word_map: WordMap, title: str, rim: bool) -> "Figure":
    """Return the figure; sizes are in inches, font sizes in points.

    With `rim`, letters are drawn with a rim of paper, which no longer leaves them text in an SVG.
    """
    from matplotlib.figure import Figure

    side = min(WIDTH, LEAST_WIDTH + len(word_map) / 100)
    figure = Figure(figsize=(side, SHAPE * side), dpi=DOTS_PER_INCH, facecolor=PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    n_clusters = max(1, len(word_map.cluster_words))
    colors = cluster_colors(n_clusters)
    x, y = word_map.positions.astype(np.float64).T
    ranks = np.arange(len(word_map)) / max(1, len(word_map) - 1)
    areas = (2 * dot_radius(word_map) * (1.35 - 0.6 * np.sqrt(ranks))) ** 2
    back = slice(None, None, -1)
    axes.scatter(
        x[back],
        y[back],
        s=areas[back],
        c=[colors[cluster] for cluster in word_map.clusters[back].tolist()],
        alpha=0.75 if len(word_map) < VECTOR_DOTS else 0.5,
        linewidths=0,
        rasterized=len(word_map) > VECTOR_DOTS,
    )
    axes.margins(0.03)
    axes.autoscale_view()
    if word_map.highlighted:
        draw_highlights(axes, word_map, colors, areas)
    write_labels(axes, word_map, colors, label_fonts(word_map), rim)
    if len(word_map.cluster_words) > 1:
        draw_legend(axes, word_map.cluster_words, colors)
    lines = textwrap.fill(shortened(title, 160), 90)
    axes.set_title(lines, fontsize=13, loc="left", pad=10, weight="bold", color=INK)
    return figure


def draw_highlights(
    axes: "Axes", word_map: WordMap, colors: Sequence[str], areas: NDArray[np.float64]
) -> None:
    """Ring the highlighted words, and draw lines to their neighbours."""
    from matplotlib.collections import LineCollection

    rows = word_map.highlighted
    places = word_map.positions.astype(np.float64)
    own = [colors[cluster] for cluster in word_map.clusters[rows].tolist()]
    lines = [
        np.stack([places[row], places[near]])
        for row in rows
        for near in word_map.neighbors[row].tolist()
    ]
    n_neighbors = word_map.neighbors.shape[1]
    if lines:
        axes.add_collection(
            LineCollection(
                lines,
                colors=[color for color in own for _ in range(n_neighbors)],
                linewidths=0.8,
                alpha=0.55,
                zorder=0.9,
            ),
            autolim=False,
        )
    x, y = places[rows].T
    axes.scatter(x, y, s=areas[rows] + 30, facecolors="none", edgecolors=INK, linewidths=1.1)


def write_labels(
    axes: "Axes",
    word_map: WordMap,
    colors: Sequence[str],
    fonts: NDArray[np.float64],
    rim: bool,
) -> None:
    """Write the labels that find room."""
    from matplotlib.patheffects import withStroke

    texts = {row: shortened(word_map.words[row], LABEL_COLUMNS) for row in label_order(word_map)}
    weights = ["normal"] * len(word_map)
    for row in word_map.highlighted:
        weights[row] = "bold"
    frame = axes.get_window_extent().padded(MARGIN * DOTS_PER_INCH)
    placed = place_labels(
        axes.transData.transform(word_map.positions.astype(np.float64)),
        label_sizes(texts, fonts, weights),
        [row for row, text in texts.items() if text],
        radius=(dot_radius(word_map) + 1.2) * DOTS_PER_INCH / 72,
        bounds=(frame.x0, frame.y0, frame.x1, frame.y1),
    )
    to_data = axes.transData.inverted()
    for label in placed:
        x, y = to_data.transform((label.x, label.y))
        written = axes.text(
            x,
            y,
            texts[label.point],
            fontsize=float(fonts[label.point]),
            ha="center",
            va="center",
            weight=weights[label.point],
            color=inked(colors[int(word_map.clusters[label.point])]),
        )
        if rim:
            written.set_path_effects([withStroke(linewidth=2.2, foreground=PAPER)])


def label_sizes(
    texts: Mapping[int, str],
    fonts: NDArray[np.float64],
    weights: Sequence[str],
) -> NDArray[np.float64]:
    """Return the pixels that labels take with some room around; float64 (n_words, 2)."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    renderer = RendererAgg(1, 1, DOTS_PER_INCH)
    scale = DOTS_PER_INCH / 72
    sizes = np.zeros((len(fonts), 2))
    for row, text in texts.items():
        font = FontProperties(size=float(fonts[row]), weight=weights[row])
        across, up, _ = renderer.get_text_width_height_descent(text, font, ismath=False)
        sizes[row] = across + 4 * scale, max(up, fonts[row] * scale) + 1.5 * scale
    return sizes


def label_fonts(word_map: WordMap) -> NDArray[np.float64]:
    """Return the size of each word's label in points: larger for frequent and chosen words."""
    n_words = len(word_map)
    falling = 1 - np.log1p(np.arange(n_words)) / np.log1p(n_words)
    # Few words have room for large labels.
    least = min(10.0, max(6.0, 15 - 1.15 * np.log2(n_words)))
    fonts: NDArray[np.float64] = np.round(2 * (least + 4.5 * falling)) / 2
    near = word_map.neighbors[word_map.highlighted].ravel()
    fonts[near] = np.maximum(fonts[near], least + 2)
    fonts[named_rows(word_map)] = least + 3
    fonts[word_map.highlighted] = least + 5
    return fonts


def dot_radius(word_map: WordMap) -> float:
    """Return the radius of a usual dot in points; it falls with the number of words."""
    return float(np.clip(60 / np.sqrt(len(word_map)), 0.7, 2.6))


def named_rows(word_map: WordMap) -> list[int]:
    """Return the rows of the words that name clusters, the most central of each first."""
    rows = {word: row for row, word in enumerate(word_map.words)}
    names = word_map.cluster_words
    most = max(map(len, names), default=0)
    return [rows[name[place]] for place in range(most) for name in names if place < len(name)]


def label_order(word_map: WordMap) -> list[int]:
    """Return the rows of the words that may be labelled, the most important first."""
    neighbors = word_map.neighbors[word_map.highlighted].ravel().tolist()
    first = [*word_map.highlighted, *neighbors, *named_rows(word_map)]
    return list(dict.fromkeys([*first, *range(min(len(word_map), LABELED_WORDS))]))


def inked(color: str) -> str:
    """Return a colour mixed with ink, for text."""
    parts = [
        round(0.45 * int(color[place : place + 2], 16) + 0.55 * int(INK[place : place + 2], 16))
        for place in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def draw_legend(axes: "Axes", names: Sequence[Sequence[str]], colors: Sequence[str]) -> None:
    """Name the clusters to the right of the map."""
    from matplotlib.lines import Line2D

    dots = [
        Line2D([], [], marker="o", linestyle="", markersize=6, color=color, markeredgewidth=0)
        for color in colors
    ]
    legend = axes.legend(
        dots,
        [shortened(", ".join(name), 34) for name in names],
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.0,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.2,
        labelspacing=0.65,
        labelcolor=INK,
        title="clusters",
        title_fontsize=8.5,
        alignment="left",
    )
    legend.get_title().set_color(SOFT)
