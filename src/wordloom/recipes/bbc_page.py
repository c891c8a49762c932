"""The page of the experiment on BBC news."""

from pathlib import Path
from typing import Final

import numpy as np

from wordloom.recipes.bbc_corrected import COMBINED, POOLED, TFIDF
from wordloom.recipes.bbc_published import MODELS, RECALLS
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.experiment_page import (
    attention_section,
    confusion_section,
    duplicate_note,
    model_figure,
    model_section,
)
from wordloom.recipes.page import Figure, Section, write_experiment_page
from wordloom.recipes.strongest import STRONGEST

__all__ = ["KEPT", "MENDED", "figures", "write_page"]

TITLE: Final = "Dynamic meta-embeddings on BBC news"

RUNS: Final = "{} (three runs: {}, {}, {})"
RUNS_OF: Final = {"DME": (0.93, 0.94, 0.90), "CDME": (0.93, 0.91, 0.90)}

PICTURE_NAMES: Final = ("tech", "business", "sport", "entertainment", "politics")
"""The order in which the notebook's picture names the rows, which are in alphabetical order."""

KEPT: Final = (
    "The split is the notebook's; articles that occur twice stay, so that test articles are among "
    "the training articles. The column “unseen” leaves these out.",
    "Keras cuts and pads at the front, so that the networks see the last 200 words of an article.",
    "The padding has a random vector and is not masked: the networks read it like words.",
    "Words too rare for CBOW have random numbers from 0 to 1 as their vectors, many times longer "
    "than trained ones; FastText makes theirs from subwords.",
    "Nothing is projected, and the weights are sigmoids of an LSTM over time: what the notebook "
    "calls DME sees context too, unlike the paper's.",
    "The weights after the last epoch are judged, not the best ones by validation.",
    "The notebook's picture names the rows of its confusion matrix in the order in which the "
    "topics first occur, though they are in alphabetical order; here each topic has its own name.",
)
"""The quirks that the published reading keeps, and the one that no reader should: wrong names."""

MENDED: Final = (
    "An article that repeats another one, digits and punctuation aside, is dropped; each seed "
    "draws a fifth of the others for the test, so that no figure depends on one split.",
    "The networks read the first 200 words, where news says what it is about; linear models read "
    "all.",
    "Padding is masked: it changes nothing.",
    "A word without a vector in one embedding has zeros there, and one without any is left out.",
    "Embeddings are projected and weighted by a softmax, as in the paper, here to 64 numbers; the "
    "network behind them is a deep averaging network, small enough to be fitted on two splits.",
    "A tenth of the training articles is held out and decides when training stops; the best "
    "weights are kept.",
    "Skip-gram takes the place of CBOW, which learns little from 1,700 articles.",
)
"""How the corrected reading differs."""


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
        title=f"{TITLE}, {'as published' if published else 'corrected'}",
        lead=(
            "Two embeddings trained on the articles alone, weighed word by word: does a network "
            "tell five topics apart as well as was published?"
            if published
            else "The published experiment without its mistakes, beside what has to be beaten: "
            "each embedding alone, both side by side, and word counts without any embedding."
        ),
        figures=figures(experiment),
        sections=as_published(experiment) if published else as_corrected(experiment),
        notes=[
            *(KEPT if published else MENDED),
            duplicate_note(experiment),
            f"{', '.join(f'{count:,} {what}' for what, count in experiment.counts.items())}.",
            "± is the standard deviation over the seeds; with 445 test articles chance alone makes "
            "for 1.2 points at an accuracy of .93.",
        ],
    )


def figures(experiment: Experiment) -> list[Figure]:
    """Return the published figures beside ours.

    Args:
        experiment: The result.
    """
    published = experiment.reading == "published"
    found = []
    for model in (each for each in MODELS if each in experiment.models):
        runs = RUNS_OF[model]
        note = (
            f"the notebook's three runs have a mean of {np.mean(runs):.3f}"
            if published
            else "distinct articles, new splits, the paper's projections"
        )
        text = RUNS.format(f"{runs[0]:.2f}", *(f"{run:.2f}" for run in runs))
        found.append(model_figure(experiment, model, text, note, f"{model}, test accuracy"))
    beside = experiment.models[:2] if published else [STRONGEST, TFIDF]
    notes = ("no embedding, no network", "the same words as the networks")
    if not published:
        notes = ("TextClassifier() given both embeddings", "no embedding, no network")
    return found + [
        model_figure(experiment, model, "", note, f"{model}, test accuracy")
        for model, note in zip(beside, notes, strict=True)
    ]


def as_published(experiment: Experiment) -> list[Section]:
    """Return what the page of the published reading shows."""
    models = [model for model in MODELS if model in experiment.models]
    return [
        model_section(
            experiment,
            "All models",
            experiment.models,
            ["Validation is on the last tenth of the training articles. Thin lines are seeds."],
        ),
        Section("Recall of each topic", rows=experiment.recall_rows()),
        *(
            section
            for model in models
            if (section := picture_section(experiment, model)) is not None
        ),
        *(confusion_section(experiment, model) for model in models),
    ]


def picture_section(experiment: Experiment, model: str) -> Section | None:
    """Return the notebook's recalls with right and with wrong names; None for other topics."""
    ours = experiment.recalls(model)
    if sorted(PICTURE_NAMES) != [*ours]:
        return None
    rows = [["topic", "its name in the picture", "published, three runs", "ours"]]
    for place, (topic, recall) in enumerate(ours.items()):
        runs = ", ".join(f"{recalls[place]:.2f}" for recalls in RECALLS[model])
        rows.append([topic, PICTURE_NAMES[place], runs, f"{recall:.2f}"])
    return Section(
        f"{model}: recalls under their right names",
        [
            "Read off the notebook's picture, each recall goes to a wrong topic: the rows are in "
            "alphabetical order, and are named in the order in which the topics first occur. Only "
            "its printed report is right, which is shown here."
        ],
        rows,
    )


def as_corrected(experiment: Experiment) -> list[Section]:
    """Return what the page of the corrected reading shows."""
    combined = [model for model in COMBINED if model in experiment.models]
    linear = (STRONGEST, TFIDF, POOLED)
    alone = [model for model in experiment.models if model not in (*linear, *combined)]
    return [
        model_section(
            experiment,
            "All models",
            [*linear, *alone, *combined],
            [
                "All see the same splits; networks only the first ones. They hold out a tenth of "
                "the training articles, which decides when training stops. DME and CDME learn how "
                "far to trust each embedding; the others above them do not."
            ],
        ),
        *attention_section(experiment),
        Section("Recall of each topic", rows=experiment.recall_rows()),
        confusion_section(experiment, STRONGEST),
    ]
