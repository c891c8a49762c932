"""The table of all rows: scores on one scale, costs, and why a row failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from wordloom.compare.page_parts.values import (
    Row,
    finite,
    interval,
    metric_name,
    named,
    part,
    rate,
    scored,
    signed,
    size,
    three,
)
from wordloom.markup import as_html, duration

__all__ = ["GROUPS", "Scale", "leaderboard", "scale_of", "tick_texts", "ticks"]

GROUPS = {
    "baseline": "no embeddings",
    "vectors": "pooled vectors",
    "hybrid": "vectors and n-grams",
    "network": "network",
}
"""The groups of rows, with what they are."""

# A row that lies further below the best than so many times the middle one would press all others
# together: it stands at the edge.
FAR = 3.0
# p-values below this one are not told apart.
SMALLEST_P = 0.001


@dataclass(frozen=True)
class Scale:
    """Where scores stand between the left and the right edge.

    Attributes:
        low: The score at the left edge.
        high: The score at the right edge.
    """

    low: float
    high: float

    def place(self, score: float) -> float:
        """Return a score's place in percent, from the left."""
        share = (score - self.low) / (self.high - self.low)
        return 100 * min(max(share, 0.0), 1.0)


def scale_of(scores: Sequence[tuple[float, float, float]]) -> Scale:
    """Return a scale that holds the scores; those far below the others may lie outside.

    Args:
        scores: The mean and the interval of each row, in any order.

    Example:
        >>> scale_of([(0.85, 0.84, 0.86), (0.83, 0.82, 0.84), (0.82, 0.8, 0.83), (0.2, 0.2, 0.2)])
        Scale(low=0.79, high=0.87)
    """
    if not scores:
        return Scale(0.0, 1.0)
    best = max(mean for mean, _, _ in scores)
    least = best - FAR * max(best - median(mean for mean, _, _ in scores), 0.02)
    near = [score for score in scores if score[0] >= least]
    low, high = min(low for _, low, _ in near), max(high for _, _, high in near)
    room = max(high - low, 0.02) / 12
    return Scale(
        round(float(np.floor(100 * (low - room))) / 100, 2),
        round(float(np.ceil(100 * (high + room))) / 100, 2),
    )


def ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Return round numbers within a range.

    Example:
        >>> ticks(0.79, 0.87, 5)
        [0.8, 0.82, 0.84, 0.86]
    """
    for step in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0):
        first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
        if last - first < most:
            return [round(number * step, 6) for number in range(first, last + 1)]
    return []


def tick_texts(numbers: Sequence[float]) -> list[str]:
    """Return round numbers with equally many decimals, as few as can be.

    Example:
        >>> tick_texts([0.75, 0.8])
        ['0.75', '0.80']
    """
    decimals = max((len(f"{number:.4g}".partition(".")[2]) for number in numbers), default=0)
    return [f"{number:.{decimals}f}" for number in numbers]


def leaderboard(comparison: Mapping[str, Any]) -> str:
    """Return the table of rows; nothing where there are none."""
    rows: Sequence[Row] = comparison.get("rows") or []
    if not rows:
        return ""
    scores = [score for row in scored(rows) if (score := interval(row.get("score")))]
    scale = scale_of(scores)
    metric = metric_name(comparison)
    folds = int(finite((comparison.get("protocol") or {}).get("folds")) or 0)
    body = "".join(
        line(row, scale, folds, comparison.get("best"), comparison.get("recommended"))
        for row in rows
    )
    best = max(scores, default=None)
    lead = ""
    if best is not None:
        lead = (
            "Dots are means, lines 95% intervals. The band is the interval of the best row; rows "
            "marked “level” are not significantly worse than it. Times and speeds are of one core."
        )
    return part(
        "leaderboard",
        "Leaderboard",
        lead,
        f'{legend(rows)}<div class="scroll" role="region" tabindex="0" '
        f'aria-label="Leaderboard"><table role="table" class="board" '
        f'style="{style(scale, best)}"><caption class="unseen">All rows, best first'
        f'</caption><thead role="rowgroup"><tr role="row">{head(metric, scale)}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>',
    )


def style(scale: Scale, best: tuple[float, float, float] | None) -> str:
    """Return where the lines of the scale and the best row's interval lie."""
    lines = ",".join(
        f"linear-gradient(var(--line),var(--line)) {scale.place(tick):.2f}% 0/1px 100% no-repeat"
        for tick in ticks(scale.low, scale.high)
    )
    parts = [f"--grid:{lines or 'none'}"]
    if best is not None:
        left, right = scale.place(best[1]), scale.place(best[2])
        parts.append(f"--band:{left:.2f}%;--wide:{right - left:.2f}%")
    return ";".join(parts)


