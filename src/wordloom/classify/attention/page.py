"""The attention report as one page that stands alone: coloured words, and tables with bars."""

import os
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.attention.checks import labels_of
from wordloom.classify.attention.colors import embedding_colors
from wordloom.classify.attention.report import AttentionReport
from wordloom.classify.attention.shown_words import printable
from wordloom.errors import InputError
from wordloom.inspect.maps.page import embedded_json, encoded
from wordloom.output import new_file

__all__ = ["attention_page", "save_page"]

# Words beyond these are in no table; those of the texts shown always are.
MOST_WORDS = 2000
# Texts beyond these are not shown: a page of long texts would not open on a phone.
MOST_TOKENS = 40_000


def save_page(
    report: AttentionReport,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    texts: int | Sequence[int] = 200,
    words: Sequence[str] = (),
) -> Path:
    """Write a report as a page; the file is written aside and renamed when it is complete.

    Args:
        report: The report.
        path: The file, ending in .html or .htm; one that exists is replaced.
        title: What stands above.
        texts: How many texts are shown, from the first on, or the numbers of those that are.
        words: Words that have a table of their own.

    Returns:
        The file.

    Raises:
        InputError: The ending is another, the file cannot be written, or there is no such text.
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"A page's file ends in .html. Received: {path}.")
    page = attention_page(report, title=title, texts=texts, words=words)
    with new_file(path, "the page") as aside:
        aside.write_text(page, "utf-8")
    return path


def attention_page(
    report: AttentionReport,
    *,
    title: str | None = None,
    texts: int | Sequence[int] = 200,
    words: Sequence[str] = (),
) -> str:
    """Make the page of a report, as HTML.

    Words come from strangers' texts: they are data in the page, and none can become markup.

    Args:
        report: The report.
        title: What stands above.
        texts: How many texts are shown, from the first on, or the numbers of those that are.
        words: Words that have a table of their own.

    Returns:
        The page.

    Raises:
        InputError: There is no such text.

    Example:
        >>> report = AttentionReport(("a", "b"), ["<b>"], [[0.25, 0.75]], [0, 1])
        >>> page = attention_page(report)
        >>> page[:15], "<b>" in page
        ('<!doctype html>', False)
    """
    folder = files("wordloom.classify.attention").joinpath("page_files")

    def part(name: str) -> str:
        return folder.joinpath(name).read_text("utf-8")

    return Template(part("page.html")).substitute(
        title=escape(printable("How much each embedding was used" if title is None else title)),
        subtitle=escape(
            f"{counted(len(report.tokens), 'word')} in {counted(len(report), 'text')}, "
            f"{counted(len(report.embeddings), 'embedding')}. {kind_of_weights(report)}"
        ),
        style=part("style.css"),
        data=embedded_json(page_data(report, chosen_texts(report, texts), words)),
        script=f'(() => {{\n"use strict";\n{part("script.js")}\n}})();',
    )


def kind_of_weights(report: AttentionReport) -> str:
    """Return a sentence that says what a weight is."""
    if len(report.embeddings) == 1 or not report.adds_up:
        return "Each embedding's weight at a word is a gate between 0 and 1."
    return "The weights of the embeddings at a word add up to 1."


def chosen_texts(report: AttentionReport, texts: int | Sequence[int]) -> list[int]:
    """Return the numbers of the texts that are shown."""
    if not isinstance(texts, int):
        for number in texts:
            report.text(number)
        return list(texts)
    if texts < 0:
        raise InputError(f"A page shows 0 texts or more. Received: texts={texts}.")
    kept = int(np.searchsorted(report.row_splits, MOST_TOKENS, side="right")) - 1
    return list(range(min(texts, len(report), max(1, kept))))


def page_data(
    report: AttentionReport, texts: Sequence[int], chosen: Sequence[str]
) -> dict[str, object]:
    """Return what the page's script reads."""
    vocabulary, numbers = report.word_numbers
    spans = [range(*report.row_splits[text : text + 2].tolist()) for text in texts]
    tokens = np.array([token for span in spans for token in span], np.int64)
    places = {word: place for place, word in enumerate(vocabulary)}
    leaning = [places[row.name] for rows in report.leaning(50).values() for row in rows]
    # The most frequent words, and all that the page needs: the first come first.
    kept = np.unique(
        np.concatenate(
            [np.arange(min(MOST_WORDS, len(vocabulary))), numbers[tokens], leaning]
        ).astype(np.int64)
    )
    rows = report.by_word([vocabulary[number] for number in kept.tolist()])
    word_of = np.searchsorted(kept, numbers[tokens])
    frequency = None
    if report.frequency is not None and report.frequency.any():
        frequency = np.zeros(len(vocabulary), np.int64)
        frequency[numbers] = report.frequency
    known = [row.known for row in rows]
    return {
        "names": [printable(name) for name in report.embeddings],
        "colors": {
            "light": embedding_colors(len(report.embeddings)),
            "dark": embedding_colors(len(report.embeddings), dark=True),
        },
        "gates": not report.adds_up,
        "n_texts": len(report),
        "n_words": len(vocabulary),
        "groupings": {
            name: [row.to_json() | {"name": printable(row.name)} for row in rows]
            for name, rows in report.groupings(chosen).items()
        },
        "words": {
            "names": [printable(row.name) for row in rows],
            "counts": [row.n_tokens for row in rows],
            "frequency": None if frequency is None else frequency[kept].tolist(),
            "means": packed(np.array([row.mean for row in rows], np.float64)),
            "lacks": None
            if report.known is None
            else encoded((np.array(known, np.float64) < 0.5).astype(np.uint8)),
        },
        "texts": {
            "numbers": list(texts),
            "lengths": [len(span) for span in spans],
            "labels": None
            if report.labels is None
            else [
                [printable(str(label)) for label in labels_of(report.labels[text])]
                for text in texts
            ],
            "words": encoded(word_of.astype(np.uint32)),
            "weights": packed(report.weights[tokens]),
        },
    }


def packed(weights: NDArray[np.floating]) -> dict[str, str]:
    """Return weights in units of 1/65535, which is finer than what is shown."""
    return encoded(np.rint(65535 * np.clip(weights, 0, 1)).astype(np.uint16))


def counted(number: int, thing: str) -> str:
    """Return a number of things.

    Example:
        >>> counted(1, "text"), counted(1200, "word")
        ('1 text', '1,200 words')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
