"""One honest comparison: the classifier, the hybrid and the baselines on the same split."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from wordloom.classify.baselines import MajorityClassifier, tfidf_classifier
from wordloom.classify.checks import Label, check_labels, check_texts
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.duplicates import Duplicates, find_duplicates
from wordloom.classify.linear.hybrid import HYBRID_FEATURES
from wordloom.classify.metrics import Metrics, measure
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.classify.sources import open_embeddings
from wordloom.errors import DataWarning, InputError
from wordloom.text_table import aligned

__all__ = ["Evaluation", "EvaluationRow", "Labelled", "evaluate"]

WEIGHTED = "weighted n-grams + vectors"


class Labelled(Protocol):
    """Texts with their labels, as `wordloom.datasets` returns them."""

    @property
    def texts(self) -> Sequence[str]:
        """The texts."""

    @property
    def labels(self) -> Sequence[Label]:
        """The label of each text."""


@dataclass(frozen=True)
class EvaluationRow:
    """One model's score.

    Attributes:
        name: What the model is called.
        metrics: Its figures on all test texts.
        unseen_accuracy: Its accuracy without the test texts that occur in the training texts; None
            where all of them do.
        fit_seconds: Wall-clock seconds for fitting, the choice of C included.
        predict_seconds: Wall-clock seconds for all test texts.
        C: The inverse strength of the penalty that was taken; None for a network and the majority
            label.
        model: The fitted model.
    """

    name: str
    metrics: Metrics
    unseen_accuracy: float | None
    fit_seconds: float
    predict_seconds: float
    C: float | None
    model: TextClassifier | MajorityClassifier = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return all figures as what JSON knows."""
        return {
            "name": self.name,
            "metrics": self.metrics.to_json(),
            "unseen_accuracy": self.unseen_accuracy,
            "fit_seconds": self.fit_seconds,
            "predict_seconds": self.predict_seconds,
            "C": self.C,
        }


