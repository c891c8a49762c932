import numpy as np
import pytest
from sklearn.svm import LinearSVC

from wordloom.kernels.linear_svm import add_ngram_scores, row_lengths, train_svm

N_TEXTS, N_NGRAMS, N_DENSE = 60, 40, 3


class Problem:
    """Random texts, of which the second and the last have no n-gram."""

    def __init__(self, n_dense=N_DENSE):
        random = np.random.default_rng(0)
        held = random.random((N_TEXTS, N_NGRAMS)) < 0.15
        held[[1, -1]] = False
        self.columns = np.nonzero(held)[1].astype(np.int32)
        self.starts = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
        self.weights = random.uniform(0.1, 4, N_NGRAMS).astype(np.float32)
        self.dense = random.normal(size=(N_TEXTS, n_dense)).astype(np.float32)
        self.signs = np.where(random.random(N_TEXTS) < 0.4, 1, -1).astype(np.float32)
        self.costs = random.uniform(0.5, 2, N_TEXTS).astype(np.float32)
        self.lengths = np.empty(N_TEXTS, np.float32)
        row_lengths(self.starts, self.columns, self.weights, self.lengths)
        self.values = held * np.sqrt(self.weights)
        lengths = np.linalg.norm(self.values, axis=1, keepdims=True)
        self.rows = np.hstack([self.values / np.maximum(lengths, 1e-9), self.dense])
        self.forget()

    def forget(self):
        self.duals = np.zeros(N_TEXTS)
        self.ngram_weights = np.zeros(N_NGRAMS, np.float32)
        self.dense_weights = np.zeros(self.dense.shape[1] + 1, np.float32)

    def train(self, C=1.0, texts=None, seed=0, max_epochs=5000):
        return train_svm(
            self.starts,
            self.columns,
            self.weights,
            self.lengths,
            self.dense,
            np.arange(N_TEXTS) if texts is None else texts.copy(),
            self.signs,
            self.costs * np.float32(C),
            1e-5,
            max_epochs,
            seed,
            self.duals,
            self.ngram_weights,
            self.dense_weights,
        )

    def fitted(self):
        """The weights of the explicit matrix, the bias last."""
        return np.concatenate([self.ngram_weights / np.sqrt(self.weights), self.dense_weights])

    def optimum(self, C=1.0, texts=slice(None)):
        """What liblinear finds on the explicit matrix."""
        model = LinearSVC(C=C, loss="squared_hinge", dual=True, tol=1e-8, max_iter=100_000)
        model.fit(self.rows[texts], self.signs[texts], sample_weight=self.costs[texts])
        return np.concatenate([model.coef_[0], model.intercept_])


def test_row_lengths_are_euclidean():
    problem = Problem()
    np.testing.assert_allclose(problem.lengths, np.linalg.norm(problem.values, axis=1), rtol=1e-6)
    assert problem.lengths[1] == problem.lengths[-1] == 0


@pytest.mark.parametrize("n_dense", [0, N_DENSE])
@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_finds_the_optimum_of_liblinear(n_dense, C):
    problem = Problem(n_dense)
    assert problem.train(C) < 5000
    np.testing.assert_allclose(problem.fitted(), problem.optimum(C), atol=1e-3)


def test_learns_from_the_chosen_texts_alone():
    problem, texts = Problem(), np.arange(5, 45)
    problem.train(texts=texts)
    np.testing.assert_allclose(problem.fitted(), problem.optimum(texts=texts), atol=1e-3)
    assert not problem.duals[:5].any()
    assert not problem.duals[45:].any()


def test_goes_on_from_one_c_to_the_next_with_fewer_epochs():
    problem = Problem()
    alone = problem.train(0.5)
    problem.forget()
    problem.train(0.4)
    after = problem.train(0.5)
    assert after < alone
    np.testing.assert_allclose(problem.fitted(), problem.optimum(0.5), atol=1e-3)


def test_the_seed_decides_every_bit():
    problem = Problem()
    found = []
    for seed in (1, 1, 2):
        problem.forget()
        problem.train(seed=seed, max_epochs=3)
        found.append(problem.fitted().tolist())
    assert found[0] == found[1] != found[2]


def test_stops_at_the_most_epochs():
    assert Problem().train(max_epochs=2) == 2


def test_texts_without_anything_still_move_the_bias():
    problem = Problem(n_dense=0)
    texts = np.array([1, N_TEXTS - 1])
    problem.signs[texts] = 1
    problem.train(texts=texts)
    assert problem.dense_weights[0] > 0.5
    assert not problem.ngram_weights.any()


def test_scores_of_ngrams_equal_the_matrix_product():
    random = np.random.default_rng(1)
    held = random.random((7, N_NGRAMS)) < 0.3
    held[2] = False
    starts = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
    columns = np.nonzero(held)[1].astype(np.int32)
    weights = random.normal(size=(N_NGRAMS, 3)).astype(np.float32)
    squares = random.uniform(0.1, 2, (N_NGRAMS, 3)).astype(np.float32)
    squares[:, 2] = 0  # n-grams that say nothing of a label
    before = random.normal(size=(7, 3))
    scores = before.copy()
    add_ngram_scores(starts, columns, weights, squares, scores)
    lengths = np.sqrt(held @ squares)
    expected = np.divide(held @ weights, lengths, out=np.zeros((7, 3)), where=lengths > 0)
    np.testing.assert_allclose(scores, before + expected, rtol=1e-5, atol=1e-6)
    assert scores[2].tolist() == before[2].tolist()
