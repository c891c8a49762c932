"""What the published Keras experiments share: word numbers, padding, fits and their comparison."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.baselines import tfidf_classifier
from wordloom.classify.duplicates import Duplicates
from wordloom.classify.metrics import Metrics, measure
from wordloom.combine.backend import keras
from wordloom.progress import progress_bar
from wordloom.text_table import aligned

__all__ = [
    "Examples",
    "Experiment",
    "Fit",
    "fit_baseline",
    "fit_network",
    "pad_front",
    "texts_of",
    "word_numbers",
]


def word_numbers(
    texts: Iterable[Sequence[str]], first: int = 1, limit: int | None = None
) -> dict[str, int]:
    """Number words by falling frequency, as the Tokenizer of Keras does; 0 stands for padding.

    Args:
        texts: The tokens of each training text.
        first: The number of the most frequent word. Of words equally frequent, the one that came
            first has the lower number.
        limit: Only words with lower numbers, as ``num_words`` of Keras; None for all.

    Returns:
        The number of each word.

    Example:
        >>> word_numbers([["a", "rose", "is"], ["a", "rose"]], limit=3)
        {'a': 1, 'rose': 2}
    """
    counts = Counter(word for text in texts for word in text)
    most = None if limit is None else max(limit - first, 0)
    # Without a limit of its own, most_common keeps the order of words equally frequent.
    words = [word for word, _ in counts.most_common()][:most]
    return {word: number for number, word in enumerate(words, first)}


def pad_front(
    texts: Iterable[Sequence[str]],
    numbers: Mapping[str, int],
    length: int,
    unknown: int | None = None,
) -> NDArray[np.int32]:
    """Turn texts into rows of word numbers: the last ones, with zeros in front of short texts.

    Keras' ``pad_sequences`` truncates and pads at the front unless told otherwise, so that the
    "first" words of the published experiments are the last.

    Args:
        texts: The tokens of each text.
        numbers: The number of each known word.
        length: How many numbers a row has.
        unknown: The number of all other words; None leaves them out before the last are taken.

    Returns:
        int32 (n_texts, length).

    Example:
        >>> pad_front([["a", "very", "red", "rose"], ["rose"]], {"a": 1, "red": 2, "rose": 3}, 2)
        array([[2, 3],
               [0, 3]], dtype=int32)
    """
    rows = []
    for text in texts:
        found = (numbers.get(word, unknown) for word in text)
        row = [number for number in found if number is not None][-length:]
        rows.append([0] * (length - len(row)) + row)
    return np.array(rows, np.int32).reshape(len(rows), length)


def texts_of(inputs: NDArray[np.int32], numbers: Mapping[str, int]) -> list[str]:
    """Return the texts that rows of word numbers stand for, so that baselines see the same.

    Args:
        inputs: int32 (n_texts, length).
        numbers: The number of each word; other numbers are left out.

    Example:
        >>> texts_of(np.array([[0, 3]], np.int32), {"a": 1, "rose": 3})
        ['rose']
    """
    words = {number: word for word, number in numbers.items()}
    return [" ".join(words[number] for number in row if number in words) for row in inputs.tolist()]


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
        validation: Accuracy on the validation texts after each epoch; empty for baselines.
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
    with progress_bar(title, epochs, "epochs", show=progress) as advance:
        shown = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: advance(epoch + 1))
        history = network.fit(
            train.inputs,
            train.targets(classes),
            batch_size,
            epochs,
            verbose=0,
            callbacks=[shown],
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


def fit_baseline(
    name: str,
    train: tuple[Sequence[str], Sequence[str]],
    test: tuple[Sequence[str], Sequence[str]],
    shared: NDArray[np.bool_],
    *,
    seed: int,
) -> Fit:
    """Fit and judge a linear SVM on TF-IDF of words and word pairs.

    Args:
        name: What the model is called.
        train: The training texts and the label of each.
        test: The test texts and the label of each.
        shared: bool (n_test,), which test texts occur in the training texts.
        seed: Seed of the choice of the SVM's C.

    Returns:
        The figures.
    """
    started = time.perf_counter()
    model = tfidf_classifier("svm", random_state=seed).fit(*train)
    seconds = time.perf_counter() - started
    texts, labels = test
    predicted = model.predict(texts).tolist()
    examples = Examples(np.empty((0, 0), np.int32), labels)
    return judged(name, seed, (), examples, predicted, shared, seconds)


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


@dataclass(frozen=True)
class Experiment:
    """A published experiment, done again with several seeds.

    Attributes:
        name: What was done.
        fits: All models, each with all seeds.
        published: What was published for a model, where anything was.
        counts: What was counted on the way, by its name.
        duplicates: How many texts occur twice.
        seconds: Wall-clock seconds of what came before the fits, by its name.
    """

    name: str
    fits: tuple[Fit, ...]
    published: Mapping[str, str]
    counts: Mapping[str, int]
    duplicates: Duplicates
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        """What the models are called, in order."""
        return list(dict.fromkeys(fit.model for fit in self.fits))

    def of(self, model: str) -> list[Fit]:
        """Return the fits of a model, one for each seed."""
        return [fit for fit in self.fits if fit.model == model]

    def accuracies(self, model: str) -> NDArray[np.float64]:
        """Return the test accuracy of a model for each seed, float64 (n_seeds,)."""
        return np.array([fit.metrics.accuracy for fit in self.of(model)])

    def recalls(self, model: str) -> dict[str, float]:
        """Return the recall of each label, the mean over the seeds."""
        fits = self.of(model)
        labels = [str(entry.label) for entry in fits[0].metrics.labels]
        recalls = [[entry.recall for entry in fit.metrics.labels] for fit in fits]
        return dict(zip(labels, np.mean(recalls, axis=0).tolist(), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Return the result as a dictionary that JSON can hold."""
        return {
            "experiment": self.name,
            "models": [
                {
                    "model": model,
                    "published": self.published.get(model),
                    "seeds": len(self.of(model)),
                    "accuracy": mean_and_deviation(self.accuracies(model)),
                    "unseen_accuracy": mean_and_deviation(
                        [fit.unseen_accuracy for fit in self.of(model)]
                    ),
                    "validation_peak": mean_and_deviation(peaks(self.of(model))),
                    "validation_last": mean_and_deviation(lasts(self.of(model))),
                    "recalls": self.recalls(model),
                }
                for model in self.models
            ],
            "fits": [fit.to_json() for fit in self.fits],
            "counts": dict(self.counts),
            "duplicates": self.duplicates.to_json(),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        rows = [
            ["model", "seeds", "test", "unseen", "validation, peak", "last", "fit s", "published"]
        ]
        for model in self.models:
            fits = self.of(model)
            rows.append(
                [
                    model,
                    str(len(fits)),
                    spread(self.accuracies(model)),
                    spread([fit.unseen_accuracy for fit in fits]),
                    spread(peaks(fits)),
                    spread(lasts(fits)),
                    f"{np.mean([fit.seconds for fit in fits]):.1f}",
                    self.published.get(model, ""),
                ]
            )
        names = list(self.recalls(self.models[0]))
        recalls = [["recall", *names]]
        for model in self.models:
            recalls.append([model, *(f"{value:.3f}" for value in self.recalls(model).values())])
        return [
            self.name,
            ", ".join(f"{count:,} {what}" for what, count in self.counts.items()),
            "",
            aligned(rows),
            "",
            aligned(recalls),
            "",
            str(self.duplicates),
        ]


def peaks(fits: Sequence[Fit]) -> list[float]:
    """Return the best validation accuracy of each fit that has any."""
    return [max(fit.validation) for fit in fits if fit.validation]


def lasts(fits: Sequence[Fit]) -> list[float]:
    """Return the last validation accuracy of each fit that has any."""
    return [fit.validation[-1] for fit in fits if fit.validation]


def mean_and_deviation(values: "Sequence[float] | NDArray[np.float64]") -> list[float] | None:
    """Return the mean and the standard deviation of a sample; None where there is no value.

    Example:
        >>> mean_and_deviation([0.9, 0.92]), mean_and_deviation([0.9]), mean_and_deviation([])
        ([0.91, 0.0141], [0.9, 0.0], None)
    """
    if not len(values):
        return None
    deviation = np.std(values, ddof=1) if len(values) > 1 else 0.0
    return [round(float(np.mean(values)), 4), round(float(deviation), 4)]


def spread(values: "Sequence[float] | NDArray[np.float64]") -> str:
    """Return the mean and the standard deviation for people; nothing where there is no value."""
    found = mean_and_deviation(values)
    if found is None:
        return ""
    mean, deviation = found
    return f"{mean:.4f} ± {deviation:.4f}" if len(values) > 1 else f"{mean:.4f}"
