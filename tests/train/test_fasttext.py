import itertools
import math

import numpy as np
import pytest

import wordloom
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError, TrainingError
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.batches import pack_texts
from wordloom.text.corpus import Corpus
from wordloom.text.vocabulary import Vocabulary
from wordloom.train import negative_sampling
from wordloom.train.fasttext import FastText, compose, safe_batch
from wordloom.train.sampling import keep_probabilities
from wordloom.train.start import Start

STEMS = {
    "sport": ["running", "kicking", "scoring", "winning", "jumping"],
    "health": ["coughs", "fevers", "doctors", "clinics", "viruses"],
}


@pytest.fixture(scope="module")
def corpus():
    """Two topics that never meet, whose words share endings with each other."""
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(STEMS[list(STEMS)[number % 2]], 30)) for number in range(200)]
    return Corpus.from_texts(texts, min_count=1)


@pytest.fixture(scope="module", params=["skipgram", "cbow"])
def trainer(request):
    return FastText(
        model=request.param, dim=16, epochs=6, learning_rate=0.1, subsample=0, n_buckets=5000
    )


@pytest.fixture(scope="module")
def embedding(trainer, corpus):
    return trainer.train(corpus, threads=1, seed=3)


def cosine(left, right):
    return float(left @ right / np.linalg.norm(left) / np.linalg.norm(right))


def test_words_of_a_topic_end_up_closer_than_words_of_two(embedding):
    same, other = [], []
    for first, second in itertools.combinations(STEMS["sport"] + STEMS["health"], 2):
        pairs = same if (first in STEMS["sport"]) == (second in STEMS["sport"]) else other
        pairs.append(cosine(embedding[first], embedding[second]))
    assert np.mean(same) > np.mean(other) + 0.3


def test_an_inflected_word_that_the_text_lacks_lands_near_its_stem(embedding):
    for unknown, stem, topic in (("kicked", "kicking", "sport"), ("doctoral", "doctors", "health")):
        assert unknown not in embedding
        others = STEMS["health" if topic == "sport" else "sport"]
        nearest = max(cosine(embedding[unknown], embedding[word]) for word in others)
        assert cosine(embedding[unknown], embedding[stem]) > nearest + 0.3


def test_one_thread_repeats_bit_for_bit(trainer, embedding, corpus):
    again = trainer.train(corpus, threads=1, seed=3)
    other = trainer.train(corpus, threads=1, seed=4)
    assert again.vectors.tobytes() == embedding.vectors.tobytes()
    assert again.subwords.vectors.tobytes() == embedding.subwords.vectors.tobytes()
    assert again.report["losses"] == embedding.report["losses"]
    assert other.vectors.tobytes() != embedding.vectors.tobytes()


def test_the_loss_falls_and_two_threads_see_the_same_samples(trainer, corpus, monkeypatch):
    monkeypatch.setattr(negative_sampling, "BLOCK_WORDS", 500)
    one = trainer.train(corpus, threads=1).report
    two = trainer.train(corpus, threads=2).report
    assert one["losses"][-1] < one["losses"][0]
    assert two["threads"] == 2
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=0.05)


def test_a_word_is_the_mean_of_its_own_row_and_its_ngrams(trainer, corpus):
    _, task = trainer.prepare(corpus, Start(None, 16), 1, 1, False)
    rows = task.tables.input.astype(np.float64)
    vocabulary = corpus.vocabulary
    splits, buckets = ngram_buckets(vocabulary.data, vocabulary.offsets, 3, 6, 5000)
    for word in range(len(vocabulary)):
        ngrams = buckets[splits[word] : splits[word + 1]]
        places = len(vocabulary) + np.searchsorted(task.buckets, ngrams)
        expected = rows[[word, *places], :16].mean(axis=0)
        np.testing.assert_allclose(task.vectors()[word], expected, rtol=1e-5, atol=1e-7)
    # The first state is the original's: uniform in ±1 / dim.
    assert 0.9 / 16 < np.abs(rows).max() <= 1 / 16


def test_ngrams_hold_what_unknown_words_are_composed_of(embedding):
    batch = pack_texts(["kickings"])
    splits, buckets = ngram_buckets(batch.data, batch.offsets, 3, 6, 5000)
    rows = embedding.subwords.rows(buckets)
    assert len(rows) == splits[1]
    expected = embedding.subwords.vectors[rows[rows >= 0]].mean(axis=0)
    np.testing.assert_allclose(embedding["kickings"], expected, rtol=1e-4, atol=1e-6)


