from collections import Counter
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import FormatError, InputError
from wordloom.text.ngram_counts import NgramCounts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.word_ngrams import WordNgrams

TEXTS = st.lists(st.text("abc !日", max_size=12), min_size=1, max_size=6)


def grams_of(text, max_n):
    """The n-grams of a text as tuples, and how often each occurs."""
    tokens = Tokenizer().tokenize(text)
    return Counter(
        tuple(tokens[first : first + n])
        for n in range(1, max_n + 1)
        for first in range(len(tokens) - n + 1)
    )


def names(ngrams):
    """Each n-gram as a tuple of its tokens, in the order of their numbers."""
    words = [(word,) for word in ngrams.words.words]
    blocks = [words]
    for keys in ngrams.keys:
        parts = (divmod(key, len(words)) for key in keys.tolist())
        blocks.append([blocks[-1][shorter] + words[last] for shorter, last in parts])
    return list(chain(*blocks))


def spelled_out(counts, ngrams):
    """For each text how often it holds which n-gram."""
    every = names(ngrams)
    found = []
    for first, last in zip(counts.starts[:-1], counts.starts[1:], strict=True):
        columns = counts.columns[first:last].tolist()
        assert len(set(columns)) == len(columns)
        values = map(int, counts.counts[first:last])
        found.append(dict(zip((every[column] for column in columns), values, strict=True)))
    return found


@given(texts=TEXTS, max_n=st.integers(1, 4), min_df=st.integers(1, 3))
def test_learned_ngrams_are_those_of_a_counter(texts, max_n, min_df):
    ngrams = WordNgrams(max_n, min_df)
    counts = ngrams.learn(texts)
    each = [grams_of(text, max_n) for text in texts]
    frequencies = Counter(chain(*each))
    kept = {gram for gram, count in frequencies.items() if count >= min_df}
    assert spelled_out(counts, ngrams) == [
        {gram: count for gram, count in own.items() if gram in kept} for own in each
    ]
    assert dict(zip(names(ngrams), counts.frequencies().tolist(), strict=True)) == {
        gram: frequencies[gram] for gram in kept
    }
    assert len(ngrams) == counts.n_ngrams == len(kept)


@given(train=TEXTS, texts=TEXTS, max_n=st.integers(1, 4), min_df=st.integers(1, 2))
def test_any_texts_are_counted_by_what_was_learned(train, texts, max_n, min_df):
    ngrams = WordNgrams(max_n, min_df)
    ngrams.learn(train)
    known = set(names(ngrams))
    expected = [
        {gram: count for gram, count in grams_of(text, max_n).items() if gram in known}
        for text in texts
    ]
    assert spelled_out(ngrams.count(texts), ngrams) == expected


@given(
    texts=TEXTS,
    max_n=st.integers(1, 3),
    min_df=st.integers(1, 2),
    shapes=st.booleans(),
    edges=st.booleans(),
)
def test_training_texts_are_counted_as_they_were_learned(texts, max_n, min_df, shapes, edges):
    ngrams = WordNgrams(max_n, min_df, shapes=shapes, edges=edges)
    learned = ngrams.learn(texts)
    again = ngrams.count(texts)
    for name in ("starts", "columns", "counts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(learned, name))


@given(texts=TEXTS, random=st.randoms(use_true_random=False))
def test_the_order_of_texts_does_not_change_the_set(texts, random):
    mixed = texts.copy()
    random.shuffle(mixed)
    one, other = WordNgrams(3, 2), WordNgrams(3, 2)
    one.learn(texts)
    other.learn(mixed)
    assert sorted(names(one)) == sorted(names(other))


def test_ngrams_never_cross_texts():
    ngrams = WordNgrams(3)
    ngrams.learn(["a b", "", "c", "d e f"])
    assert names(ngrams)[6:] == [("a", "b"), ("d", "e"), ("e", "f"), ("d", "e", "f")]
    assert ngrams.count(["a", "b", "d e", "f"]).columns.tolist() == [0, 1, 3, 4, 7, 5]


def test_rare_ngrams_are_dropped_from_a_thousand_texts_on():
    ngrams = WordNgrams(2)
    texts = ["a b"] * 2 + ["c"] + [""] * 997
    ngrams.learn(texts[:-1])
    assert names(ngrams) == [("a",), ("b",), ("c",), ("a", "b")]
    ngrams.learn(texts)
    assert names(ngrams) == [("a",), ("b",), ("a", "b")]


@pytest.mark.parametrize("texts", [[], [""], ["", " "]])
def test_texts_without_tokens_have_no_ngrams(texts):
    ngrams = WordNgrams(3)
    for counts in (ngrams.learn(texts), ngrams.count(texts), ngrams.count(["a b c"])):
        assert len(counts.columns) == 0
    assert len(ngrams) == 0
    assert len(ngrams.count(texts)) == len(texts)


@pytest.fixture
def counts():
    return WordNgrams(2).learn(["a b a", "", "b", "c a b"])


def rows_of(counts):
    return [
        (counts.columns[first:last].tolist(), counts.counts[first:last].tolist())
        for first, last in zip(counts.starts[:-1], counts.starts[1:], strict=True)
    ]


@pytest.mark.parametrize("n_texts", range(5))
def test_the_first_texts(counts, n_texts):
    assert rows_of(counts.first(n_texts)) == rows_of(counts)[:n_texts]
    assert counts.first(n_texts).n_ngrams == counts.n_ngrams


@pytest.mark.parametrize("texts", [[], [1], [3, 0], [2, 2, 1, 3], [0, 1, 2, 3]])
def test_chosen_texts_in_the_order_given(counts, texts):
    chosen = counts.part(np.array(texts, np.int64))
    assert isinstance(chosen, NgramCounts)
    assert len(chosen) == len(texts)
    assert rows_of(chosen) == [rows_of(counts)[text] for text in texts]
    assert len(chosen.frequencies()) == counts.n_ngrams


@given(train=TEXTS, texts=TEXTS, max_n=st.integers(1, 3), edges=st.booleans())
def test_comes_back_from_its_tensors(train, texts, max_n, edges):
    ngrams, again = (WordNgrams(max_n, shapes=True, edges=edges) for _ in range(2))
    ngrams.learn(train)
    again.restore(ngrams.tensors())
    assert names(again) == names(ngrams)
    assert rows_of(again.count(texts)) == rows_of(ngrams.count(texts))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("ngrams.keys", lambda keys: keys[::-1]),
        ("ngrams.keys", lambda keys: keys[1:]),
        ("ngrams.keys", lambda keys: np.append(keys[:-1], 10**6)),
        ("ngrams.keys", lambda keys: keys - 100),
        ("ngrams.keys", lambda keys: keys * 0),
        ("ngrams.keys", lambda keys: keys[:, None]),
        ("ngrams.keys", lambda keys: keys.astype(np.float64)),
        ("ngrams.sizes", lambda sizes: sizes[:1]),
        ("ngrams.sizes", lambda sizes: sizes[::-1]),
        ("ngrams.sizes", lambda sizes: np.array([-1, sizes.sum() + 1])),
        ("ngrams.sizes", lambda sizes: sizes + 2**62),
        ("ngrams.edge0", lambda words: words - 100),
        ("ngrams.edge1", lambda words: words + 100),
        ("ngrams.edge1", lambda words: words[::-1]),
        ("ngrams.edge1", lambda words: words[:, None]),
    ],
)
def test_damaged_tensors_are_refused(name, damage):
    ngrams = WordNgrams(3, edges=True)
    ngrams.learn(["a b c a", "b b", "c c"])
    tensors = ngrams.tensors()
    with pytest.raises(FormatError, match="damaged"):
        WordNgrams(3, edges=True).restore(tensors | {name: damage(tensors[name])})


