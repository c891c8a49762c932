import math

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError, UnknownWordError
from wordloom.inspect import similarity as module
from wordloom.inspect.similarity import pair_similarities, similarity, similarity_matrix
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.vocabulary import Vocabulary


@pytest.fixture
def embedding():
    words = ["cough", "fever", "Covid-19"]
    return StaticEmbedding(Vocabulary.from_words(words), [[3, 0], [3, 4], [-2, 0]], name="toy")


def test_similarity_is_the_cosine(embedding):
    assert similarity(embedding, "cough", "fever") == pytest.approx(0.6)
    assert similarity(embedding, "cough", "Covid-19") == pytest.approx(-1)


def test_texts_are_embedded(embedding):
    assert similarity(embedding, "cough fever", "a cough, a fever!") == pytest.approx(1)


def test_inner_products_are_divided_by_their_maximum(embedding):
    vectors = embedding.vectors[:2]
    np.testing.assert_allclose(
        similarity_matrix(embedding, ["cough", "fever"], "inner"), vectors @ vectors.T / 25
    )


def test_unknown_words_are_composed_of_subwords(embedding):
    vocabulary = embedding.vocabulary
    splits, buckets = ngram_buckets(vocabulary.data, vocabulary.offsets, 3, 3, 1 << 20)
    used, rows = np.unique(buckets, return_inverse=True)
    vectors = np.empty((len(used), 2))
    vectors[rows] = np.repeat(embedding.vectors, np.diff(splits), axis=0)
    subwords = Subwords(3, 3, 1 << 20, used, vectors)
    able = StaticEmbedding(vocabulary, embedding.vectors, oov="subwords", subwords=subwords)
    assert similarity(able, "coughs", "fevers") == pytest.approx(0.6)
    with pytest.raises(UnknownWordError, match="'qqq'"):
        similarity(able, "coughs", "qqq")


def test_an_item_without_a_known_word_is_refused(embedding):
    with pytest.raises(UnknownWordError, match="Did you mean: fever"):
        similarity(embedding, "cough", "fevers")
    with pytest.raises(InputError, match="'quite another thing', of which"):
        similarity_matrix(embedding, ["cough", "quite another thing"])


def test_a_zero_vector_has_no_similarity():
    flat = StaticEmbedding(Vocabulary.from_words(["cough", "fever"]), [[3, 0], [0, 0]])
    with pytest.raises(InputError, match="'fever', whose vector is zero"):
        similarity(flat, "cough", "fever")
    assert math.isnan(pair_similarities(flat, ["cough"], ["fever"])[0])


def test_many_pairs_are_compared_at_once(embedding, monkeypatch):
    monkeypatch.setattr(module, "PAIRS_AT_ONCE", 2)
    lefts = ["cough", "cough fever", "Covid-19", "flu", "cough"]
    rights = ["fever", "a cough, a fever!", "cough", "cough", "quite another thing"]
    found = pair_similarities(embedding, lefts, rights)
    assert found.dtype == np.float32
    expected = [similarity(embedding, *pair) for pair in zip(lefts[:3], rights[:3], strict=True)]
    np.testing.assert_allclose(found, [*expected, np.nan, np.nan], rtol=1e-6)
    assert pair_similarities(embedding, [], []).shape == (0,)


def test_pairs_that_do_not_pair_are_refused(embedding):
    with pytest.raises(InputError, match="1 and 2"):
        pair_similarities(embedding, ["cough"], ["cough", "fever"])
    with pytest.raises(InputError, match="A list of texts"):
        pair_similarities(embedding, "cough", ["cough"])


def test_wrong_input_is_refused_with_the_rule(embedding):
    with pytest.raises(InputError, match="one of cosine, inner"):
        similarity_matrix(embedding, ["cough"], "euclid")
    for items in ([], "cough"):
        with pytest.raises(InputError, match="A list of words or texts"):
            similarity_matrix(embedding, items)
