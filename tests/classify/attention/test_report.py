import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.classify.attention.report import AttentionReport, attention_report
from wordloom.classify.attention.token_attention import TokenAttention
from wordloom.errors import InputError

WORDS = ("a", "b", "cell", "Ü", "")


@st.composite
def reports(draw):
    """Small reports with ties, empty texts, unknown words and texts of several classes."""
    n_embeddings = draw(st.integers(1, 3))
    lengths = draw(st.lists(st.integers(0, 5), min_size=1, max_size=6))
    n_tokens = sum(lengths)

    def rows(values):
        row = st.lists(values, min_size=n_embeddings, max_size=n_embeddings)
        return draw(st.lists(row, min_size=n_tokens, max_size=n_tokens))

    listed = draw(st.lists(st.sampled_from(WORDS), min_size=n_tokens, max_size=n_tokens))
    label = st.sampled_from(["x", "y", "z"])
    labels = st.one_of(label, st.lists(label, max_size=2, unique=True))
    counts = st.lists(st.integers(0, 2000), min_size=n_tokens, max_size=n_tokens)
    return AttentionReport(
        tuple("ABC"[:n_embeddings]),
        listed,
        np.array(rows(st.integers(0, 8)), np.float32).reshape(n_tokens, n_embeddings) / 8,
        np.cumsum([0, *lengths]),
        draw(st.lists(labels, min_size=len(lengths), max_size=len(lengths))),
        np.array(rows(st.booleans()), bool).reshape(n_tokens, n_embeddings),
        np.array(draw(counts), np.int64),
    )


def text_of(report, token):
    return next(text for text in range(len(report)) if token < report.row_splits[text + 1])


def assert_row(report, row, tokens):
    """Compare a row with means worked out one token at a time; `tokens` may repeat."""
    assert row.n_tokens == len(tokens)
    owners = [text_of(report, token) for token in tokens]
    assert row.n_texts == len(set(owners))
    for column in range(len(report.embeddings)):
        if not tokens:
            assert math.isnan(row.mean[column])
            assert math.isnan(row.largest[column])
            continue
        values = [float(report.weights[token, column]) for token in tokens]
        mean = sum(values) / len(values)
        assert row.mean[column] == pytest.approx(mean)
        squares = sum((value - mean) ** 2 for value in values)
        assert row.deviation[column] == pytest.approx(math.sqrt(squares / len(values)), abs=1e-9)
        by_text = dict.fromkeys(owners, 0.0)
        for owner, value in zip(owners, values, strict=True):
            by_text[owner] += value - mean
        if len(by_text) > 1:
            few = len(by_text) / (len(by_text) - 1)
            error = math.sqrt(few * sum(rest**2 for rest in by_text.values())) / len(values)
            assert row.error[column] == pytest.approx(error, abs=1e-9)
        else:
            assert math.isnan(row.error[column])
        share = 0.0
        for token in tokens:
            weights = report.weights[token].tolist()
            if weights[column] == max(weights):
                share += 1 / weights.count(max(weights))
        assert row.largest[column] == pytest.approx(share / len(tokens))
        known = sum(bool(report.known[token, column]) for token in tokens)
        assert row.known[column] == pytest.approx(known / len(tokens))


@given(reports())
def test_means_are_those_of_a_plain_count(report):
    everything = range(len(report.tokens))
    assert_row(report, report.overall(), list(everything))
    free = [token for token in everything if all(report.known[token])]
    assert_row(report, report.overall(known_to_all=True), free)

    rows = report.by_word()
    counts = {word: report.tokens.count(word) for word in set(report.tokens)}
    assert [row.name for row in rows] == sorted(counts, key=lambda word: (-counts[word], word))
    for row in rows:
        assert_row(report, row, [t for t in everything if report.tokens[t] == row.name])
    assert [row.name for row in report.by_word(least=2)] == [r.name for r in rows if r.n_tokens > 1]

    named = [[label] if isinstance(label, str) else label for label in report.labels]
    rows = report.by_class()
    assert [row.name for row in rows] == sorted({label for entry in named for label in entry})
    for row in rows:
        assert_row(report, row, [t for t in everything if row.name in named[text_of(report, t)]])


