"""The textbook's experiments on IMDB done as they should be, beside what has to be beaten.

What is called the last words are the last; whole reviews stand beside. Several draws of 200 labels
say how much a draw matters. Networks stop by reviews that they do not learn from. Word vectors are
averaged: a network with weights for each position has nothing to learn them from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from wordloom.classify.baselines import tfidf_classifier
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.recipes.experiment import Fits
from wordloom.recipes.imdb_reviews import N_LABELS, Reviews, split_words
from wordloom.recipes.keras_fit import fit_classifier
from wordloom.recipes.strongest import STRONGEST, strongest_classifier

__all__ = ["TASKS", "TFIDF", "Task", "fit_all", "row_name"]

TFIDF: Final = "TF-IDF, linear SVM"
N_UNLABELLED: Final = 6000
"""Reviews without labels that the default learns from; more make it better, and slower."""

Texts = tuple[list[str], list[str]]
"""Training and test texts."""


@dataclass(frozen=True)
class Task:
    """Reviews cut in one way, all with labels or few.

    Attributes:
        name: What it is called.
        words: Which words of a review are seen, counted as in a slice; None for whole reviews.
        few: Only 200 reviews have labels, drawn anew for each seed.
        networks: Whether networks are fitted too.
        experiment: Which of the published experiments it belongs to.
    """

    name: str
    words: slice | None
    few: bool
    networks: bool
    experiment: str


TASKS: Final = (
    Task("last 20 words, all labels", slice(-20, None), False, True, "20-words"),
    Task("first 20 words, all labels", slice(20), False, False, "20-words"),
    Task("whole reviews, all labels", None, False, False, "20-words"),
    Task("last 100 words, 200 labels", slice(-100, None), True, True, "200-labels"),
    Task("whole reviews, 200 labels", None, True, False, "200-labels"),
)


def row_name(task: Task, model: str) -> str:
    """Return what the fits of a model on a task are called."""
    return f"{task.name}: {model}"


def fit_all(
    reviews: Reviews,
    tasks: Sequence[Task],
    embeddings: Mapping[str, StaticEmbedding],
    unlabelled: Sequence[str],
    seeds: Sequence[int],
    *,
    epochs: int,
    progress: bool,
    say: Callable[[str], None],
) -> Fits:
    """Fit and judge everything: with all labels once, with few once for each seed.

    Args:
        reviews: The reviews.
        tasks: Which of `TASKS`.
        embeddings: The vectors, by name; the first are trained on reviews.
        unlabelled: Whole reviews that may be learned from without labels, for tasks with few.
        seeds: The seeds; each draws the 200 labels anew.
        epochs: How many times a network goes through its training reviews, at most.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        The fits.
    """
    done = Fits()
    for task in tasks:
        say(f"Fitting on {task.name}")
        learned, asked = cut(reviews, task.words)
        more = some(unlabelled) if task.few else None
        for seed in seeds if task.few else seeds[:1]:
            rows = np.random.default_rng(seed).permutation(len(learned)).tolist()
            drawn = rows[:N_LABELS] if task.few else sorted(rows)
            train = [learned[row] for row in drawn], [reviews.train.labels[row] for row in drawn]
            for name, model in models(task, embeddings, seed, epochs):
                done.fits.append(
                    fit_classifier(
                        row_name(task, name),
                        model,
                        train,
                        (asked, reviews.test.labels),
                        reviews.duplicates.shared,
                        seed=seed,
                        unlabelled=more if name == STRONGEST else None,
                        progress=progress,
                    )
                )
                say(f"{done.fits[-1].model}, seed {seed}: {done.fits[-1].metrics.accuracy:.4f}")
    return done


def models(
    task: Task, embeddings: Mapping[str, StaticEmbedding], seed: int, epochs: int
) -> Iterator[tuple[str, TextClassifier]]:
    """Yield the models of a task by name."""
    yield TFIDF, tfidf_classifier("svm", random_state=seed)
    for name, embedding in embeddings.items():
        # Weights by rarity help where labels are too few to teach them; foreign files lack counts.
        few = "idf" if embedding.vocabulary.n_documents else "mean"
        pooling = few if task.few else "mean+max"
        yield (
            f"{name}, pooled, linear",
            TextClassifier(embedding, features="dense", pooling=pooling, random_state=seed),
        )
    own = next(iter(embeddings.values()))
    if task.networks and task.words is not None:
        used = own if task.few else LearnedEmbedding(dim=8)
        for encoder in ("flatten", "mean"):
            yield (
                f"network, {'averaged' if encoder == 'mean' else encoder}, stopped in time",
                TextClassifier(
                    used,
                    encoder=encoder,
                    max_tokens=len(range(100)[task.words]),
                    truncate="pre",
                    epochs=epochs,
                    random_state=seed,
                ),
            )
    # With few labels, vectors of whole texts that it learns from unlabelled ones are enough.
    yield STRONGEST, strongest_classifier([] if task.few else [own], seed)


def some(unlabelled: Sequence[str]) -> list[str]:
    """Return as many unlabelled reviews as are learned from in about a minute."""
    rows = np.random.default_rng(0).permutation(len(unlabelled))[:N_UNLABELLED]
    return [unlabelled[row] for row in sorted(rows.tolist())]


def cut(reviews: Reviews, words: slice | None) -> Texts:
    """Return the training and the test reviews, cut."""
    return shortened(reviews.train.texts, words), shortened(reviews.test.texts, words)


def shortened(texts: Sequence[str], words: slice | None) -> list[str]:
    """Return texts of some words of each; None leaves them whole, with their punctuation.

    Example:
        >>> shortened(["A very good film."], slice(-2, None)), shortened(["So-so."], None)
        (['good film'], ['So-so.'])
    """
    if words is None:
        return list(texts)
    return [" ".join(tokens[words]) for tokens in split_words(texts)]
