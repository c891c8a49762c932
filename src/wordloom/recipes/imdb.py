"""The IMDB experiments of the textbook that made Keras known, done again as they were published.

F. Chollet, Deep Learning with Python (first edition, 2018), section 6.1: (a) an embedding of 8
dimensions learned from 20,000 reviews, of which it sees 20 words; (b) a network on 100 words with
200 labels, over frozen GloVe vectors or over vectors that it learns itself. What the book calls the
first words are the last, since Keras truncates at the front. A network that gives each position
weights of its own (Flatten) learns little from 200 texts, whatever the vectors: the figures are low
because of it.

Two things differ. The book's first experiment takes the reviews as numbers from Keras, which were
made by another, unpublished tokenizer, and in an order that is lost; here they are split by the
rules of Keras' own Tokenizer and shuffled by the seed. And line breaks, ``<br />`` in the files,
are spaces here, where the book's texts hold a word "br" for each.
"""

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.duplicates import find_duplicates
from wordloom.combine.backend import keras
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.resolve import resolve_labelled, resolve_source
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.formats.loading import load
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.imdb_reviews import N_LABELS, N_WORDS, Reviews, check_reviews
from wordloom.recipes.keras_fit import Examples, Fit, fit_baseline, fit_network
from wordloom.recipes.keras_text import texts_of
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer
from wordloom.train.skipgram import SkipGram

__all__ = ["EXPERIMENTS", "run", "vector_table"]

EXPERIMENTS: Final = ("20-words", "200-labels")

EPOCHS: Final = 10
BATCH_SIZE: Final = 32
N_VALIDATION: Final = 10_000

TWENTY: Final = "20 words, 20,000 labels"
LEARNED: Final = "100 words, 200 labels, learned vectors"
FROZEN: Final = "100 words, 200 labels, frozen vectors: {}"

PUBLISHED: Final = {TWENTY: "validation 0.76 at its peak, 0.755 last", LEARNED: "validation 0.52"}
PUBLISHED_FROZEN: Final = "GloVe: validation 0.54 to 0.57, test 0.564"


def vector_table(vectors: StaticEmbedding, numbers: dict[str, int]) -> NDArray[np.float32]:
    """Return the table of an Embedding layer: the vectors of numbered words, zero for all others.

    Args:
        vectors: The word vectors.
        numbers: The number of each word, below 10,000.

    Returns:
        float32 (10_000, dim).
    """
    table = np.zeros((N_WORDS, vectors.dim), np.float32)
    table[list(numbers.values())], _ = vectors.word_vectors(list(numbers))
    return table


