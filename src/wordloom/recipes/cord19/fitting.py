"""What papers cite others for, told by one linear layer on pooled word vectors.

As published (the notebook "Exploring the TF-Hub CORD-19 Swivel Embeddings", with an Estimator):
texts are read as TensorFlow Hub's exporter does (punctuation deleted, split at each space); one
dense layer, gradient descent, rate 0.01, batches of 10, 8,000 steps, judged on the test texts every
200 steps. Each of these segments reads the training file anew, through a shuffle buffer of 1,024,
so that no step ever sees a row behind the first 3,023. Precision and recall are those of
``tf.metrics``, which count every label but the first as positive.

Corrected: texts are read as the vectors were trained; all training texts in each epoch, shuffled;
Adam, rate 0.001, batches of 32, 35 epochs (the Keras version of the notebook); the epoch is chosen
by macro-F1 on the dev texts; precision and recall are means over labels; the test texts are judged
once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.metrics import measure
from wordloom.datasets.labelled import LabelledTexts
from wordloom.embedding.static import StaticEmbedding
from wordloom.recipes.cord19.citations import LABELS, CitationFit, Citations, Point, targets_of
from wordloom.recipes.cord19.linear_layer import LinearLayer, Optimizer, count_words, word_table
from wordloom.recipes.reading import Reading
from wordloom.text.tokenizer import Tokenizer

__all__ = [
    "FROZEN",
    "SEGMENT",
    "TRAINABLE",
    "IntentClassifier",
    "as_read",
    "fit_corrected",
    "fit_published",
    "segment",
]

Tell = Callable[[int], None]

FROZEN: Final = "linear layer, frozen vectors"
TRAINABLE: Final = "linear layer, trainable vectors"

STEPS: Final = 8000
SEGMENT: Final = 200
BUFFER: Final = 1024
PUBLISHED_BATCH: Final = 10
PUBLISHED_RATE: Final = 0.01

EPOCHS: Final = 35
BATCH: Final = 32
RATE: Final = 0.001


@dataclass(frozen=True)
class IntentClassifier:
    """A fitted layer with what it needs to read texts.

    Attributes:
        embedding: How texts are read.
        layer: The layer.
    """

    embedding: StaticEmbedding
    layer: LinearLayer

    @property
    def classes_(self) -> tuple[str, ...]:
        """The labels, in the order of the probabilities."""
        return LABELS

    def predict_proba(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the probability of each label, (n_texts, 3)."""
        counts = count_words(self.embedding, [*texts])
        return self.layer.probabilities(self.layer.inputs(counts))

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Return the most probable label of each text."""
        return [LABELS[place] for place in self.predict_proba(texts).argmax(axis=1)]


def as_read(embedding: StaticEmbedding, reading: Reading) -> StaticEmbedding:
    """Return an embedding that reads texts as the reading says, and pools them by sqrtn.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> plain = StaticEmbedding(
        ...     Vocabulary.from_words(["COVID-19"]), [[1]], tokenizer=Tokenizer("strip")
        ... )
        >>> [as_read(plain, how).embed(["COVID-19"])[0, 0] for how in ("published", "corrected")]
        [np.float32(0.0), np.float32(1.0)]
    """
    tokenizer = (
        Tokenizer("tfhub", lowercase=False) if reading == "published" else embedding.tokenizer
    )
    return embedding.replaced(tokenizer=tokenizer, oov="zero", pooling="sqrtn", subwords=None)


def segment(n_texts: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw the batches of one published segment, int64 (200, 10).

    What ``repeat().shuffle(1024).batch(10)`` of tf.data gives when it starts: the buffer holds the
    first rows of the file; each that is drawn makes room for the next one.

    Args:
        n_texts: How many rows the file has; after the last one the first follows.
        random: Draws.
    """
    places = random.integers(BUFFER, size=SEGMENT * PUBLISHED_BATCH)
    buffer = np.arange(BUFFER)
    rows = np.empty_like(places)
    for number, place in enumerate(places.tolist()):
        rows[number] = buffer[place]
        buffer[place] = BUFFER + number
    return rows.reshape(SEGMENT, PUBLISHED_BATCH) % n_texts


