"""Text, durations and tables as HTML: what pages share that are written on the server's side."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

__all__ = ["as_html", "duration", "html_table"]

# Control characters but tab and line feed, halves of characters, and marks that turn the direction
# of what follows: none of them may leave its own place in a page.
UNSHOWN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
DIRECTION_MARKS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A number with its sign, percent, unit or range; or a place that is left empty.
NUMBER: Final = re.compile(
    r"[-+−±~≈<>≤≥]*\s?[\d.,]*\d\s?(%|s|min|h|k|M|×)?( ?[-–±…(\[/→].{0,24})?|[–—-]?", re.ASCII
)
# Cells that are longer are sentences, which need room.
SENTENCE: Final = 36


def as_html(text: object) -> str:
    r"""Return anything as text that can stand in a page or in an attribute.

    Args:
        text: What is shown; lone surrogates and control characters become "\ufffd".

    Returns:
        The text, nothing of which is markup.

    Example:
        >>> as_html('<b> & "c"'), as_html("a\x00b")
        ('&lt;b&gt; &amp; &quot;c&quot;', 'a�b')
    """
    return escape(DIRECTION_MARKS.sub("", UNSHOWN.sub("\ufffd", str(text))))


def duration(seconds: float) -> str:
    """Return a time as people say it.

    Args:
        seconds: The time, in seconds.

    Example:
        >>> duration(0.034), duration(4.26), duration(59.6), duration(125), duration(7300)
        ('0.03 s', '4.3 s', '60 s', '2 min 5 s', '2 h 1 min')
    """
    if seconds < 10:
        return f"{seconds:.{2 if seconds < 1 else 1}f} s"
    if round(seconds) <= 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def html_table(rows: Sequence[Sequence[str]], name: str = "Table") -> str:
    """Return rows as a table that scrolls within itself where the page is narrow.

    Args:
        rows: The cells, the head first. Columns of numbers are set to the right.
        name: What the table holds, for those who hear the page.

    Example:
        >>> html_table([["model", "F1"], ["<svm>", "0.81"]]).count('class="number"')
        2
    """
    head, *body = rows
    columns = [[row[place] for row in body if place < len(row)] for place in range(len(head))]
    kinds = [kind_of(column) for column in columns]
    line = "".join(
        f'<th scope="col"{kind}>{as_html(cell)}</th>'
        for cell, kind in zip(head, kinds, strict=True)
    )
    lines = [f"<tr>{''.join(cells(row, kinds))}</tr>" for row in body]
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{as_html(name)}">'
        f"<table><thead><tr>{line}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def cells(row: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """Return the cells of a row; the first one heads it, unless it is a sentence or a number."""
    made = [
        f"<td{kind}>{as_html(cell)}</td>"
        for cell, kind in zip(row, [*kinds, *[""] * (len(row) - len(kinds))], strict=False)
    ]
    if made and not kinds[0]:
        made[0] = f'<th scope="row">{as_html(row[0])}</th>'
    return made


def kind_of(column: Sequence[str]) -> str:
    """Return the attribute of a column of numbers, or of sentences."""
    if any(column) and all(NUMBER.fullmatch(cell.strip()) for cell in column):
        return ' class="number"'
    return ' class="sentence"' if any(len(cell) > SENTENCE for cell in column) else ""
