import itertools

import numpy as np
import pytest

from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, TrainingError
from wordloom.text.corpus import Corpus
from wordloom.text.vocabulary import Vocabulary
from wordloom.train.glove import GloVe, GloVeTask
from wordloom.train.start import Start


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
    return GloVe(dim=10, epochs=4, window=5, x_max=10)


@pytest.fixture(scope="module")
def embedding(trainer, counts):
    return trainer.train(counts, threads=1)


def test_words_of_a_topic_end_up_closer_than_words_of_two(counts):
    embedding = GloVe(dim=10, epochs=10, window=5, x_max=10).train(counts, threads=1)
    vectors = embedding.vectors / np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T
    topic = np.array([word[0] for word in embedding.vocabulary.words])
    same = (topic[:, None] == topic) & ~np.eye(len(topic), dtype=bool)
    assert cosines[same].mean() > cosines[topic[:, None] != topic].mean() + 0.3


def test_the_loss_falls_every_epoch(counts):
    report = GloVe(dim=10, epochs=8, window=5, x_max=10).train(counts, threads=1).report
    assert all(later < earlier for earlier, later in itertools.pairwise(report["losses"]))


def test_the_loss_is_half_the_weighted_squared_error(counts):
    trainer = GloVe(dim=10, window=5, x_max=10, alpha=0.6)
    task = GloVeTask(trainer, counts, Start(None, 10), seed=1)
    task.rows[:, :12] = task.columns[:, :12] = 0  # All predictions are 0,
    task.rates[:] = 0  # and stay so.
    task.begin_epoch(0)
    work = task.make_worker()
    outcomes = [work(0, turn) for turn in range(task.turns)]
    expected = np.minimum(counts.counts / 10, 1) ** 0.6 * np.log(counts.counts) ** 2 / 2
    assert sum(outcome.loss for outcome in outcomes) == pytest.approx(expected.sum(), rel=1e-5)
    assert sum(outcome.terms for outcome in outcomes) == counts.n_cells


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
    make_worker = GloVeTask.make_worker

    def make_mortal_worker(task):
        work = make_worker(task)

        def mortal(epoch, turn):
            if (epoch, turn) == (2, 13):
                raise Killed
            return work(epoch, turn)

        return mortal

    with monkeypatch.context() as patch:
        patch.setattr(GloVeTask, "make_worker", make_mortal_worker)
        with pytest.raises(Killed):
            trainer.train(counts, threads=threads, checkpoint=place, checkpoint_seconds=0)
    resumed = trainer.train(counts, threads=1, checkpoint=place, resume=True)
    np.testing.assert_array_equal(resumed.vectors, embedding.vectors)
    assert resumed.report["losses"] == embedding.report["losses"]


def test_the_report_counts_cells(trainer, counts, embedding):
    report = embedding.report
    assert (report["algorithm"], report["unit"]) == ("glove", "cells")
    assert report["settings"]["x_max"] == 10
    assert report["units_per_second"] == pytest.approx(4 * counts.n_cells / report["seconds"])


def test_words_of_an_earlier_embedding_begin_with_its_vectors(trainer, counts):
    earlier = StaticEmbedding(
        Vocabulary.from_words(["a3", "elsewhere", "b7"]), np.arange(30.0).reshape(3, 10)
    )
    vectors = GloVeTask(trainer, counts, Start(earlier, 10), seed=1).vectors()
    ids = {word: row for row, word in enumerate(counts.vocabulary.words)}
    np.testing.assert_array_equal(vectors[ids["a3"]], earlier.vectors[0])
    np.testing.assert_array_equal(vectors[ids["b7"]], earlier.vectors[2])
    assert np.abs(vectors[ids["a4"]]).max() <= 1 / 11


@pytest.mark.parametrize(
    "settings",
    [{"x_max": 0}, {"x_max": float("nan")}, {"alpha": -1}, {"alpha": 11}, {"window": 0}],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        GloVe(**settings)


def test_overflow_stops_training_and_names_the_settings(counts):
    with pytest.raises(TrainingError, match=r"epoch 1 of 2.*learning_rate=1e\+30"):
        GloVe(dim=10, epochs=2, window=5, learning_rate=1e30).train(counts, threads=2)


def test_a_vocabulary_of_one_word_is_trained():
    corpus = Corpus.from_texts(["echo echo echo"], min_count=1)
    embedding = GloVe(dim=3, epochs=2).train(corpus, threads=2)
    assert embedding.vectors.shape == (1, 3)
    assert np.isfinite(embedding.vectors).all()


def test_a_corpus_without_a_pair_of_words_is_refused():
    corpus = Corpus.from_texts(["one", "two"], min_count=1)
    with pytest.raises(InputError, match="side by side"):
        GloVe().train(corpus)
