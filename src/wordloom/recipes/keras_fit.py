"""Fits of published Keras networks and of the baselines beside them, judged in one way."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.baselines import tfidf_classifier
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.metrics import Metrics, measure
from wordloom.combine.backend import keras
from wordloom.progress import progress_bar

__all__ = ["Examples", "Fit", "fit_baseline", "fit_classifier", "fit_network", "judged"]


@dataclass(frozen=True)
class Examples:
    """What networks learn from, and are judged by.

    Attributes:
        inputs: int32 (n_texts, length), the word numbers of each text.
        labels: The label of each text.
    """

    inputs: NDArray[np.int32]
    labels: Sequence[str]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: "slice | NDArray[np.int64]") -> "Examples":
        """Return some of them."""
        return Examples(self.inputs[rows], np.asarray(self.labels)[rows].tolist())

    def targets(self, classes: Sequence[str]) -> NDArray[np.int32]:
        """Return the place of each label in a list, int32 (n_texts,)."""
        places = {label: place for place, label in enumerate(classes)}
        return np.array([places[label] for label in self.labels], np.int32)


@dataclass(frozen=True)
class Fit:
    """One model, fitted and judged.

    Attributes:
        model: What it is called.
        seed: The seed of everything random.
        validation: Accuracy on the validation texts after each epoch (of our own networks, at each
            measurement); empty for linear models.
        metrics: The figures on the test texts.
        unseen_accuracy: The accuracy without the test texts that occur in the training texts.
        seconds: Wall-clock seconds for building and fitting.
    """

    model: str
    seed: int
    validation: tuple[float, ...]
    metrics: Metrics
    unseen_accuracy: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return all figures as what JSON knows."""
        return {
            "model": self.model,
            "seed": self.seed,
            "validation": [round(accuracy, 4) for accuracy in self.validation],
            "metrics": self.metrics.to_json(),
            "unseen_accuracy": self.unseen_accuracy,
            "seconds": round(self.seconds, 3),
        }


def fit_network(
    name: str,
    build: Callable[[], Any],
    train: Examples,
    test: Examples,
    shared: NDArray[np.bool_],
    *,
    seed: int,
    epochs: int,
    batch_size: int,
    validation: float | Examples,
    progress: bool = False,
) -> Fit:
    """Build, fit and judge a network.

    Args:
        name: What the model is called.
        build: Returns the compiled network: one output for each label in sorted order, or the
            probability of the second of two.
        train: What it learns from.
        test: What it is judged by.
        shared: bool (n_test,), which test texts occur in the training texts.
        seed: Seed of Python's, NumPy's and Keras' random generators.
        epochs: How many times to go through the training texts.
        batch_size: Texts in one step.
        validation: What accuracy is measured on after each epoch: texts, or the share at the end
            of the training texts, which is then not learned from.
        progress: Show a progress bar on stderr.

    Returns:
        The figures.
    """
    classes = sorted(set(train.labels))
    keras.utils.set_random_seed(seed)
    started = time.perf_counter()
    network = build()
    title = f"{name}, seed {seed}"
    size = len(train)
    with progress_bar(title, epochs * size, "texts", show=progress) as advance:
        shown = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: advance((epoch + 1) * size)
        )
        history = network.fit(
            train.inputs,
            train.targets(classes),
            batch_size,
            epochs,
            verbose=0,
            callbacks=[shown],
            validation_batch_size=512,
            **(
                {"validation_data": (validation.inputs, validation.targets(classes))}
                if isinstance(validation, Examples)
                else {"validation_split": validation}
            ),
        ).history
    seconds = time.perf_counter() - started
    scores = np.asarray(network.predict(test.inputs, batch_size=512, verbose=0))
    places = scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > 0.5).astype(int)
    predicted = [classes[place] for place in places]
    return judged(name, seed, tuple(history["val_accuracy"]), test, predicted, shared, seconds)


def fit_classifier(
    name: str,
    model: TextClassifier,
    train: tuple[Sequence[str], Sequence[str]],
    test: tuple[Sequence[str], Sequence[str]],
    shared: NDArray[np.bool_],
    *,
    seed: int,
    unlabelled: Sequence[str] | None = None,
    progress: bool = False,
) -> Fit:
    """Fit and judge a classifier of texts.

    Args:
        name: What the model is called.
        model: The classifier, which is fitted here.
        train: The training texts and the label of each.
        test: The test texts and the label of each.
        shared: bool (n_test,), which test texts occur in the training texts.
        seed: The seed that it was made with.
        unlabelled: More texts, without labels, that it may learn from.
        progress: Show a network's progress bar on stderr.

    Returns:
        The figures; of a network the accuracy on the held-out texts too.
    """
    started = time.perf_counter()
    more: dict[str, Any] = {} if unlabelled is None else {"unlabelled": unlabelled}
    model.fit(*train, progress=progress, **more)
    seconds = time.perf_counter() - started
    history = getattr(model, "history_", None)
    validation = [entry.accuracy for entry in history.measurements] if history else []
    texts, labels = test
    predicted = model.predict(texts).tolist()
    examples = Examples(np.empty((0, 0), np.int32), labels)
    known = tuple(accuracy for accuracy in validation if accuracy is not None)
    return judged(name, seed, known, examples, predicted, shared, seconds)


def fit_baseline(
    name: str,
    train: tuple[Sequence[str], Sequence[str]],
    test: tuple[Sequence[str], Sequence[str]],
    shared: NDArray[np.bool_],
    *,
    seed: int,
) -> Fit:
    """Fit and judge a linear SVM on TF-IDF of words and word pairs; see `fit_classifier`."""
    model = tfidf_classifier("svm", random_state=seed)
    return fit_classifier(name, model, train, test, shared, seed=seed)


def judged(
    name: str,
    seed: int,
    validation: tuple[float, ...],
    test: Examples,
    predicted: Sequence[str],
    shared: NDArray[np.bool_],
    seconds: float,
) -> Fit:
    """Compare predictions with the truth; labels are in sorted order, each with its own figures."""
    right = np.asarray(test.labels) == np.asarray(predicted)
    unseen = right[~shared] if not shared.all() else right
    return Fit(
        name,
        seed,
        validation,
        measure(test.labels, predicted),
        float(unseen.mean()),
        seconds,
    )
