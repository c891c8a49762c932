import itertools
import json

import numpy as np
import pytest

from wordloom.errors import InputError, TrainingError
from wordloom.text.corpus import Corpus
from wordloom.train import negative_sampling
from wordloom.train.cbow import CBOW
from wordloom.train.sampling import alias_table, keep_probabilities
from wordloom.train.skipgram import SkipGram


@pytest.fixture(scope="module")
def corpus():
    """Two topics that never meet: whoever learns anything tells them apart."""
    random = np.random.default_rng(0)
    topics = [[f"a{i}" for i in range(10)], [f"b{i}" for i in range(10)]]
    texts = [" ".join(random.choice(topics[number % 2], 30)) for number in range(300)]
    return Corpus.from_texts(texts, min_count=1)


@pytest.fixture(scope="module", params=[SkipGram, CBOW])
def trainer(request):
    return request.param(dim=16, epochs=3, learning_rate=0.05, subsample=0)


def test_words_of_a_topic_end_up_closer_than_words_of_two(trainer, corpus):
    embedding = trainer.train(corpus, threads=1)
    vectors = embedding.vectors / np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
    cosines = vectors @ vectors.T
    first = np.array([word.startswith("a") for word in embedding.vocabulary.words])
    same = (first[:, None] == first) & ~np.eye(len(first), dtype=bool)
    assert cosines[same].mean() > cosines[first[:, None] != first].mean() + 0.3


def test_one_thread_repeats_bit_for_bit(trainer, corpus):
    first = trainer.train(corpus, threads=1, seed=3)
    second = trainer.train(corpus, threads=1, seed=3)
    other = trainer.train(corpus, threads=1, seed=4)
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert not np.array_equal(first.vectors, other.vectors)


def test_two_threads_see_the_same_samples_as_one(trainer, corpus, monkeypatch):
    monkeypatch.setattr(negative_sampling, "BLOCK_WORDS", 500)
    one = trainer.train(corpus, threads=1).report
    two = trainer.train(corpus, threads=2).report
    # Additions that get lost between threads weigh much with so few words.
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=0.15)


def test_the_loss_falls_and_begins_where_nothing_is_known(corpus):
    losses = SkipGram(dim=16, epochs=8, subsample=0).train(corpus, threads=1).report["losses"]
    # All scores are 0 at first: log 2 for the positive and for each of five negatives.
    assert losses[0] <= 6 * np.log(2) * 1.001
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))


def test_the_report_says_what_was_done(trainer, corpus):
    report = trainer.train(corpus, threads=1, seed=7).report
    assert report["algorithm"] == trainer.algorithm
    assert report["settings"]["dim"] == 16
    assert (report["epochs"], report["threads"], report["seed"]) == (3, 1, 7)
    assert report["corpus_words"] == 9000
    assert report["words_per_second"] == pytest.approx(27_000 / report["seconds"])
    json.dumps(report, allow_nan=False)


@pytest.mark.filterwarnings("ignore:overflow")
def test_overflow_stops_training_and_names_the_settings(trainer, corpus):
    broken = type(trainer)(dim=16, epochs=2, learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"epoch 1 of 2.*learning_rate=1e\+30") as caught:
        broken.train(corpus, threads=1)
    assert caught.value.embedding is None


def test_the_last_good_epoch_survives_an_overflow(corpus, monkeypatch):
    good = SkipGram(dim=16, epochs=1).train(corpus, threads=1)
    monkeypatch.setattr(
        negative_sampling.NegativeSamplingTask,
        "learning_rate",
        lambda self, epoch, turn: 0.025 if epoch == 0 else 1e30,
    )
    monkeypatch.setattr(negative_sampling, "BLOCK_WORDS", 1000)
    with pytest.raises(TrainingError, match="vectors after epoch 1 are kept") as caught:
        SkipGram(dim=16, epochs=3).train(corpus, threads=1)
    kept = caught.value.embedding
    assert kept.vectors.shape == good.vectors.shape
    assert np.isfinite(kept.vectors).all()
    assert kept.report["epochs"] == 1


def test_documents_of_one_word_cannot_train(trainer):
    corpus = Corpus.from_texts(["alone"] * 10, min_count=1)
    with pytest.raises(InputError, match="side by side"):
        trainer.train(corpus, threads=1)


def test_a_vocabulary_of_one_word_trains():
    corpus = Corpus.from_texts(["same same same"] * 10, min_count=1)
    assert np.isfinite(SkipGram(dim=4, subsample=0).train(corpus, threads=1).vectors).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"dim": 0},
        {"window": 2.5},
        {"epochs": -1},
        {"learning_rate": 0},
        {"subsample": float("nan")},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=f"`{next(iter(wrong))}`"):
        SkipGram(**wrong)


def test_an_unknown_cbow_gradient_is_refused():
    with pytest.raises(InputError, match="exact"):
        CBOW(cbow_gradient="right")


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"seed": -1}])
def test_threads_and_seeds_out_of_range_are_refused(corpus, wrong):
    with pytest.raises(InputError, match=f"`{next(iter(wrong))}`"):
        SkipGram(dim=4).train(corpus, **wrong)


def test_the_alias_table_holds_the_distribution():
    weights = np.random.default_rng(1).random(50) ** 3
    threshold, alias = alias_table(weights)
    stay = threshold / 2**32
    share = stay / 50
    np.add.at(share, alias, (1 - stay) / 50)
    np.testing.assert_allclose(share, weights / weights.sum(), atol=1e-8)


def test_without_subsampling_all_words_are_kept():
    np.testing.assert_array_equal(keep_probabilities(np.array([5, 1]), 0), [1, 1])


@pytest.mark.parametrize("make", [SkipGram, CBOW])
def test_a_rare_word_that_a_table_repeats_does_not_overflow(make, monkeypatch):
    trainer = make(dim=50, epochs=1, subsample=0.01)
    random = np.random.default_rng(0)
    texts = [" ".join(map(str, random.integers(1000, 2000, 200))) for _ in range(500)]
    texts[250] = "0 " * 4000
    corpus = Corpus.from_texts(texts)
    report = trainer.train(corpus, threads=1).report
    assert report["losses"][0] < 6 * np.log(2) * 1.05
    monkeypatch.setattr("wordloom.train.negative_sampling.LARGEST_REPEAT", 1e9)
    with pytest.raises(TrainingError):
        trainer.train(corpus, threads=1)