def head(metric: str, scale: Scale) -> str:
    """Return the head's cells; the script makes those with data-by sort the table."""
    marks = ticks(scale.low, scale.high)
    axis = "".join(
        f'<i style="left:{scale.place(tick):.2f}%">{text}</i>'
        for tick, text in zip(marks, tick_texts(marks), strict=True)
    )
    columns = [
        ("name", "model", "", ""),
        ("score", metric, "", f'<span class="axis" aria-hidden="true">{axis}</span>'),
        ("accuracy", "accuracy", "number", ""),
        ("difference", "to the best", "number", ""),
        ("fit", "fit", "number", ""),
        ("speed", "texts/s", "number", ""),
        ("size", "on disk", "number", ""),
    ]
    return (
        '<th role="columnheader" scope="col" class="rank"><span class="unseen">place</span></th>'
        + "".join(
            f'<th role="columnheader" scope="col" class="{name} {kind}" data-by="{name}">'
            f'<span class="by">{as_html(title)}</span>{more}</th>'
            for name, title, kind, more in columns
        )
    )


def legend(rows: Sequence[Row]) -> str:
    """Return the groups that occur, with their colours."""
    names = {str(row.get("group")) for row in rows}
    entries = "".join(
        f'<li class="{name}"><b>{name}</b> {what}</li>'
        for name, what in GROUPS.items()
        if name in names
    )
    return f'<ul class="keys">{entries}</ul>'


def line(row: Row, scale: Scale, folds: int, best: str | None, recommended: str | None) -> str:
    """Return a row of the table."""
    state = str(row.get("state"))
    group = group_of(row)
    marks = [f'<span class="chip {group}">{as_html(row.get("group") or "")}</span>']
    if row.get("id") == recommended is not None:
        marks.append('<span class="chip use-it">recommended</span>')
    if row.get("id") == best is not None:
        marks.append('<span class="chip best">best</span>')
    elif row.get("level") and interval(row.get("score")):
        marks.append('<span class="chip level">level</span>')
    if state != "done":
        marks.append(f'<span class="chip {state_class(state)}">{state_text(row, folds)}</span>')
    about = row.get("description")
    below = f'<span class="about">{as_html(about)}</span>' if about else ""
    name = (
        f'<th role="rowheader" scope="row" class="name" data-sort="{as_html(row.get("name"))}">'
        f'<b class="title">{named(row.get("name"), 160)}</b> {"".join(marks)}'
        f"{below}</th>"
    )
    kind = "chosen" if row.get("id") == recommended is not None else state_class(state)
    if state == "failed":
        why = as_html(row.get("error") or "The reason is not known.")
        cells = f'<td role="cell" colspan="6" class="error">{why}</td>'
    else:
        cells = figures(row, scale, state, best)
    rank = '<td role="cell" class="rank"></td>'
    return f'<tr role="row" class="{kind} {group}">{rank}{name}{cells}</tr>'


def figures(row: Row, scale: Scale, state: str, best: str | None) -> str:
    """Return the cells of a row's figures."""
    score, accuracy = interval(row.get("score")), interval(row.get("accuracy"))
    difference = row.get("difference") or {}
    gap = finite(difference.get("mean"))
    fit, speed, size_ = (finite(row.get(k)) for k in ("fit_seconds", "texts_per_second", "bytes"))
    leads, p = row.get("id") == best is not None, p_value(difference.get("p"))
    return "".join(
        [
            cell("score", score and score[0], plot(score, scale, state)),
            cell("accuracy number", accuracy and accuracy[0], three(accuracy and accuracy[0])),
            cell("difference number", 0.0 if leads else gap, f"{signed(gap)}{p}"),
            cell("fit number", fit, "–" if fit is None else duration(fit)),
            cell("speed number", speed, rate(speed)),
            cell("size number", size_, size(size_)),
        ]
    )


def cell(kind: str, value: float | None, shown: str) -> str:
    """Return a cell with the number that it is sorted by; the words shown are HTML."""
    order = "" if value is None else f"{value:.9g}"
    return f'<td role="cell" class="{kind}" data-sort="{order}">{shown}</td>'


def plot(score: tuple[float, float, float] | None, scale: Scale, state: str) -> str:
    """Return a score as a dot on its interval, and as a number."""
    if score is None:
        return f'<span class="soft">{as_html(state if state == "waiting" else "no score")}</span>'
    mean, low, high = score
    left, right = scale.place(low), scale.place(high)
    outside = ' class="outside"' if mean < scale.low else ""
    return (
        f'<span class="plot" title="{mean:.4f}, 95% from {low:.4f} to {high:.4f}"><i style="left:'
        f'{left:.2f}%;width:{right - left:.2f}%"></i><b{outside} style="left:'
        f'{scale.place(mean):.2f}%"></b></span><span class="value">{mean:.3f}</span>'
    )


def p_value(value: object) -> str:
    """Return how likely so large a difference is by chance."""
    p = finite(value)
    if p is None:
        return ""
    shown = f"p &lt; {SMALLEST_P}" if p < SMALLEST_P else f"p = {p:.3f}"
    return f"<small>{shown}</small>"


def group_of(row: Row) -> str:
    """Return the class of a row's group, whose colour it has."""
    group = str(row.get("group"))
    return group if group in GROUPS else "baseline"


def state_class(state: str) -> str:
    """Return the class of a state."""
    return state if state in {"done", "partial", "waiting", "failed"} else "waiting"


def state_text(row: Row, folds: int) -> str:
    """Return a row's state in words."""
    state = str(row.get("state"))
    if state != "partial":
        return as_html(state)
    n_values = len((row.get("score") or {}).get("values") or [])
    return f"{n_values} of {folds} folds" if n_values < folds else "in part"
