import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wordloom.inspect.benchmarks import resampling
from wordloom.inspect.benchmarks.resampling import (
    draws,
    percentile_interval,
    resampled_means,
    resampled_spearman,
    spearman,
)

# Few different numbers, so that there are many ties.
numbers = st.lists(st.integers(-3, 3), min_size=3, max_size=30)


def reference(left, right):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.ConstantInputWarning)
        return float(stats.spearmanr(left, right)[0])


@given(numbers, st.randoms(use_true_random=False))
def test_spearman_is_scipys(left, random):
    right = [random.randint(0, 9) for _ in left]
    found, expected = spearman(left, right), reference(left, right)
    assert (found is None) == np.isnan(expected)
    assert found is None or found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n_items", [0, 1, 2])
def test_two_items_have_no_correlation(n_items):
    assert spearman(range(n_items), range(n_items)) is None


@given(numbers, st.randoms(use_true_random=False))
def test_each_draw_gets_the_correlation_of_its_items(human, random):
    one, two = ([random.randint(0, 9) for _ in human] for _ in range(2))
    found = resampled_spearman(human, [one, two], resamples=3, seed=5)
    (counts,) = draws(len(human), 3, seed=5)
    assert counts.sum(axis=1).tolist() == [len(human)] * 3
    for row, given_ in zip(found, (one, two), strict=True):
        for correlation, count in zip(row, counts, strict=True):
            expected = reference(np.repeat(human, count), np.repeat(given_, count))
            assert correlation == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_means_are_those_of_the_groups_that_are_drawn():
    values = np.array([[1.0, 0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]])
    groups = np.array([0, 1, 1, 2, 2])
    found = resampled_means(values, groups, resamples=4, seed=1)
    (counts,) = draws(3, 4, seed=1)
    for draw, count in enumerate(counts):
        items = np.concatenate([np.tile(np.flatnonzero(groups == g), count[g]) for g in range(3)])
        assert found[:, draw] == pytest.approx(values[:, items].mean(axis=1))


def test_draws_are_reproducible_and_their_blocks_are_bounded(monkeypatch):
    monkeypatch.setattr(resampling, "CELLS_AT_ONCE", 64)
    blocks = list(draws(20, 10, seed=2))
    assert [len(block) for block in blocks] == [3, 3, 3, 1]
    assert np.array_equal(np.concatenate(blocks), np.concatenate(list(draws(20, 10, seed=2))))
    assert not np.array_equal(blocks[0], next(draws(20, 10, seed=3)))


def test_the_interval_is_as_wide_as_theory_says():
    # The standard error of a rank correlation r is about (1 - r²) / sqrt(n - 1).
    random = np.random.default_rng(0)
    human = random.standard_normal(1000)
    near = human + random.standard_normal(1000)
    r = spearman(human, near)
    low, high = percentile_interval(resampled_spearman(human, [near], 1000)[0])
    assert low < r < high
    assert high - low == pytest.approx(2 * 1.96 * (1 - r * r) / np.sqrt(999), rel=0.25)


def test_undefined_draws_count_for_nothing():
    assert percentile_interval(np.array([np.nan, 1.0, 3.0])) == pytest.approx((1.05, 2.95))
    assert percentile_interval(np.full(3, np.nan)) is None
