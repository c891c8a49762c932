"""The IMDB experiments of the textbook that made Keras known, done again in two readings.

F. Chollet, Deep Learning with Python (first edition, 2018), section 6.1: (a) an embedding of 8
dimensions learned from 20,000 reviews, of which it sees 20 words; (b) a network on 100 words with
200 labels, over frozen GloVe vectors or over vectors that it learns itself. What the book calls the
first words are the last, since Keras truncates at the front. A network that gives each position
weights of its own (Flatten) learns little from 200 texts, whatever the vectors: the figures are low
because of it.

As published (`imdb_published`), two things differ. The book's first experiment takes the reviews as
numbers from Keras, which were made by another, unpublished tokenizer, and in an order that is lost;
here they are split by the rules of Keras' own Tokenizer and shuffled by the seed. And line breaks,
``<br />`` in the files, are spaces here, where the book's texts hold a word "br" for each.
Corrected (`imdb_corrected`), the quirks are mended and strong models stand beside.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from wordloom.classify.duplicates import find_duplicates
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.resolve import resolve_labelled, resolve_source
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.formats.loading import load
from wordloom.recipes import imdb_corrected, imdb_published
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.experiment_page import check_result_folder, write_result
from wordloom.recipes.imdb_page import write_page
from wordloom.recipes.imdb_reviews import Reviews, check_reviews
from wordloom.recipes.reading import Reading, check_reading
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer
from wordloom.train.skipgram import SkipGram

__all__ = ["EXPERIMENTS", "SEEDS", "run"]

EXPERIMENTS: Final = ("20-words", "200-labels")

SEEDS: Final[dict[Reading, tuple[int, ...]]] = {"published": (1, 2), "corrected": (1, 2, 3)}
"""As many as take some four minutes on two cores."""

EPOCHS: Final = 10


def run(
    seeds: Sequence[int] | None = None,
    *,
    source: str = "data:imdb",
    experiments: Sequence[str] = EXPERIMENTS,
    vectors: Sequence[StaticEmbedding | str | os.PathLike[str]] = (),
    epochs: int = EPOCHS,
    threads: int | None = None,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
    reading: Reading = "published",
    folder: Path | None = None,
) -> Experiment:
    """Do the experiments once for each seed, beside TF-IDF.

    Args:
        seeds: The seeds; each shuffles the reviews and draws the 200 labels anew; corrected,
            models of all labels are fitted with the first alone. None takes those of `SEEDS`.
        source: The reviews: "data:imdb", or a folder with a table for each split.
        experiments: "20-words", "200-labels" or both.
        vectors: The frozen vectors for 200 labels, each an embedding or the path of one. The book
            takes glove.6B.100d. Without any, and always if corrected, skip-gram vectors are
            trained on the training reviews, of data:imdb also on those without labels.
        epochs: How many times the networks go through their training reviews; corrected, at most.
        threads: Threads that train vectors; None takes one for each processor.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.
        reading: "published": with every quirk of the book; "corrected": with these mended.
        folder: Where ``report.html`` and ``result.json`` go; None writes nothing.

    Returns:
        All figures.

    Raises:
        InputError: An experiment or reading is unknown, there is no seed, the reviews are too few,
            or the folder cannot be written.
        FormatError: Vectors or reviews are damaged.
        MissingExtraError: Keras is not installed.
    """
    check_reading(reading)
    seeds = SEEDS[reading] if seeds is None else seeds
    if not seeds or not experiments or not set(experiments) <= set(EXPERIMENTS):
        raise InputError(
            f"There are the experiments {', '.join(EXPERIMENTS)}, done with one seed at least. "
            f"Received: experiments {list(experiments)} and seeds {list(seeds)}."
        )
    if folder is not None:
        check_result_folder(folder)
    given = [each if isinstance(each, StaticEmbedding) else load(each) for each in vectors]
    say("Reading the reviews")
    train, test = (resolve_labelled(source, part, progress=progress) for part in ("train", "test"))
    check_reviews(train, test)
    reviews = Reviews(train, test, find_duplicates(train.texts, test.texts))
    seconds: dict[str, float] = {}
    if reading == "corrected" or ("200-labels" in experiments and not given):
        say("Training skip-gram on the training reviews, labels unseen")
        started = time.perf_counter()
        given.insert(0, train_vectors(train, source, seeds[0], threads, progress=progress))
        seconds["vectors"] = time.perf_counter() - started
    settings: dict[str, Any] = {"epochs": epochs, "progress": progress, "say": say}
    if reading == "published":
        done, published = imdb_published.fit_all(reviews, experiments, given, seeds, **settings)
    else:
        names = imdb_published.distinct_names(given)
        tasks = [task for task in imdb_corrected.TASKS if task.experiment in experiments]
        done, published = (
            imdb_corrected.fit_all(
                reviews,
                tasks,
                dict(zip(names, given, strict=True)),
                unlabelled_reviews(train, source) if "200-labels" in experiments else [],
                seeds,
                **settings,
            ),
            {},
        )
    experiment = Experiment(
        f"The textbook's experiments on IMDB, {'as ' * (reading == 'published')}{reading}",
        tuple(done.fits),
        published,
        {"training reviews": len(train), "test reviews": len(test), **done.counts},
        reviews.duplicates,
        {**seconds, **done.seconds},
        reading,
    )
    if folder is not None:
        write_result(folder, experiment, write_page)
    return experiment


def train_vectors(
    train: LabelledTexts, source: str, seed: int, threads: int | None, *, progress: bool
) -> StaticEmbedding:
    """Return skip-gram vectors of 100 dimensions of all reviews that may be trained on."""
    tokenizer = Tokenizer("keras")
    corpus = (
        Corpus.build(resolve_source([source]), tokenizer=tokenizer, progress=progress)
        if source.startswith("data:")
        else Corpus.from_texts(train.texts, tokenizer=tokenizer, min_count=1)
    )
    return SkipGram(dim=100).train(
        corpus, threads=threads, seed=seed, progress=progress, name="skip-gram on the reviews"
    )


def unlabelled_reviews(train: LabelledTexts, source: str) -> list[str]:
    """Return all reviews that may be learned from without labels."""
    if not source.startswith("data:"):
        return train.texts
    return [text for batch in resolve_source([source]).batches() for text in batch.texts()]
