import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding, UnknownWordError
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError
from wordloom.inspect.similarity import similarity, similarity_matrix
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


def test_wrong_input_is_refused_with_the_rule(embedding):
    with pytest.raises(InputError, match="one of cosine, inner"):
        similarity_matrix(embedding, ["cough"], "euclid")
    for items in ([], "cough"):
        with pytest.raises(InputError, match="A list of words or texts"):
            similarity_matrix(embedding, items)
