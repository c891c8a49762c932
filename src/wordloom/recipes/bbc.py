"""The Keras notebook "Dynamic Meta-Embeddings" on BBC news, done again in two readings.

M. Cerliani (2019), github.com/cerlymarco/MEDIUM_NoteBook: two embeddings of 100 dimensions, CBOW
and FastText, are trained on the 1,780 training articles alone; an LSTM of two units, one for each
embedding, says for every word how much of each is taken; two GRU layers classify the last 200
words. Unlike in the paper (Kiela et al. 2018, arXiv 1804.07983), nothing is projected, weights are
sigmoids and padding is not masked.

As published, every quirk is kept (`bbc_published`): they are listed on the page that `run` writes.
Corrected, they are mended (`bbc_corrected`), and what has to be beaten stands beside.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from wordloom.datasets.resolve import resolve_labelled
from wordloom.errors import InputError
from wordloom.recipes import bbc_corrected, bbc_published
from wordloom.recipes.bbc_articles import Articles, prepare
from wordloom.recipes.bbc_page import write_page
from wordloom.recipes.bbc_published import EPOCHS, MODELS, PUBLISHED
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.experiment_page import check_result_folder, write_result
from wordloom.recipes.reading import Reading, check_reading

__all__ = ["SEEDS", "run"]

SEEDS: Final[dict[Reading, tuple[int, ...]]] = {"published": (1, 2), "corrected": (1, 2, 3, 4, 5)}
"""As many as take some four minutes on two cores."""


def run(
    seeds: Sequence[int] | None = None,
    *,
    source: str = "data:bbc",
    models: Sequence[str] = MODELS,
    split: int | None = None,
    epochs: int = EPOCHS,
    threads: int | None = None,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
    reading: Reading = "published",
    folder: Path | None = None,
) -> Experiment:
    """Do the experiment once for each seed, beside TF-IDF.

    Args:
        seeds: The seeds; each trains its own embeddings and networks, and splits the articles anew
            if these are corrected. None takes those of `SEEDS`.
        source: The articles: "data:bbc", or a folder with a table for each split.
        models: Which ways to weigh embeddings: "DME", "CDME" or both.
        split: A seed drops repeated articles and splits the others anew, the same for all seeds;
            see `prepare`. None takes the published split; corrected, each seed splits anew.
        epochs: How many times networks go through the training articles; corrected, at most.
        threads: Threads that train the embeddings; None takes one for each processor.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.
        reading: "published": with every quirk of the notebook; "corrected": with these mended.
        folder: Where ``report.html`` and ``result.json`` go; None writes nothing.

    Returns:
        All figures.

    Raises:
        InputError: A model or reading is unknown, there is no seed, the articles cannot be read or
            split, or the folder cannot be written.
        MissingExtraError: Keras is not installed.
    """
    check_reading(reading)
    seeds = SEEDS[reading] if seeds is None else seeds
    if not seeds or not models or not set(models) <= set(MODELS):
        raise InputError(
            f"The experiment needs seeds, and models of {', '.join(MODELS)}. Received: seeds "
            f"{list(seeds)} and models {list(models)}."
        )
    if folder is not None:
        check_result_folder(folder)
    say("Reading the articles")
    train, test = (resolve_labelled(source, part, progress=progress) for part in ("train", "test"))
    as_published = reading == "published"
    first = split if as_published or split is not None else seeds[0]
    articles = prepare(train, test, split=first)
    settings: dict[str, Any] = {
        "epochs": epochs,
        "threads": threads,
        "progress": progress,
        "say": say,
    }
    if as_published:
        name = "as published" if split is None else f"no article twice, split {split}"
        done = bbc_published.fit_all(articles, seeds, models, **settings)
    else:
        name = "corrected"

        def split_by(seed: int) -> Articles:
            return prepare(train, test, split=seed if split is None else split)

        done = bbc_corrected.fit_all(split_by, seeds, models, **settings)
    counts = {
        "repeated articles left out": len(train) + len(test) - len(articles),
        "training articles": len(articles.train),
        "test articles": len(articles.test),
        "words": len(articles.words),
        **done.counts,
    }
    experiment = Experiment(
        f"Dynamic meta-embeddings on BBC news, {name}",
        tuple(done.fits),
        PUBLISHED if split is None else {},
        counts,
        articles.duplicates,
        done.seconds,
        reading,
        done.attention,
    )
    if folder is not None:
        write_result(folder, experiment, write_page)
    return experiment
