"""The strongest default, as the corrected readings take it."""

import inspect
from collections.abc import Sequence

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.linear.features import FEATURES
from wordloom.embedding.static import StaticEmbedding

__all__ = ["STRONGEST", "learns_from_unlabelled", "strongest_classifier"]

STRONGEST = "strongest default"
"""What its rows are called."""


def strongest_classifier(embeddings: Sequence[StaticEmbedding], seed: int) -> TextClassifier:
    """Return the classifier that chooses for itself, not yet fitted.

    Args:
        embeddings: Vectors that it may take beside n-grams.
        seed: Seed for everything random.

    Returns:
        The classifier.
    """
    features = "auto" if "auto" in FEATURES else "dense+tfidf"
    return TextClassifier(list(embeddings), features=features, random_state=seed)


def learns_from_unlabelled() -> bool:
    """Tell whether `TextClassifier.fit` takes texts without labels."""
    return "unlabelled" in inspect.signature(TextClassifier.fit).parameters
