"""Learning curves: the score of each row by how many labels it was fitted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from wordloom.compare.page_parts.leaderboard import Scale, group_of, tick_texts, ticks
from wordloom.compare.page_parts.spread import spread
from wordloom.compare.page_parts.values import Row, cut, finite, interval, metric_name, named, part
from wordloom.markup import as_html

__all__ = ["Frame", "Point", "Sheet", "curves_part"]

# Lines that have their name beside them and their full colour from the start.
NAMED = 6
LINE = 15
# Ticks nearer than so many units have one number between them.
NEAR = 30.0


@dataclass(frozen=True)
class Point:
    """A row's score with so many labels.

    Attributes:
        labels: How many texts had labels.
        mean: The mean score.
        low: The lower end of its interval.
        high: The upper end.
    """

    labels: int
    mean: float
    low: float
    high: float


Curve = tuple[Row, list[Point]]


@dataclass(frozen=True)
class Sheet:
    """The measures of a picture, in its own units.

    Attributes:
        kind: Its class: which screens show it.
        width: Of the whole.
        height: Of the whole.
        right: Of the names beside the lines.
        letters: How many letters of a name fit there.
    """

    kind: str
    width: int
    height: int
    right: int
    letters: int


SHEETS = (Sheet("broad", 960, 440, 236, 30), Sheet("narrow", 360, 400, 104, 13))
LEFT, TOP, BOTTOM = 44, 12, 44


@dataclass(frozen=True)
class Frame:
    """Where numbers of labels and scores lie in a picture.

    Attributes:
        sheet: The picture's measures.
        scale: The scores at its bottom and at its top.
        least: The number of labels at its left.
        most: The number of labels at its right.
    """

    sheet: Sheet
    scale: Scale
    least: int
    most: int

    @property
    def end(self) -> int:
        """The right end of the lines."""
        return self.sheet.width - self.sheet.right

    @property
    def bottom(self) -> int:
        """The lower end of the lines."""
        return self.sheet.height - BOTTOM

    def across(self, labels: int) -> float:
        """Return the place of a number of labels, on a logarithmic scale."""
        if self.most == self.least:
            return (LEFT + self.end) / 2
        return LEFT + (self.end - LEFT) * log(labels / self.least) / log(self.most / self.least)

    def down(self, score: float) -> float:
        """Return the place of a score; those outside lie on the edge."""
        share = (score - self.scale.low) / (self.scale.high - self.scale.low)
        return self.bottom - (self.bottom - TOP) * min(max(share, 0.0), 1.0)


def curves_part(comparison: Mapping[str, Any]) -> str:
    """Return the learning curves; nothing where no row has any."""
    curves = [
        (row, points)
        for row in comparison.get("rows") or []
        if (points := points_of(row.get("curve") or []))
    ]
    if not curves:
        return ""
    marked = named_curves(curves, comparison)
    metric = metric_name(comparison)
    pictures = "".join(picture(curves, marked, sheet, metric) for sheet in SHEETS)
    return part(
        "curves",
        "With how many labels?",
        f"{metric} by the number of labelled texts, on a logarithmic scale. "
        "Point at a line or choose a name to see its figures and its 95% interval.",
        f'<div class="chart">{pictures}<div class="hint" hidden></div></div>{names(curves, marked)}'
        f"{numbers(curves, metric)}",
    )


def points_of(curve: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Return the points of a curve that have a score, in order."""
    points = []
    for entry in curve:
        score, labels = interval(entry), finite(entry.get("labels"))
        if score is not None and labels is not None and labels >= 1:
            points.append(Point(int(labels), *score))
    return sorted(points, key=lambda point: point.labels)


def named_curves(curves: Sequence[Curve], comparison: Mapping[str, Any]) -> list[str]:
    """Return the ids of the rows that are named: the recommended, the best, each group's best."""
    ids = [str(row.get("id")) for row, _ in curves]
    wanted = [str(comparison.get("recommended")), str(comparison.get("best"))]
    groups = [row.get("group") for row, _ in curves]
    wanted += [ids[groups.index(group)] for group in dict.fromkeys(groups)]
    ordered = [name for name in dict.fromkeys([*wanted, *ids]) if name in ids]
    return ordered[:NAMED]


def picture(curves: Sequence[Curve], marked: Sequence[str], sheet: Sheet, metric: str) -> str:
    """Return the lines as SVG."""
    least = min(points[0].labels for _, points in curves)
    most = max(points[-1].labels for _, points in curves)
    frame = Frame(sheet, heights(curves), least, most)
    counts = sorted({point.labels for _, points in curves for point in points})
    parts = [axes(frame, counts)]
    # The named lines are drawn last, above the others.
    ordered = sorted(curves, key=lambda curve: -place_of(curve, marked))
    parts += [line(curve, marked, frame) for curve in ordered]
    beside = [curve for curve in curves if str(curve[0].get("id")) in marked]
    wanted = [frame.down(points[-1].mean) for _, points in beside]
    places = spread(wanted, LINE, TOP + 4, frame.bottom)
    for (row, points), from_, to in zip(beside, wanted, places, strict=True):
        name = as_html(cut(row.get("name"), sheet.letters)) or "∅"
        x, end = frame.across(points[-1].labels), frame.end
        parts.append(
            f'<g class="name {group_of(row)}" data-row="{as_html(row.get("id"))}">'
            f'<path d="M{x + 5:.1f} {from_:.1f}L{end + 6} {from_:.1f}L{end + 14} {to:.1f}"/>'
            f'<text x="{end + 18}" y="{to + 4:.1f}">{name}'
            f"<title>{as_html(row.get('name'))}</title></text></g>"
        )
    about = f"Learning curves of {len(curves)} rows; the figures stand in the table below."
    return (
        f'<svg class="{sheet.kind}" viewBox="0 0 {sheet.width} {sheet.height}" role="img" '
        f'aria-label="{about}">{"".join(parts)}</svg>'
    )


