import contextlib
import gzip
import os
import pickle
import shutil
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning, FormatError, InputError, WordloomError
from wordloom.formats.gensim.writer import PickleWriter, write_keyed_vectors
from wordloom.formats.loading import load
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

WORDS = ["the", "cough", "fieber", "été", "日本", "New York", ""]
COUNTS = [900, 50, 7, 5, 3, 2, 1]
SENTENCES = [["dry", "cough", "and", "fever"], ["cough", "été", "naïve"], ["日本", "dry"]] * 5


@pytest.fixture
def vectors():
    return np.random.default_rng(1).standard_normal((len(WORDS), 5), np.float32)


@pytest.fixture
def embedding(vectors):
    return StaticEmbedding(Vocabulary.from_words(WORDS, COUNTS), vectors, name="toy")


@pytest.fixture
def able(vectors):
    """An embedding with n-grams, of which every bucket has a vector."""
    rows = np.random.default_rng(2).standard_normal((40, 5), np.float32)
    return StaticEmbedding(
        Vocabulary.from_words(WORDS, COUNTS),
        vectors,
        oov="subwords",
        subwords=Subwords(3, 6, 40, np.arange(40), rows),
    )


@pytest.fixture
def saved(embedding, tmp_path):
    return save(embedding, tmp_path / "toy.kv")


def changed(path, position, byte):
    data = bytearray(path.read_bytes())
    data[position] = byte
    path.write_bytes(data)


def test_what_is_written_comes_back(embedding, saved):
    again = load(saved)
    assert again.vocabulary.words == WORDS
    assert again.vocabulary.counts.tolist() == COUNTS
    np.testing.assert_array_equal(again.vectors, embedding.vectors)
    assert (again.name, again.oov) == ("toy", "skip")


def test_subwords_come_back(able, tmp_path):
    again = load(save(able, tmp_path / "able.kv"))
    np.testing.assert_allclose(again.vectors, able.vectors, atol=1e-6)
    np.testing.assert_array_equal(again.subwords.vectors, able.subwords.vectors)
    np.testing.assert_array_equal(again["coughing"], able["coughing"])


def test_unused_buckets_are_told_about(able, tmp_path):
    some = able.replaced(subwords=Subwords(3, 6, 40, [3, 8, 30], able.subwords.vectors[:3]))
    with pytest.warns(DataWarning, match="3 of 40 buckets"):
        path = save(some, tmp_path / "some.kv")
    again = load(path)
    np.testing.assert_allclose(again.vectors, some.vectors, atol=1e-6)
    np.testing.assert_array_equal(again.subwords.vectors[[3, 8, 30]], some.subwords.vectors)
    assert not again.subwords.vectors[[0, 1, 39]].any()


def test_parts_are_read(embedding, able, saved, tmp_path):
    assert load(saved, limit=2).vocabulary.words == WORDS[:2]
    part = load(saved, words=["été", "absent", "the"])
    assert part.vocabulary.words == ["the", "été"]
    assert part.vocabulary.counts.tolist() == [900, 5]
    np.testing.assert_array_equal(part.vectors, embedding.vectors[[0, 3]])
    part = load(save(able, tmp_path / "able.kv"), words=["cough"])
    np.testing.assert_allclose(part["cough"], able["cough"], atol=1e-6)
    np.testing.assert_array_equal(part["coughing"], able["coughing"])
    with pytest.raises(InputError, match="none of them chosen"):
        load(saved, words=["absent"])


def test_memory_mapped_vectors_stay_in_the_file(embedding, saved):
    mapped = load(saved, memory_map=True, limit=3)
    np.testing.assert_array_equal(mapped.vectors, embedding.vectors[:3])
    base = mapped.vectors
    while isinstance(base, np.ndarray):
        assert not base.flags.owndata
        base = base.base
    assert type(base.obj).__name__ == "mmap"


def test_compressed_files_are_read(embedding, tmp_path):
    for path in (save(embedding, tmp_path / "toy.kv.gz"), tmp_path / "toy.zip"):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(save(embedding, tmp_path / "toy.kv"), "toy.kv")
        np.testing.assert_array_equal(load(path).vectors, embedding.vectors)


