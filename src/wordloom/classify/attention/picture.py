"""The attention report as a picture: a few texts with coloured words, and means as bars."""

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.attention.aggregates import AttentionRow
from wordloom.classify.attention.checks import labels_of
from wordloom.classify.attention.colors import embedding_colors
from wordloom.classify.attention.pen import FONT, SMALL, Pen, channels
from wordloom.classify.attention.report import AttentionReport
from wordloom.classify.attention.shown_words import printable
from wordloom.errors import InputError
from wordloom.inspect.pictures import (
    PAPER,
    SOFT,
    check_format,
    drawing,
    format_of,
    picture_bytes,
    shortened,
)
from wordloom.output import new_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_picture", "save_picture"]

# Inches and points.
WIDTH = 10.0
LINE = 0.36
BAR = 0.3
GAP = 0.5
MOST_TEXTS = 40
# Longer texts are cut.
MOST_LINES = 8
# Groups beyond these are left out.
MOST_BARS = 20
# How much of an embedding's colour the strongest background has.
FULLEST = 0.55
HEADINGS = {"by_frequency": "By word frequency", "by_class": "By class", "by_word": "Chosen words"}


def save_picture(
    report: AttentionReport,
    path: str | os.PathLike[str],
    *,
    texts: int | Sequence[int] = 3,
    words: Sequence[str] = (),
    title: str | None = None,
) -> Path:
    """Draw a report into a file; its ending says in which format.

    The file is written under another name in the same folder and renamed when it is complete.

    Args:
        report: The report.
        path: The file, ending in .png or .svg; one that exists is replaced.
        texts: How many texts are shown, from the first on, or the numbers of those that are.
        words: Words whose means are drawn.
        title: What stands above.

    Returns:
        The file.

    Raises:
        InputError: The ending is unknown, the file cannot be written, or there is no such text.
        MissingExtraError: matplotlib is not installed.
    """
    path = Path(path)
    file_format = format_of(path, "an attention picture")
    picture = draw_picture(report, texts=texts, words=words, title=title, file_format=file_format)
    with new_file(path, "the attention picture") as aside:
        aside.write_bytes(picture)
    return path


def draw_picture(
    report: AttentionReport,
    *,
    texts: int | Sequence[int] = 3,
    words: Sequence[str] = (),
    title: str | None = None,
    file_format: str = "png",
) -> bytes:
    """Draw a report: texts whose words show their weights, then means by frequency and class.

    A word's background takes the colours of the embeddings that have more than an even share, the
    stronger the further above; the bar below it has the weights themselves, side by side.

    Args:
        report: The report.
        texts: How many texts are shown, from the first on, or the numbers of those that are; of a
            long text the beginning.
        words: Words whose means are drawn.
        title: What stands above.
        file_format: "png" or "svg".

    Returns:
        The file's content.

    Raises:
        InputError: The format is unknown, or there is no such text.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> report = AttentionReport(("a", "b"), ["fever"], [[0.25, 0.75]], [0, 1])
        >>> draw_picture(report)[1:4]
        b'PNG'
    """
    check_format(file_format)
    if isinstance(texts, int):
        shown: Sequence[int] = range(min(texts, len(report)))
        asked = texts
    else:
        shown, asked = texts, len(texts)
    if not asked >= 0 or len(shown) > MOST_TEXTS:
        raise InputError(
            f"A picture shows from 0 to {MOST_TEXTS} texts. Received: {asked}. Choose fewer, or "
            "save a page, which shows hundreds."
        )
    for number in shown:
        report.text(number)
    with drawing("an attention picture"):
        title = "How much each embedding was used" if title is None else title
        return picture_bytes(make_figure(report, shown, words, title), file_format)


def make_figure(
    report: AttentionReport, texts: Sequence[int], words: Sequence[str], title: str
) -> "Figure":
    """Return the figure; places are in inches from the upper left corner."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, 1.0), facecolor=PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.axis("off")
    colors = embedding_colors(len(report.embeddings))
    pen = Pen(figure, axes)
    lines = textwrap.fill(shortened(title, 160), 84)
    axes.text(0, 0, lines, fontsize=14, weight="bold", va="top")
    low = draw_legend(pen, report, colors, 0.36 + 0.25 * lines.count("\n"))
    background = backgrounds(report, colors)
    for number in texts:
        low = draw_text(pen, report, number, colors, background, low + 0.2)
    low += 0.3
    groupings = report.groupings(words)
    parts = [name for name in HEADINGS if name in groupings]
    span = (WIDTH - GAP * (len(parts) - 1)) / max(1, len(parts))
    ends = [
        draw_bars(pen, HEADINGS[name], groupings[name], colors, (place * (span + GAP), low), span)
        for place, name in enumerate(parts)
    ]
    # One unit is one inch, now that the height is known.
    height = max([low, *ends])
    figure.set_size_inches(WIDTH, height)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    return figure


def draw_legend(pen: Pen, report: AttentionReport, colors: Sequence[str], low: float) -> float:
    """Write the embeddings' names with their colours and mean weights; return where this ends."""
    x = 0.0
    for name, color, mean in zip(report.embeddings, colors, report.overall().mean, strict=True):
        words = f"{shortened(printable(name), 40)}  {'–' if mean != mean else f'{mean:.2f}'}"
        wide = 0.5 + pen.width(words)
        if x and x + wide > WIDTH:
            x, low = 0.0, low + 0.27
        pen.box(x, low, 0.15, 0.15, color)
        pen.write(x + 0.22, low + 0.075, words, size=FONT)
        x += wide
    note = (
        f"Beside the names: mean weight of {len(report.tokens):,} words in {len(report):,} texts."
    )
    if not (report.known is None or report.known.all()):
        note += " Dashed: an embedding has no vector for the word."
    pen.write(0, low + 0.37, note, color=SOFT)
    return low + 0.47


