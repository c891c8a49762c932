import numpy as np
import pytest

from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import ELMoOptions
from wordloom.embedding.static import StaticEmbedding
from wordloom.text.vocabulary import Vocabulary

TOPICS = {
    "sport": ["match", "goal", "team", "player", "coach", "league", "score", "win"],
    "health": ["cough", "fever", "doctor", "virus", "nurse", "clinic", "dose", "pain"],
    "money": ["bank", "price", "market", "share", "profit", "loan", "tax", "trade"],
}
FILLER = ["the", "a", "of", "to", "and", "in", "it", "was"]


class FakeEmbedding:
    """Each topic word points along its topic's axis; other words are unknown."""

    name = "fake"
    dim = 3

    def __init__(self):
        self.vectors = {
            word: np.eye(3, dtype=np.float32)[axis] + np.float32(0.01 * place)
            for axis, words in enumerate(TOPICS.values())
            for place, word in enumerate(words)
        }

    def embed(self, texts, pooling=None):
        pooled = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            known = [self.vectors[word] for word in text.split() if word in self.vectors]
            if known:
                pooled[row] = np.max(known, 0) if pooling == "max" else np.mean(known, 0)
        return pooled

    def __deepcopy__(self, memo):
        raise AssertionError("a frozen embedding is shared, never copied")


@pytest.fixture
def embedding():
    return FakeEmbedding()


@pytest.fixture
def make_texts():
    """Makes texts of a dozen words, a third of them of the topic, and their topics."""

    def make(n_texts, seed, topics=tuple(TOPICS)):
        random = np.random.default_rng(seed)
        labels = [topics[index % len(topics)] for index in range(n_texts)]
        texts = [
            " ".join([*random.choice(TOPICS[label], 4), *random.choice(FILLER, 8)])
            for label in labels
        ]
        return texts, labels

    return make


@pytest.fixture
def static_embedding():
    """The same vectors in a real embedding."""
    fake = FakeEmbedding()
    words = Vocabulary.from_words(fake.vectors)
    return StaticEmbedding(words, np.stack(list(fake.vectors.values())), name="topics")


@pytest.fixture(scope="session")
def elmo():
    """A small ELMo that has learned nothing; not to be changed."""
    filters = ((1, 16), (2, 32), (3, 48))
    options = ELMoOptions(
        16, 24, n_layers=1, character_dim=8, filters=filters, n_highway=1, max_characters=12
    )
    return ELMoEmbedding(options, random_weights(options, seed=1), name="toy-elmo")
