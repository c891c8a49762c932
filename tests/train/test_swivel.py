import itertools
import subprocess
import sys
from unittest.mock import patch

import numpy as np
import pytest

from wordloom.cooccurrence import stripes
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, TrainingError
from wordloom.text.corpus import Corpus
from wordloom.text.vocabulary import Vocabulary
from wordloom.train.start import Start
from wordloom.train.swivel import Swivel, SwivelTask

SETTINGS = {"dim": 10, "window": 5, "device": "cpu"}


class Killed(BaseException):
    """The end of a process that has no time to write a last checkpoint."""


@pytest.fixture(scope="module")
def corpus():
    """Two topics that seldom meet: whoever learns anything tells them apart."""
    random = np.random.default_rng(0)
    words = [f"{topic}{number}" for topic in "ab" for number in range(100)]
    frequencies = 1 / np.arange(2, 102)
    frequencies /= frequencies.sum()
    shares = np.kron([[0.9, 0.1], [0.1, 0.9]], frequencies)
    texts = [" ".join(random.choice(words, 30, p=shares[number % 2])) for number in range(200)]
    return Corpus.from_texts(texts, min_count=1)


@pytest.fixture(scope="module")
def counts(corpus):
    return Cooccurrences.count(corpus, window=5, threads=1)


@pytest.fixture(scope="module")
def trainer():
    return Swivel(epochs=4, **SETTINGS)


@pytest.fixture(scope="module")
def embedding(trainer, counts):
    return trainer.train(counts, threads=1)


def full_matrix(counts):
    """All counts by row and column word, a word's own occurrences added beside itself."""
    n_words, n_stripes = len(counts.vocabulary), counts.n_stripes
    block = np.repeat(np.arange(n_stripes**2), np.diff(counts.block_starts))
    matrix = np.diag(counts.vocabulary.counts.astype(float))
    rows = counts.rows.astype(int) * n_stripes + block // n_stripes
    columns = counts.columns.astype(int) * n_stripes + block % n_stripes
    assert max(rows.max(), columns.max()) < n_words
    matrix[rows, columns] += counts.counts
    return matrix


def run_epoch(task, epoch=0):
    task.begin_epoch(epoch)
    work = task.make_worker()
    return [work(epoch, turn) for turn in range(task.turns)]


@pytest.mark.parametrize("variant", ["paper", "2017", "adaptive"])
def test_words_of_a_topic_end_up_closer_than_words_of_two(counts, variant):
    embedding = Swivel(epochs=10, variant=variant, **SETTINGS).train(counts, threads=1)
    vectors = embedding.vectors / np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T
    topic = np.array([word[0] for word in embedding.vocabulary.words])
    same = (topic[:, None] == topic) & ~np.eye(len(topic), dtype=bool)
    assert cosines[same].mean() > cosines[topic[:, None] != topic].mean() + 0.3


def test_the_loss_falls_every_epoch(counts):
    # At the paper's rate of 1, a vocabulary as small as this swings around its minimum.
    report = Swivel(epochs=8, learning_rate=0.3, **SETTINGS).train(counts, threads=1).report
    assert all(later < earlier for earlier, later in itertools.pairwise(report["losses"]))


@pytest.mark.parametrize(
    ("variant", "base", "scale"), [("paper", 0.1, 0.25), ("2017", 0, 1), ("adaptive", 0.1, 0.25)]
)
def test_the_loss_is_that_of_all_cells_with_every_word_beside_itself(counts, variant, base, scale):
    task = SwivelTask(Swivel(variant=variant, **SETTINGS), counts, Start(None, 10), seed=1)
    for table in (task.rows, task.columns):
        table[:] = 0  # All scores are 0, and with them the gradients.
    outcomes = run_epoch(task)
    x = full_matrix(counts)
    sums = [np.log1p(x.sum(axis=axis)) for axis in (1, 0)]
    # At a score of 0, what it is above the logarithm of a count of 1 against that of chance.
    above = sums[0][:, None] + sums[1] - np.log1p(x.sum())
    error = above - np.log(np.where(x > 0, x, 1))
    squared = (base + scale * np.sqrt(x)) * error**2 / 2
    expected = np.where(x > 0, squared, np.logaddexp(0, above)).sum()
    assert sum(outcome.loss for outcome in outcomes) == pytest.approx(expected, rel=1e-5)
    assert sum(outcome.terms for outcome in outcomes) == task.size == x.size


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads_gives_the_same_bit_for_bit(trainer, counts, embedding, threads):
    other = trainer.train(counts, threads=threads)
    np.testing.assert_array_equal(other.vectors, embedding.vectors)
    assert other.report["losses"] == embedding.report["losses"]


def test_another_seed_gives_other_vectors(trainer, counts, embedding):
    other = trainer.train(counts, threads=1, seed=2)
    assert not np.array_equal(other.vectors, embedding.vectors)


