"""The demo's report: one HTML page that stands alone, pictures inside, nothing fetched."""

import platform
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, cast

import wordloom
from wordloom.classify.evaluation import EvaluationRow
from wordloom.classify.metrics import Metrics
from wordloom.inspect.neighbors import Neighbor
from wordloom.output import new_file

if TYPE_CHECKING:
    from wordloom.recipes.demo import DemoResult

__all__ = ["write_report"]


def write_report(path: Path, result: "DemoResult") -> None:
    """Write the report; it is written aside and renamed when it is complete.

    Args:
        path: The HTML file.
        result: What the demo made and measured.
    """
    template = Template(files("wordloom.recipes").joinpath("demo_report.html").read_text("utf-8"))
    with new_file(path, "the report") as aside:
        aside.write_text(template.substitute(parts(result)), "utf-8")


def parts(result: "DemoResult") -> dict[str, str]:
    """Return the page's parts, ready to be put in their places."""
    corpus, embedding, evaluation = result.corpus, result.embedding, result.evaluation
    report = cast("dict[str, Any]", embedding.report)
    best = evaluation["vectors"].metrics
    settings = report["settings"]
    return {
        "lead": escape(
            f"From {corpus.n_documents:,} docstrings of Python and its packages, read from this "
            "machine, to word vectors, to a classifier beside the baselines that it has to beat."
        ),
        "tiles": "".join(
            f'<div class="tile"><b>{value}</b><span>{escape(label)}</span></div>'
            for value, label in (
                (f"{corpus.n_tokens:,}", "words of text"),
                (f"{len(embedding):,}", f"words with a vector of {embedding.dim} numbers"),
                (f"{report['words_per_second'] / 1e6:.2f} M", "words trained a second"),
                (f"{best.accuracy:.1%}", f"of test texts right, {len(best.labels)} classes"),
                (f"{sum(result.seconds.values()):.0f} s", "for everything on this page"),
            )
        ),
        "training": escape(
            f"Skip-gram with negative sampling: {settings['dim']} dimensions, window "
            f"{settings['window']}, {settings['negative']} negative samples, {report['epochs']} "
            f"epochs in {report['seconds']:.1f} s on {report['threads']} threads. The mean loss of "
            "each epoch, taken before each step (text that repeats itself, as docstrings do, "
            "lets it rise at the end, when small steps no longer chase the repetition):"
        ),
        "losses": bars(
            [(f"epoch {number}", loss) for number, loss in enumerate(report["losses"], 1)]
        ),
        "neighbors": "".join(card(word, row) for word, row in result.neighbors.items()),
        "heatmap": result.heatmap[result.heatmap.index("<svg") :],
        "task": escape(
            f"{len(best.labels)} packages, {best.n_texts:,} test texts that training has not seen. "
            "The classifier is logistic regression on a text's pooled vectors; the baselines are "
            "TF-IDF n-grams and the most frequent package. Dots are accuracies, lines their 95% "
            "intervals."
        ),
        "scores": scores(evaluation.rows),
        "duplicates": escape(str(evaluation.duplicates)),
        "confusion": confusion(best),
        "examples": examples(result.examples),
        "footer": escape(
            f"wordloom {wordloom.__version__}, Python {platform.python_version()}, seed "
            f"{report['seed']}. Beside this page: embedding/ (opens in wordloom.load, model2vec "
            "or sentence-transformers) and classifier/ (wordloom classify predict)."
        ),
    }


def bars(rows: list[tuple[str, float]]) -> str:
    """Return labelled bars, the longest as wide as there is room."""
    longest = max(value for _, value in rows)
    return "".join(
        f'<div class="bar"><span>{escape(label)}</span>'
        f'<i style="width:{100 * max(value, 0) / longest:.1f}%"></i><span>{value:.3f}</span></div>'
        for label, value in rows
    )


def card(word: str, row: list[Neighbor]) -> str:
    """Return a word with its neighbours as bars."""
    return (
        f'<div class="card"><h3>{escape(word)}</h3>'
        f"{bars([(near.word, near.similarity) for near in row])}</div>"
    )


def scores(rows: tuple[EvaluationRow, ...]) -> str:
    """Return the table of models, the best accuracy on a scale from the worst to 1."""
    lines = []
    for index, row in enumerate(rows):
        low, high = row.metrics.accuracy_interval
        lines.append(
            f"<tr{' class=ours' if index == 0 else ''}><td>{escape(row.name)}</td>"
            f'<td class="number">{row.metrics.accuracy:.3f}</td>'
            f'<td class="number">{row.metrics.macro_f1:.3f}</td>'
            f'<td><div class="interval"><i style="left:{100 * low:.2f}%;'
            f'width:{100 * (high - low):.2f}%"></i>'
            f'<b style="left:{100 * row.metrics.accuracy:.2f}%"></b></div></td>'
            f'<td class="number">{row.fit_seconds:.1f} s</td></tr>'
        )
    return (
        '<table><tr><th>model</th><th class="number">accuracy</th><th class="number">macro-F1</th>'
        f'<th>0 … 1</th><th class="number">fit</th></tr>{"".join(lines)}</table>'
    )


def confusion(metrics: Metrics) -> str:
    """Return the confusion matrix in label order, shaded by the share of the row."""
    names = [escape(str(entry.label)) for entry in metrics.labels]
    head = "".join(f"<th scope=col>{name}</th>" for name in names)
    lines = []
    for name, row in zip(names, metrics.confusion, strict=True):
        total = max(sum(row), 1)
        cells = "".join(
            f'<td style="background:rgba(31,95,153,{count / total:.3f});'
            f'color:{"#fff" if count / total > 0.5 else "inherit"}">{count or ""}</td>'
            for count in row
        )
        lines.append(f"<tr><th scope=row>{name}</th>{cells}</tr>")
    return f'<table class="confusion"><tr><th></th>{head}</tr>{"".join(lines)}</table>'


def examples(rows: list[tuple[str, str, str, float]]) -> str:
    """Return example texts with the true label, the predicted one and its probability."""
    lines = []
    for text, label, predicted, probability in rows:
        short = " ".join(text.split())
        short = short if len(short) <= 160 else f"{short[:160]}…"
        mark = "" if label == predicted else ' class="wrong"'
        lines.append(
            f"<tr><td>{escape(short)}</td><td>{escape(label)}</td>"
            f'<td{mark}>{escape(predicted)}</td><td class="number">{probability:.2f}</td></tr>'
        )
    return (
        "<table><tr><th>text</th><th>package</th><th>predicted</th>"
        f'<th class="number">probability</th></tr>{"".join(lines)}</table>'
    )
