"""The strongest default, as the corrected readings take it."""

from collections.abc import Sequence

from wordloom.classify.classifier import TextClassifier
from wordloom.embedding.static import StaticEmbedding

__all__ = ["STRONGEST", "strongest_classifier"]

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
    return TextClassifier(list(embeddings) or None, random_state=seed)
