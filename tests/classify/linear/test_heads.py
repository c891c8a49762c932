from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from wordloom.classify.linear.heads import ENOUGH_TEXTS, FOLDS, HEADS, assign_folds, fit_head
from wordloom.errors import InputError

AUTO = {"C": "auto", "class_weight": None, "random_state": 0}


def blobs(n_texts, n_labels, noise, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(n_texts) % n_labels
    features = np.eye(n_labels)[labels] + noise * random.normal(size=(n_texts, n_labels))
    return features, np.array(list("abcdef"))[labels]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("n_labels", [2, 3])
def test_weights_have_a_row_for_each_label_but_one_row_for_two(head, n_labels):
    features, labels = blobs(60, n_labels, 0.1)
    weights, biases, chosen = fit_head(head, features, labels, **AUTO)
    rows = 1 if n_labels == 2 else n_labels
    assert weights.shape == (rows, n_labels)
    assert biases.shape == (rows,)
    assert chosen in HEADS[head]


def test_noisy_features_are_held_back_more_than_clear_ones():
    chosen = [fit_head("logistic", *blobs(100, 2, noise), **AUTO)[2] for noise in (3.0, 0.1)]
    assert chosen[0] == min(HEADS["logistic"])
    assert chosen[1] == max(HEADS["logistic"])


@pytest.fixture(scope="module")
def wide():
    """Sparse rows of length 1 with more features than rows, as TF-IDF makes them."""
    random = np.random.default_rng(1)
    n_rows, n_features, in_row = 1500, 3000, 20
    columns = random.integers(0, n_features, n_rows * in_row)
    starts = np.arange(0, n_rows * in_row + 1, in_row)
    values = np.full(n_rows * in_row, in_row**-0.5)
    features = csr_array((values, columns, starts), shape=(n_rows, n_features))
    scores = 3 * (features @ random.normal(size=n_features)) + random.normal(size=n_rows)
    return features, (scores > 0).astype(int)


def exact(value):
    return LogisticRegression(C=value, solver="newton-cg", tol=1e-12, max_iter=10_000)


@pytest.mark.parametrize("value", HEADS["logistic"])
def test_the_fit_has_converged_for_every_c(wide, value):
    weights, _, _ = fit_head("logistic", *wide, **(AUTO | {"C": value}))
    expected = exact(value).fit(*wide).coef_
    np.testing.assert_allclose(weights, expected, atol=0.01 * np.abs(expected).max())


def test_c_is_tried_from_scratch_until_the_loss_rises_and_the_lowest_wins(wide, monkeypatch):
    tried = []

    def spy(truth, guess, **settings):
        tried.append(log_loss(truth, guess, **settings))
        return tried[-1]

    monkeypatch.setattr("sklearn.metrics.log_loss", spy)
    features, labels = wide
    chosen = fit_head("logistic", features, labels, **AUTO)[2]
    folds = assign_folds(labels, 0)
    rounds = min(FOLDS, -(-ENOUGH_TEXTS * FOLDS // len(labels)))
    losses = np.reshape(tried, (-1, rounds))
    for fold in range(rounds):
        held = np.flatnonzero(folds == fold)
        kept = np.flatnonzero(folds != fold)
        for value, loss in zip(HEADS["logistic"], losses[:, fold], strict=False):
            guess = exact(value).fit(features[kept], labels[kept]).predict_proba(features[held])
            assert loss == pytest.approx(log_loss(labels[held], guess), rel=0.005)
    totals = losses.sum(axis=1)
    assert chosen == HEADS["logistic"][totals.argmin()]
    assert all(earlier >= later for earlier, later in pairwise(totals[:-1]))


def test_folds_spread_each_label_and_spare_single_texts():
    labels = np.array(["a"] * 13 + ["b"] * 7 + ["c"])
    folds = assign_folds(labels, 0)
    assert folds[-1] == -1
    for label in "ab":
        counts = np.bincount(folds[labels == label], minlength=FOLDS)
        assert counts.max() - counts.min() <= 1


def test_without_a_text_to_hold_out_the_middle_c_is_taken():
    features, labels = np.eye(3), np.array(["a", "b", "c"])
    assert fit_head("logistic", features, labels, **AUTO)[2] == 10


def test_balanced_weights_favour_the_rare_label():
    random = np.random.default_rng(0)
    labels = np.array(["common"] * 180 + ["rare"] * 20)
    features = random.normal(size=(200, 2)) + (labels == "rare")[:, None]
    shares = []
    for class_weight in (None, "balanced", {"common": 1.0, "rare": 9.0}):
        weights, biases, _ = fit_head(
            "logistic", features, labels, C=1, class_weight=class_weight, random_state=0
        )
        shares.append(np.mean(features @ weights[0] + biases[0] > 0))
    assert shares[0] < 0.1 < shares[1]
    assert shares[2] == pytest.approx(shares[1], abs=0.02)


@pytest.mark.parametrize(
    ("head", "settings", "message"),
    [
        ("forest", {}, "logistic, svm"),
        ("svm", {"C": 0}, "above 0"),
        ("svm", {"C": "best"}, "'auto'"),
        ("svm", {"C": float("nan")}, "above 0"),
        ("svm", {"class_weight": "heavy"}, "'balanced'"),
        ("svm", {"class_weight": {"z": 1.0}}, "'a', 'b'"),
    ],
)
def test_unknown_settings_are_refused(head, settings, message):
    features, labels = blobs(10, 2, 0.1)
    with pytest.raises(InputError, match=message):
        fit_head(head, features, labels, **(AUTO | settings))
