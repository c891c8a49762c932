import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.classify.metrics import measure
from wordloom.compare import statistics
from wordloom.compare.statistics import (
    holm,
    macro_f1,
    paired_difference,
    score_interval,
    value_interval,
)


def noisy(true, share, n_labels, seed):
    """Predictions of which about a share is drawn at random."""
    random = np.random.default_rng(seed)
    guess = random.integers(0, n_labels, len(true))
    return np.where(random.random(len(true)) < share, guess, true)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_macro_f1_is_that_of_the_metrics(pairs):
    true, predicted = np.array(pairs).T
    expected = measure(true.tolist(), predicted.tolist(), range(5)).macro_f1
    assert macro_f1(true, predicted, 5) == pytest.approx(expected)


def test_the_bootstrap_draws_texts():
    """The quick way by counts has the distribution of the slow way, text by text."""
    true = np.arange(120) % 3
    one, other = noisy(true, 0.4, 3, 1), noisy(true, 0.6, 3, 2)
    random = np.random.default_rng(0)
    slow = []
    for _ in range(1500):
        draw = random.integers(0, len(true), len(true))
        slow.append(macro_f1(true[draw], one[draw], 3) - macro_f1(true[draw], other[draw], 3))
    difference = paired_difference([true], [one], [other], 3)
    measured = macro_f1(true, one, 3) - macro_f1(true, other, 3)
    assert difference.mean == pytest.approx(measured)
    low, high = np.percentile(slow, [2.5, 97.5])
    assert difference.low == pytest.approx(low, abs=0.02)
    assert difference.high == pytest.approx(high, abs=0.02)
    extreme = np.mean(np.abs(slow - np.mean(slow)) >= abs(measured))
    assert difference.p == pytest.approx(extreme, abs=0.03)


def test_blocks_of_draws_do_not_matter(monkeypatch):
    true = np.arange(60) % 3
    predicted = noisy(true, 0.5, 3, 1)
    whole, _ = score_interval([true], [predicted], 3)
    monkeypatch.setattr(statistics, "BLOCK_NUMBERS", 1000)
    parts, _ = score_interval([true], [predicted], 3)
    assert parts == whole


def test_scores_are_means_over_folds_with_intervals_around_them():
    true = [np.arange(90) % 3, np.arange(60) % 3]
    predicted = [noisy(true[0], 0.3, 3, 1), noisy(true[1], 0.3, 3, 2)]
    score, accuracy = score_interval(true, predicted, 3)
    assert score.values == tuple(macro_f1(t, p, 3) for t, p in zip(true, predicted, strict=True))
    assert score.mean == pytest.approx(np.mean(score.values))
    assert accuracy.mean == pytest.approx(
        np.mean([np.mean(t == p) for t, p in zip(true, predicted, strict=True)])
    )
    assert score.low < score.mean < score.high
    # The normal interval of an accuracy is near that of the bootstrap.
    error = (
        np.sqrt(sum(v * (1 - v) / n for v, n in zip(accuracy.values, (90, 60), strict=True))) / 2
    )
    assert accuracy.high - accuracy.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_equal_predictions_do_not_differ():
    true = np.arange(30) % 2
    predicted = noisy(true, 0.5, 2, 0)
    difference = paired_difference([true], [predicted], [predicted], 2)
    assert (difference.mean, difference.low, difference.high, difference.p) == (0, 0, 0, 1)


def test_holm_is_no_smaller_than_p_and_keeps_the_order():
    p_values = [0.001, 0.2, 0.02, 0.9, 0.02]
    corrected = holm(p_values)
    assert corrected == pytest.approx([0.005, 0.4, 0.08, 0.9, 0.08])
    assert holm([]) == []


def test_the_interval_of_a_few_values_is_students():
    from scipy.stats import t

    values = [0.7, 0.75, 0.72]
    found = value_interval(values)
    ends = t.interval(0.95, 2, loc=np.mean(values), scale=np.std(values, ddof=1) / np.sqrt(3))
    assert (found.low, found.high) == pytest.approx(ends)
    assert value_interval([0.0, 1.0]).high == 1.0
