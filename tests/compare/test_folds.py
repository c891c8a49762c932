import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.compare.folds import assign_folds, nested_order, stratified_sample

labels_of_texts = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)


@settings(max_examples=40)
@given(labels_of_texts, st.integers(2, 6), st.integers(0, 3))
def test_labels_are_spread_evenly_where_no_text_occurs_twice(labels, n_folds, seed):
    folds = assign_folds(labels, range(len(labels)), n_folds, seed)
    for label in np.unique(labels):
        own = folds[labels == label]
        if len(own) == 1:
            assert own.tolist() == [-1]
            continue
        sizes = np.bincount(own, minlength=n_folds)
        assert sizes.max() - sizes.min() <= 1
        # Whichever fold is held out, the others know the label.
        assert np.count_nonzero(sizes) >= 2


@settings(max_examples=40)
@given(labels_of_texts, st.integers(2, 4), st.data())
def test_equal_texts_share_a_fold(labels, n_folds, data):
    keys = data.draw(st.lists(st.integers(0, 9), min_size=len(labels), max_size=len(labels)))
    folds = assign_folds(labels, keys, n_folds, seed=0)
    for key in set(keys):
        assert (
            len({fold for fold, own in zip(folds.tolist(), keys, strict=True) if own == key}) == 1
        )


def test_folds_come_from_the_seed():
    labels = np.arange(60) % 3
    first, again, other = (assign_folds(labels, range(60), 3, seed) for seed in (0, 0, 1))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


@settings(max_examples=40)
@given(labels_of_texts, st.integers(0, 3))
def test_beginnings_have_each_label_and_fair_shares(labels, seed):
    order = nested_order(labels, seed)
    assert sorted(order.tolist()) == list(range(len(labels)))
    n_labels = len(np.unique(labels))
    assert len(set(labels[order[:n_labels]].tolist())) == n_labels
    for size in range(n_labels, len(labels) + 1):
        for label in np.unique(labels):
            share = np.mean(labels == label) * size
            assert abs(np.sum(labels[order[:size]] == label) - share) <= n_labels


def test_a_sample_keeps_shares_and_rare_labels():
    labels = np.array([0] * 900 + [1] * 98 + [2] * 2)
    sample = stratified_sample(labels, 100, seed=0)
    assert np.bincount(labels[sample]).tolist() == [90, 10, 2]
    assert np.all(np.diff(sample) > 0)
    assert stratified_sample(labels, 1000, seed=0).tolist() == list(range(1000))


@pytest.mark.parametrize("seed", [1, 2])
def test_samples_differ_by_seed(seed):
    labels = np.zeros(100, np.int64)
    first = stratified_sample(labels, 10, seed=0)
    assert first.tolist() != stratified_sample(labels, 10, seed).tolist()
