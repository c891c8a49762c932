"""A comparison as one page that stands alone: what to use, and all that speaks for it."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

import wordloom
from wordloom.compare.page_parts.attention import attention_colors, attention_part
from wordloom.compare.page_parts.confusion import confusion_part
from wordloom.compare.page_parts.curves import curves_part
from wordloom.compare.page_parts.leaderboard import leaderboard
from wordloom.compare.page_parts.method import method_part, next_part
from wordloom.compare.page_parts.mistakes import mistakes_part
from wordloom.compare.page_parts.verdict import verdict
from wordloom.errors import FormatError
from wordloom.markup import as_html
from wordloom.output import new_file

__all__ = ["comparison_page", "write_page"]

FORMAT, FORMAT_VERSION = "wordloom-comparison", 1
# In the order in which they are read.
PARTS: Final = (
    verdict,
    leaderboard,
    next_part,
    curves_part,
    confusion_part,
    mistakes_part,
    attention_part,
    method_part,
)


def write_page(path: Path, comparison: Mapping[str, Any]) -> None:
    """Write the page of a comparison; the file is written aside and renamed when complete.

    Args:
        path: The HTML file.
        comparison: The comparison as JSON, complete or not.

    Raises:
        FormatError: It is no comparison.
        InputError: The file cannot be written.
    """
    page = comparison_page(comparison)
    with new_file(path, "the page") as aside:
        aside.write_text(page, "utf-8")


def comparison_page(comparison: Mapping[str, Any]) -> str:
    """Make the page of a comparison, as HTML.

    Texts and labels come from strangers: none can become markup. All that is on the page is there
    without its script, which sorts the table and shows figures where one points.

    Args:
        comparison: The comparison as JSON, complete or not; any part may be missing.

    Returns:
        The page.

    Raises:
        FormatError: It is no comparison.

    Example:
        >>> page = comparison_page({"format": "wordloom-comparison", "format_version": 1})
        >>> "No recommendation yet" in page
        True
    """
    kind, version = comparison.get("format"), comparison.get("format_version")
    if (kind, version) != (FORMAT, FORMAT_VERSION):
        raise FormatError(
            f'A page is made from a comparison: "format": "{FORMAT}", "format_version": '
            f"{FORMAT_VERSION}. Received: {kind!r}, {version!r}. Give the comparison.json that "
            "wordloom compare writes, of this version."
        )
    try:
        content = "\n".join(filter(None, (part(comparison) for part in PARTS)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"A comparison has rows, figures and labels in fixed places. Received: {error}. Run "
            "the comparison again."
        ) from error
    folder = files("wordloom.compare").joinpath("page_files")
    light, dark = (attention_colors(comparison, dark=dark) for dark in (False, True))
    return Template(folder.joinpath("page.html").read_text("utf-8")).substitute(
        title=as_html(f"Comparison: {(comparison.get('data') or {}).get('name') or 'texts'}"),
        style=folder.joinpath("style.css").read_text("utf-8"),
        colors=f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}",
        content=content,
        version=as_html(wordloom.__version__),
        script=folder.joinpath("script.js").read_text("utf-8"),
    )