def test_a_corpus_gives_the_same_as_its_counts(trainer, corpus, embedding):
    other = trainer.train(corpus, threads=1)
    np.testing.assert_array_equal(other.vectors, embedding.vectors)
    assert other.vocabulary.words == corpus.vocabulary.words


@pytest.mark.parametrize("threads", [1, 3])
def test_a_stopped_training_goes_on_bit_for_bit(
    trainer, counts, embedding, threads, tmp_path, monkeypatch
):
    place = tmp_path / "checkpoint"
    make_worker = SwivelTask.make_worker

    def make_mortal_worker(task):
        work = make_worker(task)

        def mortal(epoch, turn):
            if (epoch, turn) == (2, 13):
                raise Killed
            return work(epoch, turn)

        return mortal

    with monkeypatch.context() as patched:
        patched.setattr(SwivelTask, "make_worker", make_mortal_worker)
        with pytest.raises(Killed):
            trainer.train(counts, threads=threads, checkpoint=place, checkpoint_seconds=0)
    resumed = trainer.train(counts, threads=1, checkpoint=place, resume=True)
    np.testing.assert_array_equal(resumed.vectors, embedding.vectors)
    assert resumed.report["losses"] == embedding.report["losses"]


@pytest.mark.parametrize(("words_per_stripe", "least"), [(4, 3), (64, 7), (1024, 1)])
def test_all_words_are_trained_however_they_fall_into_stripes(corpus, words_per_stripe, least):
    with (
        patch.object(stripes, "WORDS_PER_STRIPE", words_per_stripe),
        patch.object(stripes, "LEAST_STRIPES", least),
    ):
        counts = Cooccurrences.count(corpus, window=5, threads=1)
    n_words = len(corpus.vocabulary)
    task = SwivelTask(Swivel(**SETTINGS), counts, Start(None, 10), seed=1)
    before = task.vectors()
    assert sum(outcome.terms for outcome in run_epoch(task)) == n_words**2
    changed = (task.vectors() != before).any(axis=1)
    assert changed.shape == (n_words,)
    assert changed.all()


def test_the_report_counts_the_cells_that_are_zero_as_well(counts, embedding):
    report = embedding.report
    assert (report["algorithm"], report["unit"]) == ("swivel", "cells")
    assert report["settings"]["learning_rate"] == 1
    cells = len(counts.vocabulary) ** 2
    assert report["units_per_second"] == pytest.approx(4 * cells / report["seconds"])


def test_words_of_an_earlier_embedding_begin_with_its_vectors(trainer, counts):
    earlier = StaticEmbedding(
        Vocabulary.from_words(["a3", "elsewhere", "b7"]), np.arange(30.0).reshape(3, 10)
    )
    task = SwivelTask(trainer, counts, Start(earlier, 10), seed=1)
    vectors = task.vectors()
    ids = {word: row for row, word in enumerate(counts.vocabulary.words)}
    np.testing.assert_array_equal(vectors[ids["a3"]], earlier.vectors[0])
    np.testing.assert_array_equal(vectors[ids["b7"]], earlier.vectors[2])
    place = int(np.flatnonzero(task.order == ids["b7"])[0])
    np.testing.assert_array_equal(task.rows[place, :10], earlier.vectors[2] / 2)
    # The others are drawn: each table with variance 1 / dim.
    drawn = [row for word, row in ids.items() if word not in ("a3", "b7")]
    assert vectors[drawn].var() == pytest.approx(2 / 10, rel=0.1)


@pytest.mark.parametrize(
    "settings",
    [
        {"variant": "2016"},
        {"device": "tpu"},
        {"learning_rate": -1},
        {"learning_rate": float("nan")},
        {"window": 0},
        {"dim": 0},
    ],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        Swivel(**settings)


@pytest.mark.parametrize(("variant", "rate"), [("paper", 1), ("2017", 0.1), ("adaptive", 0.05)])
def test_no_learning_rate_takes_the_variants(variant, rate):
    assert Swivel(variant=variant).rate == rate
    assert Swivel(variant=variant, learning_rate=0.5).rate == 0.5


def test_overflow_stops_training_and_names_the_settings(counts):
    with pytest.raises(TrainingError, match=r"epoch 1 of 2.*learning_rate=1e\+30"):
        Swivel(epochs=2, learning_rate=1e30, **SETTINGS).train(counts, threads=2)


def test_a_vocabulary_of_one_word_is_trained():
    corpus = Corpus.from_texts(["echo echo echo"], min_count=1)
    embedding = Swivel(dim=3, epochs=2, device="cpu").train(corpus, threads=2)
    assert embedding.vectors.shape == (1, 3)
    assert np.isfinite(embedding.vectors).all()


def test_training_without_a_gpu_does_not_import_jax():
    program = (
        "import sys; from wordloom.train.swivel_jax import find_gpu, may_have_gpu; "
        "assert may_have_gpu() or find_gpu(required=False) is None; "
        "assert may_have_gpu() or 'jax' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
