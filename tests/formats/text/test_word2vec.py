import gzip
import os
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, InputError, WordloomError
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.registry import detect
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

TOY = b"3 2\ncough 1.5 0.5\nfever -2 1e-3\nnight sweats 0 .25\n"
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
TABLES = st.integers(1, 4).flatmap(
    lambda dim: st.dictionaries(
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6),
        st.lists(FLOAT32, min_size=dim, max_size=dim),
        min_size=1,
        max_size=8,
    )
)


@pytest.fixture
def toy(tmp_path):
    path = tmp_path / "toy.vec"
    path.write_bytes(TOY)
    return path


def embedding_of(table):
    vocabulary = Vocabulary.from_words(table)
    return StaticEmbedding(vocabulary, np.array(list(table.values()), np.float32))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"", b""), (b"\n", b" \n"), (b"\n", b"\r\n"), (b" ", b"\t"), (b"3 2", b"\xef\xbb\xbf3 2")],
)
def test_every_usual_form_is_recognised_and_read(toy, old, new):
    text = TOY.replace(old, new) if old else TOY[:-1]
    toy.write_bytes(text)
    assert detect(open_content(toy)).name == "word2vec-text"
    embedding = load(toy)
    assert embedding.name == "toy"
    assert embedding.vectors.tolist() == np.float32([[1.5, 0.5], [-2, 0.001], [0, 0.25]]).tolist()
    assert embedding.vocabulary.words[:2] == ["cough", "fever"]


def test_compressed_files_are_read_through(toy):
    packed = toy.with_suffix(".gz")
    packed.write_bytes(gzip.compress(TOY))
    with zipfile.ZipFile(toy.with_suffix(".zip"), "w") as archive:
        archive.write(toy, "vectors/toy.vec")
    for path in (packed, toy.with_suffix(".zip")):
        assert load(path).vectors.tolist() == load(toy).vectors.tolist()


def test_chosen_words_and_first_words_need_not_the_rest(toy):
    assert load(toy, words=["fever", "flu"]).vocabulary.words == ["fever"]
    toy.write_bytes(TOY + b"damaged\n")
    assert load(toy, limit=2).vocabulary.words == ["cough", "fever"]
    assert load(toy, words=["night sweats", "cough"])["night sweats"].tolist() == [0, 0.25]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"4 2", "declares 4 words. Received: 3, so that the file was cut short"),
        (b"2 2", "declares 2 words. Received: more, from line 4 on"),
        (b"999999999999999999 2", "Received: 3, so that"),
        (b"3 1", "holds 1 numbers, as its first line declares. Received: line 2, with 2"),
        (b"3 3", "holds 3 numbers, as its first line declares. Received: line 2, with 2"),
        (b"3 999999999", "from 1 to 65,536 dimensions"),
        (b"0 2", "declares 0 words"),
    ],
)
def test_a_first_line_that_lies_is_refused(toy, header, message):
    toy.write_bytes(TOY.replace(b"3 2", header, 1))
    with pytest.raises(FormatError, match=message):
        load(toy, format="word2vec-text")


def test_without_a_first_line_another_format_is_proposed(toy):
    toy.write_bytes(TOY.partition(b"\n")[2])
    with pytest.raises(
        FormatError, match=r"whose first line is 'cough 1\.5 0\.5'.*the format is 'glove'"
    ):
        load(toy, format="word2vec-text")


def test_numbers_that_are_not_finite_are_refused_with_their_line(toy):
    for number in (b"nan", b"inf", b"1e39"):
        toy.write_bytes(TOY.replace(b"-2", number))
        with pytest.raises(FormatError, match=r"line 3, where the vector of 'fever' holds"):
            load(toy)


def test_odd_encodings_are_read(toy):
    toy.write_bytes(b"1 1\ncaf\x82 1\n")
    assert load(toy, encoding="cp852").vocabulary.words == ["café"]
    with pytest.warns(DataWarning, match="1 words are not utf-8"):
        assert load(toy).vocabulary.words == [r"caf\x82"]


@given(TABLES)
def test_what_is_written_reads_back_bit_by_bit(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("written") / "toy.vec"
    embedding = embedding_of(table)
    again = load(save(embedding, path))
    assert again.vocabulary.words == list(table)
    assert again.vectors.tobytes() == embedding.vectors.tobytes()


def test_words_with_spaces_are_written_as_escapes(tmp_path):
    embedding = embedding_of({"new york": [1], "": [2], "a\nb": [3], "ok": [4]})
    path = tmp_path / "toy.txt"
    with pytest.warns(DataWarning, match="cannot hold 3 words"):
        save(embedding, path)
    assert path.read_text() == "4 1\nnew\\x20york 1\n\\x 2\na\\x0ab 3\nok 4\n"


def test_vectors_that_are_not_finite_are_not_written(tmp_path):
    with pytest.raises(InputError, match="vector of 'b'"):
        save(embedding_of({"a": [1], "b": [np.nan]}), tmp_path / "toy.vec")
    assert list(tmp_path.iterdir()) == []


@given(TABLES)
@settings(max_examples=20)
def test_gensim_reads_the_same_and_its_files_are_read(tmp_path_factory, table):
    gensim = pytest.importorskip("gensim.models.keyedvectors")
    folder = tmp_path_factory.mktemp("gensim")
    embedding = embedding_of(table)
    theirs = gensim.KeyedVectors.load_word2vec_format(save(embedding, folder / "ours.vec"))
    assert theirs.index_to_key == list(table)
    assert np.array_equal(theirs.vectors, embedding.vectors)
    theirs.save_word2vec_format(folder / "theirs.txt")
    again = load(folder / "theirs.txt")
    assert again.vocabulary.words == list(table)
    assert np.array_equal(again.vectors, embedding.vectors)


def outcome(path, **options):
    """Read a damaged file: it gives an embedding or an error of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        try:
            return load(path, **options)
        except WordloomError as error:
            return str(error)


def test_a_file_cut_anywhere_is_refused_or_whole(toy):
    for end in range(len(TOY)):
        toy.write_bytes(TOY[:end])
        found = outcome(toy)
        if not isinstance(found, str):
            # Digits at the very end can be missing unnoticed; nothing else can.
            assert end >= len(TOY) - 3
            assert len(found) == 3


@given(st.integers(0, len(TOY) - 1), st.integers(0, 255), st.sampled_from([None, "word2vec-text"]))
@settings(max_examples=300)
def test_a_changed_byte_gives_an_embedding_or_an_error(tmp_path_factory, place, byte, name):
    path = tmp_path_factory.getbasetemp() / "mutated.vec"
    path.write_bytes(TOY[:place] + bytes([byte]) + TOY[place + 1 :])
    found = outcome(path, format=name)
    assert isinstance(found, str) or len(found) <= 3


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_an_embedding_or_an_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "arbitrary.vec"
    path.write_bytes(data)
    outcome(path, format="word2vec-text")
    outcome(path, format="glove")
    outcome(path)


@pytest.mark.data
def test_real_files_give_the_vectors_that_gensim_reads():
    gensim = pytest.importorskip("gensim.models.keyedvectors")
    folder = Path(os.environ["WORDLOOM_DATA"]) / "vectors"
    paths = [*folder.glob("fasttext/*.vec"), *folder.glob("word2vec/*.txt")]
    assert len(paths) == 3
    for path in paths:
        assert detect(open_content(path)).name == "word2vec-text"
        ours, theirs = load(path), gensim.KeyedVectors.load_word2vec_format(str(path))
        assert ours.vocabulary.words == theirs.index_to_key
        assert np.array_equal(ours.vectors, theirs.vectors)
