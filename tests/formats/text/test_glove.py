import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.registry import detect
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

TOY = b"the 0.1 -0.2 3e-1\n. . . 0.5 0.25 1.0\nat 1 0.125 1 2.5\n"
WORDS = st.lists(
    st.text(st.sampled_from("ab1. \t\n\r\0é-e"), max_size=6), min_size=1, max_size=8, unique=True
)


@pytest.fixture
def toy(tmp_path):
    path = tmp_path / "toy.txt"
    path.write_bytes(TOY)
    return path


def test_words_may_hold_spaces_and_end_in_a_number(toy):
    assert detect(open_content(toy)).name == "glove"
    embedding = load(toy)
    assert embedding.vocabulary.words == ["the", ". . .", "at 1"]
    expected = np.float32([[0.1, -0.2, 0.3], [0.5, 0.25, 1], [0.125, 1, 2.5]])
    assert np.array_equal(embedding.vectors, expected)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n",
        b"Dear Sir,\nthe cough of 2019 went on.\n",
        b"cough 12\nfever 7\n",
        b"word1,word2,score\nold,new,1.58\n",
        b"a\0b 1 2\n" * 3,
    ],
)
def test_other_text_is_not_taken_for_vectors(toy, text):
    toy.write_bytes(text)
    with pytest.raises(FormatError, match="No known format"):
        load(toy)


def test_one_damaged_line_does_not_hide_what_the_file_is(toy):
    toy.write_bytes(b"of 0.1 0.2\n" + TOY * 2)
    with pytest.raises(FormatError, match=r"holds 3 numbers.*line 1, with 2"):
        load(toy)


def test_the_first_line_of_word2vec_text_is_not_read_as_a_word(toy):
    toy.write_bytes(b"3 3\n" + TOY)
    with pytest.raises(FormatError, match="line 1, with 1"):
        load(toy, format="glove")


def test_repeated_words_keep_their_first_vector(toy):
    toy.write_bytes(TOY + b"the 9.5 9.5 9.5\n")
    with pytest.warns(DataWarning, match="1 words occur again, the first 'the' in line 4"):
        embedding = load(toy)
    assert embedding["the"].tolist() == np.float32([0.1, -0.2, 0.3]).tolist()


def test_more_lines_than_the_first_ones_promise_find_room(toy):
    # Short lines behind long ones: the guess of the number of words is far too small.
    long = b"".join(b"%d 0.%s 0.5\n" % (n, b"1" * 3000) for n in range(100))
    toy.write_bytes(long + b"".join(b"w%d 1 2\n" % n for n in range(30_000)))
    embedding = load(toy)
    assert len(embedding) == 30_100
    assert embedding["w29999"].tolist() == [1, 2]


@given(WORDS, st.booleans())
def test_words_that_cannot_be_written_become_escapes(tmp_path_factory, words, whole):
    path = tmp_path_factory.mktemp("written") / "toy.glove"
    vectors = np.full((len(words), 2), 2 if whole else 0.5, np.float32)
    embedding = StaticEmbedding(Vocabulary.from_words(words), vectors)
    safe = all(ord(letter) > 32 for word in words for letter in word) and all(words)
    if safe:
        save(embedding, path)
        assert load(path, format="glove").vocabulary.words == words
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        save(embedding, path)
    again = load(path, format="glove").vocabulary.words
    for word, read in zip(words, again, strict=True):
        plain = read.replace("\\x20", " ").replace("\\x09", "\t").replace("\\x0a", "\n")
        plain = plain.replace("\\x0d", "\r").replace("\\x00", "\0")
        assert plain == (word or "\\x")


def read_with_gensim(path):
    gensim = pytest.importorskip("gensim.models.keyedvectors")
    with warnings.catch_warnings():
        # It leaves a file open that it has read for the first time.
        warnings.simplefilter("ignore", ResourceWarning)
        return gensim.KeyedVectors.load_word2vec_format(str(path), no_header=True)


def test_gensim_reads_the_same(tmp_path):
    vectors = np.random.default_rng(0).standard_normal((50, 20)).astype(np.float32)
    words = [f"wörd{number}" for number in range(50)]
    path = save(StaticEmbedding(Vocabulary.from_words(words), vectors), tmp_path / "toy.glove")
    theirs = read_with_gensim(path)
    assert theirs.index_to_key == words
    assert np.array_equal(theirs.vectors, vectors)
    theirs.save_word2vec_format(tmp_path / "theirs.txt", write_header=False)
    assert np.array_equal(load(tmp_path / "theirs.txt").vectors, vectors)


@pytest.mark.data
def test_real_files_give_the_vectors_that_gensim_reads():
    paths = list((Path(os.environ["WORDLOOM_DATA"]) / "vectors/glove").glob("*.txt"))
    assert len(paths) == 3
    for path in paths:
        assert detect(open_content(path)).name == "glove"
        ours = load(path)
        theirs = read_with_gensim(path)
        assert ours.vocabulary.words == theirs.index_to_key
        assert np.array_equal(ours.vectors, theirs.vectors)
