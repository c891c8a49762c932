import numpy as np
import pytest

from wordloom.classify.linear.one_vs_rest import Job, Rows, fit, held_out_scores, log_count_ratios
from wordloom.text.word_ngrams import WordNgrams

N_TEXTS = 40


@pytest.fixture
def rows(make_texts):
    texts, _ = make_texts(N_TEXTS, seed=0)
    dense = np.random.default_rng(0).normal(size=(N_TEXTS, 2)).astype(np.float32)
    return Rows(WordNgrams(2).learn([*texts[:-1], ""]), dense)


@pytest.fixture
def positive():
    return np.arange(N_TEXTS)[:, None] % 3 == np.arange(3)


def job_of(texts, positive, costs=1.0):
    return Job(np.asarray(texts), positive, np.full(positive.shape, costs, np.float32))


def test_log_count_ratios_by_hand():
    counts = WordNgrams(1).learn(["good good film", "good", "bad film", "film", "bad bad"])
    positive = np.array([True, True, False, False, True])
    # Texts with (bad, film, good), plus 1: 1, 2, 3 of 6 against 2, 3, 1 of 6; the last counts not.
    by_word = dict(zip(["bad", "film", "good"], np.log([1 / 2, 2 / 3, 3 / 1]), strict=True))
    ngrams = WordNgrams(1)
    ngrams.learn(["good good film", "good", "bad film", "film", "bad bad"])
    expected = [by_word[word] for word in ngrams.words.words]
    found = log_count_ratios(counts, np.arange(4), positive)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_label_without_texts_has_ratios_too():
    counts = WordNgrams(1).learn(["a b", "a"])
    assert np.all(np.isfinite(log_count_ratios(counts, np.arange(2), np.zeros(2, np.bool_))))


def test_scores_are_those_of_the_explicit_matrix(rows, positive):
    model = fit(rows, job_of(np.arange(N_TEXTS), positive), 1.0, 2.0, 0)
    scores = model.scores(rows)
    held = np.zeros((N_TEXTS, rows.counts.n_ngrams))
    held[np.repeat(np.arange(N_TEXTS), np.diff(rows.counts.starts)), rows.counts.columns] = 1
    lengths = np.sqrt(held @ model.ngram_squares)
    part = held @ model.ngram_weights / np.maximum(lengths, 1e-12)
    expected = part + rows.dense @ model.dense_weights + model.biases
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert scores.shape == (N_TEXTS, 3)


def test_learns_each_label(rows, positive):
    model = fit(rows, job_of(np.arange(N_TEXTS), positive), 10.0, 1.0, 0)
    found = model.scores(rows)
    assert np.array_equal((found > 0)[:-1], positive[:-1])


def test_a_small_share_hardly_lets_dense_features_count(rows, positive):
    said = []
    for share in (0.01, 4.0):
        model = fit(rows, job_of(np.arange(N_TEXTS), positive), 1.0, share, 0)
        said.append(np.abs(rows.dense @ model.dense_weights).max())
    assert said[0] < 0.01 * said[1]


def test_ngram_counts_beyond_one_do_not_matter(positive):
    counts = WordNgrams(1).learn(["a", "b", "c"] * 13 + ["a"])
    often = WordNgrams(1).learn(["a a a", "b b", "c c c c"] * 13 + ["a a"])
    dense = np.zeros((N_TEXTS, 0), np.float32)
    job = job_of(np.arange(N_TEXTS), positive)
    first, second = (fit(Rows(each, dense), job, 1.0, 1.0, 0) for each in (counts, often))
    np.testing.assert_array_equal(first.ngram_weights, second.ngram_weights)


def test_texts_that_cost_more_pull_harder(rows, positive):
    job = job_of(np.arange(N_TEXTS), positive, 0.01)
    dear = Job(job.texts, positive, job.costs.copy())
    dear.costs[0] = 1.0
    margins = [fit(rows, each, 1.0, 1.0, 0).scores(rows)[0, 0] for each in (job, dear)]
    assert margins[1] > margins[0] + 0.1


def test_held_out_scores_equal_those_of_fits_without_the_held_out_texts(rows, positive):
    everything = np.arange(N_TEXTS)
    held_out = [everything[::4], everything[1::4]]
    jobs = [job_of(np.setdiff1d(everything, texts), positive) for texts in held_out]
    (found,) = held_out_scores(rows, jobs, held_out, [3.0], 0.5, 7)
    expected = np.concatenate(
        [
            fit(rows, job, 3.0, 0.5, 7).scores(rows.part(texts))
            for job, texts in zip(jobs, held_out, strict=True)
        ]
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_rising_c_ends_near_a_fit_from_scratch(rows, positive, monkeypatch):
    monkeypatch.setattr("wordloom.classify.linear.one_vs_rest.TOLERANCE", 1e-4)
    held_out = [np.arange(5)]
    jobs = [job_of(np.arange(5, N_TEXTS), positive)]
    strengths = [0.1, 1.0, 3.0]
    rising = held_out_scores(rows, jobs, held_out, strengths, 1.0, 0)
    for strength, scores in zip(strengths, rising, strict=True):
        (alone,) = held_out_scores(rows, jobs, held_out, [strength], 1.0, 0)
        np.testing.assert_allclose(scores, alone, atol=2e-3)


def test_held_out_texts_do_not_touch_the_fit(rows, positive):
    texts = np.arange(5, N_TEXTS)
    flipped = positive.copy()
    flipped[:5] = ~flipped[:5]
    first, second = (fit(rows, job_of(texts, each), 1.0, 1.0, 0) for each in (positive, flipped))
    for name in ("ngram_weights", "ngram_squares", "dense_weights", "biases"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
