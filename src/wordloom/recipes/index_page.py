"""One page that leads to the pages of all experiments."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from wordloom.markup import as_html, duration
from wordloom.recipes.page import Figure, figure_table, save_page

__all__ = ["Entry", "write_index"]


@dataclass(frozen=True)
class Entry:
    """An experiment as the index shows it.

    Attributes:
        name: What the command calls it, as in "cord19".
        title: What it is.
        page: Its page, relative to the index and with "/" between folders; "" if there is none.
        figures: Its published figures beside ours.
        seconds: How long it took, in seconds.
        error: Why it failed; None if it did not.
    """

    name: str
    title: str
    page: str
    figures: Sequence[Figure]
    seconds: float
    error: str | None


def write_index(path: Path, entries: Sequence[Entry]) -> None:
    """Write the index; the file is written aside and renamed when it is complete.

    Args:
        path: The HTML file.
        entries: The experiments, in this order.

    Raises:
        InputError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> figures = [Figure("accuracy", "0.93", "0.98")]
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "index.html")
        ...     write_index(path, [Entry("bbc", "News", "bbc/report.html", figures, 61.0, None)])
        ...     '<a href="bbc/report.html">' in path.read_text("utf-8")
        True
    """
    n_failed = sum(entry.error is not None for entry in entries)
    lead = (
        f"{len(entries)} experiment{'' if len(entries) == 1 else 's'}, each run here again; the "
        f"times add up to {duration(sum(entry.seconds for entry in entries))}, though some ran at "
        "once. Each title leads to the experiment's own page."
    )
    if n_failed:
        lead += f" {n_failed} of them failed; the reason stands in its place."
    save_page(path, "Published experiments, run again", lead, "\n".join(map(card, entries)))


def card(entry: Entry) -> str:
    """Return an experiment's part of the index."""
    title = as_html(entry.title)
    if entry.page and entry.error is None:
        title = f'<a href="{as_html(quote(entry.page, errors="replace"))}">{title}</a>'
    parts = [
        f'<div class="title"><h2>{title}</h2>'
        f'<p class="time">{as_html(entry.name)}, {duration(entry.seconds)}</p></div>'
    ]
    if entry.error is not None:
        parts.append(f'<p class="error">Failed: {as_html(entry.error)}</p>')
    if entry.figures:
        parts.append(figure_table(entry.figures, title=""))
    return f"<section>{''.join(parts)}</section>"