def fit_published(
    embedding: StaticEmbedding,
    citations: Citations,
    *,
    trainable: bool,
    seed: int,
    steps: int = STEPS,
    tell: Tell = lambda step: None,
) -> tuple[CitationFit, IntentClassifier]:
    """Fit and judge the layer as it was published.

    Args:
        embedding: The vectors, as `as_read` returns them.
        citations: The texts.
        trainable: Whether the vectors learn, too; in the published run they do not.
        seed: Seed of the layer's first weights and of the shuffle buffer.
        steps: How many batches to learn from; whole segments of 200 are done.
        tell: Is told after each segment how many steps are done.

    Returns:
        The figures, and the classifier.
    """
    started = time.perf_counter()
    optimizer = Optimizer("sgd", PUBLISHED_RATE)
    layer, (inputs, tested) = prepare(
        embedding, (citations.train, citations.test), optimizer, seed, trainable=trainable
    )
    targets, truth = targets_of(citations.train), targets_of(citations.test)
    random = np.random.default_rng(seed)
    points = []
    for done in range(SEGMENT, steps + 1, SEGMENT):
        for rows in segment(len(targets), random):
            layer.learn(inputs[rows], targets[rows])
        points.append(Point.of(done, layer.probabilities(tested), truth, macro=False))
        tell(done)
    seconds = time.perf_counter() - started
    classifier = IntentClassifier(embedding, layer)
    return judged(classifier, citations.test, seed, points, points[-1].step, seconds), classifier


def fit_corrected(
    embedding: StaticEmbedding,
    citations: Citations,
    *,
    trainable: bool,
    seed: int,
    epochs: int = EPOCHS,
    tell: Tell = lambda step: None,
) -> tuple[CitationFit, IntentClassifier]:
    """Fit the layer on all training texts, choose the epoch on dev, and judge it once.

    Args:
        embedding: The vectors, as `as_read` returns them.
        citations: The texts.
        trainable: Whether the vectors learn, too.
        seed: Seed of the layer's first weights and of the order of texts.
        epochs: How many times to go through the training texts.
        tell: Is told after each epoch how many steps are done.

    Returns:
        The figures, and the classifier.
    """
    started = time.perf_counter()
    layer, (inputs, checked) = prepare(
        embedding,
        (citations.train, citations.dev),
        Optimizer("adam", RATE),
        seed,
        trainable=trainable,
    )
    targets, truth = targets_of(citations.train), targets_of(citations.dev)
    random = np.random.default_rng(seed)
    points: list[Point] = []
    best, best_score, kept = 0, -1.0, layer.numbers()
    for _ in range(epochs):
        for rows in batches(random.permutation(len(targets)), BATCH):
            layer.learn(inputs[rows], targets[rows])
        probabilities = layer.probabilities(checked)
        points.append(Point.of(layer.optimizer.steps, probabilities, truth, macro=True))
        score = measure(truth.tolist(), probabilities.argmax(axis=1).tolist()).macro_f1
        if score > best_score:
            best, best_score, kept = layer.optimizer.steps, score, layer.numbers()
        tell(layer.optimizer.steps)
    layer.restore(kept)
    seconds = time.perf_counter() - started
    classifier = IntentClassifier(embedding, layer)
    return judged(classifier, citations.test, seed, points, best, seconds), classifier


def prepare(
    embedding: StaticEmbedding,
    parts: Sequence[LabelledTexts],
    optimizer: Optimizer,
    seed: int,
    *,
    trainable: bool,
) -> tuple[LinearLayer, list[Any]]:
    """Return a new layer, and the texts as it takes them."""
    layer = LinearLayer(
        word_table(embedding), len(LABELS), trainable=trainable, optimizer=optimizer, seed=seed
    )
    return layer, [layer.inputs(count_words(embedding, part.texts)) for part in parts]


def batches(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Yield so many rows at a time; the last batch has the rest."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def judged(
    classifier: IntentClassifier,
    test: LabelledTexts,
    seed: int,
    points: Sequence[Point],
    chosen: int,
    seconds: float,
) -> CitationFit:
    """Judge a classifier on the test texts."""
    name = TRAINABLE if classifier.layer.trainable else FROZEN
    metrics = measure(test.labels, classifier.predict(test.texts), LABELS)
    return CitationFit(name, seed, tuple(points), chosen, metrics, seconds)
