"""Words, boxes and bars at places in inches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.pictures import INK, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FONT", "SMALL", "Pen", "channels", "luminance"]

FONT = 11.0
"""The usual size of words, in points."""

SMALL = 9.35
"""The size of what stands back, in points."""

Color = str | tuple[float, float, float]

# A number needs so much of a bar.
NUMBER = 0.34
# On colours of a lower luminance, paper is the better ink.
DARK = 0.2


class Pen:
    """Draws boxes and words at places in inches, and knows how wide words are."""

    def __init__(self, figure: "Figure", axes: "Axes") -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.font_manager import FontProperties

        self.axes = axes
        self.renderer = FigureCanvasAgg(figure).get_renderer()
        self.font = FontProperties(size=FONT)
        self.dots = figure.dpi

    def width(self, word: str) -> float:
        """Return the width of a word at the usual size, in inches."""
        wide, _, _ = self.renderer.get_text_width_height_descent(word, self.font, ismath=False)
        return float(wide) / self.dots

    def box(
        self, x: float, y: float, wide: float, high: float, color: Color, edge: float = 0.0
    ) -> None:
        """Fill a box, given by its upper left corner, within an edge of paper."""
        from matplotlib.patches import Rectangle

        box = Rectangle((x, y), wide, high, facecolor=color, edgecolor=PAPER, linewidth=edge)
        self.axes.add_patch(box)

    def dash(self, x: float, y: float, wide: float, high: float) -> None:
        """Draw a dashed line around a box."""
        from matplotlib.patches import Rectangle

        box = Rectangle((x, y), wide, high, fill=False, edgecolor=INK, linewidth=0.8)
        box.set_linestyle((0, (3, 2)))
        self.axes.add_patch(box)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = SMALL,
        color: str = INK,
        align: Literal["left", "center", "right"] = "left",
        bold: bool = False,
    ) -> None:
        """Write words with their middle at the height y."""
        self.axes.text(
            x,
            y,
            words,
            fontsize=size,
            color=color,
            ha=align,
            va="center_baseline",
            weight="bold" if bold else "normal",
        )

    def stack(
        self,
        place: tuple[float, float],
        size: tuple[float, float],
        row: Sequence[float],
        colors: Sequence[str],
        *,
        numbers: bool = False,
    ) -> None:
        """Draw weights side by side; `size` is that of a weight of 1."""
        (x, y), (wide, high) = place, size
        for weight, color in zip(row, colors, strict=True):
            part = wide * weight
            self.box(x, y, part, high, color, edge=0.6)
            if numbers and part > NUMBER:
                ink = INK if luminance(color) > DARK else PAPER
                middle = (x + part / 2, y + high / 2)
                self.write(*middle, f"{weight:.2f}", size=0.75 * FONT, color=ink, align="center")
            x += part


def channels(colors: Sequence[str]) -> NDArray[np.float64]:
    """Return the red, green and blue of colours as numbers from 0 to 1 (n, 3)."""
    return np.array([[int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] for color in colors])


def luminance(color: str) -> float:
    """Return a colour's relative luminance (WCAG 2)."""
    linear = np.where(
        channels([color]) <= 0.04045,
        channels([color]) / 12.92,
        ((channels([color]) + 0.055) / 1.055) ** 2.4,
    )
    return float((linear @ np.array([0.2126, 0.7152, 0.0722]))[0])
