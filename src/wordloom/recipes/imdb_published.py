"""The textbook's experiments on IMDB as they were published, with other layers beside Flatten.

The validation figures are the book's; the test reviews are asked once, after the last epoch.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.recurrent import GRU
from wordloom.embedding.static import StaticEmbedding
from wordloom.recipes.experiment import Fits
from wordloom.recipes.imdb_reviews import N_LABELS, N_WORDS, Reviews
from wordloom.recipes.keras_fit import Examples, Fit, fit_baseline, fit_network
from wordloom.recipes.keras_text import texts_of

__all__ = [
    "FROZEN",
    "LAYERS",
    "LEARNED",
    "PUBLISHED",
    "PUBLISHED_FROZEN",
    "TWENTY",
    "build_network",
    "distinct_names",
    "fit_all",
    "row_name",
    "vector_table",
]

BATCH_SIZE: Final = 32
N_VALIDATION: Final = 10_000

TWENTY: Final = "20 words, 20,000 labels"
LEARNED: Final = "100 words, 200 labels, learned vectors"
FROZEN: Final = "100 words, 200 labels, frozen vectors: {}"

PUBLISHED: Final = {TWENTY: "validation 0.76 at its peak, 0.755 last", LEARNED: "validation 0.52"}
PUBLISHED_FROZEN: Final = "GloVe: validation 0.54 to 0.57, test 0.564"

LAYERS: Final = ("flatten", "average", "GRU", "Conv1D")
"""What turns word vectors into one vector: the book's Flatten, and what one would take instead."""

Table = NDArray[np.float32] | int
"""Frozen vectors, float32 (10_000, dim); or the dim of vectors that a network learns itself."""


def row_name(experiment: str, layer: str) -> str:
    """Return what the fits of an experiment with a layer are called.

    Example:
        >>> row_name("20 words", "flatten"), row_name("20 words", "GRU")
        ('20 words', '20 words: GRU')
    """
    return experiment if layer == LAYERS[0] else f"{experiment}: {layer}"


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


def build_network(length: int, table: Table, hidden: int = 0, layer: str = "flatten") -> Any:  # noqa: ANN401 (a Keras model)
    """Return the compiled network of either experiment.

    Args:
        length: Words of a text.
        table: Frozen vectors, float32 (10_000, dim); or the dim of vectors that it learns itself.
        hidden: Units of the hidden layer; 0 for none.
        layer: One of `LAYERS`. A GRU and a convolution have 32 units, the latter 7 words wide, as
            in the book's chapters on them.

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
    pooling = {
        "flatten": [layers.Flatten()],
        "average": [layers.GlobalAveragePooling1D()],
        "GRU": [GRU(32)],
        "Conv1D": [layers.Conv1D(32, 7, activation="relu"), layers.GlobalMaxPooling1D()],
    }[layer]
    network = keras.Sequential(
        [
            keras.Input((length,), dtype="int32"),
            embedding,
            *pooling,
            *([layers.Dense(hidden, activation="relu")] if hidden else []),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    network.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    return network


def fit_all(
    reviews: Reviews,
    experiments: Sequence[str],
    frozen: Sequence[StaticEmbedding],
    seeds: Sequence[int],
    *,
    epochs: int,
    progress: bool,
    say: Callable[[str], None],
) -> tuple[Fits, dict[str, str]]:
    """Fit and judge the networks, once for each seed, and TF-IDF on the same words.

    Args:
        reviews: The reviews.
        experiments: "20-words", "200-labels" or both.
        frozen: The frozen vectors for 200 labels.
        seeds: The seeds; each shuffles the reviews and draws the labels anew.
        epochs: How many times the networks go through their training reviews.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        The fits, with what was counted beside them; and what was published for their models.
    """
    done = Fits()
    published = dict(PUBLISHED)
    settings = {"epochs": epochs, "batch_size": BATCH_SIZE, "progress": progress}
    if "20-words" in experiments:
        say("Fitting on the last 20 words")
        done.fits += twenty_words(reviews, seeds, settings)
    if "200-labels" in experiments:
        say("Fitting on 200 labels")
        numbers, parts = reviews.in_words(100, as_data_set=False)
        tables: dict[str, Table] = {LEARNED: 100}
        for embedding, called in zip(frozen, distinct_names(frozen), strict=True):
            name = FROZEN.format(called)
            tables[name] = table = vector_table(embedding, numbers)
            known = f"of {len(numbers):,} words have a vector in {called}"
            done.counts[known] = int(table.any(axis=1).sum())
            published[name] = PUBLISHED_FROZEN
        shared = reviews.duplicates.shared
        done.fits += few_labels(parts, numbers, shared, tables, seeds, settings)
    return done, published


def twenty_words(reviews: Reviews, seeds: Sequence[int], settings: Mapping[str, Any]) -> list[Fit]:
    """Return the fits of the first experiment: the last fifth of shuffled reviews validates."""
    numbers, (train, test) = reviews.in_words(20, as_data_set=True)
    shared = reviews.duplicates.shared
    fits = []
    for seed in seeds:
        shuffled = train[np.random.default_rng(seed).permutation(len(train))]
        fits += [
            fit_network(
                row_name(TWENTY, layer),
                partial(build_network, 20, 8, layer=layer),
                shuffled,
                test,
                shared,
                seed=seed,
                validation=0.2,
                **settings,
            )
            for layer in LAYERS
        ]
        learned_from = shuffled[: int(0.8 * len(train))]
        fits.append(beside(TWENTY, learned_from, test, numbers, shared, seed))
    return fits


def few_labels(
    parts: Sequence[Examples],
    numbers: dict[str, int],
    shared: NDArray[np.bool_],
    tables: Mapping[str, Table],
    seeds: Sequence[int],
    settings: Mapping[str, Any],
) -> list[Fit]:
    """Return the fits of the second experiment: for each seed 200 reviews, others validate."""
    train, test = parts
    fits = []
    for seed in seeds:
        rows = np.random.default_rng(seed).permutation(len(train))
        learned_from = train[rows[:N_LABELS]]
        validation = train[rows[N_LABELS : N_LABELS + N_VALIDATION]]
        fits += [
            fit_network(
                row_name(name, layer),
                partial(build_network, 100, table, hidden=32, layer=layer),
                learned_from,
                test,
                shared,
                seed=seed,
                validation=validation,
                **settings,
            )
            for name, table in tables.items()
            for layer in LAYERS
        ]
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
