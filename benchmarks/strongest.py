"""The default classifier on test sets: SciCite, BBC news without repeated articles, and IMDB.

Nothing is chosen by hand: `TextClassifier` learns from training texts and from texts without
labels, and takes the settings that held-out training texts ask for. Where 200 labels are drawn
anew, vectors of whole texts, which labels do not change, are trained for the first draw alone.
"""

import os
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Row
from wordloom.classify.baselines import tfidf_classifier
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.document_vectors import DocumentModel
from wordloom.classify.linear import hybrid
from wordloom.classify.metrics import Metrics, measure
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.registry import open_labelled, open_source
from wordloom.text import sources
from wordloom.text.corpus import Corpus
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.word_ngrams import NgramCounts
from wordloom.train.skipgram import SkipGram

__all__ = ["run"]

N_LABELS = 200
DRAWS = 10
SPLITS = range(1, 6)
TEST_SHARE = 0.2


def run(seeds: int) -> list[Row]:
    """Return the rows of all tasks; draws and splits are fixed, whatever the seeds."""
    del seeds
    return [*scicite(), *bbc(), *imdb()]


def scicite() -> Iterator[Row]:
    """Yield SciCite's test figures, with and without vectors of scientific abstracts."""
    train, test = open_labelled("scicite", "train"), open_labelled("scicite", "test")
    folder = Path(os.environ["WORDLOOM_DATA"]) / "science"
    corpus = Corpus.build(sources.open_source(str(folder), columns=["title", "abstract"]))
    vectors = SkipGram().train(corpus)
    for name, classifier in (
        ("TF-IDF, SVM", tfidf_classifier("svm")),
        ("default, no embedding", TextClassifier()),
        ("default, skip-gram of abstracts", TextClassifier(vectors)),
    ):
        found = judge(classifier, train, test)
        yield Row(f"SciCite, {name}, macro-F1", found.macro_f1, "", note=f"{found.accuracy:.4f}")


def bbc() -> Iterator[Row]:
    """Yield the accuracy on five splits of the distinct articles of BBC news."""
    parts = [open_labelled("bbc", split) for split in ("train", "test")]
    distinct = dict(
        zip(
            [" ".join(text.split()) for part in parts for text in part.texts],
            [label for part in parts for label in part.labels],
            strict=True,
        )
    )
    texts, labels = list(distinct), list(distinct.values())
    figures: dict[str, list[float]] = {}
    for split in SPLITS:
        rows = np.random.default_rng(split).permutation(len(texts))
        n_test = round(TEST_SHARE * len(rows))
        train, test = (part(texts, labels, each) for each in (rows[n_test:], rows[:n_test]))
        for name, classifier in (
            ("TF-IDF, SVM", tfidf_classifier("svm")),
            ("default", TextClassifier()),
        ):
            figures.setdefault(name, []).append(judge(classifier, train, test).accuracy)
    for name, accuracies in figures.items():
        yield mean_row(f"BBC, five splits, {name}, accuracy", accuracies)


def imdb() -> Iterator[Row]:
    """Yield the accuracies on IMDB, with all labels and with 200."""
    train, test = open_labelled("imdb", "train"), open_labelled("imdb", "test")
    unlabelled = unlabelled_reviews(train)
    for name, classifier, more in (
        ("TF-IDF, SVM", tfidf_classifier("svm"), None),
        ("NB-SVM", TextClassifier(features="nb"), None),
        ("default", TextClassifier(), None),
        ("default, unlabelled reviews", TextClassifier(), unlabelled),
    ):
        yield Row(f"IMDB, {name}, accuracy", judge(classifier, train, test, more).accuracy, "")
    yield from few_labels("whole", train, test, unlabelled)
    shorter = [last_tokens(part, 100) for part in (train, test)]
    yield from few_labels("last 100 tokens", *shorter, unlabelled)
    shorter = [last_tokens(part, 20) for part in (train, test)]
    for name, classifier, more in (
        ("TF-IDF, SVM", tfidf_classifier("svm"), None),
        ("default", TextClassifier(), None),
        ("default, unlabelled reviews", TextClassifier(), [*train.texts, *unlabelled]),
    ):
        found = judge(classifier, *shorter, more)
        yield Row(f"IMDB, last 20 tokens, {name}, accuracy", found.accuracy, "")


def few_labels(
    what: str, train: LabelledTexts, test: LabelledTexts, unlabelled: Sequence[str]
) -> Iterator[Row]:
    """Yield the accuracies with 200 labels, over ten draws."""
    figures: dict[str, list[float]] = {}
    train_documents = hybrid.train_documents
    trained: list[DocumentModel | None] = []

    def train_once(counts: NgramCounts, seed: int, *, progress: bool) -> DocumentModel | None:
        if not trained:
            trained.append(train_documents(counts, seed, progress=progress))
        return trained[0]

    for draw in range(DRAWS):
        rows = np.random.default_rng(draw).permutation(len(train))
        labelled = part(train.texts, train.labels, rows[:N_LABELS])
        others = [train.texts[row] for row in rows[N_LABELS:].tolist()]
        figures.setdefault("TF-IDF, SVM", []).append(
            judge(tfidf_classifier("svm"), labelled, test).accuracy
        )
        with patch.object(hybrid, "train_documents", train_once):
            found = judge(TextClassifier(), labelled, test, [*others, *unlabelled])
        figures.setdefault("default", []).append(found.accuracy)
    for name, accuracies in figures.items():
        yield mean_row(f"IMDB, 200 labels, {what}, {name}, accuracy", accuracies)


def judge(
    classifier: TextClassifier,
    train: LabelledTexts,
    test: LabelledTexts,
    unlabelled: Sequence[str] | None = None,
) -> Metrics:
    """Fit a classifier and return its figures on test texts."""
    classifier.fit(train.texts, train.labels, unlabelled=unlabelled)
    labels = sorted(set(test.labels))
    return measure(test.labels, classifier.predict(test.texts).tolist(), labels)


def unlabelled_reviews(train: LabelledTexts) -> list[str]:
    """Return the reviews of IMDB that have no label."""
    known = set(train.texts)
    batches = open_source("imdb").batches()
    return [text for batch in batches for text in batch.texts() if text not in known]


def last_tokens(reviews: LabelledTexts, length: int) -> LabelledTexts:
    """Cut reviews to their last tokens, as Keras' Tokenizer splits them."""
    tokenizer = Tokenizer("keras")
    texts = [" ".join(tokenizer.tokenize(text)[-length:]) for text in reviews.texts]
    return LabelledTexts(texts, reviews.labels, reviews.name, reviews.split)


def part(texts: Sequence[str], labels: Sequence[str], rows: NDArray[np.int64]) -> LabelledTexts:
    """Return some of the texts."""
    chosen = rows.tolist()
    return LabelledTexts([texts[row] for row in chosen], [labels[row] for row in chosen], "part")


def mean_row(what: str, figures: Sequence[float]) -> Row:
    """Return the mean of several figures, with their standard deviation."""
    return Row(what, statistics.mean(figures), "", note=f"± {statistics.stdev(figures):.4f}")
