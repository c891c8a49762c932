"""A linear model of what embeddings and n-grams say about texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.linear.dense import TextVectors
from wordloom.classify.linear.features import TextFeatures
from wordloom.classify.linear.heads import ClassWeight, check_class_weight, fit_head
from wordloom.classify.linear.ngrams import NgramTfidf
from wordloom.classify.saved_arrays import damaged, saved_array
from wordloom.classify.targets import Targets
from wordloom.errors import InputError

__all__ = ["LinearModel", "LinearSettings"]


@dataclass(frozen=True)
class LinearSettings:
    """The part of a classifier's settings that its linear model goes by; see `TextClassifier`."""

    features: str
    pooling: str | None
    head: str
    C: float | str
    class_weight: ClassWeight
    max_n: int
    min_df: int | None
    random_state: int | None


class LinearModel:
    """Scores each label by a weighted sum of features.

    Args:
        embeddings: Turn texts into vectors, which stand side by side.
        settings: How.

    Attributes:
        weights: float64 (n_outputs, n_features): one row for each label, or one for two labels.
        biases: float64 (n_outputs,).
        C: The inverse strength of the penalty that was taken; the largest, if each label has one.
    """

    def __init__(self, embeddings: Sequence[TextVectors], settings: LinearSettings) -> None:
        self.settings = settings
        self.text_features = TextFeatures(
            settings.features, embeddings, settings.pooling, settings.max_n, settings.min_df
        )
        self.weights: NDArray[np.float64] = np.zeros((0, 0))
        self.biases: NDArray[np.float64] = np.zeros(0)
        self.C = 1.0

    def fit(self, texts: Sequence[str], targets: Targets) -> None:
        """Learn from labelled texts.

        With several labels for each text, each label has a model of its own, against the rest.

        Args:
            texts: The training texts.
            targets: Their labels.

        Raises:
            InputError: A setting or the texts break a rule that the message states.
        """
        matrix = self.text_features.fit_transform(texts)
        settings = self.settings
        options: dict[str, Any] = {"C": settings.C, "random_state": settings.random_state}
        if not targets.multi_label:
            labels = targets.classes[targets.codes]
            self.weights, self.biases, self.C = fit_head(
                settings.head, matrix, labels, class_weight=settings.class_weight, **options
            )
            return
        if np.any(targets.codes.all(axis=0)):
            label = targets.classes[targets.codes.all(axis=0)][0]
            raise InputError(
                "To learn a label takes texts with and without it. Received: "
                f"{label.item()!r} for every text. Leave it out."
            )
        weight = settings.class_weight
        check_class_weight(weight, targets.classes)
        fits = [
            fit_head(
                settings.head,
                matrix,
                column,
                class_weight={True: weight.get(label, 1.0)}
                if isinstance(weight, Mapping)
                else weight,
                **options,
            )
            for label, column in zip(targets.classes.tolist(), targets.codes.T, strict=True)
        ]
        self.weights = np.concatenate([weights for weights, _, _ in fits])
        self.biases = np.concatenate([biases for _, biases, _ in fits])
        self.C = max(c for _, _, c in fits)

    def scores(self, texts: Sequence[str]) -> tuple[NDArray[np.float64], int]:
        """Return how much speaks for each label, and how many texts hold no known word.

        Args:
            texts: Any texts.

        Returns:
            float64 (n_texts, n_outputs), and a number of texts.
        """
        matrix, unknown = self.text_features.transform(texts)
        return np.asarray(matrix @ self.weights.T + self.biases), unknown

    def check_probabilities(self) -> None:
        """Refuse to give probabilities if the scores are not log-odds.

        Raises:
            InputError: The head is "svm".
        """
        if self.settings.head != "logistic":
            raise InputError(
                "Probabilities come from head='logistic'. Received: "
                f"head={self.settings.head!r}. Fit with that head, or rank by decision_function."
            )

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Return all arrays, by name, for saving."""
        tfidf = self.text_features.tfidf
        return {
            "weights": self.weights,
            "biases": self.biases,
            "mean": self.text_features.dense.mean,
            "scale": self.text_features.dense.scale,
            **({} if tfidf is None else tfidf.tensors()),
        }

    def restore(
        self, tensors: Mapping[str, NDArray[np.generic]], n_labels: int, *, multi_label: bool
    ) -> None:
        """Take over the arrays that `tensors` returned.

        Args:
            tensors: The arrays by name.
            n_labels: How many labels there are.
            multi_label: Whether a text may have any number of them.

        Raises:
            FormatError: An array is missing, or does not fit the others.
        """
        features = self.text_features
        n_outputs = 1 if n_labels == 2 and not multi_label else n_labels
        if features.tfidf is not None:
            features.tfidf = NgramTfidf.from_tensors(
                tensors, self.settings.max_n, self.settings.min_df
            )
        dense = features.dense
        dense.mean = saved_array(tensors, "mean", "float64", (len(dense),))
        dense.scale = saved_array(tensors, "scale", "float64", (len(dense),))
        if not np.all(dense.scale > 0):
            raise damaged("a scale is not above 0")
        self.weights = saved_array(tensors, "weights", "float64", (n_outputs, len(features)))
        self.biases = saved_array(tensors, "biases", "float64", (n_outputs,))
