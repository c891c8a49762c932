"""The scores of embeddings on benchmarks as plain tables for people."""

from typing import TYPE_CHECKING

from wordloom.inspect.benchmarks.analogies import CategoryScore, mean_accuracy, totals
from wordloom.text_table import aligned

if TYPE_CHECKING:
    from wordloom.inspect.benchmarks.report import (
        BenchmarkResult,
        Difference,
        EvaluationReport,
        Score,
    )

__all__ = ["report_tables"]

MARKS = {True: "≈", False: "", None: "?"}
"""What stands behind a difference that is within noise, is not, or has no interval."""


def report_tables(report: "EvaluationReport") -> str:
    """Return the tables of a report: one embedding with intervals, or several side by side."""
    parts = [
        "\n".join(
            f"{name}: {words:,} words × {dim}"
            for name, (words, dim) in zip(report.embeddings, report.shapes, strict=True)
        )
    ]
    if len(report.embeddings) == 1:
        parts += [
            single_table("word similarity", "Spearman", "OOV as 0", of_measure(report, "Spearman")),
            single_table("analogies", "accuracy", "OOV as wrong", of_measure(report, "accuracy")),
        ]
    elif report.results:
        parts += [own_table(report), oov_table(report), shared_table(report)]
    parts.append(category_tables(report))
    if report.not_covered:
        parts.append(f"No word in common with: {', '.join(report.not_covered)}.")
    return "\n\n".join(part for part in parts if part)


def of_measure(report: "EvaluationReport", measure: str) -> "list[BenchmarkResult]":
    """Return the benchmarks of one kind."""
    return [result for result in report.results if result.measure == measure]


def own_table(report: "EvaluationReport") -> str:
    """Return each embedding's score on what it covers, and how much that is."""
    rows = [["on what each covers", "items", *report.embeddings]]
    rows += [
        [
            result.title,
            f"{result.n_items:,}",
            *(
                f"{shown(score.score)} ({coverage(score, result.n_items)})"
                for score in result.scores
            ),
        ]
        for result in report.results
    ]
    return aligned(rows)


def oov_table(report: "EvaluationReport") -> str:
    """Return each embedding's score on all items."""
    rows = [["OOV pairs as 0, questions as wrong", "items", *report.embeddings]]
    rows += [
        [
            result.title,
            f"{result.n_items:,}",
            *(shown(score.score_with_oov) for score in result.scores),
        ]
        for result in report.results
    ]
    return aligned(rows)


def shared_table(report: "EvaluationReport") -> str:
    """Return the scores on what all cover, with each difference to the first embedding."""
    first, *others = report.embeddings
    head = ["on what all cover", "items", first]
    for name in others:
        head += [name, "difference, 95% interval", ""]
    rows = [head]
    for result in report.results:
        if result.shared is None:
            continue
        shared = result.shared
        row = [result.title, f"{shared.n_items:,}", shown(shared.scores[0])]
        for score, difference in zip(shared.scores[1:], shared.differences, strict=True):
            mark = "" if difference is None else MARKS[difference.within_noise]
            row += [shown(score), shown_difference(difference), mark]
        rows.append(row)
    note = (
        f"{MARKS[True]} within noise: the interval of the difference to {first} holds 0; "
        f"{MARKS[None]} no interval.\nIntervals speak of the choice of pairs and questions; "
        "another seed of the training moves scores too."
    )
    return f"{aligned(rows)}\n{note}"


def category_tables(report: "EvaluationReport") -> str:
    """Return the accuracy in each category of analogies, on questions that all embeddings answer.

    There is one column for each method and embedding.
    """
    tables = []
    analogies = of_measure(report, "accuracy")
    for name in dict.fromkeys(result.name for result in analogies):
        results = [result for result in analogies if result.name == name]
        titles: list[str] = []
        columns: list[tuple[CategoryScore, ...]] = []
        for result in results:
            if result.shared is None:
                titles.append(result.method_title)
                columns.append(result.scores[0].categories)
            else:
                titles += [f"{result.method_title} {each}" for each in report.embeddings]
                columns += result.shared.categories
        tables.append(category_table(f"{name} by category", titles, columns))
    return "\n\n".join(filter(None, tables))


def single_table(title: str, measure: str, oov: str, results: "list[BenchmarkResult]") -> str:
    """Return the scores of one embedding on benchmarks of one kind."""
    if not results:
        return ""
    composed = any(
        score.n_in_vocabulary < score.n_covered for result in results for score in result.scores
    )
    head = [title, "items", "covered", measure, "95% interval", oov]
    if composed:
        head.insert(3, "in vocabulary")
    rows = [head]
    for result in results:
        (score,) = result.scores
        row = [
            result.title,
            f"{result.n_items:,}",
            percent(score.n_covered, result.n_items),
            shown(score.score),
            "" if score.interval is None else "{:.3f} to {:.3f}".format(*score.interval),
            shown(score.score_with_oov),
        ]
        if composed:
            row.insert(3, percent(score.n_in_vocabulary, result.n_items))
        rows.append(row)
    return aligned(rows)


def category_table(title: str, titles: list[str], columns: list[tuple[CategoryScore, ...]]) -> str:
    """Return the accuracies in each category; nothing if there is one, or no answer at all."""
    if len(columns[0]) == 1 or not any(part.n_answered for part in columns[0]):
        return ""
    rows = [[title, "questions", "answered", *titles]]
    for parts in zip(*((*column, *totals(column)) for column in columns), strict=True):
        first = parts[0]
        rows.append(
            [
                first.name,
                f"{first.n_questions:,}",
                f"{first.n_answered:,}",
                *(shown(part.accuracy) for part in parts),
            ]
        )
    rows.append(["mean of categories", "", "", *(shown(mean_accuracy(each)) for each in columns)])
    return aligned(rows)


def shown(score: float | None) -> str:
    """Return a score for people."""
    return "-" if score is None else f"{score:.3f}"


def shown_difference(difference: "Difference | None") -> str:
    """Return a difference and its interval for people."""
    if difference is None:
        return "-"
    if difference.interval is None:
        return f"{difference.difference:+.3f}"
    return "{:+.3f} ({:+.3f} to {:+.3f})".format(difference.difference, *difference.interval)


def coverage(score: "Score", n_items: int) -> str:
    """Return how much an embedding covers, and how much of that without composing words."""
    covered = percent(score.n_covered, n_items)
    if score.n_in_vocabulary == score.n_covered:
        return covered
    return f"{covered}, {percent(score.n_in_vocabulary, n_items)} in vocabulary"


def percent(part: int, whole: int) -> str:
    """Return a share for people; never 100 % for less than all."""
    return "100%" if part == whole else f"{min(100 * part / whole, 99.9):.1f}%"