@pytest.mark.parametrize("missing", ["ngrams.keys", "ngrams.sizes", "ngrams.edge1"])
def test_a_missing_tensor_is_named(missing):
    tensors = WordNgrams(2, edges=True).tensors()
    del tensors[missing]
    with pytest.raises(FormatError, match=missing):
        WordNgrams(2, edges=True).restore(tensors)


@pytest.mark.parametrize(
    "settings", [{"max_n": 0}, {"min_df": 0}, {"max_n": 17}, {"max_n": 2.5}, {"min_df": True}]
)
def test_numbers_that_are_not_whole_or_out_of_bounds_are_refused(settings):
    with pytest.raises(InputError, match="at least 1"):
        WordNgrams(**settings)


def test_another_tokenizer_keeps_marks():
    ngrams = WordNgrams(2, tokenizer=Tokenizer("marks", lowercase=True))
    ngrams.learn(["Not good!"])
    assert set(names(ngrams)) == {("not",), ("good",), ("!",), ("not", "good"), ("good", "!")}


def test_rare_words_are_taken_by_their_shape():
    ngrams = WordNgrams(2, 2, shapes=True)
    ngrams.learn(["by smith 1987", "by Brown 2004", "by smith now"])
    assert set(names(ngrams)) == {
        ("by",), ("smith",), (" aaa",), (" 000",), ("by", "smith"),
    }  # fmt: skip
    counts = ngrams.count(["by jones 1999"])
    assert spelled_out(counts, ngrams) == [{("by",): 1, (" aaa",): 1, (" 000",): 1}]


def edge_words_of(counts, ngrams):
    """For each text the words that open it, and those that close it."""
    words, n_opening = ngrams.words.words, len(ngrams.edge_words[0])
    first = len(ngrams) - sum(map(len, ngrams.edge_words))
    found = []
    for columns, _ in rows_of(counts):
        places = [column - first for column in columns if column >= first]
        opening = {words[ngrams.edge_words[0][place]] for place in places if place < n_opening}
        close = {
            words[ngrams.edge_words[1][place - n_opening]] for place in places if place >= n_opening
        }
        found.append((opening, close))
    return found


def test_words_that_open_or_close_texts_count_besides():
    ngrams = WordNgrams(2, 2, edges=True)
    texts = ["one two three", "one five three", "one", "", "two one three one two three four two z"]
    counts = ngrams.learn(texts)
    closed = ({"one"}, {"three"})
    opened, neither = ({"one"}, set()), (set(), set())
    # The last text opens and closes with two of its nine tokens; "two" opens no other text.
    assert edge_words_of(counts, ngrams) == [closed, closed, opened, neither, opened]
    counts = ngrams.count(["three one", "one three"])
    assert edge_words_of(counts, ngrams) == [neither, closed]


def test_the_plain_ngrams_do_not_depend_on_edges():
    texts = ["a b a", "", "b", "c a b"]
    with_edges, plain = WordNgrams(2, edges=True), WordNgrams(2)
    more, fewer = with_edges.learn(texts), plain.learn(texts)
    assert names(with_edges) == names(plain)
    for (columns, _), (expected, _) in zip(rows_of(more), rows_of(fewer), strict=True):
        assert columns[: len(expected)] == expected
