import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.elmo import reference

from wordloom.elmo import token_encoder
from wordloom.elmo.characters import character_ids, sentence_marks
from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.token_encoder import TokenEncoder, encode_characters
from wordloom.text.vocabulary import Vocabulary

SHAPE = {"lstm_dim": 3, "projection_dim": 4, "character_dim": 3}
WORDS = ["a", "bank", "x" * 47, "y" * 48, "z" * 200, "näïve", "👩‍🔬", "猫", "e\u0301"]


@pytest.mark.parametrize(
    "options",
    [
        ELMoOptions(**SHAPE, filters=((1, 3), (2, 5), (7, 4))),
        ELMoOptions(**SHAPE, filters=((3, 6),), n_highway=0, activation="tanh"),
        ELMoOptions(**SHAPE, filters=((2, 2), (6, 3)), n_highway=1, max_characters=6),
    ],
)
def test_vectors_of_words_are_those_of_the_reference(options):
    weights = reference.random_weights(options, seed=2)
    ids = np.concatenate(
        [sentence_marks(options.max_characters), character_ids(WORDS, options.max_characters)]
    )
    expected = reference.token_vectors(options, weights, ids)
    np.testing.assert_allclose(
        encode_characters(options, weights, ids), expected, atol=1e-5, rtol=1e-4
    )
    encoder = TokenEncoder(options, weights)
    np.testing.assert_allclose(encoder.marks, expected[:2], atol=1e-5, rtol=1e-4)
    found = encoder.encode(Vocabulary.from_words(WORDS))
    np.testing.assert_allclose(found, expected[2:], atol=1e-5, rtol=1e-4)


@pytest.fixture
def encoder():
    options = ELMoOptions(**SHAPE, filters=((1, 3), (2, 5)))
    return TokenEncoder(options, reference.random_weights(options))


def numbered(first, last):
    return Vocabulary.from_words([f"word{number}" for number in range(first, last)])


def test_words_are_worked_out_once(encoder, monkeypatch):
    first = encoder.encode(numbered(0, 30))
    more = encoder.encode(numbered(20, 90))
    monkeypatch.setattr(token_encoder, "encode_characters", None)
    assert (encoder.encode(numbered(0, 30)) == first).all()
    assert (encoder.encode(numbered(20, 90)) == more).all()
    assert (encoder.encode(numbered(25, 30)) == first[25:]).all()
    assert encoder.encode(numbered(0, 0)).shape == (0, 4)


def test_what_is_remembered_has_a_bound(encoder, monkeypatch):
    monkeypatch.setattr(token_encoder, "CACHE_BYTES", 50 * 16)
    plain = [encoder.encode(numbered(first, first + 40)) for first in (0, 20, 40, 60)]
    assert len(encoder.rows) <= 50
    assert len(encoder.table) <= 50
    many = encoder.encode(numbered(0, 100))
    assert len(encoder.table) <= 50
    for first, vectors in zip((0, 20, 40, 60), plain, strict=True):
        np.testing.assert_allclose(many[first : first + 40], vectors, atol=1e-6)


def test_threads_may_share_an_encoder(encoder):
    expected = copy.deepcopy(encoder).encode(numbered(0, 400))

    def work(turn):
        first = 10 * (turn % 31)
        found = encoder.encode(numbered(first, first + 90))
        np.testing.assert_allclose(found, expected[first : first + 90], atol=1e-6)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(62)))
    assert sorted(encoder.rows.values()) == list(range(len(encoder.rows)))


def test_an_encoder_can_be_pickled(encoder):
    assert pickle.dumps(encoder)
