"""The experiment with CORD-19 vectors: train them, draw their heatmap, and tell citations apart."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.baselines import MajorityClassifier, tfidf_classifier
from wordloom.classify.examples import example_predictions
from wordloom.classify.metrics import measure
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.output import explained, new_file
from wordloom.parallel import one_blas_thread
from wordloom.progress import progress_bar
from wordloom.recipes.cord19.citations import LABELS, CitationFit, Citations
from wordloom.recipes.cord19.fitting import as_read, fit_corrected, fit_published
from wordloom.recipes.cord19.page import write_page
from wordloom.recipes.cord19.result import CitationResult, Cord19Result
from wordloom.recipes.cord19.vectors import EmbedResult, embed
from wordloom.recipes.reading import Reading, check_reading
from wordloom.recipes.strongest import STRONGEST, strongest_classifier
from wordloom.text.sources import Source

__all__ = ["SEEDS", "STEPS", "classify", "run"]

STEPS: Final = ("embed", "classify")
SEEDS: Final = (1, 2, 3, 4, 5)
TFIDF: Final = "TF-IDF with a linear SVM"

Say = Callable[[str], None]


class Model(Protocol):
    """What is fitted beside the layers."""

    def fit(self, texts: Sequence[str], labels: Sequence[str], /) -> object:
        """Learn from labelled texts."""

    def predict(self, texts: Sequence[str], /) -> NDArray[np.generic]:
        """Return the label of each text, (n_texts,)."""


def run(
    seeds: Sequence[int] = SEEDS,
    *,
    reading: Reading = "published",
    steps: Sequence[str] = STEPS,
    papers: Source | None = None,
    vectors: StaticEmbedding | None = None,
    citations: str = "data:scicite",
    min_count: int | None = None,
    epochs: int | None = None,
    threads: int | None = None,
    folder: Path | None = None,
    progress: bool = False,
    say: Say = lambda line: None,
) -> Cord19Result:
    """Do the experiment, or a part of it.

    Args:
        seeds: The seeds of the layers; the first one is also that of the vectors.
        reading: "published": with every quirk of the notebook; "corrected": with these mended.
        steps: Which of `STEPS` to do.
        papers: What the vectors are trained on; None takes the data set cord19.
        vectors: What citations are told apart by where the step "embed" is left out.
        citations: "data:scicite", or a folder with a table for each of train, dev and test.
        min_count: How often a word must occur to have a vector; see `embed`.
        epochs: How many times Swivel goes through all cells; None takes the reading's.
        threads: Threads that count and train; None takes one for each processor.
        folder: Where ``report.html``, ``result.json``, ``embedding/`` and ``heatmap.png`` go; None
            writes nothing.
        progress: Show progress bars on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        Everything that was made and measured.

    Raises:
        InputError: A reading or step is unknown, there is no seed or no vectors, or the data cannot
            be read.
        MissingExtraError: matplotlib is not installed.
    """
    check_reading(reading)
    if not seeds or not steps or not set(steps) <= set(STEPS):
        raise InputError(
            f"The experiment needs seeds, and steps of {', '.join(STEPS)}. Received: seeds "
            f"{list(seeds)} and steps {list(steps)}."
        )
    if "embed" not in steps and vectors is None:
        raise InputError(
            "Citations are told apart by word vectors. Received: none. Do the step embed first, or "
            "pass vectors."
        )
    started = time.perf_counter()
    # Read first: what is wrong with the texts should not come out after the vectors are trained.
    texts = Citations.open(citations, progress=progress) if "classify" in steps else None
    made: EmbedResult | None = None
    if "embed" in steps:
        made = embed(
            folder,
            papers,
            reading=reading,
            min_count=min_count,
            epochs=epochs,
            threads=threads,
            seed=seeds[0],
            progress=progress,
            say=say,
        )
        vectors = made.embedding
    told = None
    if texts is not None and vectors is not None:
        told = classify(texts, vectors, seeds, reading=reading, progress=progress, say=say)
    result = Cord19Result(reading, made, told, time.perf_counter() - started)
    if folder is not None:
        with explained(folder, "the experiment"):
            folder.mkdir(parents=True, exist_ok=True)
        write_page(folder / "report.html", result)
        with new_file(folder / "result.json", "the figures") as aside:
            aside.write_text(json.dumps(result.to_json(), ensure_ascii=False), "utf-8")
    return result


def classify(
    citations: Citations,
    vectors: StaticEmbedding,
    seeds: Sequence[int],
    *,
    reading: Reading = "published",
    progress: bool = False,
    say: Say = lambda line: None,
) -> CitationResult:
    """Tell what papers are cited for.

    Args:
        citations: The texts.
        vectors: The word vectors.
        seeds: The seeds; each fits a layer on frozen and one on trainable vectors.
        reading: How it is done.
        progress: Show a progress bar on stderr.
        say: Is told, in a line, what is being done.

    Returns:
        The figures of the layers, and of what has to be beaten: the most frequent label, TF-IDF,
        and, where corrected, the classifier that chooses for itself.
    """
    embedding = as_read(vectors, reading)
    fit = fit_published if reading == "published" else fit_corrected
    fits, classifiers = [], []
    n_fits = 2 * len(seeds)
    say(f"Fitting a linear layer {n_fits} times")
    with (
        one_blas_thread(),
        progress_bar("Fitting linear layers", n_fits, "fits", show=progress) as advance,
    ):
        for trainable in (False, True):
            for seed in seeds:
                fitted, classifier = fit(embedding, citations, trainable=trainable, seed=seed)
                fits.append(fitted)
                classifiers.append(classifier)
                advance(len(fits))
    models: dict[str, Model] = {
        TFIDF: tfidf_classifier("svm", random_state=seeds[0]),
        "most frequent label": MajorityClassifier(),
    }
    if reading == "corrected":
        models = {STRONGEST: strongest_classifier([vectors], seeds[0]), **models}
    for name, model in models.items():
        say(f"Fitting {name}")
        fits.append(fit_model(name, model, citations, seeds[0]))
    test = citations.test
    examples = example_predictions(classifiers[0], test.texts, test.labels, 10, seeds[0])
    return CitationResult(reading, tuple(fits), examples, citations.counts())


def fit_model(name: str, model: Model, citations: Citations, seed: int) -> CitationFit:
    """Fit a model on the training texts and judge it on the test texts."""
    started = time.perf_counter()
    model.fit(citations.train.texts, citations.train.labels)
    seconds = time.perf_counter() - started
    predicted = model.predict(citations.test.texts).tolist()
    return CitationFit(
        name, seed, (), 0, measure(citations.test.labels, predicted, LABELS), seconds
    )