@given(reports())
def test_bands_hold_each_token_once_from_rare_to_frequent(report):
    everything = range(len(report.tokens))
    bands = report.by_frequency([1, 100])
    limits = {"0": (0, 1), "1–99": (1, 100), "100+": (100, math.inf)}
    assert [row.name for row in bands] == [
        name
        for name, (low, high) in limits.items()
        if any(low <= count < high for count in report.frequency)
    ]
    for row in bands:
        low, high = limits[row.name]
        assert_row(report, row, [t for t in everything if low <= report.frequency[t] < high])
    for way in (None, 1, 4):
        assert sum(row.n_tokens for row in report.by_frequency(way)) == len(report.tokens)
    assert len(report.by_frequency(4)) <= 4


@given(reports(), st.sampled_from([1, 2]))
def test_top_words_lean_most_to_their_embedding(report, least):
    for column, name in enumerate(report.embeddings):
        rows = report.top_words(name, 2, least)
        means = [row.mean[column] for row in rows]
        assert means == sorted(means, reverse=True)
        chosen = {row.name for row in rows}
        for row in report.by_word(least=least):
            if row.name not in chosen and min(row.known) > 0:
                assert len(rows) == 2
                assert row.mean[column] <= means[-1]
        assert [row.name for row in rows] == [
            row.name for row in report.top_words(column, 2, least)
        ]


@pytest.fixture
def report():
    return AttentionReport(
        ("news", "medicine"),
        ["the", "fever", "the", "cough", "the"],
        np.array([[0.5, 0.5], [0.25, 0.75], [0.75, 0.25], [0, 1], [1, 0]]),
        [0, 2, 2, 5],
        ["ill", "empty", "ill"],
        np.array([[1, 1], [0, 1], [1, 1], [1, 1], [1, 1]], bool),
        [5000, 20, 5000, 0, 5000],
    )


def test_equal_bands_have_about_equally_many_tokens():
    n_tokens = 1000
    frequency = np.random.default_rng(0).permutation(n_tokens)
    weights = np.ones((n_tokens, 1))
    report = AttentionReport(("a",), ["w"] * n_tokens, weights, [0, n_tokens], frequency=frequency)
    assert [row.n_tokens for row in report.by_frequency(5)] == [200] * 5
    assert [row.n_tokens for row in report.by_frequency()] == [1, 9, 90, 900]


def test_powers_of_ten_name_the_bands(report):
    assert [(row.name, row.n_tokens) for row in report.by_frequency()] == [
        ("0", 1),
        ("10–99", 1),
        ("1,000+", 3),
    ]


def test_chosen_words_keep_their_order_and_may_be_missing(report):
    rows = report.by_word(["cough", "absent", "the", "cough"])
    assert [(row.name, row.n_tokens) for row in rows] == [("cough", 1), ("absent", 0), ("the", 3)]
    assert rows[1].to_json()["mean"] == [None, None]


def test_groups_of_words_are_averaged(report):
    (row,) = report.by_group({"fever": "illness", "cough": "illness", "absent": "other"})
    assert (row.name, row.n_tokens, row.mean) == ("illness", 2, (0.125, 0.875))


def test_top_words_leave_out_what_another_embedding_lacks(report):
    assert [row.name for row in report.top_words("medicine", least=1)] == ["cough", "the"]
    every = report.top_words("medicine", least=1, known_to_all=False)
    assert [row.name for row in every] == ["cough", "fever", "the"]


def test_a_text_has_its_own_tokens(report):
    words, weights = report.text(0)
    assert words == ["the", "fever"]
    np.testing.assert_array_equal(weights, np.float32([[0.5, 0.5], [0.25, 0.75]]))
    assert report.text(1)[0] == []
    with pytest.raises(InputError, match="from 0 to 2"):
        report.text(3)


def test_the_table_and_json_hold_every_grouping(report):
    table = report.table(["cough"])
    for part in ("overall", "by frequency", "by class", "by word", "has a vector", "1,000+"):
        assert part in table
    figures = report.to_json(["cough"])
    assert figures["overall"][0]["mean"] == [0.5, 0.5]
    assert figures["by_word"][0]["mean"] == [0.0, 1.0]
    assert [row["n_tokens"] for row in figures["by_class"]] == [0, 5]
    assert set(figures["top_words"]) == {"news", "medicine"}


