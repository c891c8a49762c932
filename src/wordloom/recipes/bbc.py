"""The Keras notebook "Dynamic Meta-Embeddings" on BBC news, done again as it was published.

M. Cerliani (2019), github.com/cerlymarco/MEDIUM_NoteBook: two embeddings of 100 dimensions, CBOW
and FastText, are trained on the 1,780 training articles alone; an LSTM of two units, one for each
embedding, says for every word how much of each is taken; two GRU layers classify the last 200
words. Unlike in the paper (Kiela et al. 2018, arXiv 1804.07983), nothing is projected, weights are
sigmoids and padding is not masked.

What was published is followed, though it can be done better: there is no mask; words too rare for
CBOW, and the padding, have random vectors in [0, 1); the last state of training is taken, not the
best; 39 of the 445 test articles are training articles, punctuation aside. The notebook draws the
recalls of the topics beside wrong names; here each topic has its own.
"""

import math
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.duplicates import Duplicates, find_duplicates
from wordloom.combine.backend import keras
from wordloom.combine.gated import GatedMetaEmbedding
from wordloom.combine.recurrent import GRU
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.resolve import resolve_labelled
from wordloom.errors import InputError
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.keras_fit import Examples, fit_baseline, fit_network
from wordloom.recipes.keras_text import pad_front, texts_of, word_numbers
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer
from wordloom.train.cbow import CBOW
from wordloom.train.fasttext import FastText

__all__ = ["PUBLISHED", "Articles", "build_network", "prepare", "run", "train_tables"]

DIM: Final = 100
LENGTH: Final = 200
EPOCHS: Final = 20
BATCH_SIZE: Final = 128
TEST_SHARE: Final = 0.2

PUBLISHED: Final = {"DME": "0.93 (again: 0.94, 0.90)", "CDME": "0.93 (again: 0.91, 0.90)"}
"""Test accuracies of the three runs in the notebook's history; the first is the article's."""

MODELS: Final = tuple(PUBLISHED)

SEPARATORS: Final = str.maketrans(dict.fromkeys(string.digits + string.punctuation, " "))


@dataclass(frozen=True)
class Articles:
    """The articles as the notebook prepares them.

    Attributes:
        tokens: The words of each training and of each test article.
        words: All words of the training articles, the most frequent first; word i has number i + 1.
        train: The last 200 words of each training article, and its topic.
        test: The same of each test article; words that training lacks are left out.
        duplicates: Which articles occur twice, punctuation and digits aside.
    """

    tokens: tuple[list[list[str]], list[list[str]]]
    words: list[str]
    train: Examples
    test: Examples
    duplicates: Duplicates


def split_words(text: str) -> list[str]:
    """Lower-case a text, turn ASCII digits and punctuation into spaces, and split there.

    Example:
        >>> split_words("The U.S. won 3-0")
        ['the', 'u', 's', 'won']
    """
    return text.lower().translate(SEPARATORS).split()


def prepare(train: LabelledTexts, test: LabelledTexts, *, split: int | None = None) -> Articles:
    """Split articles into words, and these into numbers.

    Args:
        train: The training articles in the published order.
        test: The test articles.
        split: None keeps this split, as published. A seed puts both together, drops each article
            that repeats another one (punctuation and digits aside), and draws a fifth for the test.

    Returns:
        What the networks learn from.

    Raises:
        InputError: There are too few articles or topics to split.
    """
    tokens = [[split_words(text) for text in part.texts] for part in (train, test)]
    labels = [train.labels, test.labels]
    if split is not None:
        tokens, labels = split_distinct(tokens[0] + tokens[1], labels[0] + labels[1], split)
    if len(set(labels[0])) < 2 or not set(labels[1]) <= set(labels[0]) or not labels[1]:
        raise InputError(
            "The experiment needs test articles, and training articles of at least two topics, "
            f"those of the test among them. Received: topics {sorted(set(labels[0]))} in "
            f"{len(labels[0]):,} training articles and {sorted(set(labels[1]))} in "
            f"{len(labels[1]):,} test articles."
        )
    numbers = word_numbers(tokens[0])
    return Articles(
        (tokens[0], tokens[1]),
        list(numbers),
        Examples(pad_front(tokens[0], numbers, LENGTH), labels[0]),
        Examples(pad_front(tokens[1], numbers, LENGTH), labels[1]),
        find_duplicates(*([" ".join(text) for text in part] for part in tokens)),
    )


