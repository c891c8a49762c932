"""Values of a comparison as the page shows them: what is missing is a dash."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from wordloom.markup import as_html

__all__ = [
    "Row",
    "counted",
    "cut",
    "finite",
    "interval",
    "metric_name",
    "named",
    "part",
    "rate",
    "scored",
    "signed",
    "size",
    "three",
]

Row = Mapping[str, Any]
"""A row of the comparison, as JSON."""

METRICS = {"macro_f1": "macro-F1"}
UNITS = ("bytes", "kB", "MB", "GB", "TB")
THOUSAND = 1000
HUNDRED = 100
MILLION = 1_000_000


def finite(value: object) -> float | None:
    """Return a number; None for what is missing, infinite or no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def interval(score: Mapping[str, Any] | None) -> tuple[float, float, float] | None:
    """Return the mean of a score and the ends of its interval.

    Example:
        >>> interval({"mean": 0.8, "low": None, "high": 0.9}), interval(None)
        ((0.8, 0.8, 0.9), None)
    """
    mean = finite((score or {}).get("mean"))
    if score is None or mean is None:
        return None
    low, high = finite(score.get("low")), finite(score.get("high"))
    return mean, mean if low is None else min(low, mean), mean if high is None else max(high, mean)


def scored(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that have a score, in their order."""
    return [row for row in rows if row.get("state") != "failed" and interval(row.get("score"))]


def three(value: object) -> str:
    """Return a score with three decimals."""
    number = finite(value)
    return "–" if number is None else f"{number:.3f}"


def signed(value: object) -> str:
    """Return a difference with its sign.

    Example:
        >>> signed(-0.0214), signed(0.0001), signed(None)
        ('−0.021', '0.000', '–')
    """
    number = finite(value)
    if number is None:
        return "–"
    shown = f"{abs(number):.3f}"
    if float(shown) == 0:
        return shown
    return ("−" if number < 0 else "+") + shown


def rate(value: object) -> str:
    """Return how many a second.

    Example:
        >>> rate(12345.6), rate(6.24), rate(14_431_807)
        ('12,346', '6.2', '14 million')
    """
    number = finite(value)
    if number is None:
        return "–"
    if number >= MILLION:
        return f"{number / MILLION:,.0f} million"
    return f"{number:,.{0 if number >= HUNDRED else 1}f}"


def size(value: object) -> str:
    """Return a number of bytes.

    Example:
        >>> size(950), size(12_345_678), size(None)
        ('950 bytes', '12 MB', '–')
    """
    number = finite(value)
    if number is None:
        return "–"
    unit = 0
    while abs(number) >= THOUSAND and unit < len(UNITS) - 1:
        number, unit = number / THOUSAND, unit + 1
    return f"{number:.{1 if unit and number < 10 else 0}f} {UNITS[unit]}"


def counted(number: object, thing: str) -> str:
    """Return a number of things.

    Example:
        >>> counted(1, "text"), counted(1200, "label"), counted(None, "text")
        ('1 text', '1,200 labels', '– texts')
    """
    value = finite(number)
    shown = "–" if value is None else f"{value:,.0f}"
    return f"{shown} {thing}{'' if value == 1 else 's'}"


def cut(text: object, width: int) -> str:
    """Return a text that is at most so many letters wide; Chinese ones count twice.

    Example:
        >>> cut("concatenation", 7), cut("咳嗽咳嗽", 5), cut("cough", 5)
        ('concat…', '咳嗽…', 'cough')
    """
    whole, used = str(text), 0
    widths = [2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in whole]
    if sum(widths) <= width:
        return whole
    for place, letter in enumerate(widths):
        used += letter
        if used > width - 1:
            return f"{whole[:place].rstrip()}…"
    return whole


def named(name: object, width: int = 200) -> str:
    """Return a name, a label or a word as HTML that keeps its direction to itself.

    Args:
        name: Whatever was given; nothing is the sign of the empty set.
        width: Letters beyond these are shown where one points only.

    Example:
        >>> named("<b>"), named(""), named("concatenation", 7)
        ('<bdi>&lt;b&gt;</bdi>', '<bdi>∅</bdi>', '<bdi title="concatenation">concat…</bdi>')
    """
    whole = "" if name is None else str(name)
    shown = cut(whole, width)
    title = "" if shown == whole else f' title="{as_html(whole)}"'
    return f"<bdi{title}>{as_html(shown) or '∅'}</bdi>"


def metric_name(comparison: Mapping[str, Any]) -> str:
    """Return what the rows' score is called."""
    metric = str((comparison.get("protocol") or {}).get("metric") or "macro_f1")
    return METRICS.get(metric, metric)


def part(name: str, title: str, lead: str, content: str) -> str:
    """Return a part of the page; nothing where there is no content.

    Args:
        name: Its id.
        title: What stands above it, as plain text.
        lead: A sentence below the title, as plain text.
        content: The rest, as HTML.
    """
    if not content:
        return ""
    below = f'<p class="soft lead">{as_html(lead)}</p>' if lead else ""
    return (
        f'<section id="{name}" class="card" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{as_html(title)}</h2>{below}{content}</section>'
    )
