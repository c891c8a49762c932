"""The experiment with keywords as one HTML page that stands alone."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from wordloom.output import new_file
from wordloom.recipes.keywords.result import CASE_TITLES, NOTE, KeywordExperiment, PaperSet

__all__ = ["write_page"]

PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Keyword lists: from Jaccard to embeddings</title>
<style>
body { margin: 0; background: #f4f6f9; color: #1d2733; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
section { background: #fff; border: 1px solid #dfe4ea; border-radius: 10px; padding: 1rem 1.5rem;
  margin: 1.25rem 0; overflow-x: auto; }
h1 { font-size: 1.9rem; margin: 0; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; }
p { margin: .3rem 0 .8rem; max-width: 52rem; }
.soft, th { color: #5b6876; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-size: .85rem; text-align: right; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #dfe4ea; text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
li { margin: .2rem 0; }
</style>
</head>
<body>
<main>
<h1>Keyword lists: from Jaccard to embeddings</h1>
<p class="soft">$note</p>
$sections
</main>
</body>
</html>
""")


def write_page(path: Path, experiment: KeywordExperiment) -> None:
    """Write the page; it is written aside and renamed when it is complete.

    Args:
        path: The HTML file.
        experiment: The result.

    Raises:
        InputError: The file cannot be written.
    """
    sections = "\n".join(map(section, experiment.sets))
    with new_file(path, "the page") as aside:
        aside.write_text(PAGE.substitute(note=escape(NOTE), sections=sections), "utf-8")


def section(papers: PaperSet) -> str:
    """Return the part of the page on a set of papers."""
    counts = ", ".join(f"{count:,} {what}" for what, count in papers.counts.items())
    parts = [
        f"<h2>{escape(papers.name)}</h2>",
        f'<p class="soft">{escape(counts)}</p>',
        "<h3>Pairs that Jaccard's measure leaves at 0</h3>",
        table(papers.zero_rows()),
    ]
    for case in papers.tables:
        parts += [f"<h3>{escape(CASE_TITLES[case])}</h3>", table(papers.figure_rows(case))]
        parts += [f'<p class="soft">{escape(note)}</p>' for note in papers.notes(case)]
    if papers.pair is not None:
        lists = "".join(
            f"<li>{escape('; '.join(side))}</li>" for side in (papers.pair.left, papers.pair.right)
        )
        parts += [
            f"<h3>{escape(papers.pair_title())}</h3>",
            f"<ul>{lists}</ul>",
            table(papers.pair_rows()),
        ]
    return f"<section>{''.join(parts)}</section>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table, the first as its head."""
    head, *body = [[escape(cell) for cell in row] for row in rows]
    lines = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body]
    return f"<table><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>{''.join(lines)}</table>"