def place_of(curve: Curve, marked: Sequence[str]) -> int:
    """Return a curve's place among the marked ones; others come after all of them."""
    name = str(curve[0].get("id"))
    return marked.index(name) if name in marked else len(marked)


def heights(curves: Sequence[Curve]) -> Scale:
    """Return the range of scores; curves that stay far below the others lie outside."""
    tops = sorted((max(point.mean for point in points) for _, points in curves), reverse=True)
    middle = tops[len(tops) // 2]
    lowest_top = tops[0] - max(3 * (tops[0] - middle), 0.1)
    shown = [
        point.mean
        for _, points in curves
        for point in points
        if max(each.mean for each in points) >= lowest_top
    ]
    low, high = min(shown), max(shown)
    room = max((high - low) / 16, 0.01)
    return Scale(low - room, high + room)


def axes(frame: Frame, counts: Sequence[int]) -> str:
    """Return the lines behind the curves, with their numbers."""
    end, bottom = frame.end, frame.bottom
    marks = ticks(frame.scale.low, frame.scale.high)
    parts = [
        f'<path class="grid" d="M{LEFT} {frame.down(tick):.1f}H{end}"/>'
        f'<text class="tick left" x="{LEFT - 8}" y="{frame.down(tick) + 4:.1f}">{text}</text>'
        for tick, text in zip(marks, tick_texts(marks), strict=True)
    ]
    last = frame.across(counts[-1])
    written: list[float] = []
    for count in counts:
        x = frame.across(count)
        parts.append(f'<path class="grid" d="M{x:.1f} {bottom}v5"/>')
        crowded = any(abs(x - other) < NEAR for other in written)
        if crowded or (count != counts[-1] and abs(x - last) < NEAR + 6):
            continue
        written.append(x)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 19}">{count:,}</text>')
    middle, low = (LEFT + end) / 2, frame.sheet.height - 6
    parts.append(f'<text class="tick" x="{middle:.0f}" y="{low}">labelled texts</text>')
    return "".join(parts)


def line(curve: Curve, marked: Sequence[str], frame: Frame) -> str:
    """Return a row's line with its interval and its points."""
    row, points = curve
    name = str(row.get("id"))
    kinds = ["curve", group_of(row)]
    kinds += ["named"] * (name in marked) + ["on"] * (marked[:1] == [name])

    def at(point: Point, score: float) -> str:
        return f"{frame.across(point.labels):.1f} {frame.down(score):.1f}"

    path = "L".join(at(point, point.mean) for point in points)
    upper = [at(point, point.high) for point in points]
    lower = [at(point, point.low) for point in reversed(points)]
    dots = "".join(
        f'<circle cx="{frame.across(point.labels):.1f}" cy="{frame.down(point.mean):.1f}" r="3.5"/>'
        for point in points
    )
    return (
        f'<g class="{" ".join(kinds)}" data-row="{as_html(name)}">'
        f'<path class="band" d="M{"L".join(upper + lower)}Z"/><path class="line" d="M{path}"/>'
        f"{dots}</g>"
    )


def names(curves: Sequence[Curve], marked: Sequence[str]) -> str:
    """Return the name of each line; the script lets people choose one."""
    entries = "".join(
        f'<li class="{group_of(row)}" data-row="{as_html(row.get("id"))}">'
        f"{named(row.get('name'), 48)}</li>"
        for row, _ in sorted(curves, key=lambda curve: place_of(curve, marked))
    )
    return f'<ul class="keys lines" aria-label="Lines">{entries}</ul>'


def numbers(curves: Sequence[Curve], metric: str) -> str:
    """Return all points as a table."""
    counts = sorted({point.labels for _, points in curves for point in points})
    head = "".join(f'<th scope="col" class="number">{count:,}</th>' for count in counts)
    lines = []
    for row, points in curves:
        found = {point.labels: point for point in points}
        cells = "".join(
            f'<td class="number" data-labels="{count}"{interval_of(found.get(count))}>'
            f"{f'{found[count].mean:.3f}' if count in found else '–'}</td>"
            for count in counts
        )
        lines.append(
            f'<tr data-row="{as_html(row.get("id"))}"><th scope="row">'
            f"{named(row.get('name'), 60)}</th>{cells}</tr>"
        )
    return (
        '<details class="more"><summary>The figures as a table</summary><div class="scroll" '
        'role="region" tabindex="0" aria-label="Learning curves as figures"><table class="figures">'
        f'<thead><tr><th scope="col">{as_html(metric)} with so many labels</th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div></details>"
    )


def interval_of(point: Point | None) -> str:
    """Return a point's interval as an attribute."""
    return "" if point is None else f' title="{point.low:.3f} to {point.high:.3f}"'
