import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from wordloom.classify.metrics import Metrics, measure, wilson_interval
from wordloom.errors import FormatError, InputError

TRUE = ["tech", "sport", "tech", "arts", "sport", "tech"]
PREDICTED = ["tech", "tech", "tech", "sport", "sport", "arts"]


def test_rows_are_true_labels_in_label_order():
    metrics = measure(TRUE, PREDICTED)
    assert [entry.label for entry in metrics.labels] == ["arts", "sport", "tech"]
    assert metrics.confusion == ((0, 1, 0), (0, 1, 1), (1, 0, 2))
    assert [entry.recall for entry in metrics.labels] == [0, 1 / 2, 2 / 3]
    assert [entry.support for entry in metrics.labels] == [1, 2, 3]


def test_a_given_order_moves_rows_and_columns_together():
    metrics = measure(TRUE, PREDICTED, ["tech", "sport", "arts"])
    assert metrics.confusion == ((2, 0, 1), (1, 1, 0), (0, 1, 0))
    assert metrics.labels[0].recall == 2 / 3


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_figures_equal_scikit_learn_and_json_comes_back(pairs):
    true, predicted = map(list, zip(*pairs, strict=True))
    metrics = measure(true, predicted, [0, 1, 2, 3])
    assert metrics.accuracy == pytest.approx(accuracy_score(true, predicted))
    assert metrics.macro_f1 == pytest.approx(
        f1_score(true, predicted, average="macro", zero_division=0)
    )
    assert Metrics.from_json(json.loads(json.dumps(metrics.to_json()))) == metrics


def test_the_interval_covers_the_truth_19_times_of_20():
    random = np.random.default_rng(0)
    for share in (0.5, 0.9, 0.98):
        ends = np.array(
            [wilson_interval(right, 100) for right in random.binomial(100, share, 2000)]
        )
        covered = np.mean((ends[:, 0] <= share) & (share <= ends[:, 1]))
        assert 0.92 < covered < 0.98


def test_the_interval_stays_between_0_and_1():
    assert 0 <= wilson_interval(0, 3)[0] < 1e-9
    assert 1 - 1e-9 < wilson_interval(3, 3)[1] <= 1


def test_prints_a_table():
    lines = str(measure(TRUE, PREDICTED)).splitlines()
    assert lines[0].startswith("accuracy 0.5000 (95% interval 0.1876 to 0.8124)")
    assert lines[-1].split() == ["tech", "1", "0", "2"]
    assert len({len(line) for line in lines[-4:]}) == 1


def test_many_labels_are_not_printed_as_a_matrix():
    assert "too wide" in str(measure(list(range(13)), list(range(13))))


@pytest.mark.parametrize(
    ("true", "predicted", "labels"),
    [([], [], None), (["a"], ["a", "b"], None), (["a"], ["b"], ["a"])],
)
def test_what_cannot_be_compared_is_refused(true, predicted, labels):
    with pytest.raises(InputError):
        measure(true, predicted, labels)


@pytest.mark.parametrize(
    "change",
    [
        {"confusion": [[1]]},
        {"labels": [{}]},
        {"accuracy": "high"},
        {"accuracy_interval": [0.1]},
        {"n_texts": None},
    ],
)
def test_damaged_figures_are_refused(change):
    with pytest.raises(FormatError):
        Metrics.from_json(measure(TRUE, PREDICTED).to_json() | change)


def test_figures_of_another_kind_are_refused():
    with pytest.raises(FormatError):
        Metrics.from_json([1])
