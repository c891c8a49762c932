"""The experiment on BBC news done as it should be: what the notebook does in passing is mended.

No article occurs twice; each seed splits the articles anew; padding is masked; a word without a
vector is left out, not given a random one; training stops by articles that it does not learn from;
embeddings are projected before they are added up, as in the paper (Kiela, Wang and Cho 2018,
arXiv 1804.07983), and each embedding alone, their concatenation and their plain sum stand beside.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from wordloom.classify.attention.report import attention_report
from wordloom.classify.baselines import tfidf_classifier
from wordloom.classify.classifier import TextClassifier
from wordloom.embedding.static import StaticEmbedding
from wordloom.recipes import bbc_articles
from wordloom.recipes.bbc_articles import Articles
from wordloom.recipes.bbc_published import MODELS
from wordloom.recipes.experiment import Fits
from wordloom.recipes.keras_fit import fit_classifier
from wordloom.recipes.strongest import STRONGEST, strongest_classifier
from wordloom.text.corpus import Corpus
from wordloom.train.fasttext import FastText
from wordloom.train.skipgram import SkipGram

__all__ = ["COMBINED", "POOLED", "TFIDF", "fit_all", "train_vectors"]

ENCODER: Final = "dan"
COMBINED_DIM: Final = 64
NETWORK_SPLITS: Final = 2
"""A small network, on the first splits only: deep averaging of vectors of 64 numbers, a quarter of
the paper's. One with a GRU takes two and more times as long."""

COMBINED: Final = {
    "concatenation": "concatenate",
    "unweighted sum": "sum",
    "DME": "dme",
    "CDME": "cdme",
}
"""The ways to make one vector of a word's several, by the names of their rows."""

TFIDF: Final = "TF-IDF, linear SVM"
POOLED: Final = "both pooled, linear"


def train_vectors(
    articles: Articles, *, seed: int, threads: int | None = None
) -> list[StaticEmbedding]:
    """Train skip-gram and FastText, both of 100 dimensions, on the training articles.

    Few articles are gone through more often than many: 20 and 10 times.

    Args:
        articles: The articles.
        seed: Seed of the trainings.
        threads: Threads that train; None takes one for each processor.

    Returns:
        Both embeddings.
    """
    corpus = Corpus.from_texts(articles.texts[0], min_count=2)
    return [
        SkipGram(epochs=20).train(corpus, threads=threads, seed=seed, name="skip-gram"),
        FastText(epochs=10).train(corpus, threads=threads, seed=seed, name="FastText"),
    ]


def networks(
    embeddings: Sequence[StaticEmbedding], models: Sequence[str], *, seed: int, epochs: int
) -> dict[str, TextClassifier]:
    """Return the networks by name: each embedding alone, and each way to combine them."""

    def network(used: Sequence[StaticEmbedding], combine: str) -> TextClassifier:
        return TextClassifier(
            list(used),
            encoder=ENCODER,
            combine=combine,
            combined_dim=COMBINED_DIM,
            max_tokens=bbc_articles.LENGTH,
            epochs=epochs,
            random_state=seed,
        )

    alone = {f"{each.name} alone": network([each], "concatenate") for each in embeddings}
    return alone | {
        name: network(embeddings, combine)
        for name, combine in COMBINED.items()
        if name in models or name not in MODELS
    }


def fit_all(
    split: Callable[[int], Articles],
    seeds: Sequence[int],
    models: Sequence[str],
    *,
    epochs: int,
    threads: int | None,
    progress: bool,
    say: Callable[[str], None],
) -> Fits:
    """Fit and judge everything, once for each seed.

    Args:
        split: Returns the articles as a seed splits them.
        seeds: The seeds; each splits the articles anew and trains its own embeddings. Networks
            are fitted on the splits of the first two.
        models: Which of "DME" and "CDME".
        epochs: How many times a network goes through the training articles, at most.
        threads: Threads that train the embeddings.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        The fits, and what was counted and measured beside them.
    """
    done = Fits()
    for number, seed in enumerate(seeds):
        articles = split(seed)
        shared = articles.duplicates.shared
        learned, asked = articles.texts
        train, test = (learned, articles.train.labels), (asked, articles.test.labels)
        say(f"Split {seed}: training skip-gram and FastText on {len(learned):,} articles")
        started = time.perf_counter()
        embeddings = train_vectors(articles, seed=seed, threads=threads)
        done.seconds[f"embeddings, split {seed}"] = time.perf_counter() - started
        classifiers: dict[str, TextClassifier] = {
            TFIDF: tfidf_classifier("svm", random_state=seed),
            STRONGEST: strongest_classifier(embeddings, seed),
            POOLED: TextClassifier(list(embeddings), features="dense", random_state=seed),
        }
        if number < NETWORK_SPLITS:
            classifiers |= networks(embeddings, models, seed=seed, epochs=epochs)
        for name, classifier in classifiers.items():
            fit = fit_classifier(
                name, classifier, train, test, shared, seed=seed, progress=progress
            )
            done.fits.append(fit)
            say(f"{name}, split {seed}: accuracy {fit.metrics.accuracy:.4f}")
        weighing = next((name for name in models[::-1] if name in classifiers), None)
        if done.attention is None and weighing is not None:
            report = attention_report(classifiers[weighing], *test)
            done.attention = {"model": weighing, **report.to_json()}
    return done
