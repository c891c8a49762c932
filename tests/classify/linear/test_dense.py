import numpy as np
import pytest

from wordloom.classify.linear.dense import DenseFeatures
from wordloom.errors import InputError

TEXTS = ["goal team", "cough the fever", "bank", "of the"]


def test_poolings_of_all_embeddings_stand_side_by_side(embedding):
    dense = DenseFeatures([embedding, embedding], "mean+max")
    mean, largest = embedding.embed(TEXTS, "mean"), embedding.embed(TEXTS, "max")
    assert len(dense) == 12
    found = dense.pooled(TEXTS)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.hstack([mean, largest] * 2))


def test_an_elmo_is_pooled_each_way_at_once(elmo):
    dense = DenseFeatures([elmo], "mean+max")
    expected = [elmo.embed(TEXTS, pooling=way) for way in ("mean", "max")]
    np.testing.assert_allclose(dense.pooled(TEXTS), np.hstack(expected), atol=1e-6)


def test_each_number_has_mean_zero_and_rows_a_mean_square_of_one(embedding):
    dense = DenseFeatures([embedding], "mean+max")
    pooled = dense.pooled(TEXTS)
    dense.learn(pooled)
    rows = dense.standardised(pooled)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(rows.var(axis=0), 1 / len(dense))
    assert np.mean(np.sum(rows**2, axis=1)) == pytest.approx(1)


def test_a_number_that_never_changes_stays_finite(embedding):
    dense = DenseFeatures([embedding], None)
    pooled = np.repeat(dense.pooled(["goal team"]), 7, axis=0)
    dense.learn(pooled)
    assert not dense.standardised(pooled).any()
    assert np.abs(dense.standardised(pooled + 1)).max() < 10


def test_without_embeddings_there_is_nothing(embedding):
    dense = DenseFeatures([], "mean+max")
    pooled = dense.pooled(TEXTS)
    dense.learn(pooled)
    assert dense.standardised(pooled).shape == (4, len(dense)) == (4, 0)


def test_vectors_that_are_not_finite_are_refused(embedding):
    embedding.vectors["goal"][1] = np.inf
    with pytest.raises(InputError, match="must be finite"):
        DenseFeatures([embedding], None).pooled(TEXTS)
