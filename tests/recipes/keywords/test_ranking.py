import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from wordloom.recipes.keywords.ranking import TOP, by_topic, of_other_half, split_halves

FEW_VALUES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
MATRICES = st.integers(2, 14).flatmap(
    lambda n: arrays.arrays(np.float32, (n, n), elements=FEW_VALUES)
)


def orders(scores, seed):
    """Ranks scores 4,000 times, equal ones in random order."""
    random = np.random.default_rng(seed)
    keys = random.random((4000, len(scores)))
    return np.array([np.lexsort((key, -scores)) for key in keys])


@settings(max_examples=25)
@given(MATRICES)
def test_equal_scores_share_what_random_orders_give(scores):
    reciprocal, recall = of_other_half(scores)
    places = np.argmax(orders(scores[0], 1) == 0, axis=1)
    assert reciprocal[0] == pytest.approx(np.mean(1 / (places + 1)), abs=0.03)
    assert recall[0] == pytest.approx(np.mean(places < TOP), abs=0.03)


@settings(max_examples=25)
@given(MATRICES, st.data())
def test_disciplines_are_judged_as_random_orders_of_equal_scores_would_be(scores, data):
    n = len(scores)
    topics = np.array(data.draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n)))
    area, precision = by_topic(scores, topics)
    same, others = (topics == topics[0])[1:], scores[0, 1:]
    if same.all() or not same.any():
        assert np.isnan(area[0])
        assert np.isnan(precision[0])
        return
    wins = [(one > other) + (one == other) / 2 for one in others[same] for other in others[~same]]
    assert area[0] == pytest.approx(np.mean(wins))
    top = min(TOP, n - 1)
    found = same[orders(others, 2)[:, :top]].mean(axis=1)
    assert precision[0] == pytest.approx(found.mean(), abs=0.03)


def test_a_measure_that_sees_nothing_gets_chance():
    nothing = np.zeros((20, 20), np.float32)
    reciprocal, recall = of_other_half(nothing)
    assert reciprocal == pytest.approx(np.mean(1 / np.arange(1, 21)))
    assert recall == pytest.approx(0.5)
    area, _ = by_topic(nothing, ["a"] * 5 + ["b"] * 15)
    assert area == pytest.approx(0.5)


@given(st.lists(st.sets(st.text("abcdef", min_size=1), min_size=2), min_size=1), st.integers(0, 9))
def test_halves_hold_each_keyword_once(lists, seed):
    one, other = split_halves([sorted(own) for own in lists], seed)
    for number, own in enumerate(lists):
        assert sorted(one[number] + other[number]) == sorted(own)
        assert len(one[number]) == len(own) // 2