def test_gensim_opens_what_is_written(embedding, able, tmp_path):
    KeyedVectors = pytest.importorskip("gensim.models").KeyedVectors  # noqa: N806
    theirs = KeyedVectors.load(str(save(embedding, tmp_path / "toy.kv")))
    assert theirs.index_to_key == WORDS
    np.testing.assert_array_equal(theirs.vectors, embedding.vectors)
    assert [theirs.get_vecattr(word, "count") for word in WORDS] == COUNTS
    theirs.add_vectors(["more"], np.ones((1, 5), np.float32))
    theirs.save(str(tmp_path / "more.kv"))
    assert load(tmp_path / "more.kv").vocabulary.words == [*WORDS, "more"]

    theirs = KeyedVectors.load(str(save(able, tmp_path / "able.kv")))
    np.testing.assert_allclose(theirs.vectors, able.vectors, atol=1e-6)
    for word in ("coughing", "ête", "日本語", "x"):
        np.testing.assert_allclose(theirs[word], able[word], atol=1e-6)
    theirs.save(str(tmp_path / "again.kv"))
    np.testing.assert_allclose(load(tmp_path / "again.kv").vectors, able.vectors, atol=1e-6)


@pytest.fixture(scope="module")
def models():
    """Models that gensim trained, and the vectors that it gives for their words."""
    gensim = pytest.importorskip("gensim.models")
    settings = {"vector_size": 6, "min_count": 1, "workers": 1, "seed": 1}
    tagged = [gensim.doc2vec.TaggedDocument(words, [i]) for i, words in enumerate(SENTENCES)]
    return {
        "word2vec": gensim.Word2Vec(SENTENCES, **settings),
        "fasttext": gensim.FastText(SENTENCES, bucket=60, **settings),
        "no n-grams": gensim.FastText(SENTENCES, bucket=0, **settings),
        "doc2vec": gensim.Doc2Vec(tagged, **settings),
    }


def assert_same(ours, theirs):
    assert ours.vocabulary.words == theirs.index_to_key
    np.testing.assert_allclose(ours.vectors, theirs.vectors, atol=1e-6)
    counts = [theirs.get_vecattr(word, "count") for word in theirs.index_to_key]
    assert ours.vocabulary.counts.tolist() == counts


@pytest.mark.parametrize("kind", ["word2vec", "fasttext", "no n-grams", "doc2vec"])
@pytest.mark.parametrize("protocol", range(6))
def test_models_of_gensim_are_read(models, kind, protocol, tmp_path):
    model = models[kind]
    for name, part in (("model", model), ("vectors", model.wv)):
        path = tmp_path / name
        part.save(str(path), pickle_protocol=protocol)
        assert_same(load(path), model.wv)
    # Large arrays beside the file.
    path = tmp_path / "apart.model"
    model.save(str(path), sep_limit=10, pickle_protocol=protocol)
    model.wv.save(str(tmp_path / "apart.kv"), sep_limit=10, pickle_protocol=protocol)
    assert list(tmp_path.glob("*.npy"))
    for memory_map in (False, True):
        assert_same(load(path, memory_map=memory_map), model.wv)
        ours = load(tmp_path / "apart.kv", memory_map=memory_map)
        assert_same(ours, model.wv)
    if kind == "fasttext":
        for word in ("coughing", "ête", "日本語", "x"):
            np.testing.assert_allclose(ours[word], model.wv[word], atol=1e-6)


def test_compressed_models_of_gensim_are_read(models, tmp_path):
    wv = models["word2vec"].wv
    wv.save(str(tmp_path / "vectors.kv.gz"), sep_limit=10)
    assert (tmp_path / "vectors.kv.gz.vectors.npz").exists()
    assert_same(load(tmp_path / "vectors.kv.gz"), wv)


def test_a_missing_or_forged_array_is_told(models, tmp_path):
    path = tmp_path / "v.kv"
    models["word2vec"].wv.save(str(path), sep_limit=10)
    beside = tmp_path / "v.kv.vectors.npy"
    content = beside.read_bytes()
    for data in (b"", content[:-4], content.replace(b"), }", b"0),}"), b"\x93NUMPY" + bytes(90)):
        beside.write_bytes(data)
        with pytest.raises(FormatError, match=r"v\.kv\.vectors\.npy"):
            load(path)
    np.save(beside, np.zeros((2, 6), np.float32))
    with pytest.raises(FormatError, match="and 2 vectors"):
        load(path)
    np.save(beside, np.array([[{}]], object), allow_pickle=True)
    with pytest.raises(FormatError, match="only numbers"):
        load(path)
    beside.unlink()
    with pytest.raises(FormatError, match="several files"):
        load(path)


