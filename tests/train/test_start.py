"""Training that begins with an embedding: its words stay, the text's new words join them."""

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError
from wordloom.text.corpus import Corpus
from wordloom.text.vocabulary import Vocabulary
from wordloom.train.cbow import CBOW
from wordloom.train.fasttext import FastText
from wordloom.train.skipgram import SkipGram

DIM = 20
OLD = ["wine", "red", "barrel", "cellar"]
STILL = {"dim": DIM, "epochs": 1, "learning_rate": 1e-9, "subsample": 0}


def embedding(words=OLD, counts=(100, 50, 7, 7), **more):
    vectors = np.random.default_rng(1).normal(0, 1, (len(words), DIM))
    vocabulary = Vocabulary.from_words(words, counts, [2] * len(words), n_documents=40)
    return StaticEmbedding(vocabulary, vectors, name="old", **more)


@pytest.fixture(scope="module")
def corpus():
    return Corpus.from_texts(["red grapes and red wine", "grapes and grapes"] * 10, min_count=1)


@pytest.mark.parametrize("algorithm", [SkipGram, CBOW, FastText])
def test_words_that_the_text_lacks_stay_and_shared_ones_begin_where_they_were(algorithm, corpus):
    init = embedding()
    found = algorithm(**STILL).train(corpus, threads=1, init=init)
    for word in ("barrel", "cellar"):
        assert found[word].tobytes() == init[word].tobytes()
    for word in ("wine", "red"):
        np.testing.assert_allclose(found[word], init[word], atol=1e-5)
    for word in ("grapes", "and"):
        assert 0 < np.abs(found[word]).max() <= 1 / DIM


def test_counts_add_up_and_order_the_words(corpus):
    found = SkipGram(**STILL).train(corpus, threads=1, init=embedding()).vocabulary
    counts = dict(zip(found.words, found.counts.tolist(), strict=True))
    assert counts == {"wine": 110, "red": 70, "grapes": 30, "and": 20, "barrel": 7, "cellar": 7}
    assert list(counts) == ["wine", "red", "grapes", "and", "barrel", "cellar"]
    assert dict(zip(found.words, found.document_counts.tolist(), strict=True)) == {
        "wine": 12, "red": 12, "grapes": 20, "and": 20, "barrel": 2, "cellar": 2,
    }  # fmt: skip
    assert found.n_documents == 60


def test_every_vector_stays_with_its_word(corpus):
    init = embedding()
    found = SkipGram(**STILL).train(corpus, threads=1, init=init)
    again = SkipGram(**STILL).train(corpus, threads=1, init=found)
    assert set(again.vocabulary.words) == set(found.vocabulary.words)
    for word in found.vocabulary.words:
        np.testing.assert_allclose(again[word], found[word], atol=1e-5)


def test_shared_words_train_further(corpus):
    init = embedding()
    found = SkipGram(dim=DIM, epochs=5, subsample=0).train(corpus, threads=1, init=init)
    assert np.abs(found["wine"] - init["wine"]).max() > 1e-3


def test_the_report_says_how_many_words_are_shared_new_and_kept(corpus):
    report = SkipGram(**STILL).train(corpus, threads=1, init=embedding()).report
    assert report["init"] == {"name": "old", "shared_words": 2, "new_words": 2, "kept_words": 2}
    assert report["vocabulary"] == 4
    assert SkipGram(**STILL).train(corpus, threads=1).report["init"] is None


def test_an_embedding_without_a_common_word_or_counts_joins(corpus):
    init = embedding(["x", "y"], None)
    found = SkipGram(**STILL).train(corpus, threads=1, init=init)
    assert found.vocabulary.words[-2:] == ["x", "y"]
    assert found["y"].tobytes() == init["y"].tobytes()


def test_the_embedding_itself_is_not_changed(corpus):
    init = embedding()
    before, counts = init.vectors.copy(), init.vocabulary.counts.copy()
    SkipGram(dim=DIM, epochs=3, subsample=0).train(corpus, threads=1, init=init)
    np.testing.assert_array_equal(init.vectors, before)
    np.testing.assert_array_equal(init.vocabulary.counts, counts)


@pytest.mark.parametrize("algorithm", [SkipGram, CBOW, FastText])
def test_vectors_of_another_length_are_refused(algorithm, corpus):
    with pytest.raises(InputError, match=f"dim=21 and init 'old' with {DIM}. Set dim={DIM}"):
        algorithm(dim=21).train(corpus, init=embedding())


NGRAMS = {"min_n": 3, "max_n": 4, "n_buckets": 1 << 20}


@pytest.fixture(scope="module")
def earlier():
    """FastText vectors of words that share no n-gram with those of the corpus."""
    texts = ["barrel in cellar", "cellar for barrel"] * 10
    corpus = Corpus.from_texts(texts, min_count=1)
    return FastText(dim=DIM, **NGRAMS, subsample=0).train(corpus, threads=1)


def test_ngrams_that_only_the_embedding_has_still_compose_unknown_words(corpus, earlier):
    expected = earlier["barrels"]
    alone = FastText(**STILL, **NGRAMS).train(corpus, threads=1)
    joined = FastText(**STILL, **NGRAMS).train(corpus, threads=1, init=earlier)
    with pytest.raises(InputError, match="no vector for 'barrels'"):
        alone["barrels"]
    np.testing.assert_allclose(joined["barrels"], expected, atol=1e-6)
    assert np.abs(joined["grape"]).max() > 0
    assert np.all(np.diff(joined.subwords.buckets) > 0)


def test_shared_ngrams_begin_with_their_vectors_and_train_further(corpus):
    first = FastText(dim=DIM, **NGRAMS, subsample=0).train(corpus, threads=1)
    still = FastText(**STILL, **NGRAMS).train(corpus, threads=1, init=first)
    np.testing.assert_array_equal(still.subwords.buckets, first.subwords.buckets)
    np.testing.assert_allclose(still.subwords.vectors, first.subwords.vectors, atol=1e-6)
    np.testing.assert_allclose(still["grape"], first["grape"], atol=1e-6)
    moved = FastText(dim=DIM, **NGRAMS, subsample=0).train(corpus, threads=1, init=first)
    assert np.abs(moved["grape"] - first["grape"]).max() > 1e-4


def test_a_static_embedding_gives_fasttext_its_composed_vectors(corpus):
    init = embedding(["grapes", "wine"], (3, 2))
    found = FastText(**STILL, **NGRAMS).train(corpus, threads=1, init=init)
    for word in ("grapes", "wine"):
        np.testing.assert_allclose(found[word], init[word], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("other", [{"min_n": 2}, {"max_n": 5}, {"n_buckets": 1000}])
def test_ngrams_that_are_cut_or_hashed_otherwise_are_refused(corpus, earlier, other):
    trainer = FastText(dim=DIM, **{**NGRAMS, **other})
    with pytest.raises(InputError, match=r"the same n-grams.*\(3, 4, 1048576\)"):
        trainer.train(corpus, init=earlier)


def test_an_embedding_with_ngrams_of_no_word_joins(corpus):
    subwords = Subwords(3, 4, 1 << 20, np.empty(0, np.int32), np.empty((0, DIM)))
    init = embedding(oov="subwords", subwords=subwords)
    found = FastText(**STILL, **NGRAMS).train(corpus, threads=1, init=init)
    assert found["barrel"].tobytes() == init["barrel"].tobytes()
