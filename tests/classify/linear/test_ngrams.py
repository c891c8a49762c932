import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from wordloom.classify.linear.ngrams import NgramTfidf
from wordloom.errors import FormatError, InputError
from wordloom.text.tokenizer import Tokenizer

TEXTS = st.lists(st.text("ab !日", max_size=12), min_size=1, max_size=6)


def products(matrix):
    """All scalar products of rows: what is left when the order of columns does not matter."""
    return (matrix @ matrix.T).toarray()


@settings(deadline=None, max_examples=50)
@given(train=TEXTS, test=TEXTS, max_n=st.integers(1, 3), min_df=st.integers(1, 2))
def test_equals_scikit_learn(train, test, max_n, min_df):
    tfidf = NgramTfidf(max_n, min_df)
    ours = tfidf.fit_transform(train)
    theirs = TfidfVectorizer(
        tokenizer=Tokenizer().tokenize,
        token_pattern=None,
        ngram_range=(1, max_n),
        min_df=min_df,
        sublinear_tf=True,
    )
    try:
        expected = theirs.fit_transform(train)
    except ValueError:  # it refuses an empty vocabulary
        assert ours.shape == (len(train), 0)
        return
    assert ours.shape == expected.shape
    np.testing.assert_allclose(products(ours), products(expected), atol=1e-12)
    np.testing.assert_allclose(
        products(tfidf.transform(test)), products(theirs.transform(test)), atol=1e-12
    )


@settings(deadline=None, max_examples=25)
@given(train=TEXTS, test=TEXTS, max_n=st.integers(1, 3))
def test_comes_back_from_its_tensors(train, test, max_n):
    tfidf = NgramTfidf(max_n)
    tfidf.fit_transform(train)
    again = NgramTfidf.from_tensors(tfidf.tensors(), max_n)
    assert len(again) == len(tfidf)
    assert (again.transform(test) != tfidf.transform(test)).nnz == 0


def test_ngrams_never_cross_texts():
    tfidf = NgramTfidf(2)
    tfidf.fit_transform(["a b", "c d"])
    assert len(tfidf) == 6
    assert tfidf.transform(["b c"]).nnz == 2


def test_a_second_fit_forgets_the_first():
    tfidf = NgramTfidf(1)
    tfidf.fit_transform(["a b"])
    tfidf.transform(["a"])
    tfidf.fit_transform(["c"])
    assert tfidf.transform(["a", "c"]).toarray().tolist() == [[0], [1]]


def test_rare_ngrams_are_dropped_from_a_thousand_texts_on():
    texts = ["word"] * 999 + ["rare"]
    tfidf = NgramTfidf(1)
    tfidf.fit_transform(texts)
    assert tfidf.ngrams.words.words == ["word"]
    tfidf.fit_transform(texts[1:])
    assert tfidf.ngrams.words.words == ["rare", "word"]


@pytest.mark.parametrize("settings", [{"max_n": 0}, {"min_df": 0}])
def test_refuses_numbers_below_one(settings):
    with pytest.raises(InputError, match="at least 1"):
        NgramTfidf(**settings)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("ngrams.keys", lambda keys: keys[::-1]),
        ("ngrams.keys", lambda keys: keys[1:]),
        ("ngrams.keys", lambda keys: keys + 1000),
        ("ngrams.keys", lambda keys: keys.astype(np.int32)),
        ("ngrams.sizes", lambda sizes: sizes[:0]),
        ("ngrams.sizes", lambda sizes: -sizes),
        ("ngrams.idf", lambda idf: idf[1:]),
        ("ngrams.idf", lambda idf: idf * np.nan),
    ],
)
def test_damaged_tensors_are_refused(name, damage):
    tfidf = NgramTfidf(2)
    tfidf.fit_transform(["a b c"])
    tensors = tfidf.tensors()
    with pytest.raises(FormatError, match="damaged"):
        NgramTfidf.from_tensors(tensors | {name: damage(tensors[name])}, 2)
