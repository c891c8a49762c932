"""Parts that the pages of the experiments with Keras have in common, and the folder of a result."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from wordloom.errors import InputError
from wordloom.output import check_writable, explained, new_file
from wordloom.recipes.curves import draw_curves
from wordloom.recipes.experiment import Experiment, spread
from wordloom.recipes.page import Figure, Section

__all__ = [
    "attention_section",
    "check_result_folder",
    "confusion_section",
    "duplicate_note",
    "model_figure",
    "model_section",
    "write_result",
]


def check_result_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written, before the work begins.

    Args:
        folder: Where a result is to be written.

    Raises:
        InputError: It is a file, or must not be written.
    """
    check_writable(folder, make_folders=True)
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"An experiment writes a folder. Received: {folder}, a file. Choose another name."
        )


def write_result(
    folder: Path, experiment: Experiment, write_page: Callable[[Path, Experiment], None]
) -> None:
    """Write ``report.html`` and ``result.json`` into a folder, which is made if it is missing.

    Args:
        folder: The folder; what it holds of these names is replaced.
        experiment: The result.
        write_page: Writes the page to a path.

    Raises:
        InputError: The folder cannot be written.
    """
    with explained(folder, "the result"):
        folder.mkdir(parents=True, exist_ok=True)
    write_page(folder / "report.html", experiment)
    with new_file(folder / "result.json", "the result") as aside:
        aside.write_text(json.dumps(experiment.to_json(), indent=1) + "\n", "utf-8")


def model_figure(
    experiment: Experiment, model: str, published: str, note: str = "", name: str | None = None
) -> Figure:
    """Return a model's test accuracy beside a published figure.

    Args:
        experiment: The result.
        model: The model.
        published: What was published.
        note: What explains the difference.
        name: What the figure is called; None takes the model's name.
    """
    return Figure(name or model, published, spread(experiment.accuracies(model)), note)


def model_section(
    experiment: Experiment,
    title: str,
    models: Sequence[str],
    paragraphs: Sequence[str] = (),
    label: Callable[[str], str] = str,
) -> Section:
    """Return the table of some models, above it the validation curves of those that have any.

    Args:
        experiment: The result.
        title: What stands above.
        models: Which models.
        paragraphs: What is said of them.
        label: Returns what a model is called here.
    """
    curves = {
        label(model): [fit.validation for fit in experiment.of(model)]
        for model in models
        if all(fit.validation for fit in experiment.of(model))
    }
    head, *rows = experiment.figure_rows(models)
    # The published figures stand at the top of the page.
    width = len(head) - (head[-1] == "published")
    return Section(
        title,
        paragraphs,
        [head[:width], *([label(row[0]), *row[1:width]] for row in rows)],
        [draw_curves(curves, "validation accuracy")] if curves else [],
    )


def confusion_section(experiment: Experiment, model: str) -> Section:
    """Return what was taken for what, added up over the seeds."""
    labels = [*experiment.recalls(model)]
    rows = [
        ["true \\ predicted", *labels],
        *(
            [label, *map(str, counts)]
            for label, counts in zip(labels, experiment.confusion(model).tolist(), strict=True)
        ),
    ]
    runs = len(experiment.of(model))
    what = f"Added up over {runs} runs." if runs > 1 else "One run."
    return Section(f"What {model} takes for what", [what], rows)


def attention_section(experiment: Experiment) -> list[Section]:
    """Return how far a network trusted each embedding; nothing where none was asked."""
    found = experiment.attention
    if found is None:
        return []
    names = found["embeddings"]
    rows = [["words", "tokens", *names]]
    for group in ("overall", "by_frequency"):
        for row in found.get(group, []):
            name = row["name"] if group == "overall" else f"seen {row['name']} times in training"
            rows.append([name, f"{row['n_tokens']:,}", *(f"{mean:.3f}" for mean in row["mean"])])
    words = [
        f"{name}: {', '.join(row['name'] for row in found['top_words'][name])}"
        for name in names
        if found["top_words"].get(name)
    ]
    return [
        Section(
            f"How far {found['model']} trusts each embedding",
            [
                "The mean weight of each embedding over the tokens of the test texts of one run. "
                "Below: the words that lean most to each, of those that both have."
            ],
            rows,
            lists=[words] if words else [],
        )
    ]


def duplicate_note(experiment: Experiment) -> str:
    """Return how many texts occur twice."""
    return str(experiment.duplicates)