def build_network(length: int, table: "NDArray[np.float32] | int", hidden: int = 0) -> Any:  # noqa: ANN401 (a Keras model)
    """Return the compiled network of either experiment.

    Args:
        length: Words of a text.
        table: Frozen vectors, float32 (10_000, dim); or the dim of vectors that it learns itself.
        hidden: Units of the hidden layer; 0 for none.

    Example:
        >>> build_network(20, 8).count_params(), build_network(100, 100, 32).count_params()
        (80161, 1320065)
    """
    layers = keras.layers
    embedding = (
        layers.Embedding(N_WORDS, table)
        if isinstance(table, int)
        else layers.Embedding(*table.shape, weights=[table], trainable=False)
    )
    network = keras.Sequential(
        [
            keras.Input((length,), dtype="int32"),
            embedding,
            layers.Flatten(),
            *([layers.Dense(hidden, activation="relu")] if hidden else []),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    network.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    return network


def run(
    seeds: Sequence[int] = (1,),
    *,
    source: str = "data:imdb",
    experiments: Sequence[str] = EXPERIMENTS,
    vectors: Sequence[StaticEmbedding | str | os.PathLike[str]] = (),
    epochs: int = EPOCHS,
    threads: int | None = None,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Experiment:
    """Do the experiments as they were published, once for each seed, beside TF-IDF.

    Args:
        seeds: The seeds; each shuffles the reviews and draws the labels anew.
        source: The reviews: "data:imdb", or a folder with a table for each split.
        experiments: "20-words", "200-labels" or both.
        vectors: The frozen vectors for 200 labels, each an embedding or the path of one. The book
            takes glove.6B.100d. Without any, skip-gram vectors are trained on the training
            reviews, of data:imdb also on those without labels.
        epochs: How many times the networks go through their training reviews.
        threads: Threads that train vectors; None takes one for each processor.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        All figures.

    Raises:
        InputError: An experiment is unknown, there is no seed, or the reviews are too few.
        FormatError: Vectors or reviews are damaged.
        MissingExtraError: Keras is not installed.
    """
    if not seeds or not experiments or not set(experiments) <= set(EXPERIMENTS):
        raise InputError(
            f"There are the experiments {', '.join(EXPERIMENTS)}, done with one seed at least. "
            f"Received: experiments {list(experiments)} and seeds {list(seeds)}."
        )
    few = "200-labels" in experiments
    frozen = [each if isinstance(each, StaticEmbedding) else load(each) for each in vectors]
    say("Reading the reviews")
    train, test = (resolve_labelled(source, part, progress=progress) for part in ("train", "test"))
    check_reviews(train, test)
    reviews = Reviews(train, test, find_duplicates(train.texts, test.texts))
    counts = {"training reviews": len(train), "test reviews": len(test)}
    seconds: dict[str, float] = {}
    if few and not frozen:
        say("Training skip-gram on the training reviews, labels unseen")
        started = time.perf_counter()
        frozen = [train_vectors(train, source, seeds[0], threads, progress=progress)]
        seconds["vectors"] = time.perf_counter() - started

    fits: list[Fit] = []
    settings = {"epochs": epochs, "batch_size": BATCH_SIZE, "progress": progress}
    if "20-words" in experiments:
        say("Fitting on the last 20 words")
        fits += twenty_words(reviews, seeds, settings)
    published = dict(PUBLISHED)
    if few:
        say("Fitting on 200 labels")
        numbers, parts = reviews.in_words(100, as_data_set=False)
        tables: dict[str, NDArray[np.float32] | int] = {LEARNED: 100}
        for embedding, called in zip(frozen, distinct_names(frozen), strict=True):
            name = FROZEN.format(called)
            tables[name] = table = vector_table(embedding, numbers)
            known = f"of {len(numbers):,} words have a vector in {called}"
            counts[known] = int(table.any(axis=1).sum())
            published[name] = PUBLISHED_FROZEN
        fits += few_labels(parts, numbers, reviews.duplicates.shared, tables, seeds, settings)
    return Experiment(
        "The textbook's experiments on IMDB, as published",
        tuple(fits),
        published,
        counts,
        reviews.duplicates,
        seconds,
    )


def twenty_words(reviews: Reviews, seeds: Sequence[int], settings: dict[str, Any]) -> list[Fit]:
    """Return the fits of the first experiment: the last fifth of shuffled reviews validates."""
    numbers, (train, test) = reviews.in_words(20, as_data_set=True)
    shared = reviews.duplicates.shared
    fits = []
    for seed in seeds:
        shuffled = train[np.random.default_rng(seed).permutation(len(train))]
        network = fit_network(
            TWENTY,
            partial(build_network, 20, 8),
            shuffled,
            test,
            shared,
            seed=seed,
            validation=0.2,
            **settings,
        )
        learned_from = shuffled[: int(0.8 * len(train))]
        fits += [network, beside(TWENTY, learned_from, test, numbers, shared, seed)]
    return fits


def few_labels(
    parts: Sequence[Examples],
    numbers: dict[str, int],
    shared: NDArray[np.bool_],
    tables: "dict[str, NDArray[np.float32] | int]",
    seeds: Sequence[int],
    settings: dict[str, Any],
) -> list[Fit]:
    """Return the fits of the second experiment: for each seed 200 reviews, others validate."""
    train, test = parts
    fits = []
    for seed in seeds:
        rows = np.random.default_rng(seed).permutation(len(train))
        learned_from = train[rows[:N_LABELS]]
        validation = train[rows[N_LABELS : N_LABELS + N_VALIDATION]]
        for name, table in tables.items():
            fits.append(
                fit_network(
                    name,
                    partial(build_network, 100, table, hidden=32),
                    learned_from,
                    test,
                    shared,
                    seed=seed,
                    validation=validation,
                    **settings,
                )
            )
        fits.append(beside("100 words, 200 labels", learned_from, test, numbers, shared, seed))
    return fits


def beside(
    name: str,
    train: Examples,
    test: Examples,
    numbers: dict[str, int],
    shared: NDArray[np.bool_],
    seed: int,
) -> Fit:
    """Return the fit of TF-IDF on the words that the networks see."""
    texts, asked = (texts_of(part.inputs, numbers) for part in (train, test))
    return fit_baseline(
        f"{name}: TF-IDF", (texts, train.labels), (asked, test.labels), shared, seed=seed
    )


def distinct_names(embeddings: Sequence[StaticEmbedding]) -> list[str]:
    """Return the embeddings' names, with a number behind each that came before."""
    names: list[str] = []
    for embedding in embeddings:
        same = sum(earlier.name == embedding.name for earlier in embeddings[: len(names)])
        names.append(f"{embedding.name} ({same + 1})" if same else embedding.name)
    return names


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
