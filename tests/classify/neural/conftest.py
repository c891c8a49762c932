import pytest

from wordloom.classify.classifier import TextClassifier


@pytest.fixture
def make_classifier(static_embedding):
    """Makes a small network that learns in a few steps."""

    def make(embeddings=None, **settings):
        quick = {"encoder": "mean", "epochs": 6, "learning_rate": 0.02, "batch_size": 16}
        return TextClassifier(
            static_embedding if embeddings is None else embeddings, **(quick | settings)
        )

    return make