def test_what_is_not_known_is_left_out_or_refused(report):
    bare = replace(report, labels=None, known=None, frequency=None)
    assert list(bare.groupings()) == ["overall"]
    assert bare.overall().known is None
    with pytest.raises(InputError, match="labels=…"):
        bare.by_class()
    with pytest.raises(InputError, match="frequency=…"):
        bare.by_frequency()
    # Nobody counted: zeros say nothing.
    silent = replace(report, frequency=np.zeros(5, np.int64))
    assert "by_frequency" not in silent.groupings()


def test_texts_without_tokens_have_a_report():
    empty = AttentionReport(("a", "b"), [], np.empty((0, 2)), [0, 0], ["x"], None, [])
    assert empty.by_word() == empty.by_frequency() == empty.by_frequency(3) == []
    assert [row.n_tokens for row in empty.by_class()] == [0]
    assert empty.to_json()["overall"][0]["mean"] == [None, None]
    assert "–" in empty.table()


def test_hostile_words_obey_nobody_in_the_table():
    words = ["\x1b[2J", "a\nb", "\ud800", "x" * 500, ""] * 5
    table = AttentionReport(("a", "b"), words, np.full((25, 2), 0.5), [0, 25]).table()
    assert "\x1b" not in table
    assert max(map(len, table.splitlines())) < 100
    table.encode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"embeddings": ()}, "at least 1"),
        ({"embeddings": ("a", "a")}, "all different"),
        ({"embeddings": ("a",)}, r"shape \(5, 1\)"),
        ({"tokens": ["a", "b", "c", "d", 5]}, "must be a str"),
        ({"weights": np.full((5, 2), np.nan)}, "from 0 to 1"),
        ({"weights": np.full((5, 2), 1.5)}, "after the softmax"),
        ({"weights": np.full((5, 2), "x")}, "weights must be float32"),
        ({"row_splits": [0, 4]}, "row_splits"),
        ({"row_splits": [0, 4, 2, 5]}, "row_splits"),
        ({"row_splits": []}, "row_splits"),
        ({"row_splits": [0.0, 2.5, 2.5, 5.0]}, "row_splits"),
        ({"labels": ["x"]}, "3 texts and 1 labels"),
        ({"known": np.ones((5, 1), bool)}, "known must be"),
        ({"frequency": [1.5] * 5}, "frequency must be int64"),
    ],
)
def test_what_does_not_fit_is_refused(report, change, message):
    with pytest.raises(InputError, match=message):
        replace(report, **change)


def test_rounding_of_half_precision_is_forgiven():
    report = AttentionReport(("a",), ["x", "y"], np.array([[1.0005], [-0.0005]]), [0, 2])
    assert report.weights.tolist() == [[1.0], [0.0]]


def test_bad_questions_are_refused(report):
    for ask, message in (
        (lambda: report.top_words("other"), "news, medicine"),
        (lambda: report.top_words(2), "news, medicine"),
        (lambda: report.by_word("cough"), "Write"),
        (lambda: report.by_frequency(0), "At least 1 band"),
        (lambda: report.by_frequency([10, 1]), "rising"),
    ):
        with pytest.raises(InputError, match=message):
            ask()


class FakeClassifier:
    def token_attention(self, texts):
        tokens = [word for text in texts for word in text.split()]
        return TokenAttention(
            tokens,
            np.full((len(tokens), 2), 0.5, np.float32),
            np.cumsum([0, *(len(text.split()) for text in texts)]),
            np.ones((len(tokens), 2), bool),
            np.ones(len(tokens), np.int64),
            ("wiki", "wiki"),
        )


def test_a_classifier_is_asked_and_equal_names_are_told_apart():
    report = attention_report(FakeClassifier(), ["a b", "", "c"], ["x", "y", "x"])
    assert report.embeddings == ("wiki", "wiki (2)")
    assert repr(report) == "AttentionReport(wiki, wiki (2): 3 tokens in 3 texts)"
    assert [row.n_tokens for row in report.by_class()] == [3, 0]


@pytest.mark.parametrize(("texts", "labels"), [([], None), ("a b", None), (["a"], ["x", "y"])])
def test_a_classifier_is_not_asked_in_vain(texts, labels):
    with pytest.raises(InputError):
        attention_report(None, texts, labels)
