import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.embedding.lazy_vectors import LazyVectors, needed_rows
from wordloom.embedding.pooling import POOLINGS
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError

MATRIX = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
TEXTS = ["The dry cough", "fevers and a lung", "", "unheard", "été 日 snake_case the the"]


class Recorded(LazyVectors):
    """Takes rows of a matrix, and keeps in mind which."""

    def __init__(self, matrix):
        super().__init__(*matrix.shape)
        self.matrix = matrix
        self.asked = []

    def rows(self, ids):
        self.asked.append(ids.tolist())
        return self.matrix[ids]


@given(st.lists(st.integers(-1, 30)))
def test_each_row_is_made_once_and_others_stay_what_they_are(ids):
    lazy = Recorded(MATRIX)
    table, places, chosen = needed_rows(lazy, np.array(ids, np.int32))
    assert lazy.asked == [sorted({row for row in ids if 0 <= row < 20})]
    assert chosen.tolist() == lazy.asked[0]
    for row, place in zip(ids, places.tolist(), strict=True):
        if row < 0:
            assert place == -1
        elif row < 20:
            np.testing.assert_array_equal(table[place], MATRIX[row])
        else:
            assert place - len(table) == row - 20


@pytest.fixture
def lazy(embedding):
    return embedding.replaced(vectors=Recorded(embedding.vectors))


@pytest.mark.parametrize("oov", ["skip", "zero", "subwords"])
def test_lazy_vectors_change_nothing_but_when_they_are_made(embedding, lazy, subwords, oov):
    parts = {"oov": oov, "subwords": subwords}
    there = embedding.replaced(**parts)
    parts["subwords"] = Subwords(3, 4, 5000, subwords.buckets, Recorded(subwords.vectors))
    lazy = lazy.replaced(**parts)
    for pooling in POOLINGS:
        np.testing.assert_array_equal(lazy.embed(TEXTS, pooling), there.embed(TEXTS, pooling))
    found, wanted = lazy.embed_tokens(TEXTS), there.embed_tokens(TEXTS)
    assert found.tokens == wanted.tokens
    np.testing.assert_array_equal(found.vectors, wanted.vectors)
    np.testing.assert_array_equal(lazy["lung"], there["lung"])
    words = ["unheard", "cough", "coughs"]
    for found, wanted in zip(lazy.word_vectors(words), there.word_vectors(words), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_only_words_that_are_used_are_made(lazy):
    recorded = lazy._vectors
    assert (lazy.dim, len(lazy)) == (7, 10)
    lazy.replaced(name="other", pooling="max").embed(["cough cough lung", "unheard"])
    assert recorded.asked == [[1, 4]]
    lazy.word_vectors(["the", "the"])
    assert recorded.asked[1:] == [[0]]


def test_all_vectors_are_made_once(lazy, embedding):
    recorded = lazy._vectors
    np.testing.assert_array_equal(lazy.vectors, embedding.vectors)
    assert lazy.vectors is lazy.vectors
    assert not lazy.vectors.flags.writeable
    lazy.embed(TEXTS)
    assert recorded.asked == [list(range(10))]


def test_lazy_vectors_of_another_shape_are_refused(embedding):
    with pytest.raises(InputError, match=r"10 words and vectors of shape \(20, 3\)"):
        embedding.replaced(vectors=Recorded(MATRIX))
    with pytest.raises(InputError, match=r"vectors of shape \(20, 3\)"):
        Subwords(3, 4, 5000, [1, 2], Recorded(MATRIX))