def old_files():
    """The files of earlier versions that gensim keeps for its own tests."""
    try:
        import gensim
    except ImportError:
        return []
    folder = Path(gensim.__file__).parent / "test" / "test_data"
    patterns = ("word2vec_[3op]*", "old_*_models/*", "doc2vec_old*", "*fasttext_old*", "*.w2v")
    files = [file for pattern in patterns for file in folder.glob(pattern)]
    return sorted(str(file) for file in files if file.suffix != ".npy" and file.name[-1] != "c")


@pytest.mark.skipif(not old_files(), reason="gensim or its test data is not installed")
def test_files_of_all_versions_of_gensim_are_read():
    from gensim.models import Word2Vec

    compared = 0
    for file in old_files():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            ours = load(file)
        assert len(ours) >= 3
        assert ours.vocabulary.counts.all()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = Word2Vec.load(file).wv
        except (AttributeError, ModuleNotFoundError):
            continue  # gensim itself cannot read them any more
        compared += 1
        assert_same(ours, theirs)
    assert compared >= 5


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_of_a_pickle_is_run(protocol, tmp_path):
    class Hostile:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    path = tmp_path / "hostile.kv"
    path.write_bytes(pickle.dumps(Hostile(), protocol))
    pickle.loads(path.read_bytes())  # noqa: S301 (shows that it would run)
    (tmp_path / "ran").rmdir()
    with pytest.raises(FormatError, match=r"byte \d+: it names (posix|nt).mkdir"):
        load(path, format="gensim")
    assert not (tmp_path / "ran").exists()


def test_other_pickles_are_refused_with_their_class(tmp_path):
    path = tmp_path / "other.pkl"
    for value, reason in (({"a": 1}, "no object"), (np.ones(3), "numpy"), (complex(1), "complex")):
        path.write_bytes(pickle.dumps(value))
        with pytest.raises(FormatError, match=reason):
            load(path, format="gensim")


def test_names_in_the_pickle_lead_to_no_other_file(models, tmp_path):
    """A pickle cannot make the reader open a file by naming it."""
    path = tmp_path / "v.kv"
    models["word2vec"].wv.save(str(path), sep_limit=10)
    shutil.move(tmp_path / "v.kv.vectors.npy", tmp_path / "w.kv.vectors.npy")
    data = path.read_bytes().replace(b"vectors", b"../secr")
    path.write_bytes(data)
    with pytest.raises(FormatError):
        load(path)


def test_vectors_that_are_not_finite_are_refused(embedding, tmp_path):
    vectors = embedding.vectors.copy()
    vectors[2, 1] = np.nan
    path = tmp_path / "nan.kv"
    write_keyed_vectors(embedding.replaced(vectors=vectors), path)
    with pytest.raises(FormatError, match="word 3, where the vector of 'fieber' holds nan"):
        load(path)


def test_every_truncation_is_refused(saved):
    data = saved.read_bytes()
    for size in range(1, len(data)):
        saved.write_bytes(data[:size])
        with pytest.raises(FormatError):
            load(saved, format="gensim")


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_mutated_files_give_an_embedding_or_an_error(data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "mutated.kv"
    original = path.with_suffix(".original")
    if not original.exists():
        rows = np.arange(40, dtype=np.float32).reshape(20, 2)
        subwords = Subwords(3, 4, 20, np.arange(20), rows)
        vocabulary = Vocabulary.from_words(["a", "été"], [2, 1])
        able = StaticEmbedding(vocabulary, [[1, 2], [3, 4]], oov="subwords", subwords=subwords)
        save(able, path)
        path.rename(original)
    content = bytearray(original.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(WordloomError):
            load(path, format="gensim")


def test_a_gzip_bomb_is_stopped(tmp_path):
    path = tmp_path / "bomb.kv.gz"
    with gzip.open(path, "wb", 9) as file:
        file.write(b"\x80\x04\x95" + bytes(9))
        for _ in range(80):
            file.write(bytes(1 << 20))
    with pytest.raises(FormatError):
        load(path)


def test_a_word_that_is_shared_does_not_become_many(tmp_path):
    path = tmp_path / "a.kv"
    pickle = PickleWriter(path.open("wb"))
    with pickle.file:
        pickle.start_object("gensim.models.keyedvectors", "KeyedVectors")
        pickle.text("index_to_key")
        pickle.write(b"](")
        pickle.text("a" * 1000)
        pickle.write(b"\x94" + b"h\x00" * 1000 + b"e")
        pickle.end_object()
    with pytest.raises(FormatError, match="its words take more bytes"):
        load(path)
