"""The page that every experiment writes: published figures beside ours, then what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

import wordloom
from wordloom.errors import InputError
from wordloom.markup import as_html, html_table
from wordloom.output import new_file

__all__ = ["Figure", "Section", "figure_table", "save_page", "write_experiment_page"]

# Pages with more sections than these begin with a list of them.
SECTIONS_AT_A_GLANCE = 3
IMAGE = "data:image/"


@dataclass(frozen=True)
class Figure:
    """A published figure beside ours.

    Attributes:
        name: What is measured.
        published: The published figure; "" where there is none.
        ours: The figure of this run.
        note: What explains the difference.
    """

    name: str
    published: str
    ours: str
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of an experiment's page.

    Attributes:
        title: What stands above it.
        paragraphs: Plain text.
        rows: A table, its head first; columns of numbers are set to the right.
        pictures: SVG as text, or PNG as "data:image/png;base64,…" or an `<img>` of that. These
            come into the page as they are: only pictures that the program drew itself.
        lists: Lists of plain text.
    """

    title: str
    paragraphs: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    pictures: Sequence[str] = ()
    lists: Sequence[Sequence[str]] = ()


def write_experiment_page(
    path: Path,
    *,
    title: str,
    lead: str,
    figures: Sequence[Figure],
    sections: Sequence[Section],
    notes: Sequence[str],
) -> None:
    """Write the page of an experiment; the file is written aside and renamed when complete.

    The page stands alone: nothing is fetched, and no script can run in it.

    Args:
        path: The HTML file.
        title: What the experiment is.
        lead: What it asks and finds, in a sentence or two.
        figures: The table at the top, published figures beside ours.
        sections: What follows, in this order.
        notes: What to know about the figures: data, settings, what the published reading does.

    Raises:
        InputError: The file cannot be written, or a picture is neither SVG nor PNG.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "report.html")
        ...     write_experiment_page(
        ...         path,
        ...         title="Reviews",
        ...         lead="Good or bad?",
        ...         figures=[Figure("accuracy", "0.76", "0.80")],
        ...         sections=[Section("Steps", rows=[["step", "loss"], ["1", "0.69"]])],
        ...         notes=["The last 20 words of each review."],
        ...     )
        ...     path.read_text("utf-8")[:15]
        '<!doctype html>'
    """
    parts = [figure_table(figures)] if figures else []
    if len(sections) > SECTIONS_AT_A_GLANCE:
        parts.insert(0, contents(sections))
    parts += [section_part(section, number) for number, section in enumerate(sections, 1)]
    if notes:
        parts.append(f'<section class="notes"><h2>Notes</h2>{bullets(notes)}</section>')
    save_page(path, title, lead, "\n".join(parts))


def save_page(path: Path, title: str, lead: str, content: str) -> None:
    """Write a page of the experiments' kind.

    Args:
        path: The HTML file; it is written aside and renamed when it is complete.
        title: What stands above, as plain text.
        lead: What stands below the title, as plain text.
        content: The rest, as HTML.

    Raises:
        InputError: The file cannot be written.
    """
    folder = files("wordloom.recipes").joinpath("page_files")
    page = Template(folder.joinpath("page.html").read_text("utf-8")).substitute(
        title=as_html(title),
        lead=as_html(lead),
        style=folder.joinpath("style.css").read_text("utf-8"),
        content=content,
        version=as_html(wordloom.__version__),
    )
    with new_file(path, "the page") as aside:
        aside.write_text(page, "utf-8")


def figure_table(figures: Sequence[Figure], title: str = "Published beside ours") -> str:
    """Return figures as the part of a page that holds them.

    Args:
        figures: The figures.
        title: What stands above them; "" for a table within another part.

    Returns:
        HTML. On a narrow page each figure is a block, the two numbers side by side.
    """
    lines = [
        f'<tr><th scope="row">{as_html(figure.name)}</th>'
        f'<td class="number published" data-head="published">{as_html(figure.published) or "–"}'
        f'</td><td class="number ours" data-head="ours">{as_html(figure.ours) or "–"}</td>'
        f'<td class="note">{as_html(figure.note)}</td></tr>'
        for figure in figures
    ]
    head = (
        '<th scope="col">figure</th><th scope="col" class="number">published</th>'
        '<th scope="col" class="number">ours</th><th scope="col">note</th>'
    )
    table = (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
    if not title:
        return f'<div class="figures">{table}</div>'
    return f'<section class="figures"><h2>{as_html(title)}</h2>{table}</section>'


def contents(sections: Sequence[Section]) -> str:
    """Return links to the sections."""
    links = "".join(
        f'<li><a href="#part-{number}">{as_html(section.title)}</a></li>'
        for number, section in enumerate(sections, 1)
    )
    return f'<nav aria-label="Parts of this page"><ul>{links}</ul></nav>'


def section_part(section: Section, number: int) -> str:
    """Return a section as HTML: text, pictures, table, lists."""
    parts = [f'<h2 id="heading-{number}">{as_html(section.title)}</h2>']
    parts += [f"<p>{as_html(paragraph)}</p>" for paragraph in section.paragraphs]
    parts += [
        f'<figure aria-label="{as_html(section.title)}">{picture(drawn, section.title)}</figure>'
        for drawn in section.pictures
    ]
    if section.rows:
        parts.append(html_table(section.rows, section.title))
    parts += [bullets(items) for items in section.lists]
    return (
        f'<section id="part-{number}" aria-labelledby="heading-{number}">{"".join(parts)}</section>'
    )


def bullets(items: Sequence[str]) -> str:
    """Return a list."""
    return f'<ul class="list">{"".join(f"<li>{as_html(item)}</li>" for item in items)}</ul>'


def picture(drawn: str, title: str) -> str:
    """Return a picture as it can stand in a page."""
    if drawn.startswith(IMAGE):
        return f'<img src="{as_html(drawn)}" alt="{as_html(title)}">'
    if drawn.startswith(f'<img src="{IMAGE}'):
        return drawn
    # What stands before it declares a document of its own.
    place = drawn.find("<svg")
    if place < 0:
        raise InputError(
            "A page's picture is SVG, or PNG as data:image/png;base64. "
            f"Received: {drawn[:40]!r}. Give the picture itself, not its file."
        )
    return drawn[place:]
