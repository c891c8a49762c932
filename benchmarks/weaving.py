"""What weighting embeddings brings: DME and CDME beside each embedding alone, concatenation, a sum.

On SciCite three embeddings are woven: skip-gram and FastText trained on the titles and abstracts in
``$WORDLOOM_DATA/science``, and GloVe's most frequent words. On BBC news, skip-gram and FastText are
trained on the training articles of each split: splits of the distinct articles, and the published
one. The network is a GRU of 64 units on the first 200 words, small enough for a hundred fits.
"""

import os
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.table import Row
from wordloom.classify.baselines import tfidf_classifier
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.metrics import measure
from wordloom.classify.neural.encoders import RecurrentEncoder
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.registry import open_labelled
from wordloom.embedding.static import StaticEmbedding
from wordloom.formats.loading import load
from wordloom.text.corpus import Corpus
from wordloom.text.sources import open_source
from wordloom.train.fasttext import FastText
from wordloom.train.skipgram import SkipGram

__all__ = ["bbc", "run", "scicite"]

ENCODER = RecurrentEncoder(units=(64,))
MAX_TOKENS = 200
COMBINATIONS = ("concatenate", "sum", "dme", "cdme")
GLOVE = "vectors/glove/glove.6B.50d.top10k.txt"

Figures = dict[str, list[tuple[float, float]]]
"""Accuracy and macro-F1 of each run, by the model's name."""


def run(seeds: int) -> list[Row]:
    """Judge every way to combine on every data set, once for each seed."""
    return [*scicite(seeds), *bbc(seeds, distinct=True), *bbc(seeds, distinct=False)]


def scicite(seeds: int) -> list[Row]:
    """Return the rows of SciCite's test split."""
    corpus = Corpus.build(open_source(data("science"), columns=["title", "abstract"]))
    embeddings = [
        SkipGram().train(corpus).replaced(name="skip-gram"),
        FastText().train(corpus).replaced(name="FastText"),
        load(data(GLOVE)).replaced(name="GloVe"),
    ]
    figures: Figures = {}
    for seed in range(1, seeds + 1):
        train, test = open_labelled("scicite", "train"), open_labelled("scicite", "test")
        judge(f"SciCite, seed {seed}", figures, train, test, embeddings, seed)
    return rows("SciCite", figures)


def bbc(seeds: int, *, distinct: bool) -> list[Row]:
    """Return the rows of BBC news: of the published split, or of splits of distinct articles."""
    name = "BBC, distinct articles" if distinct else "BBC, published split"
    glove = load(data(GLOVE)).replaced(name="GloVe")
    figures: Figures = {}
    train, test = open_labelled("bbc", "train"), open_labelled("bbc", "test")
    for seed in range(1, seeds + 1):
        if distinct:
            train, test = split_distinct(seed)
        corpus = Corpus.from_texts(train.texts, min_count=2)
        embeddings = [
            SkipGram(epochs=20).train(corpus, seed=seed).replaced(name="skip-gram"),
            FastText(epochs=20).train(corpus, seed=seed).replaced(name="FastText"),
            glove,
        ]
        judge(f"{name}, seed {seed}", figures, train, test, embeddings, seed)
    return rows(name, figures)


def judge(
    what: str,
    figures: Figures,
    train: LabelledTexts,
    test: LabelledTexts,
    embeddings: Sequence[StaticEmbedding],
    seed: int,
) -> None:
    """Fit every model on one part and judge it on the other."""
    for name, model in models(embeddings, seed):
        model.fit(train.texts, train.labels)
        found = measure(test.labels, model.predict(test.texts).tolist())
        figures.setdefault(name, []).append((found.accuracy, found.macro_f1))
        print(f"{what}, {name}: {found.accuracy:.4f} {found.macro_f1:.4f}", flush=True)


def models(
    embeddings: Sequence[StaticEmbedding], seed: int
) -> Iterator[tuple[str, TextClassifier]]:
    """Yield the models by name."""
    yield "TF-IDF, linear SVM", tfidf_classifier("svm", random_state=seed)
    yield (
        "all, pooled, linear",
        TextClassifier(list(embeddings), features="dense", random_state=seed),
    )
    for embedding in embeddings:
        yield (
            embedding.name,
            TextClassifier(embedding, encoder=ENCODER, max_tokens=MAX_TOKENS, random_state=seed),
        )
    for combine in COMBINATIONS:
        yield (
            combine,
            TextClassifier(
                list(embeddings),
                encoder=ENCODER,
                max_tokens=MAX_TOKENS,
                combine=combine,
                random_state=seed,
            ),
        )


def rows(data_set: str, figures: Figures) -> list[Row]:
    """Return a row for each model, beside the best embedding alone."""
    alone = max(
        statistics.mean(accuracy for accuracy, _ in figures[name])
        for name in ("skip-gram", "FastText", "GloVe")
    )
    return [
        Row(
            f"{data_set}, {name}",
            statistics.mean(accuracy for accuracy, _ in found),
            "accuracy",
            alone,
            "best embedding alone",
            note=f"± {statistics.pstdev(accuracy for accuracy, _ in found):.4f} over {len(found)} "
            f"seeds; macro-F1 {statistics.mean(macro for _, macro in found):.4f} "
            f"± {statistics.pstdev(macro for _, macro in found):.4f}",
        )
        for name, found in figures.items()
    ]


def split_distinct(seed: int) -> tuple[LabelledTexts, LabelledTexts]:
    """Return four fifths and a fifth of the distinct articles, punctuation and digits aside."""
    parts = [open_labelled("bbc", "train"), open_labelled("bbc", "test")]
    texts = [text for part in parts for text in part.texts]
    labels = [label for part in parts for label in part.labels]
    spelled = [" ".join("".join(c if c.isalpha() else " " for c in t).split()) for t in texts]
    distinct = sorted({key: row for row, key in reversed(list(enumerate(spelled)))}.values())
    order = np.random.default_rng(seed).permutation(distinct).tolist()
    n_test = len(order) // 5

    def part(rows: list[int], split: str) -> LabelledTexts:
        return LabelledTexts([texts[i] for i in rows], [labels[i] for i in rows], "bbc", split)

    return part(order[n_test:], "train"), part(order[:n_test], "test")


def data(name: str) -> Path:
    """Return the path of something among the data sets."""
    return Path(os.environ["WORDLOOM_DATA"]) / name
