import numpy as np
import pytest

from wordloom.classify.linear import self_training
from wordloom.classify.linear.calibration import Calibration
from wordloom.classify.linear.choice import choose, make_folds
from wordloom.classify.linear.one_vs_rest import Job, Rows, fit
from wordloom.classify.linear.self_training import SURE, guess, learn_from_guesses
from wordloom.text.word_ngrams import WordNgrams

N_LABELLED, N_UNLABELLED = 40, 300


class Problem:
    """Short labelled texts that share few words, and long unlabelled ones.

    The unlabelled texts hold words of one label each, and so bridge the others; or of any label.
    """

    def __init__(self, bridge):
        self.random = np.random.default_rng(0)
        self.codes = np.arange(N_LABELLED) % 2
        labelled = [self.text(code, 3) for code in self.codes]
        more = [
            self.text(place % 2, 20) if bridge else self.text(0, 10) + " " + self.text(1, 10)
            for place in range(N_UNLABELLED)
        ]
        self.ngrams = WordNgrams(1)
        counts = self.ngrams.learn(labelled + more)
        self.rows = Rows(counts, np.zeros((len(counts), 0), np.float32))
        self.seen = Rows(counts.first(N_LABELLED), self.rows.dense[:N_LABELLED])
        self.positive = self.codes[:, None] == 1
        self.costs = np.ones((N_LABELLED, 1), np.float32)
        self.job = Job(np.arange(N_LABELLED), self.positive, self.costs)
        self.folds = make_folds(self.codes, 0)
        self.weights = np.ones(N_LABELLED)
        jobs = [Job(train, self.positive, self.costs) for train in self.folds.train]
        self.choice = choose(
            {(): self.seen}, jobs, self.folds, self.codes, self.weights, C=None, seed=0
        )

    def text(self, code, n_words):
        return " ".join(f"w{code}x{number}" for number in self.random.integers(0, 400, n_words))

    def learn(self, C=None):
        return learn_from_guesses(
            self.rows, self.job, self.folds, self.codes, self.weights, self.choice, C=C, seed=0
        )

    def accuracy(self, rows, job, choice):
        codes = np.arange(200) % 2
        asked = self.ngrams.count([self.text(code, 3) for code in codes])
        model = fit(rows, job, choice.C, choice.share, 0)
        scores = choice.calibration.apply(model.scores(Rows(asked, np.zeros((200, 0), "f4"))))
        return np.mean((scores[:, 0] > 0) == codes)


@pytest.fixture(scope="module")
def bridged():
    return Problem(bridge=True)


def test_guesses_that_help_are_learned_from(bridged):
    job, choice = bridged.learn()
    assert choice.loss < bridged.choice.loss
    before = bridged.accuracy(bridged.seen, bridged.job, bridged.choice)
    assert bridged.accuracy(bridged.rows, job, choice) > before + 0.2


def test_guesses_that_do_not_help_are_left():
    assert Problem(bridge=False).learn() is None


def test_labels_stay_and_half_of_the_unlabelled_texts_come_in_at_a_lower_cost(bridged):
    job, _ = bridged.learn()
    assert np.array_equal(job.texts[:N_LABELLED], np.arange(N_LABELLED))
    assert len(job.texts) - N_LABELLED == pytest.approx(SURE * N_UNLABELLED, abs=2)
    assert len(set(job.texts.tolist())) == len(job.texts)
    assert np.array_equal(job.positive[:N_LABELLED], bridged.positive)
    assert np.all(job.costs[:N_LABELLED] == 1)
    assert np.all(job.costs[N_LABELLED:] == np.float32(0.5))
    guesses = job.positive[job.texts[N_LABELLED:], 0]
    assert np.mean(guesses == job.texts[N_LABELLED:] % 2) > 0.9


def test_a_given_c_is_kept(bridged):
    assert bridged.learn(C=7.0)[1].C == 7.0


def test_held_out_texts_are_guessed_by_a_model_that_never_saw_them(bridged, monkeypatch):
    fitted = []

    def spy(rows, job, *settings):
        fitted.append(job.texts.tolist())
        return fit(rows, job, *settings)

    monkeypatch.setattr(self_training, "fit", spy)
    bridged.learn()
    expected = [*bridged.folds.train, bridged.job.texts]
    assert fitted == [texts.tolist() for texts in expected]


def test_the_surest_half_of_each_guessed_label_is_believed():
    logits = np.array([[9.0, 0, 0], [5, 4, 0], [0, 2, 1], [0, 7, 1], [0, 3, 1], [0, 0, 1]])
    guesses, sure = guess(Calibration(1.0, np.zeros(3)), logits)
    assert guesses.argmax(axis=1).tolist() == [0, 0, 1, 1, 1, 2]
    assert guesses.sum(axis=1).tolist() == [1] * 6
    assert sure.tolist() == [True, False, False, True, True, True]


def test_guesses_are_made_on_calibrated_scores():
    line = Calibration(2.0, np.array([-3.0]))
    guesses, _ = guess(line, np.array([[1.0], [2.0]]))
    assert guesses[:, 0].tolist() == [False, True]