def test_a_saved_embedding_composes_the_same_vectors(embedding, tmp_path):
    opened = wordloom.load(embedding.save(tmp_path / "v"))
    assert opened.oov == "subwords"
    for word in ("kicked", "doctoral", "running"):
        assert opened[word].tobytes() == embedding[word].tobytes()
    texts = ["kicked a doctor", "zzz"]
    assert opened.embed(texts).tobytes() == embedding.embed(texts).tobytes()


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
def test_words_that_share_nearly_all_their_ngrams_train_without_overflow(model):
    random = np.random.default_rng(0)
    words = ["pneumonoultramicroscopic" + "".join(pair) for pair in itertools.product("abcd", "xy")]
    texts = [" ".join(random.choice(words, 40)) for _ in range(100)]
    trainer = FastText(model=model, dim=16, subsample=0)
    report = trainer.train(Corpus.from_texts(texts, min_count=1), threads=1).report
    assert max(report["losses"]) < 6 * math.log(2) * 1.1


def test_a_loss_that_explodes_without_overflow_is_an_error():
    random = np.random.default_rng(0)
    ends = itertools.islice(itertools.product("abcdefghij", repeat=4), 64)
    words = ["pneumonoultramicroscopic" + "".join(end) for end in ends]
    corpus = Corpus.from_texts([" ".join(random.choice(words, 40)) for _ in range(100)])
    trainer = FastText(dim=16, learning_rate=0.1, window=10, subsample=0)
    with pytest.raises(TrainingError):  # The mean loss becomes 1e32, and vectors 1e14.
        trainer.train(corpus, threads=1)


def test_the_safe_batch_follows_from_how_much_words_share():
    words = ["walk", "walks", "walked", "talk", "ox", "aaaaaa"]
    counts = np.array([50, 20, 9, 9, 4, 1])
    trainer = FastText(learning_rate=0.01, subsample=0.1, batch=10**6, n_buckets=50)
    composition, _ = compose(trainer, Vocabulary.from_words(words, counts))
    kept = counts * keep_probabilities(counts, 0.1)
    share = kept / kept.sum()
    parts = [
        composition.rows[start:end].tolist()
        for start, end in itertools.pairwise(composition.starts)
    ]
    overlap = 0.0
    for mine, my_share in zip(parts, share, strict=True):
        for theirs, their_share in zip(parts, share, strict=True):
            common = sum(theirs.count(row) for row in mine)
            overlap += my_share * their_share * common / len(mine)
    expected = 0.05 / (0.01 * overlap)
    assert expected > 5
    assert safe_batch(trainer, counts, composition) == int(expected)
    most = FastText(learning_rate=0.01, subsample=0.1, batch=3, n_buckets=50)
    assert safe_batch(most, counts, composition) == 3


def test_each_word_is_composed_of_itself_and_its_ngrams():
    trainer = FastText(min_n=3, max_n=4, n_buckets=1 << 20)
    vocabulary = Vocabulary.from_words(["ox", "oxen", "ñu"], [3, 2, 1])
    composition, buckets = compose(trainer, vocabulary)
    ngrams = {"ox": 3, "oxen": 7, "ñu": 3}  # <ox, ox>, <ox>; <ox, oxe, xen, en>, <oxe, oxen, xen>
    assert np.diff(composition.starts).tolist() == [1 + count for count in ngrams.values()]
    assert composition.rows[composition.starts[:-1]].tolist() == [0, 1, 2]
    assert len(buckets) == 12  # "<ox" is in two words.
    assert np.all(np.diff(buckets) > 0)
    assert composition.rows.max() == 3 + 12 - 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"model": "skip"}, '`model` must be "skipgram" or "cbow"'),
        ({"min_n": 0}, "`min_n` must be a whole number from 1"),
        ({"min_n": 5, "max_n": 4}, "Received: 5 to 4"),
        ({"max_n": 65}, "at most 64"),
        ({"n_buckets": 0}, "`n_buckets` must be a whole number from 1"),
        ({"n_buckets": 1 << 31}, r"below 2\^31"),
        ({"batch": 2.0}, "`batch` must be a whole number from 1"),
    ],
)
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        FastText(**wrong)


def test_words_too_short_for_an_ngram_train_alone():
    corpus = Corpus.from_texts(["a b c a b c"] * 20, min_count=1)
    trainer = FastText(dim=4, min_n=6, max_n=6, subsample=0)
    embedding = trainer.train(corpus, threads=1)
    assert np.isfinite(embedding.vectors).all()
    assert isinstance(embedding.subwords, Subwords)
    assert len(embedding.subwords) == 0
