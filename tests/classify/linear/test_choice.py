import numpy as np
import pytest

from wordloom.classify.linear.calibration import calibrate
from wordloom.classify.linear.choice import (
    ENOUGH_TEXTS,
    OTHER_SHARES,
    SHARE,
    STRENGTHS,
    choose,
    make_folds,
)
from wordloom.classify.linear.heads import FOLDS
from wordloom.classify.linear.one_vs_rest import Job, Rows, held_out_scores
from wordloom.text.word_ngrams import WordNgrams

N_TEXTS = 90
VECTORS = ("vectors",)


class Problem:
    """Three labels, which the words tell or do not, and the vectors beside them tell or do not."""

    def __init__(self, words_tell, vectors_tell):
        random = np.random.default_rng(0)
        self.codes = random.permutation(np.arange(N_TEXTS) % 3)
        told = self.codes if words_tell else random.permutation(self.codes)
        texts = [f"t{label}{random.integers(4)} w{random.integers(9)}" for label in told]
        counts = WordNgrams(1).learn(texts)
        dense = random.normal(size=(N_TEXTS, 50)).astype(np.float32) / np.float32(50**0.5)
        if vectors_tell:
            dense += np.eye(50, dtype=np.float32)[self.codes]
        self.rows = {
            (): Rows(counts, np.zeros((N_TEXTS, 0), np.float32)),
            VECTORS: Rows(counts, dense),
        }
        self.folds = make_folds(self.codes, 0)
        positive = self.codes[:, None] == np.arange(3)
        costs = np.ones(positive.shape, np.float32)
        self.jobs = [Job(train, positive, costs) for train in self.folds.train]
        self.weights = np.ones(N_TEXTS)

    def choose(self, C=None):
        return choose(self.rows, self.jobs, self.folds, self.codes, self.weights, C=C, seed=0)


def test_vectors_are_taken_where_they_alone_tell_the_label():
    choice = Problem(words_tell=False, vectors_tell=True).choose()
    assert choice.blocks == VECTORS
    assert choice.share > 1


def test_vectors_are_left_where_they_are_noise():
    choice = Problem(words_tell=True, vectors_tell=False).choose()
    assert choice.blocks == ()
    assert choice.share == SHARE


def test_the_penalty_is_strong_where_nothing_tells_the_label():
    unclear, clear = Problem(False, False).choose(), Problem(True, True).choose()
    assert unclear.C in STRENGTHS[:2]
    assert clear.C > unclear.C


def test_a_given_c_is_kept():
    assert Problem(words_tell=True, vectors_tell=True).choose(C=0.7).C == 0.7


def test_the_loss_is_that_of_the_held_out_texts_under_the_chosen_settings():
    problem = Problem(words_tell=True, vectors_tell=True)
    choice = problem.choose()
    held = np.concatenate(problem.folds.held_out)

    def loss_of(C, share):
        (scores,) = held_out_scores(
            problem.rows[choice.blocks], problem.jobs, problem.folds.held_out, [C], share, 0
        )
        return calibrate(scores, problem.codes[held], problem.weights[held])[1]

    assert loss_of(choice.C, choice.share) == pytest.approx(choice.loss, abs=0.01)
    others = [loss_of(C, choice.share) for C in STRENGTHS if C != choice.C]
    others += [loss_of(choice.C, share) for shares in OTHER_SHARES for share in [SHARE, *shares]]
    assert min(others) > choice.loss - 0.01


def test_each_text_is_held_out_once_and_never_trained_on_then():
    folds = make_folds(np.arange(53) % 3, 0)
    assert len(folds) == FOLDS
    assert sorted(np.concatenate(folds.held_out)) == [*range(53)]
    for train, held in zip(folds.train, folds.held_out, strict=True):
        assert sorted([*train, *held]) == [*range(53)]


def test_the_only_text_of_a_label_stays_in_training():
    folds = make_folds(np.array([0] * 8 + [1] + [2] * 8), 0)
    assert all(8 in train for train in folds.train)
    assert all(len(held) for held in folds.held_out)


def test_labels_with_two_texts_each_are_known_to_every_fold():
    codes = np.arange(20) % 10
    folds = make_folds(codes, 0)
    assert all(len(set(codes[train])) == 10 for train in folds.train)


@pytest.mark.parametrize("codes", [[0, 1], [0, 0, 1], np.eye(2, dtype=bool)])
def test_too_few_texts_give_no_folds_that_would_know_one_label_only(codes):
    folds = make_folds(np.array(codes), 0)
    for train in folds.train:
        assert len(np.unique(np.array(codes)[train], axis=0)) > 1


def test_single_texts_alone_give_no_folds():
    assert len(make_folds(np.arange(4), 0)) == 0


@pytest.mark.parametrize(("n_texts", "used"), [(ENOUGH_TEXTS, 5), (6000, 3), (50_000, 1)])
def test_no_more_folds_are_used_than_it_takes(n_texts, used):
    folds = make_folds(np.arange(n_texts) % 4, 0)
    assert len(folds) == used
    assert sum(map(len, folds.held_out)) >= ENOUGH_TEXTS


def test_folds_of_several_labels_train_on_texts_with_and_without_each():
    random = np.random.default_rng(0)
    codes = random.random((40, 4)) < 0.3
    codes[:, 3] = False
    codes[[2, 17], 3] = True
    folds = make_folds(codes, 0)
    assert len(folds) >= 4
    for train in folds.train:
        shares = codes[train].mean(axis=0)
        assert np.all((shares > 0) & (shares < 1))


def test_the_seed_decides_the_folds():
    codes = np.arange(40) % 2
    first, again, other = (make_folds(codes, seed).held_out[0].tolist() for seed in (1, 1, 2))
    assert first == again != other
