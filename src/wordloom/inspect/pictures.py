"""What every picture shares: formats, fonts, colours, and labels cut to a width."""

import io
import logging
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.errors import DataWarning, InputError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "FORMATS",
    "INK",
    "PAPER",
    "SOFT",
    "check_format",
    "drawing",
    "format_of",
    "picture_bytes",
    "shortened",
    "width",
    "wrapped",
]

FORMATS = ("png", "svg")
"""The formats of a picture, as file endings."""

INK, SOFT, PAPER = "#1b1f24", "#5a6673", "#ffffff"
"""The colours of text, of what stands back, and of the ground."""

DOTS_PER_INCH = 160
# matplotlib's warning of a character that no font has.
MISSING_GLYPH = r"Glyph (\d+) .*missing from"
BOXES_NAMED = 5
# What keeps the day out of a file.
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
# Fonts with many scripts; those that are installed help out where the first lacks a character.
FALLBACK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Malgun Gothic",
    "Arial Unicode MS",
    "Noto Sans",
    "Noto Sans Devanagari",
    "Noto Sans Arabic",
    "Noto Sans Thai",
)


def check_format(file_format: str) -> None:
    """Refuse a format that pictures are not drawn in.

    Args:
        file_format: One of `FORMATS`.

    Raises:
        InputError: It is none of them.
    """
    if file_format not in FORMATS:
        raise InputError(f"A picture is one of {', '.join(FORMATS)}. Received: {file_format!r}.")


def format_of(path: Path, what: str) -> str:
    """Return the format that a file's ending names.

    Args:
        path: The file.
        what: What is drawn, as in "a heatmap".

    Returns:
        One of `FORMATS`.

    Raises:
        InputError: The ending is none of them.

    Example:
        >>> format_of(Path("similar.PNG"), "a heatmap")
        'png'
    """
    file_format = path.suffix.lower().removeprefix(".")
    if file_format not in FORMATS:
        what = f"{what[0].upper()}{what[1:]}"
        raise InputError(f"{what}'s file ends in .png or .svg. Received: {path}.")
    return file_format


@contextmanager
def drawing(what: str) -> Iterator[None]:
    """Set fonts and colours while the block draws, and leave matplotlib's settings alone.

    Args:
        what: What is drawn, as in "a heatmap".

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise MissingExtraError("matplotlib", "plots", f"drawing {what}") from None
    settings = mpl.rc_context(
        {
            "font.family": installed_fonts(),
            # Text stays text: it can be searched, and the viewer's fonts draw any script.
            "svg.fonttype": "none",
            "svg.hashsalt": "wordloom",
            "text.color": INK,
            "text.parse_math": False,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )
    # A font that has no bold is used as it is; nobody needs to be told.
    fonts = logging.getLogger("matplotlib.font_manager")
    level = fonts.level
    fonts.setLevel(logging.ERROR)
    with settings, warnings.catch_warnings():
        # A character that no font has is drawn as a box, which `picture_bytes` tells.
        warnings.filterwarnings("ignore", message=MISSING_GLYPH)
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        try:
            yield
        finally:
            fonts.setLevel(level)


def picture_bytes(figure: "Figure", file_format: str) -> bytes:
    """Return a figure as the content of a file, cut to what is drawn.

    Args:
        figure: The figure, made within `drawing`.
        file_format: One of `FORMATS`, or "pdf".

    Returns:
        The file's content; the same figure gives the same bytes.
    """
    picture = io.BytesIO()
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message=MISSING_GLYPH)
        figure.savefig(
            picture,
            format=file_format,
            dpi=DOTS_PER_INCH,
            bbox_inches="tight",
            pad_inches=0.15,
            facecolor=PAPER,
            metadata=UNDATED.get(file_format),
        )
    if file_format != "svg":
        warn_of_boxes([str(warning.message) for warning in caught])
    return picture.getvalue()


def warn_of_boxes(messages: Sequence[str]) -> None:
    """Say which characters no installed font has."""
    found = (re.match(MISSING_GLYPH, message) for message in messages)
    boxes = sorted({chr(int(glyph[1])) for glyph in found if glyph})
    if boxes:
        more = " …" if len(boxes) > BOXES_NAMED else ""
        warnings.warn(
            "Characters that no installed font has are drawn as boxes: "
            f"{' '.join(boxes[:BOXES_NAMED])}{more}. Install a font that has them, as Noto Sans "
            "CJK for Chinese, or save as .svg, which is drawn with the fonts of who looks at it.",
            DataWarning,
            stacklevel=2,
        )


def shortened(label: str, columns: int) -> str:
    """Return a label on one line, cut with an ellipsis where it is too wide.

    Example:
        >>> shortened("a fever of unknown origin", 12)
        'a fever of …'
    """
    # Far more than is ever shown need not be looked at.
    label = "".join(c if c.isprintable() else " " for c in label[: 20 * columns])
    label = " ".join(label.split())
    if width(label) <= columns:
        return label
    while width(label) > columns - 1:
        label = label[:-1]
    return f"{label}…"


def width(label: str) -> int:
    """Return how many columns a label takes; East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in label)


def wrapped(label: str, columns: int) -> str:
    r"""Return a label in two lines if one is too narrow, broken at a space where there is one.

    Example:
        >>> wrapped("a fever of unknown origin", 16)
        'a fever of\nunknown origin'
        >>> wrapped("information retrieval and extraction", 20)
        'information\nretrieval and extra…'
    """
    label = shortened(label, 2 * columns - 4)
    if width(label) <= columns:
        return label
    half = width(label) / 2
    spaces = [place for place, character in enumerate(label) if character == " "]
    # How much is cut off the second line, and how uneven the two are, by where the first one ends.
    breaks = [
        (max(0, width(label[place + 1 :]) - columns), abs(width(label[:place]) - half), place)
        for place in spaces
        if width(label[:place]) <= columns
    ]
    lost, _, place = min(breaks, default=(columns, 0.0, 0))
    if lost > columns / 2:
        place = next(place for place in range(len(label)) if width(label[:place]) >= half)
        return f"{label[:place]}\n{label[place:]}"
    return f"{label[:place]}\n{shortened(label[place + 1 :], columns)}"


def installed_fonts() -> list[str]:
    """Return the default font and those installed ones that help it out."""
    from matplotlib import font_manager

    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in FALLBACK_FONTS if name in installed), "sans-serif"]
