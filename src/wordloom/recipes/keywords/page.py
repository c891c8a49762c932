"""The page of the experiment with keywords."""

from pathlib import Path

from wordloom.recipes.keywords.result import (
    CASE_TITLES,
    NOTE,
    TITLE,
    KeywordExperiment,
    PaperSet,
)
from wordloom.recipes.page import Section, write_experiment_page

__all__ = ["write_page"]

READ_AS = {
    "published": "As published: embeddings are trained on the texts of all papers, in which many "
    "keywords stand; keyword lists are compared by the cosine of their mean vectors.",
    "corrected": "Corrected: the texts of the judged papers are held out, and how vectors are "
    "compared is chosen on other papers.",
}


def write_page(path: Path, experiment: KeywordExperiment) -> None:
    """Write the page; it is written aside and renamed when it is complete.

    Args:
        path: The HTML file.
        experiment: The result.

    Raises:
        InputError: The file cannot be written.
    """
    published = experiment.reading == "published"
    write_experiment_page(
        path,
        title=f"{TITLE}, {'as published' if published else 'corrected'}",
        lead=(
            "Few papers share a keyword. Do embeddings of their keywords find what belongs "
            "together where nothing is shared?"
        ),
        figures=experiment.figures(),
        sections=[section for each in experiment.sets for section in sections(each)],
        notes=[READ_AS[experiment.reading], NOTE],
    )


def sections(papers: PaperSet) -> list[Section]:
    """Return the parts of the page on a set of papers."""
    counts = ", ".join(f"{count:,} {what}" for what, count in papers.counts.items())
    parts = [
        Section(
            f"{papers.name}: pairs that Jaccard's measure leaves at 0", [counts], papers.zero_rows()
        )
    ]
    for case in papers.tables:
        title = f"{papers.name}: {CASE_TITLES[case][0].lower()}{CASE_TITLES[case][1:]}"
        parts.append(Section(title, papers.notes(case), papers.figure_rows(case)))
    if papers.pair is not None:
        lists = ["; ".join(side) for side in (papers.pair.left, papers.pair.right)]
        title = papers.pair_title()
        title = f"{papers.name}: {title[0].lower()}{title[1:]}"
        parts.append(Section(title, rows=papers.pair_rows(), lists=[lists]))
    return parts
