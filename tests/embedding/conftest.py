import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.text.vocabulary import Vocabulary

WORDS = ["the", "cough", "fever", "dry", "lung", "don't", "été", "日", "2020", "snake_case"]
COUNTS = [900, 50, 40, 30, 20, 10, 8, 6, 4, 2]


@pytest.fixture
def vectors():
    return np.random.default_rng(3).standard_normal((len(WORDS), 7)).astype(np.float32)


@pytest.fixture
def embedding(vectors):
    documents = [min(count, 99) for count in COUNTS]
    vocabulary = Vocabulary.from_words(WORDS, COUNTS, documents, n_documents=100)
    return StaticEmbedding(vocabulary, vectors, name="toy")