@dataclass(frozen=True)
class Evaluation:
    """Several models on one split.

    Attributes:
        rows: The models: a network or n-grams beside vectors if such is judged, vectors, vectors
            with TF-IDF, TF-IDF alone twice, the majority label.
        duplicates: How many texts occur twice.
        majority_label: The most frequent training label.
        majority_share: Its share of the test texts.
    """

    rows: tuple[EvaluationRow, ...]
    duplicates: Duplicates
    majority_label: Label
    majority_share: float

    def __getitem__(self, name: str) -> EvaluationRow:
        """Return the row of a model.

        Raises:
            KeyError: There is no model of this name.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def table(self) -> str:
        """Return the comparison as a plain table."""
        head = ["model", "accuracy", "95% interval", "macro-F1", "fit s", "predict s", "C"]
        if self.duplicates.across:
            head.insert(3, "unseen texts")
        rows = [head]
        for row in self.rows:
            low, high = row.metrics.accuracy_interval
            cells = [
                row.name,
                f"{row.metrics.accuracy:.4f}",
                f"{low:.4f} to {high:.4f}",
                f"{row.metrics.macro_f1:.4f}",
                f"{row.fit_seconds:.1f}",
                f"{row.predict_seconds:.1f}",
                "" if row.C is None else f"{row.C:g}",
            ]
            if self.duplicates.across:
                unseen = row.unseen_accuracy
                cells.insert(3, "" if unseen is None else f"{unseen:.4f}")
            rows.append(cells)
        return "\n".join([aligned(rows), "", str(self.duplicates)])

    def __str__(self) -> str:
        return self.table()

    def to_json(self) -> dict[str, Any]:
        """Return all figures as what JSON knows."""
        return {
            "rows": [row.to_json() for row in self.rows],
            "duplicates": self.duplicates.to_json(),
            "majority_label": self.majority_label,
            "majority_share": self.majority_share,
        }


def evaluate(
    train: Labelled,
    test: Labelled,
    classifier: TextClassifier,
    *,
    hybrid: bool = True,
    progress: bool = False,
) -> Evaluation:
    """Fit the classifier and all that it has to beat on one split, and judge them on the other.

    All settings are chosen on the training texts; the test texts are looked at once, by each fitted
    model. Warns about duplicates, and about test labels that training has never seen.

    Args:
        train: Training texts and their labels.
        test: Test texts and their labels.
        classifier: What is to be judged, not fitted. Its embeddings, pooling, class weights and
            seed are those of the linear models beside it too; a network comes first, and so does
            the default, weighted n-grams beside vectors.
        hybrid: Judge vectors beside TF-IDF in one model too, unless the default is judged; it takes
            longest to fit.
        progress: Show a progress bar on stderr while a network is fitted.

    Returns:
        The comparison; each fitted `TextClassifier` in it carries its metrics.

    Raises:
        InputError: Texts or labels break a rule that the message states.
    """
    train_texts, test_texts = check_texts(train.texts), check_texts(test.texts)
    train_labels = check_labels(train.labels, len(train_texts)).tolist()
    test_labels = check_labels(test.labels, len(test_texts)).tolist()
    if type(train_labels[0]) is not type(test_labels[0]):
        raise InputError(
            "Training and test labels must be of one type. Received: "
            f"{train_labels[0]!r} in training and {test_labels[0]!r} in the test. Convert one."
        )
    duplicates = find_duplicates(train_texts, test_texts)
    duplicates.warn()
    warn_of_new_labels(train_labels, test_labels)
    settings: dict[str, Any] = {
        "class_weight": classifier.class_weight,
        "random_state": classifier.random_state,
    }
    linear: dict[str, Any] = {"pooling": classifier.pooling, **settings}
    trained = trained_embeddings(classifier)
    majority = MajorityClassifier()
    models: dict[str, TextClassifier | MajorityClassifier] = {}
    if classifier.encoder != "linear":
        models["network"] = classifier
    elif classifier.features in HYBRID_FEATURES:
        models[WEIGHTED] = classifier
    if trained:
        models["vectors"] = TextClassifier(trained, features="dense", **linear)
        models["vectors + TF-IDF"] = TextClassifier(trained, features="dense+tfidf", **linear)
    models |= {
        "TF-IDF, logistic regression": tfidf_classifier("logistic", **settings),
        "TF-IDF, linear SVM": tfidf_classifier("svm", **settings),
        "majority label": majority,
    }
    if not hybrid or WEIGHTED in models:
        models.pop("vectors + TF-IDF", None)
    order = sorted({*train_labels, *test_labels})
    unseen = ~duplicates.shared
    rows = []
    for name, model in models.items():
        started = perf_counter()
        if isinstance(model, TextClassifier):
            model.fit(train_texts, train_labels, progress=progress)
        else:
            model.fit(train_texts, train_labels)
        fitted = perf_counter()
        predicted = model.predict(test_texts)
        ended = perf_counter()
        metrics = measure(test_labels, predicted.tolist(), order)
        right = predicted == np.array(test_labels)
        chosen = None
        if isinstance(model, TextClassifier):
            model.metrics_ = metrics
            chosen = getattr(model, "C_", None)
        rows.append(
            EvaluationRow(
                name,
                metrics,
                float(right[unseen].mean()) if unseen.any() else None,
                fitted - started,
                ended - fitted,
                chosen,
                model,
            )
        )
    label = majority.label_.item()
    return Evaluation(tuple(rows), duplicates, label, test_labels.count(label) / len(test_labels))


def trained_embeddings(classifier: TextClassifier) -> list[Any]:
    """Return a classifier's embeddings without those that a network learns from scratch."""
    opened, _ = open_embeddings(classifier.embeddings)
    return [embedding for embedding in opened if not isinstance(embedding, LearnedEmbedding)]


def warn_of_new_labels(train: Sequence[Label], test: Sequence[Label]) -> None:
    """Warn if test texts have labels that no training text has."""
    known = set(train)
    new = [label for label in test if label not in known]
    if new:
        names = sorted({repr(label) for label in new})
        warnings.warn(
            f"{len(new):,} of {len(test):,} test texts have a label that no training text has "
            f"({', '.join(names[:5])}{', …' if len(names) > 5 else ''}): they all count as wrong. "
            "Check the spelling of labels and the split.",
            DataWarning,
            stacklevel=3,
        )
