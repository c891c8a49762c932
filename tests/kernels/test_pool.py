import numpy as np
import pytest

from wordloom.kernels.pool import BY_COUNT, BY_ROOT, BY_WEIGHT, UNDIVIDED, pool_max, pool_sum

RANDOM = np.random.default_rng(7)
N_WORDS, DIM, UNKNOWN_WEIGHT = 50, 13, 3.0
# Texts of no words, one word, a few, and more than one stretch of the kernel.
LENGTHS = [0, 1, 2, 3, 4, 5, 9, 256, 257, 1500]
SPLITS = np.concatenate([[0], np.cumsum(LENGTHS)])
IDS = RANDOM.integers(-1, N_WORDS, SPLITS[-1]).astype(np.int32)
IDS[3:6] = -1  # the text of three words knows none
VECTORS = RANDOM.standard_normal((N_WORDS, DIM)).astype(np.float32)
VECTORS.flags.writeable = False
NOTHING = np.empty((0, DIM), np.float32)
NOTHING.flags.writeable = False
WEIGHTS = RANDOM.uniform(0.1, 4, N_WORDS).astype(np.float32)


def divide(total, n, weight_sum, divisor):
    by = {UNDIVIDED: 1, BY_COUNT: n, BY_ROOT: np.sqrt(n), BY_WEIGHT: weight_sum}[divisor]
    return total / by if by else total


def reference_sum(ids, weights, count_unknown, divisor):
    known = ids[ids >= 0]
    unknown = len(ids) - len(known) if count_unknown else 0
    factors = weights[known].astype(float) if len(weights) else np.ones(len(known))
    total = (factors[:, None] * VECTORS[known].astype(float)).sum(axis=0)
    n, weight_sum = len(known) + unknown, factors.sum() + unknown * UNKNOWN_WEIGHT
    return divide(total, n, weight_sum, divisor)


@pytest.mark.parametrize("count_unknown", [False, True])
@pytest.mark.parametrize("weights", [np.empty(0, np.float32), WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("divisor", [UNDIVIDED, BY_COUNT, BY_ROOT, BY_WEIGHT])
def test_sum_matches_numpy(divisor, weights, count_unknown):
    pooled = np.full((len(LENGTHS), DIM), np.nan, np.float32)
    pool_sum(IDS, SPLITS, VECTORS, NOTHING, weights, UNKNOWN_WEIGHT, count_unknown, divisor, pooled)
    for text, row in enumerate(pooled):
        ids = IDS[SPLITS[text] : SPLITS[text + 1]]
        expected = reference_sum(ids, weights, count_unknown, divisor)
        np.testing.assert_allclose(row, expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("count_unknown", [False, True])
def test_max_matches_numpy(count_unknown):
    vectors = VECTORS - np.float32(3)  # mostly negative, so that a zero vector would show
    vectors.flags.writeable = False
    pooled = np.full((len(LENGTHS), DIM), np.nan, np.float32)
    pool_max(IDS, SPLITS, vectors, NOTHING, count_unknown, pooled)
    for text, row in enumerate(pooled):
        ids = IDS[SPLITS[text] : SPLITS[text + 1]]
        rows = [vectors[word] for word in ids if word >= 0]
        if not rows or (count_unknown and (ids < 0).any()):
            rows.append(np.zeros(DIM, np.float32))
        np.testing.assert_array_equal(row, np.max(rows, axis=0))


def test_the_mean_of_a_very_long_text_stays_precise():
    ids = np.zeros(3_000_000, np.int32)
    vectors = np.full((1, 2), 0.1, np.float32)
    vectors.flags.writeable = False
    pooled = np.empty((1, 2), np.float32)
    splits = np.array([0, len(ids)])
    pool_sum(ids, splits, vectors, NOTHING, np.empty(0, np.float32), 1.0, False, BY_COUNT, pooled)
    np.testing.assert_allclose(pooled, 0.1, rtol=1e-5)


def test_composed_vectors_go_on_where_the_table_ends():
    split = N_WORDS - 20  # the last words as if they had been composed
    vectors, composed = VECTORS[:split], VECTORS[split:]
    for count_unknown in (False, True):
        found, expected = np.full((2, 2, len(LENGTHS), DIM), np.nan, np.float32)
        pool_max(IDS, SPLITS, vectors, composed, count_unknown, found[0])
        pool_max(IDS, SPLITS, VECTORS, NOTHING, count_unknown, expected[0])
        np.testing.assert_array_equal(found[0], expected[0])
        weights = np.concatenate([WEIGHTS[:split], np.full(20, UNKNOWN_WEIGHT, np.float32)])
        settings = UNKNOWN_WEIGHT, count_unknown, BY_WEIGHT
        pool_sum(IDS, SPLITS, vectors, composed, weights[:split], *settings, found[1])
        pool_sum(IDS, SPLITS, VECTORS, NOTHING, weights, *settings, expected[1])
        np.testing.assert_allclose(found[1], expected[1], rtol=2e-5, atol=2e-5)
