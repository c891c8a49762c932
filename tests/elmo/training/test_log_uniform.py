import numpy as np
import pytest

from wordloom.elmo.training.log_uniform import LogUniformSampler


def test_samples_differ_and_are_in_range():
    sampler = LogUniformSampler(50, 49)
    for seed in range(20):
        rows, tries = sampler.draw(np.random.default_rng(seed))
        assert len(set(rows.tolist())) == 49 <= tries
        assert rows.min() >= 0
        assert rows.max() < 50


def test_probabilities_sum_to_one_and_fall():
    probabilities = LogUniformSampler(1000, 10).probabilities
    assert probabilities.sum() == pytest.approx(1)
    assert (np.diff(probabilities) < 0).all()


def test_a_sample_holds_each_row_as_often_as_is_expected():
    sampler = LogUniformSampler(40, 12)
    random = np.random.default_rng(0)
    held, expected = np.zeros(40), np.zeros(40)
    n = 4000
    for _ in range(n):
        rows, tries = sampler.draw(random)
        held[rows] += 1 / n
        expected += np.exp(sampler.log_expected_counts(np.arange(40), tries)) / n
    # Given how many tries there were, the expectation is not exact, as in TensorFlow.
    np.testing.assert_allclose(held, expected, atol=0.03)
    assert held.sum() == pytest.approx(12)


def test_the_first_draws_of_each_row_are_kept_in_their_order():
    class Draws:
        def random(self, n):
            ranks = np.array([3, 3, 0, 3, 1, 0, 2, 2])
            assert n == 6
            return np.log(ranks[:6] + 1.5) / np.log(11)

    rows, tries = LogUniformSampler(10, 3).draw(Draws())
    assert rows.tolist() == [3, 0, 1]
    assert tries == 5
