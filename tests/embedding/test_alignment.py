import numpy as np
import pytest

from wordloom.embedding.alignment import align, shared_words
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"word{number}" for number in range(60)]


@pytest.fixture
def vectors():
    return np.random.default_rng(3).standard_normal((60, 7)).astype(np.float32)


@pytest.fixture
def turn():
    return np.linalg.qr(np.random.default_rng(4).standard_normal((7, 7)))[0]


def test_a_rotation_is_undone_whatever_the_lengths(vectors, turn):
    to = StaticEmbedding(Vocabulary.from_words(WORDS), vectors)
    order = np.random.default_rng(5).permutation(60)
    scales = np.random.default_rng(6).uniform(0.1, 9, (60, 1))
    embedding = StaticEmbedding(
        Vocabulary.from_words([WORDS[i] for i in order], counts=np.arange(60)),
        (vectors * scales @ turn)[order],
        name="turned",
        pooling="sum",
    )
    aligned = align(embedding, to)
    np.testing.assert_allclose(aligned.vectors, (vectors * scales)[order], atol=1e-5)
    assert (aligned.name, aligned.pooling) == ("turned", "sum")
    assert aligned.vocabulary is embedding.vocabulary


def test_the_map_is_orthogonal_and_the_best_one(vectors):
    random = np.random.default_rng(7)
    to = StaticEmbedding(Vocabulary.from_words(WORDS), vectors)
    embedding = to.replaced(vectors=random.standard_normal((60, 7)))
    aligned = align(embedding, to)
    np.testing.assert_allclose(
        aligned.vectors @ aligned.vectors.T, embedding.vectors @ embedding.vectors.T, atol=1e-4
    )

    def agreement(moved):
        return np.sum(
            [
                moved[i] @ vectors[i] / np.linalg.norm(moved[i]) / np.linalg.norm(vectors[i])
                for i in range(60)
            ]
        )

    for _ in range(50):
        other = np.linalg.qr(random.standard_normal((7, 7)))[0]
        assert agreement(embedding.vectors @ other) < agreement(aligned.vectors)


def test_the_words_to_go_by_can_be_chosen(vectors, turn):
    to = StaticEmbedding(Vocabulary.from_words(WORDS), vectors)
    half = vectors @ turn
    half[30:] = -half[30:]
    embedding = to.replaced(vectors=half)
    chosen = align(embedding, to, [*WORDS[:30], "absent"])
    np.testing.assert_allclose(chosen.vectors[:30], vectors[:30], atol=1e-5)
    assert [ids.tolist() for ids in shared_words(embedding, to, WORDS[3:5])] == [[3, 4], [3, 4]]


def test_ngrams_and_the_common_component_turn_along(vectors, turn):
    to = StaticEmbedding(Vocabulary.from_words(WORDS), vectors)
    grams = np.random.default_rng(8).standard_normal((5, 7))
    embedding = to.replaced(
        vectors=vectors @ turn,
        subwords=Subwords(3, 6, 100, [1, 5, 6, 70, 99], grams @ turn),
        common_component=turn[0],
    )
    aligned = align(embedding, to)
    np.testing.assert_allclose(aligned.subwords.vectors, grams, atol=1e-5)
    np.testing.assert_allclose(aligned.common_component, np.eye(7)[0], atol=1e-5)


def test_wrong_input_is_refused_with_the_rule(vectors):
    to = StaticEmbedding(Vocabulary.from_words(WORDS), vectors)
    with pytest.raises(InputError, match="6 and 7"):
        align(to.replaced(vectors=vectors[:, :6]), to)
    with pytest.raises(InputError, match=r"dimensions, 7. Received: 6"):
        align(to, to, WORDS[:6])
    with pytest.raises(InputError, match=r"Write \[word\]"):
        align(to, to, "word1")
    with pytest.raises(InputError, match="finite"):
        align(to.replaced(vectors=np.full((60, 7), np.nan)), to)
