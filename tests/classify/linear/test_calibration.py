import numpy as np
import pytest
from scipy.special import expit, log_softmax

from wordloom.classify.linear.calibration import STEEPEST, calibrate


def drawn(n_texts, n_outputs, slope, seed=0):
    """Scores, and labels drawn with the odds that the slope makes of them."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(n_texts, n_outputs))
    noise = random.gumbel(size=scores.shape)
    return scores, (slope * scores + noise).argmax(axis=1)


def loss_of(logits, targets):
    return -np.mean(log_softmax(logits, axis=1)[np.arange(len(targets)), targets])


def test_two_labels_equal_a_search_on_a_grid():
    random = np.random.default_rng(0)
    scores = random.normal(size=(200, 1))
    targets = (random.random(200) < expit(2.5 * scores[:, 0] - 1)).astype(np.int64)
    weights = random.uniform(0.5, 2, 200)
    line, loss = calibrate(scores, targets, weights)
    slopes, shifts = np.meshgrid(np.linspace(1, 4, 61), np.linspace(-2, 0, 41))
    margins = (2 * targets - 1) * (slopes[..., None] * scores[:, 0] + shifts[..., None])
    losses = np.logaddexp(0, -margins) @ (weights / weights.sum())
    losses += ((slopes - 1) ** 2 + shifts**2) / 2 / 200
    best = np.unravel_index(losses.argmin(), losses.shape)
    assert line.slope == pytest.approx(slopes[best], abs=0.05)
    assert line.shifts[0] == pytest.approx(shifts[best], abs=0.05)
    assert loss == pytest.approx(losses[best], abs=1e-3)


@pytest.mark.parametrize("slope", [0.3, 3.0])
def test_many_labels_get_back_the_slope_they_were_drawn_with(slope):
    scores, targets = drawn(4000, 4, slope)
    line, loss = calibrate(scores, targets, np.ones(4000))
    assert line.slope == pytest.approx(slope, rel=0.1)
    assert np.abs(line.shifts).max() < 0.2
    assert loss < loss_of(scores, targets)
    assert loss == pytest.approx(loss_of(line.apply(scores), targets), abs=0.01)


def test_several_labels_get_one_slope_and_a_shift_each():
    random = np.random.default_rng(0)
    scores, shifts = random.normal(size=(4000, 3)), np.array([-1.0, 0.0, 2.0])
    targets = random.random(scores.shape) < expit(2 * scores + shifts)
    line, _ = calibrate(scores, targets, np.ones(4000))
    assert line.slope == pytest.approx(2, rel=0.1)
    np.testing.assert_allclose(line.shifts, shifts, atol=0.2)


def test_one_slope_serves_all_labels():
    line, _ = calibrate(*drawn(50, 3, 2.0), np.ones(50))
    assert isinstance(line.slope, float)
    assert line.shifts.shape == (3,)
    scores = np.array([[3.0, -1.0, 0.5]])
    np.testing.assert_allclose(line.apply(scores), scores * line.slope + line.shifts)


@pytest.mark.parametrize("n_texts", [4, 10_000])
def test_separable_texts_do_not_make_it_certain(n_texts):
    targets = np.arange(n_texts) % 2
    scores = np.where(targets, 1e-2, -1e-2)[:, None]
    line, loss = calibrate(scores, targets, np.ones(n_texts))
    assert 1 < line.slope <= STEEPEST
    assert np.isfinite(loss)


def test_scores_that_tell_nothing_are_held_back():
    random = np.random.default_rng(0)
    line, _ = calibrate(5 * random.normal(size=(2000, 1)), np.arange(2000) % 2, np.ones(2000))
    assert 0 < line.slope < 0.05


def test_a_weight_of_two_is_a_text_twice():
    scores, targets = drawn(1000, 3, 2.0)
    twice = np.append(np.arange(1000), np.arange(300))
    weights = np.bincount(twice).astype(float)
    weighted, _ = calibrate(scores, targets, weights)
    expected, _ = calibrate(scores[twice], targets[twice], np.ones(1300))
    # Nearly, for the pull towards slope 1 counts by the number of texts.
    assert weighted.slope == pytest.approx(expected.slope, rel=0.003)
    plain, _ = calibrate(scores, targets, np.ones(1000))
    assert abs(plain.slope - expected.slope) > 0.01 * expected.slope
