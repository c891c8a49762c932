"""The notebook's experiment on BBC news as it was published, every quirk of it kept.

There is no mask; words too rare for CBOW, and the padding, have random vectors in [0, 1); the last
state of training is taken, not the best; 39 of the 445 test articles are training articles.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.combine.backend import keras
from wordloom.combine.gated import GatedMetaEmbedding
from wordloom.combine.recurrent import GRU
from wordloom.recipes import bbc_articles
from wordloom.recipes.bbc_articles import Articles
from wordloom.recipes.experiment import Fits
from wordloom.recipes.keras_fit import fit_baseline, fit_network
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer
from wordloom.train.cbow import CBOW
from wordloom.train.fasttext import FastText

__all__ = ["EPOCHS", "MODELS", "PUBLISHED", "RECALLS", "build_network", "fit_all", "train_tables"]

MODELS: Final = ("DME", "CDME")

DIM: Final = 100
EPOCHS: Final = 20
BATCH_SIZE: Final = 128

PUBLISHED: Final = {"DME": "0.93 (again: 0.94, 0.90)", "CDME": "0.93 (again: 0.91, 0.90)"}
"""Test accuracies of the three runs in the notebook's history; the first is the article's."""

RECALLS: Final = {
    "DME": (
        (0.93, 0.92, 0.82, 0.99, 0.97),
        (0.98, 0.89, 0.89, 0.97, 0.97),
        (0.94, 0.78, 0.81, 0.98, 0.97),
    ),
    "CDME": (
        (0.98, 0.91, 0.88, 0.96, 0.90),
        (0.96, 0.86, 0.85, 0.98, 0.89),
        (0.98, 0.82, 0.96, 0.94, 0.78),
    ),
}
"""Recalls of those runs: business, entertainment, politics, sport, tech."""


def train_tables(
    articles: Articles, *, seed: int, threads: int | None = None
) -> tuple[list[NDArray[np.float32]], int]:
    """Train both embeddings on the training articles.

    Settings are those of gensim's Word2Vec and FastText, which the notebook uses.

    Args:
        articles: The articles.
        seed: Seed of the trainings and of the random vectors.
        threads: Threads that train; None takes one for each processor.

    Returns:
        The tables of CBOW and FastText, float32 (n_words + 1, 100), whose row 0 is the padding's;
        and how many words CBOW lacks.
    """
    corpus = Corpus.from_texts(
        [" ".join(text) for text in articles.tokens[0]], tokenizer=Tokenizer("spaces"), min_count=4
    )
    trainers = (
        CBOW(dim=DIM, window=5, epochs=10, learning_rate=0.025, subsample=1e-3),
        FastText(
            model="cbow",
            dim=DIM,
            window=5,
            epochs=10,
            learning_rate=0.025,
            subsample=1e-3,
            negative_exponent=0.75,
        ),
    )
    cbow, fasttext = (trainer.train(corpus, threads=threads, seed=seed) for trainer in trainers)
    random = np.random.default_rng(seed).random((len(articles.words) + 1, DIM), np.float32)
    vectors, known = cbow.word_vectors(articles.words)
    random[1:][known] = vectors[known]
    composed = np.zeros_like(random)
    composed[1:], _ = fasttext.replaced(oov="subwords").word_vectors(articles.words)
    return [random, composed], int((~known).sum())


def build_network(model: str, tables: Sequence[NDArray[np.float32]], n_topics: int) -> Any:  # noqa: ANN401 (a Keras model)
    """Return the compiled network.

    Args:
        model: "DME" or "CDME".
        tables: The frozen embeddings, each float32 (n_words + 1, dim), all of one dim.
        n_topics: How many topics there are.

    Example:
        >>> tables = [np.zeros((4, 100), np.float32)] * 2
        >>> for model in ("DME", "CDME"):
        ...     network = build_network(model, tables, 5)
        ...     sum(weights.value.size for weights in network.trainable_variables)
        105661
        107285
    """
    layers = keras.layers
    words = keras.Input((bbc_articles.LENGTH,), dtype="int32")
    found = [
        layers.Embedding(*table.shape, weights=[table], trainable=False)(words) for table in tables
    ]
    woven = GatedMetaEmbedding(bidirectional=model == "CDME")(found)
    state = GRU(128, dropout=0.2, return_sequences=True)(woven)
    state = GRU(32, dropout=0.2)(state)
    network = keras.Model(words, layers.Dense(n_topics, activation="softmax")(state))
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def fit_all(
    articles: Articles,
    seeds: Sequence[int],
    models: Sequence[str],
    *,
    epochs: int,
    threads: int | None,
    progress: bool,
    say: Callable[[str], None],
) -> Fits:
    """Fit and judge the networks, once for each seed, and TF-IDF.

    Args:
        articles: The articles.
        seeds: The seeds; each trains its own embeddings and networks.
        models: Which networks.
        epochs: How many times the networks go through the training articles.
        threads: Threads that train the embeddings.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        The fits, and what was counted and measured beside them.
    """
    done = Fits()
    shared = articles.duplicates.shared
    train, test = articles.train.labels, articles.test.labels
    say("Fitting TF-IDF with a linear SVM")
    for name, (learned, asked) in {
        "TF-IDF, whole text": articles.whole,
        f"TF-IDF, last {bbc_articles.LENGTH} words": articles.last,
    }.items():
        done.fits.append(fit_baseline(name, (learned, train), (asked, test), shared, seed=seeds[0]))
    for seed in seeds:
        say(f"Training CBOW and FastText on {len(train):,} articles, seed {seed}")
        started = time.perf_counter()
        tables, n_missing = train_tables(articles, seed=seed, threads=threads)
        done.seconds[f"embeddings, seed {seed}"] = time.perf_counter() - started
        done.counts["words that CBOW lacks"] = n_missing
        for model in models:
            done.fits.append(
                fit_network(
                    model,
                    partial(build_network, model, tables, len(set(train))),
                    articles.train,
                    articles.test,
                    shared,
                    seed=seed,
                    epochs=epochs,
                    batch_size=BATCH_SIZE,
                    validation=0.1,
                    progress=progress,
                )
            )
            say(f"{model}, seed {seed}: accuracy {done.fits[-1].metrics.accuracy:.4f}")
    return done
