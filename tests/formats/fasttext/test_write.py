import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning, InputError
from wordloom.formats.loading import load
from wordloom.formats.saving import save
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.batches import pack_texts
from wordloom.text.vocabulary import Vocabulary

WORDS = ["cough", "</s>", "fever", "naïve", "日本", "a", "coughs"]
COUNTS = [9, 8, 5, 5, 2, 1, 1]
UNKNOWN = ["coughing", "feverish", "naïvely", "日本語"]


def made(counts=COUNTS, encoding="utf-8", n_buckets=700):
    """An embedding with n-grams of 2 to 4 characters, of which only those of its words are kept."""
    random = np.random.default_rng(1)
    vocabulary = Vocabulary.from_words(WORDS, counts)
    batch = pack_texts(WORDS)
    used = np.unique(ngram_buckets(batch.data, batch.offsets, 2, 4, n_buckets)[1])
    rows = random.standard_normal((len(used), 6))
    return StaticEmbedding(
        vocabulary,
        random.standard_normal((len(WORDS), 6)),
        oov="subwords",
        subwords=Subwords(2, 4, n_buckets, used, rows, encoding),
        report={"settings": {"window": 9, "epochs": 3, "subsample": 0.01, "min_count": "junk"}},
    )


def write(embedding, tmp_path):
    return save(embedding, tmp_path / "written.ftbin")


def shares_known(embedding, words):
    """Which share of their n-grams has a row."""
    subwords = embedding.subwords
    batch = pack_texts(words)
    splits, buckets = ngram_buckets(batch.data, batch.offsets, 2, 4, subwords.n_buckets)
    known = np.add.reduceat(np.isin(buckets, subwords.buckets), splits[:-1])
    return known / np.diff(splits)


def test_words_come_back_with_counts_and_settings(tmp_path):
    embedding = made()
    read = load(write(embedding, tmp_path))
    assert read.vocabulary.words == WORDS
    assert read.vocabulary.counts.tolist() == COUNTS
    np.testing.assert_allclose(read.vectors, embedding.vectors, atol=1e-6)
    assert (read.subwords.min_n, read.subwords.max_n, read.subwords.n_buckets) == (2, 4, 700)
    settings = read.report["settings"]
    assert (settings["window"], settings["epochs"], settings["min_count"]) == (9, 3, 1)
    assert settings["subsample"] == 0.01


def test_unknown_words_keep_their_direction_and_shrink_by_what_is_unknown(tmp_path):
    embedding = made()
    read = load(write(embedding, tmp_path))
    shares = shares_known(embedding, UNKNOWN)
    assert (shares < 1).all()
    assert (shares > 0).all()
    wanted = embedding.word_vectors(UNKNOWN)[0] * shares[:, None]
    np.testing.assert_allclose(read.word_vectors(UNKNOWN)[0], wanted, atol=1e-6)


def test_an_embedding_with_all_buckets_comes_back_whole(tmp_path):
    first = load(write(made(), tmp_path))
    second = load(write(first, tmp_path), memory_map=True)
    np.testing.assert_allclose(second.vectors, first.vectors, atol=1e-6)
    np.testing.assert_array_equal(second.subwords.vectors, first.subwords.vectors)
    np.testing.assert_array_equal(second["coughing"], first["coughing"])


def test_without_ngrams_vectors_come_back_bit_for_bit(tmp_path):
    embedding = made().replaced(oov="zero", subwords=None)
    read = load(write(embedding, tmp_path))
    np.testing.assert_array_equal(read.vectors, embedding.vectors)
    assert read.subwords is None


def test_counts_that_are_not_known_stay_so(tmp_path):
    assert not load(write(made(counts=None), tmp_path)).vocabulary.counts.any()


def test_words_are_written_in_the_encoding_of_the_ngrams(tmp_path):
    words = ["kterž", "více"]
    ngrams = Subwords(2, 4, 50, None, np.random.default_rng(0).standard_normal((50, 2)), "cp852")
    vocabulary = Vocabulary.from_words(words)
    embedding = StaticEmbedding(vocabulary, [[1, 2], [3, 4]], oov="subwords", subwords=ngrams)
    with pytest.warns(DataWarning, match="written in that encoding"):
        path = write(embedding, tmp_path)
    assert "kterž".encode("cp852") + b"\0" in path.read_bytes()
    read = load(path, encoding="cp852")
    assert read.vocabulary.words == words
    np.testing.assert_allclose(read.vectors, embedding.vectors, atol=1e-6)
    np.testing.assert_allclose(read["žíž"], embedding["žíž"], atol=1e-6)


def test_blocks_make_no_difference(tmp_path, monkeypatch):
    whole = write(made(), tmp_path).read_bytes()
    monkeypatch.setattr("wordloom.formats.fasttext.write.BLOCK", 60)
    assert write(made(), tmp_path).read_bytes() == whole


def test_what_the_format_cannot_hold_is_refused_and_nothing_left_behind(tmp_path):
    vocabulary = Vocabulary.from_words(["fine", "not\0fine"])
    with pytest.raises(InputError, match=r"no NUL character. Received: 'not\\x00fine'"):
        write(StaticEmbedding(vocabulary, np.ones((2, 2))), tmp_path)
    with pytest.raises(InputError, match="NaN or infinity in the vector of 'fine'"):
        write(StaticEmbedding(vocabulary, np.full((2, 2), np.nan)), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["ngrams", "all buckets", "plain", "no counts"])
def test_the_fasttext_package_gives_the_same_vectors(tmp_path, kind):
    fasttext = pytest.importorskip("fasttext")
    embedding = made(counts=None if kind == "no counts" else COUNTS)
    if kind == "all buckets":
        embedding = load(write(embedding, tmp_path))
    if kind == "plain":
        embedding = embedding.replaced(oov="skip", subwords=None)
    model = fasttext.load_model(str(write(embedding, tmp_path)))
    assert model.get_words() == WORDS
    found = np.array([model.get_word_vector(word) for word in WORDS])
    np.testing.assert_allclose(found, embedding.vectors, rtol=0, atol=1e-6)
    if kind != "plain":
        shares = shares_known(embedding, UNKNOWN)[:, None]
        wanted = embedding.word_vectors(UNKNOWN)[0] * shares
        found = np.array([model.get_word_vector(word) for word in UNKNOWN])
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["ngrams", "plain", "no counts"])
def test_gensim_gives_the_same_vectors(tmp_path, kind):
    gensim = pytest.importorskip("gensim.models.fasttext")
    embedding = made(counts=None if kind == "no counts" else COUNTS)
    if kind == "plain":
        embedding = embedding.replaced(oov="skip", subwords=None)
    path = str(write(embedding, tmp_path))
    found = gensim.load_facebook_vectors(path)
    assert found.index_to_key == WORDS
    ours = [word for word in WORDS if word != "</s>"]  # to which gensim gives n-grams
    np.testing.assert_allclose(found[ours], embedding.word_vectors(ours)[0], rtol=0, atol=1e-6)
    assert gensim.load_facebook_model(path).wv.vectors.shape == (len(WORDS), 6)
