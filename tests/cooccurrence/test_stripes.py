import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.cooccurrence.stripes import Stripes
from wordloom.errors import InputError


@given(st.integers(1, 5000))
def test_words_are_dealt_by_modulus(n_words):
    stripes = Stripes.of(n_words)
    n_stripes = stripes.n_stripes
    words = [word for stripe in range(n_stripes) for word in range(stripe, n_words, n_stripes)]
    places = stripes.places
    assert [int(places[word]) for word in words] == list(range(n_words))
    assert stripes.of_places.tolist() == [word % n_stripes for word in words]
    assert stripes.sizes.tolist() == [
        len(range(stripe, n_words, n_stripes)) for stripe in range(n_stripes)
    ]
    assert stripes.firsts.tolist() == [0, *stripes.sizes.cumsum().tolist()]


def test_too_many_words_are_refused():
    with pytest.raises(InputError, match="at most 67,108,864 words"):
        Stripes.of((1 << 26) + 1)


@given(st.integers(1, 1 << 26))
def test_stripes_are_small_and_many(n_words):
    stripes = Stripes.of(n_words)
    assert -(-n_words // stripes.n_stripes) <= 1024
    assert min(n_words, 8) <= stripes.n_stripes <= n_words
    assert stripes.n_stripes == 8 or n_words < 8 or n_words > 1024 * (stripes.n_stripes - 1)
