import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wordloom.classify.examples import example_predictions, one_line
from wordloom.errors import InputError

TEXTS = [f"{word} film number {number}" for number, word in enumerate(["good", "bad"] * 10)]
LABELS = ["+", "-"] * 10


class Fake:
    """Says "+" for every text, the surer the longer it is."""

    classes_ = np.array(["+", "-"])

    def __init__(self):
        self.seen = []

    def predict(self, texts):
        self.seen += texts
        return np.array(["+"] * len(texts))

    def predict_proba(self, texts):
        sure = np.array([min(0.5 + len(text) / 100, 1) for text in texts])
        return np.stack([sure, 1 - sure], 1)


class Refusing(Fake):
    def predict_proba(self, texts):
        raise InputError("Probabilities come from head='logistic'.")


class MultiLabel:
    classes_ = np.array(["red", "green", "blue"])
    table = np.array([[0.9, 0.7, 0.2], [0.1, 0.2, 0.4], [0.6, 0.1, 0.1]])

    def predict(self, texts):
        return [tuple(self.classes_[row > 0.5]) for row in self.table[: len(texts)]]

    def predict_proba(self, texts):
        return self.table[: len(texts)]


def test_a_sample_is_shown_in_the_order_of_the_texts_and_follows_from_the_seed():
    fake = Fake()
    shown = example_predictions(fake, TEXTS, LABELS, count=6)
    numbers = [TEXTS.index(row.text) for row in shown.rows]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 6
    assert [row.label for row in shown.rows] == [LABELS[number] for number in numbers]
    # No text is predicted in vain.
    assert len(fake.seen) == 6
    assert example_predictions(Fake(), TEXTS, LABELS, count=6) == shown
    assert example_predictions(Fake(), TEXTS, LABELS, count=6, random_state=1) != shown
    assert len(example_predictions(Fake(), TEXTS, count=99).rows) == 20


def test_mistakes_come_first_the_most_confident_before_the_others():
    texts = ["bad", "bad " * 4, "good", "bad " * 9, "good " * 4]
    labels = ["-", "-", "+", "-", "+"]
    shown = example_predictions(Fake(), texts, labels, count=4, mistakes_first=True)
    assert [row.text for row in shown.rows[:3]] == [texts[3], texts[1], texts[0]]
    assert [row.wrong for row in shown.rows] == [True, True, True, False]
    shown = example_predictions(Refusing(), texts, labels, count=2, mistakes_first=True)
    assert [row.text for row in shown.rows] == [texts[0], texts[1]]


def test_the_table_has_a_line_for_each_text_and_keeps_its_width():
    texts = ["a good\nfilm\x1b[31m\u202e", "a very long text about a bad film " * 30]
    lines = example_predictions(Fake(), texts, ["+", "-"]).table(width=64).splitlines()
    assert lines[0].split() == ["text", "label", "predicted", "probability"]
    assert lines[1].split() == ["a", "good", "film", "[31m", "+", "+", "0.670"]
    assert lines[2].split()[-4:] == ["-", "+", "1.000", "wrong"]
    assert "…" in lines[2]
    assert max(map(len, lines)) <= 64
    assert len(lines) == 3


def test_columns_that_hold_nothing_are_left_out():
    lines = str(example_predictions(Refusing(), ["a film"])).splitlines()
    assert [line.split() for line in lines] == [["text", "predicted"], ["a", "film", "+"]]


def test_several_labels_are_joined_and_their_order_does_not_matter():
    labels = [["green", "red"], (), {"red", "blue"}]
    shown = example_predictions(MultiLabel(), ["one", "two", "three"], labels)
    assert [row.wrong for row in shown.rows] == [False, False, True]
    assert [row.predicted for row in shown.rows] == [("red", "green"), (), ("red",)]
    # The least certain decision: green for the first, not blue for the second, red for the third.
    assert [row.probability for row in shown.rows] == pytest.approx([0.7, 0.6, 0.6])
    lines = shown.table().splitlines()
    assert "green, red  red, green" in lines[1]
    assert lines[2].split()[1:3] == ["(none)", "(none)"]
    assert "blue, red" in lines[3]


def test_json_holds_whole_texts_and_plain_labels():
    class Numbers(Fake):
        classes_ = np.array([0, 1])

        def predict(self, texts):
            return np.ones(len(texts), np.int64)

    rows = json.loads(json.dumps(example_predictions(Numbers(), ["x" * 500], [1]).to_json()))
    assert rows == {"rows": [{"text": "x" * 500, "label": 1, "predicted": 1, "probability": 0.0}]}
    multi = example_predictions(MultiLabel(), ["one"]).to_json()["rows"][0]
    assert multi["predicted"] == ["red", "green"]
    assert multi["label"] is None
    json.dumps(multi)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"texts": "one text"}, "A list of texts is needed"),
        ({"labels": ["+"]}, "20 texts and 1 labels"),
        ({"count": 0}, "`count` must be a whole number from 1"),
        ({"mistakes_first": True}, "Pass the labels"),
    ],
)
def test_what_cannot_be_shown_is_refused(settings, message):
    with pytest.raises(InputError, match=message):
        example_predictions(Fake(), **({"texts": TEXTS} | settings))


@given(st.text(max_size=200), st.integers(16, 60))
def test_any_text_becomes_one_line_that_fits(text, columns):
    line = one_line(text, columns)
    assert cell_len(line) <= columns
    assert line.isprintable()
    assert line == line.strip()


def test_texts_are_cut_at_a_word_unless_it_is_long():
    assert one_line("The acting was terrible throughout.", 24) == "The acting was terrible…"
    assert one_line("See https://example.org/a/very/long/address", 20) == "See https://example…"
    assert one_line("short", 16) == "short"
    assert one_line("日本語のとても長い文章です。", 16) == "日本語のとても…"
