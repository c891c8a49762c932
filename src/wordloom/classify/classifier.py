"""A linear text classifier on frozen embeddings, with the contract of scikit-learn's estimators."""

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from wordloom.classify.checks import Label, check_labels, check_texts
from wordloom.classify.features import TextEmbedding, TextFeatures, warn_of_unknown
from wordloom.classify.heads import ClassWeight, fit_head
from wordloom.errors import DataWarning, InputError

if TYPE_CHECKING:
    from wordloom.classify.metrics import Metrics

__all__ = ["TextClassifier"]

BLOCK_TEXTS = 4096


class TextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifies texts by a linear model of what an embedding says about them.

    The embedding stays as it is and is shared, not copied, by `sklearn.base.clone`. Nothing is
    chosen on texts other than those given to `fit`.

    Args:
        embedding: Turns texts into vectors; None is allowed for ``features="tfidf"``.
        features: "dense": the pooled vectors; "dense+tfidf": beside them TF-IDF of word n-grams;
            "tfidf": the n-grams alone.
        pooling: How a text's word vectors become one, several ways joined by "+"; None takes the
            embedding's own. "mean+max" (SWEM-concat, Shen et al. 2018) beat "mean" by 2 points of
            accuracy on SciCite's dev split and by half a point on held-out training texts of IMDB;
            with only 200 labelled texts it lost half a point.
        head: "logistic": multinomial logistic regression; "svm": linear support vector machine.
        C: Inverse strength of the penalty on the weights; "auto" tries a few values on held-out
            training texts, which takes several times as long as one given value.
        class_weight: None: each text counts the same; "balanced": each label does; or a dict from
            labels to weights.
        max_n: Length of the longest n-grams, in tokens.
        min_df: In how many training texts an n-gram must occur; None takes 1 below 1,000 texts,
            else 2.
        random_state: Seed for everything random.

    Attributes:
        classes_: (n_classes,), the labels, sorted.
        coef_: float64 (n_classes, n_features), or (1, n_features) for two classes.
        intercept_: float64, one for each row of `coef_`.
        C_: The value of C that was taken.
        metrics_: `Metrics` of the last evaluation, or None.

    Example:
        >>> from wordloom.embedding.static import StaticEmbedding
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> words = Vocabulary.from_words(["good", "fine", "bad", "dull"])
        >>> embedding = StaticEmbedding(words, [[1, 0], [1, 0.1], [-1, 0], [-1, 0.1]])
        >>> classifier = TextClassifier(embedding, C=10)
        >>> texts = ["a good film", "a fine film", "a bad film", "a dull film"]
        >>> classifier.fit(texts, ["+", "+", "-", "-"]).predict(["good, fine", "so dull"]).tolist()
        ['+', '-']
    """

    def __init__(
        self,
        embedding: TextEmbedding | None = None,
        *,
        features: str = "dense",
        pooling: str | None = "mean+max",
        head: str = "logistic",
        C: float | str = "auto",
        class_weight: ClassWeight = None,
        max_n: int = 2,
        min_df: int | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.embedding = embedding
        self.features = features
        self.pooling = pooling
        self.head = head
        self.C = C
        self.class_weight = class_weight
        self.max_n = max_n
        self.min_df = min_df
        self.random_state = random_state

    def fit(self, texts: Sequence[str], labels: Sequence[Label]) -> "TextClassifier":
        """Learn from labelled texts.

        Args:
            texts: The training texts.
            labels: The class of each: all str or all whole numbers.

        Returns:
            This classifier.

        Raises:
            InputError: A setting, the texts or the labels break a rule that the message states.
        """
        texts = check_texts(texts)
        targets = check_labels(labels, len(texts))
        classes, counts = np.unique(targets, return_counts=True)
        if len(classes) < 2:
            raise InputError(
                "A classifier needs texts of at least two labels. Received: "
                f"{len(texts):,} texts, all labelled {classes.tolist()[0]!r}. Add texts of others."
            )
        if np.any(counts < 2):
            alone = classes[counts < 2].tolist()
            warnings.warn(
                f"{len(alone):,} of {len(classes):,} labels have one training text only "
                f"({', '.join(map(repr, alone[:5]))}{', …' if len(alone) > 5 else ''}): they can "
                "hardly be learned. Add texts, or join these labels with others.",
                DataWarning,
                stacklevel=2,
            )
        text_features = TextFeatures(
            self.features, self.embedding, self.pooling, self.max_n, self.min_df
        )
        matrix = text_features.fit_transform(texts)
        self.coef_, self.intercept_, self.C_ = fit_head(
            self.head,
            matrix,
            targets,
            C=self.C,
            class_weight=self.class_weight,
            random_state=self.random_state,
        )
        self.classes_ = classes
        self.text_features_ = text_features
        self.metrics_: Metrics | None = None
        return self

    def predict(self, texts: Sequence[str]) -> NDArray[np.generic]:
        """Return the most likely label of each text.

        Args:
            texts: Any texts.

        Returns:
            (n_texts,), labels of the type that `fit` received.

        Raises:
            InputError: The texts are not a non-empty list of str.
            NotFittedError: `fit` was not called.
        """
        scores = self.decision_function(texts)
        best = (scores > 0).astype(np.int64) if scores.ndim == 1 else scores.argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each label for each text.

        Args:
            texts: Any texts.

        Returns:
            float64 (n_texts, n_classes), in the order of `classes_`; rows add up to 1.

        Raises:
            InputError: The texts are not a non-empty list of str, or the head is "svm".
            NotFittedError: `fit` was not called.
        """
        from scipy.special import softmax

        if self.head != "logistic":
            raise InputError(
                f"Probabilities come from head='logistic'. Received: head={self.head!r}. Fit with "
                "that head, or rank by decision_function."
            )
        scores = self.decision_function(texts)
        if scores.ndim == 1:
            scores = np.stack([np.zeros_like(scores), scores], axis=1)
        return np.asarray(softmax(scores, axis=1), np.float64)

    def decision_function(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return how much speaks for each label.

        Args:
            texts: Any texts.

        Returns:
            float64 (n_texts, n_classes), or (n_texts,) for two classes: above 0 for the second.

        Raises:
            InputError: The texts are not a non-empty list of str.
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self, "coef_")
        texts = check_texts(texts)
        scores = np.empty((len(texts), len(self.coef_)))
        unknown = 0
        for start in range(0, len(texts), BLOCK_TEXTS):
            matrix, n_unknown = self.text_features_.transform(texts[start : start + BLOCK_TEXTS])
            scores[start : start + BLOCK_TEXTS] = matrix @ self.coef_.T + self.intercept_
            unknown += n_unknown
        warn_of_unknown(unknown, len(texts), "texts")
        return scores[:, 0] if len(self.coef_) == 1 else scores

    def predict_stream(self, batches: Iterable[Sequence[str]]) -> Iterator[NDArray[np.generic]]:
        """Label one batch of texts after another, so that memory does not grow with their number.

        Args:
            batches: Lists of texts; a generator is read as its labels are asked for.

        Yields:
            (n_texts,), the labels of each batch.

        Raises:
            InputError: A batch is not a list of str.
            NotFittedError: `fit` was not called.
        """
        for batch in batches:
            yield self.predict(batch) if len(batch) else self.classes_[:0]

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Save the classifier with its embedding; see `wordloom.classify.persistence.save`."""
        from wordloom.classify.persistence import save

        return save(self, folder)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "TextClassifier":
        """Open a saved classifier; see `wordloom.classify.persistence.load`."""
        from wordloom.classify.persistence import load

        return load(folder)

    def __sklearn_clone__(self) -> "TextClassifier":
        """Return an unfitted classifier with the same settings and the very same embedding."""
        return type(self)(**self.get_params(deep=False))
