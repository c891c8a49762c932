"""What any classifier has to beat: TF-IDF with linear models, and the most frequent label."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.checks import Label, check_labels, check_texts
from wordloom.classify.classifier import TextClassifier
from wordloom.classify.linear.heads import ClassWeight

__all__ = ["MajorityClassifier", "tfidf_classifier"]


def tfidf_classifier(
    head: str, *, class_weight: ClassWeight = None, random_state: int | None = 0
) -> TextClassifier:
    """Return a classifier on TF-IDF of words and word pairs, the strongest simple baseline.

    Args:
        head: "svm" or "logistic".
        class_weight: How much the texts of each label count.
        random_state: Seed for everything random.

    Returns:
        The classifier, not yet fitted.

    Example:
        >>> tfidf_classifier("svm").fit(["a b", "a c", "d b", "d c"], [0, 0, 1, 1]).predict(["a"])
        array([0])
    """
    return TextClassifier(
        features="tfidf", head=head, class_weight=class_weight, random_state=random_state
    )


class MajorityClassifier:
    """Predicts the most frequent training label for every text; of equals, the first in order.

    Example:
        >>> MajorityClassifier().fit(["a", "b", "c"], ["x", "y", "y"]).predict(["d"]).tolist()
        ['y']
    """

    def fit(self, texts: Sequence[str], labels: Sequence[Label]) -> "MajorityClassifier":
        """Learn the most frequent label."""
        values, counts = np.unique(check_labels(labels, len(texts)), return_counts=True)
        self.label_ = values[np.argmax(counts)]
        return self

    def predict(self, texts: Sequence[str]) -> NDArray[np.generic]:
        """Return that label for each text."""
        return np.full(len(check_texts(texts)), self.label_)