def draw_text(
    pen: Pen,
    report: AttentionReport,
    number: int,
    colors: Sequence[str],
    background: NDArray[np.float64],
    low: float,
) -> float:
    """Draw a text's words on their backgrounds; return where it ends."""
    words, weights = report.text(number)
    heading = f"Text {number + 1:,}"
    if report.labels is not None:
        labels = ", ".join(str(label) for label in labels_of(report.labels[number]))
        heading = f"{heading} · {shortened(printable(labels), 80)}"
    pen.write(0, low + 0.1, heading, color=SOFT)
    low, x, lines = low + 0.25, 0.0, 1
    begin = int(report.row_splits[number])
    for place, (token, row) in enumerate(zip(words, weights.tolist(), strict=True)):
        word = shortened(printable(token), 40)
        wide = pen.width(word) + 0.12
        if x + wide > WIDTH:
            x, low, lines = 0.0, low + LINE, lines + 1
            if lines > MOST_LINES:
                pen.write(0, low + 0.1, f"… {len(words) - place:,} more words", color=SOFT)
                break
        red, green, blue = background[begin + place].tolist()
        pen.box(x, low, wide, 0.22, (red, green, blue))
        pen.write(x + 0.06, low + 0.115, word, size=FONT)
        total = sum(row) or 1.0
        shares = [weight / total for weight in row] if len(row) > 1 else row
        pen.stack((x, low + 0.22), (wide, 0.055), shares, colors)
        if report.known is not None and not report.known[begin + place].all():
            pen.dash(x, low, wide, 0.275)
        x += wide + 0.05
    if not words:
        pen.write(0, low + 0.1, "no words that the network sees", color=SOFT)
    return low + 0.3


def draw_bars(
    pen: Pen,
    heading: str,
    rows: Sequence[AttentionRow],
    colors: Sequence[str],
    place: tuple[float, float],
    span: float,
) -> float:
    """Draw the means of groups as bars under a heading; return where they end."""
    x, low = place
    rows = [row for row in rows if row.n_tokens]
    pen.write(x, low, heading, size=FONT, bold=True)
    names = [shortened(printable(row.name), 22) for row in rows]
    left = max(map(pen.width, names), default=0.0) * SMALL / FONT + 0.15
    counts = [f"{row.n_tokens:,}" for row in rows]
    middle = left + max(map(pen.width, counts), default=0.0) * SMALL / FONT + 0.12
    # Gates may add up to more than 1.
    whole = max([1.0, *(sum(row.mean) for row in rows)])
    size = ((span - middle) / whole, 0.22)
    low += 0.22
    for row, name, count in list(zip(rows, names, counts, strict=True))[:MOST_BARS]:
        pen.write(x, low + 0.115, name)
        pen.write(x + middle - 0.12, low + 0.115, count, align="right", color=SOFT)
        pen.stack((x + middle, low), size, row.mean, colors, numbers=True)
        low += BAR
    if len(rows) > MOST_BARS:
        pen.write(x, low + 0.115, f"… {len(rows) - MOST_BARS:,} more", color=SOFT)
        low += BAR
    return low


def backgrounds(report: AttentionReport, colors: Sequence[str]) -> NDArray[np.float64]:
    """Return the colour behind each token as numbers from 0 to 1 (n_tokens, 3)."""
    n_embeddings = len(report.embeddings)
    weights = report.weights.astype(np.float64)
    if n_embeddings > 1:
        total = weights.sum(axis=1, keepdims=True)
        # Where all gates are shut nothing stands out.
        even = np.full_like(weights, 1 / n_embeddings)
        shares = np.divide(weights, total, out=even.copy(), where=total > 0)
        weights = np.maximum(0, shares - even)
    highest = weights.max(axis=1, initial=0)
    # The colour is full for the highest 2 in 100 words: one odd word leaves the others not pale.
    reach = max(0.05, float(np.quantile(highest, 0.98))) if len(highest) else 1.0
    total = weights.sum(axis=1, keepdims=True)
    parts = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    mixed = parts @ channels(colors)
    strength = FULLEST * np.minimum(1, highest / reach)[:, None]
    return np.asarray(strength * mixed + (1 - strength), np.float64)
