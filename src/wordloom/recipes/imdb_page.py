"""The page of the experiments on IMDB."""

from pathlib import Path
from typing import Final

from wordloom.recipes.experiment import Experiment, spread
from wordloom.recipes.experiment_page import (
    duplicate_note,
    model_figure,
    model_section,
)
from wordloom.recipes.imdb_corrected import TASKS, TFIDF, row_name
from wordloom.recipes.imdb_published import FROZEN, LAYERS, LEARNED, TWENTY
from wordloom.recipes.page import Figure, Section, write_experiment_page
from wordloom.recipes.strongest import STRONGEST

__all__ = ["KEPT", "MENDED", "figures", "write_page"]

FEW: Final = "100 words, 200 labels"

KEPT: Final = (
    "Keras cuts at the front: the book's first 20 and 100 words of a review are the last.",
    "Only the 10,000 most frequent words are read; padding is not masked, and counts as a word.",
    "Flatten gives each position weights of its own: with 200 labels there are 1,600 weights for "
    "each label, and hardly anything is learned, whatever the vectors. The layers beside it, which "
    "do not care where a word stands, are our addition.",
    "The state after the last epoch is judged on the test reviews; the best epoch by validation is "
    "named, as in the book, but not taken.",
    "The book's first experiment takes reviews as numbers of an unpublished tokenizer, in an order "
    "that is lost; here the rules of Keras' Tokenizer split them and the seed shuffles them.",
    "Line breaks are spaces here; the book's texts hold a word “br” for each.",
    "Another draw of 200 labels gives another figure: the book shows one.",
)
"""The quirks that the published reading keeps, and where it has to differ."""

MENDED: Final = (
    "First and last words are called what they are, and whole reviews stand beside.",
    "200 labels are drawn once for each seed; ± is the standard deviation over the draws.",
    "Networks hold out a tenth of what they learn from, stop by it and keep their best weights.",
    "Padding is masked, and vectors are averaged instead of laid side by side.",
    "Vectors are trained on the reviews themselves: the 75,000 training reviews, labels unseen.",
    "Nothing is chosen on test reviews: the strength of penalties by cross-validation.",
)
"""How the corrected reading differs."""

PUBLISHED_BESIDE: Final = {
    "last 20 words, all labels": "0.755 (validation; peak 0.76)",
    "last 100 words, 200 labels": "0.564",
}


def write_page(path: Path, experiment: Experiment) -> None:
    """Write the page.

    Args:
        path: The HTML file.
        experiment: The result.

    Raises:
        InputError: The file cannot be written.
    """
    published = experiment.reading == "published"
    write_experiment_page(
        path,
        title=f"IMDB reviews with few words and few labels, {'as ' * published}"
        f"{experiment.reading}",
        lead=(
            "A textbook's first networks on text: vectors learned from 20 words of each review, "
            "and frozen or learned vectors with 200 labels."
            if published
            else "The textbook's tasks with methods that suit them: what 20 words, or 200 labels, "
            "are enough for."
        ),
        figures=figures(experiment),
        sections=as_published(experiment) if published else as_corrected(experiment),
        notes=[
            *(KEPT if published else MENDED),
            duplicate_note(experiment),
            f"{', '.join(f'{count:,} {what}' for what, count in experiment.counts.items())}.",
        ],
    )


def figures(experiment: Experiment) -> list[Figure]:
    """Return the published figures beside ours.

    Args:
        experiment: The result.
    """
    if experiment.reading == "published":
        return published_figures(experiment)
    return corrected_figures(experiment)


def published_figures(experiment: Experiment) -> list[Figure]:
    """Return the book's figures beside ours."""
    found = []
    for model in experiment.published:
        if model not in experiment.models:
            continue
        fits = experiment.of(model)
        peak = spread([max(fit.validation) for fit in fits])
        last = spread([fit.validation[-1] for fit in fits])
        if model == TWENTY:
            found += [
                Figure(f"{model}: validation, best epoch", "0.76", peak),
                Figure(f"{model}: validation, last epoch", "0.755", last),
            ]
        elif model == LEARNED:
            found.append(Figure(f"{model}: validation", "0.52", last, f"best epoch {peak}"))
        else:
            note = "published with glove.6B.100d"
            found.append(
                Figure(f"{model}: validation", "0.54 to 0.57", last, f"{note}; best epoch {peak}")
            )
            found.append(model_figure(experiment, model, "0.564", note, f"{model}: test"))
    return found


def corrected_figures(experiment: Experiment) -> list[Figure]:
    """Return our best beside the book's figures."""
    found = []
    for task in TASKS:
        ours = row_name(task, STRONGEST)
        if ours in experiment.models:
            baseline = spread(experiment.accuracies(row_name(task, TFIDF)))
            note = f"{STRONGEST}; {TFIDF}: {baseline}"
            published = PUBLISHED_BESIDE.get(task.name, "")
            found.append(model_figure(experiment, ours, published, note, f"{task.name}: test"))
    return found


def as_published(experiment: Experiment) -> list[Section]:
    """Return what the page of the published reading shows."""
    sections = []
    beside = f"{FEW}: TF-IDF"
    names = {TWENTY: "on the last 5,000 of the shuffled training reviews"} | dict.fromkeys(
        (LEARNED, *(name for name in experiment.published if name.startswith(FROZEN[:-2]))),
        "on 10,000 other training reviews",
    )
    for name, where in names.items():
        models = starting(experiment, name)
        if models and name != TWENTY:
            models.append(beside)
        if models:
            sections.append(
                model_section(experiment, name, models, [f"Validation is {where}."], short_name)
            )
    return sections


def short_name(model: str) -> str:
    """Return which layer a published network has, or which other model it is.

    Example:
        >>> short_name(TWENTY), short_name(f"{TWENTY}: GRU"), short_name(f"{FEW}: TF-IDF")
        ('flatten', 'GRU', 'TF-IDF')
    """
    last = model.rpartition(": ")[2]
    return last if last in (*LAYERS, "TF-IDF") else LAYERS[0]


def as_corrected(experiment: Experiment) -> list[Section]:
    """Return what the page of the corrected reading shows."""
    sections = []
    for task in TASKS:
        models = starting(experiment, task.name)
        if models:
            sections.append(
                model_section(
                    experiment,
                    task.name.capitalize(),
                    models,
                    label=lambda model: model.partition(": ")[2],
                )
            )
    return sections


def starting(experiment: Experiment, name: str) -> list[str]:
    """Return the models of this name, and of this name and something behind a colon."""
    return [model for model in experiment.models if f"{model}: ".startswith(f"{name}: ")]