def split_distinct(
    tokens: list[list[str]], labels: list[str], seed: int
) -> tuple[list[list[list[str]]], list[list[str]]]:
    """Return the words and labels of distinct articles, split anew into training and test."""
    distinct = {" ".join(text): row for row, text in reversed(list(enumerate(tokens)))}
    rows = np.random.default_rng(seed).permutation(sorted(distinct.values())).tolist()
    n_test = math.ceil(TEST_SHARE * len(rows))
    parts = (rows[n_test:], rows[:n_test])
    return (
        [[tokens[row] for row in part] for part in parts],
        [[labels[row] for row in part] for part in parts],
    )


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
    words = keras.Input((LENGTH,), dtype="int32")
    found = [
        layers.Embedding(*table.shape, weights=[table], trainable=False)(words) for table in tables
    ]
    woven = GatedMetaEmbedding(bidirectional=model == "CDME")(found)
    state = GRU(128, dropout=0.2, return_sequences=True)(woven)
    state = GRU(32, dropout=0.2)(state)
    network = keras.Model(words, layers.Dense(n_topics, activation="softmax")(state))
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def baseline_texts(articles: Articles) -> dict[str, list[list[str]]]:
    """Return the training and test texts for TF-IDF: all words, and those that networks see."""
    numbers = {word: number for number, word in enumerate(articles.words, 1)}
    return {
        "TF-IDF, whole text": [[" ".join(text) for text in part] for part in articles.tokens],
        f"TF-IDF, last {LENGTH} words": [
            texts_of(part.inputs, numbers) for part in (articles.train, articles.test)
        ],
    }


def run(
    seeds: Sequence[int] = (1,),
    *,
    source: str = "data:bbc",
    models: Sequence[str] = MODELS,
    split: int | None = None,
    epochs: int = EPOCHS,
    threads: int | None = None,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Experiment:
    """Do the experiment as it was published, once for each seed, beside TF-IDF.

    Args:
        seeds: The seeds; each trains its own embeddings and networks.
        source: The articles: "data:bbc", or a folder with a table for each split.
        models: Which networks: "DME", "CDME" or both.
        split: None takes the published split. A seed drops repeated articles and splits the others
            anew; see `prepare`.
        epochs: How many times the networks go through the training articles.
        threads: Threads that train the embeddings; None takes one for each processor.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        All figures.

    Raises:
        InputError: A model is unknown, there is no seed, or the articles cannot be read or split.
        MissingExtraError: Keras is not installed.
    """
    if not seeds or not models or not set(models) <= set(MODELS):
        raise InputError(
            f"The experiment needs seeds, and models of {', '.join(MODELS)}. Received: seeds "
            f"{list(seeds)} and models {list(models)}."
        )
    say("Reading the articles")
    train, test = (resolve_labelled(source, part, progress=progress) for part in ("train", "test"))
    articles = prepare(train, test, split=split)
    shared = articles.duplicates.shared
    labels = (articles.train.labels, articles.test.labels)
    n_topics = len(set(articles.train.labels))
    fits = []
    say("Fitting TF-IDF with a linear SVM")
    for name, texts in baseline_texts(articles).items():
        parts = list(zip(texts, labels, strict=True))
        fits.append(fit_baseline(name, parts[0], parts[1], shared, seed=seeds[0]))
    seconds = {}
    for seed in seeds:
        say(f"Training CBOW and FastText on {len(articles.train):,} articles, seed {seed}")
        started = time.perf_counter()
        tables, n_missing = train_tables(articles, seed=seed, threads=threads)
        seconds[f"embeddings, seed {seed}"] = time.perf_counter() - started
        for model in models:
            fits.append(
                fit_network(
                    model,
                    partial(build_network, model, tables, n_topics),
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
            say(f"{model}, seed {seed}: accuracy {fits[-1].metrics.accuracy:.4f}")
    counts = {
        "training articles": len(articles.train),
        "test articles": len(articles.test),
        "words": len(articles.words),
        "words that CBOW lacks": n_missing,
    }
    return Experiment(
        "Dynamic meta-embeddings on BBC news, as published"
        if split is None
        else f"Dynamic meta-embeddings on BBC news, no article twice, split {split}",
        tuple(fits),
        PUBLISHED if split is None else {},
        counts,
        articles.duplicates,
        seconds,
    )
