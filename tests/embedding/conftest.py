import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.kernels.subwords import ngram_buckets
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


@pytest.fixture
def subwords(embedding):
    """The n-grams of the vocabulary, of 3 and 4 characters, with vectors of their own."""
    vocabulary = embedding.vocabulary
    used = np.unique(ngram_buckets(vocabulary.data, vocabulary.offsets, 3, 4, 5000)[1])
    vectors = np.random.default_rng(4).standard_normal((len(used), embedding.dim))
    return Subwords(3, 4, 5000, used, vectors)
