import math

import numpy as np
import pytest

from wordloom.kernels.compile import kernel
from wordloom.kernels.simd import padded
from wordloom.kernels.swivel import Cells, Rule, Side, make_space, soft_hinges, train_swivel_block

RULES = {
    "AdaGrad": Rule(*map(np.float32, (0.1, 0.25, 1, 1, 0))),
    "RMSProp": Rule(*map(np.float32, (0, 1, 0.1, 0.9, 1e-10))),
}
RATE = 0.3


@kernel
def hinges(scores):
    return soft_hinges(scores)


def slope(x):
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def softplus(x):
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


def test_soft_hinges_are_exact_to_float_precision():
    for x in np.concatenate([np.linspace(-60, 100, 3001), [-1e-7, 0, 1e-7]]).astype(np.float32):
        scores = np.array([x])
        assert hinges(scores) == pytest.approx(softplus(float(x)), rel=1e-6)
        assert scores[0] == pytest.approx(slope(float(x)), rel=1e-6)


def test_soft_hinges_sum_up_in_vectors_what_they_find_in_single_scores():
    scores = np.random.default_rng(0).normal(0, 5, 1001).astype(np.float32)
    expected = [softplus(float(x)) for x in scores], [slope(float(x)) for x in scores]
    assert hinges(scores) == pytest.approx(sum(expected[0]), rel=1e-5)
    np.testing.assert_allclose(scores, expected[1], rtol=1e-6)


@pytest.mark.parametrize("x", [-1e30, -1e4, -100, 1e4, 1e30])
def test_soft_hinges_of_far_scores_are_straight_lines(x):
    scores = np.array([x], np.float32)
    assert hinges(scores) == pytest.approx(max(np.float32(x), 0), abs=1e-12)
    assert scores[0] == pytest.approx(float(x > 0), abs=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 17, 39])
def test_the_loss_of_what_is_not_finite_is_not_finite(value, place):
    scores = np.zeros(40, np.float32)
    scores[place] = value
    assert not np.isfinite(hinges(scores))


def random_side(random, size, dim):
    vectors, squares = np.zeros((2, size, padded(dim)), np.float32)
    vectors[:, :dim] = random.normal(0, 0.5, (size, dim))
    squares[:] = 0.1
    return Side(vectors, squares, random.normal(0, 2, size).astype(np.float32))


def random_block(n_rows, n_columns, dim, share=0.2):
    random = np.random.default_rng(n_rows + n_columns + dim)
    rows, columns = np.nonzero(random.random((n_rows, n_columns)) < share)
    counts = random.gamma(0.5, 10, len(rows)).astype(np.float32) + np.float32(0.1)
    sides = (random_side(random, size, dim) for size in (n_rows, n_columns))
    return *sides, Cells(rows.astype(np.uint16), columns.astype(np.uint16), counts)


def reference(rows, columns, cells, rule):
    """What a step should give in float64: both sides' vectors and squares, and the loss."""
    w, c = rows.vectors.astype(float), columns.vectors.astype(float)
    x = np.zeros((len(w), len(c)))
    x[cells.rows, cells.columns] = cells.counts
    seen = x > 0
    above = w @ c.T + rows.biases[:, None] + columns.biases  # the score less that of a count of 1
    error = above - np.log(np.where(seen, x, 1))
    weight = float(rule.confidence_base) + float(rule.confidence_scale) * np.sqrt(x)
    loss = np.where(seen, weight * error**2 / 2, np.logaddexp(0, above)).sum()
    slopes = np.where(seen, weight * error, 1 / (1 + np.exp(-above))) / np.sqrt(x.size)
    results = []
    for side, gradient in ((rows, slopes @ c), (columns, slopes.T @ w)):
        squares = float(rule.kept) * side.squares + float(rule.added) * gradient**2
        step = RATE * gradient / np.sqrt(squares + float(rule.epsilon))
        results += [side.vectors - step, squares]
    return *results, loss


def train(rows, columns, cells, rule, space=None):
    space = space or make_space(len(columns.vectors), columns.vectors.shape[1])
    return train_swivel_block(rows, columns, cells, RATE, rule, space)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
@pytest.mark.parametrize(
    ("n_rows", "n_columns", "dim"),
    [(1, 1, 1), (5, 7, 3), (13, 16, 16), (192, 33, 17), (193, 208, 100), (400, 130, 130)],
)
def test_the_kernel_does_what_plain_numpy_does(n_rows, n_columns, dim, rule):
    rows, columns, cells = random_block(n_rows, n_columns, dim)
    *expected, expected_loss = reference(rows, columns, cells, rule)
    loss = train(rows, columns, cells, rule)
    found = rows.vectors, rows.squares, columns.vectors, columns.squares
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-4)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert (rows.vectors[:, dim:] == 0).all()
    assert (columns.vectors[:, dim:] == 0).all()


@pytest.mark.parametrize("share", [0, 1])
def test_blocks_may_be_empty_or_full(share):
    rows, columns, cells = random_block(200, 21, 5, share)
    *expected, expected_loss = reference(rows, columns, cells, RULES["AdaGrad"])
    loss = train(rows, columns, cells, RULES["AdaGrad"])
    np.testing.assert_allclose(rows.vectors, expected[0], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(columns.vectors, expected[2], rtol=1e-3, atol=1e-4)
    assert loss == pytest.approx(expected_loss, rel=1e-5)


def test_a_space_may_be_larger_and_used_before():
    larger = make_space(40, padded(20))
    train(*random_block(300, 40, 20), RULES["AdaGrad"], larger)
    block, same = (random_block(100, 21, 20) for _ in range(2))
    assert train(*block, RULES["AdaGrad"], larger) == train(*same, RULES["AdaGrad"])
    np.testing.assert_array_equal(block[0].vectors, same[0].vectors)
    np.testing.assert_array_equal(block[1].vectors, same[1].vectors)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("share", [0.2, 1])
def test_the_loss_is_not_finite_as_soon_as_a_score_is_not(value, share):
    rows, columns, cells = random_block(20, 21, 5, share)
    rows.vectors[3, 2] = value
    assert not np.isfinite(train(rows, columns, cells, RULES["AdaGrad"]))
