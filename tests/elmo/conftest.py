import pytest

from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import ELMoOptions
from wordloom.text.vocabulary import Vocabulary

OPTIONS = ELMoOptions(
    lstm_dim=12, projection_dim=5, character_dim=3, filters=((1, 4), (2, 6)), n_highway=1
)


@pytest.fixture
def elmo():
    """A small network with a vocabulary, which has learned nothing."""
    vocabulary = Vocabulary.from_words(["the", "bank", "river"], [9, 5, 2], [3, 3, 1], 4)
    return ELMoEmbedding(
        OPTIONS, random_weights(OPTIONS, seed=3), name="toy", vocabulary=vocabulary
    )
