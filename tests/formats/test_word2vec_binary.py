import gzip
import os
import tracemalloc
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, InputError, WordloomError
from wordloom.formats import word2vec_binary
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

WORDS = ["the", "cough", "naïve", "日本", "x_ray"]
VECTORS = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


def file_bytes(words=WORDS, vectors=VECTORS, line_end=b"", header=None):
    if header is None:
        header = f"{len(words)} {vectors.shape[1]}\n".encode()
    words = [word if isinstance(word, bytes) else word.encode() for word in words]
    rows = [
        word + b" " + vector.astype("<f4").tobytes() + line_end
        for word, vector in zip(words, vectors, strict=True)
    ]
    return header + b"".join(rows)


def written(tmp_path, content):
    path = tmp_path / "toy.bin"
    path.write_bytes(content)
    return path


def recognised(path):
    return word2vec_binary.recognises(open_content(path))


@pytest.mark.parametrize("line_end", [b"", b"\n"])
def test_both_kinds_of_files_are_read(tmp_path, line_end):
    path = written(tmp_path, file_bytes(line_end=line_end))
    assert recognised(path)
    embedding = load(path)
    assert embedding.vocabulary.words == WORDS
    np.testing.assert_array_equal(embedding.vectors, VECTORS)
    assert (embedding.name, embedding.oov) == ("toy", "skip")


@pytest.mark.parametrize("header", [b"5\t3 \n", b"5 3\r\n"])
def test_white_space_in_the_first_line_may_vary(tmp_path, header):
    assert len(load(written(tmp_path, file_bytes(header=header)))) == 5


def test_blocks_make_no_difference(tmp_path, monkeypatch):
    words = [f"word{number}" for number in range(3000)]
    vectors = np.random.default_rng(0).standard_normal((3000, 7)).astype(np.float32)
    path = written(tmp_path, file_bytes(words, vectors, b"\n"))
    monkeypatch.setattr(word2vec_binary, "MAX_WORD_BYTES", 20)
    monkeypatch.setattr(word2vec_binary, "BLOCK", 1)
    monkeypatch.setattr("wordloom.formats.byte_reader.BLOCK", 1000)
    embedding = load(path)
    assert embedding.vocabulary.words == words
    np.testing.assert_array_equal(embedding.vectors, vectors)


def test_reading_stops_where_all_is_found(tmp_path):
    chosen = load(written(tmp_path, file_bytes()), words=["日本", "cough", "unheard"])
    assert chosen.vocabulary.words == ["cough", "日本"]
    np.testing.assert_array_equal(chosen.vectors, VECTORS[[1, 3]])
    path = written(tmp_path, file_bytes()[:-1])
    assert load(path, limit=2).vocabulary.words == WORDS[:2]
    assert load(path, words=["cough"]).vocabulary.words == ["cough"]
    with pytest.raises(InputError, match="none of them chosen"):
        load(written(tmp_path, file_bytes()), words=["unheard"])


def test_what_follows_the_last_word_is_told_of(tmp_path):
    with pytest.warns(DataWarning, match="what follows the last of the 5 words"):
        assert len(load(written(tmp_path, file_bytes() + b"more"))) == 5
    assert len(load(written(tmp_path, file_bytes() + b"\n"))) == 5


def test_compressed_files_are_read_through(tmp_path):
    path = tmp_path / "toy.bin.gz"
    path.write_bytes(gzip.compress(file_bytes()))
    np.testing.assert_array_equal(load(path).vectors, VECTORS)


def test_other_encodings_and_repeated_words(tmp_path):
    path = written(tmp_path, file_bytes([b"\xe9t\xe9", b"a", b"b", b"a", b"c"]))
    with pytest.warns(DataWarning) as told:
        embedding = load(path, encoding="latin-1")
    assert embedding.vocabulary.words == ["été", "a", "b", "c"]
    np.testing.assert_array_equal(embedding.vectors, VECTORS[[0, 1, 2, 4]])
    assert "in byte 48" in str(told[0].message)
    path = written(tmp_path, file_bytes([b"\xe9t\xe9"], VECTORS[:1]))
    with pytest.warns(DataWarning, match="not utf-8"):
        assert r"\xe9t\xe9" in load(path)


def test_nan_is_refused_with_its_place(tmp_path):
    vectors = VECTORS.copy()
    vectors[2, 1] = np.nan
    path = written(tmp_path, file_bytes(vectors=vectors))
    with pytest.raises(FormatError, match=r"toy\.bin, byte 38, where the vector of 'naïve' holds"):
        load(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"5 3\n",
        b"0 3\n",
        b"2 3\ncough 1 2 3\nfever 4 5 6\n",
        b"2 3\ncough 1 2 3 \nfever 4 5 6 \n",
        b"2 3\nthe cough 1.25 -2e-7 nan\nfever 4 5 6\n",
        b"2 3\ncough 1 2\nfever 4 5\n",
        b"2 300\n" + b"cough 0.25\n" * 200,
        b"cough 1 2 3\nfever 4 5 6\n",
        b"2 3\n" + "日本 1 2\nnaïve 4 5\n".encode(),
        b"2 99999999\n" + bytes(100),
        b"99999999999999999 3\n" + bytes(100),
        bytes(1000),
    ],
)
def test_text_and_junk_are_not_taken_for_it(tmp_path, content):
    assert not recognised(written(tmp_path, content))


@given(
    st.integers(1, 40).flatmap(
        lambda dim: arrays(np.float32, (8, dim), elements=st.floats(-100, 100, width=32))
    )
)
def test_text_is_never_recognised_and_written_files_always_are(vectors):
    words = [f"w{number}" for number in range(8)]
    text = [f"8 {vectors.shape[1]}"]
    text += [" ".join([word, *map(str, row)]) for word, row in zip(words, vectors, strict=True)]
    with TemporaryDirectory() as folder:
        path = written(Path(folder), "\n".join(text).encode())
        assert not recognised(path)
        embedding = StaticEmbedding(Vocabulary.from_words(words), vectors)
        save(embedding, path, format="word2vec-binary")
        assert recognised(path)
        np.testing.assert_array_equal(load(path).vectors, vectors)


def test_vectors_of_more_than_the_first_bytes_are_recognised(tmp_path):
    vectors = np.random.default_rng(0).standard_normal((2, 30_000)).astype(np.float32)
    path = written(tmp_path, file_bytes(["a", "b"], vectors))
    assert recognised(path)
    np.testing.assert_array_equal(load(path).vectors, vectors)


def test_files_that_are_cut_short_are_refused(tmp_path):
    content = file_bytes()
    for end in range(len(content)):
        path = written(tmp_path, content[:end])
        recognised(path)
        with pytest.raises(FormatError, match=r"toy\.bin"):
            load(path, format="word2vec-binary")


@pytest.mark.parametrize(
    "header",
    [b"999999999999 3\n", b"5 65536\n", b"5 9999999\n", b"5 0\n", b"0 3\n", b"-5 3\n", b"5 3 1\n"],
)
def test_hostile_first_lines_are_refused_before_memory_is_taken(tmp_path, header):
    plain = written(tmp_path, file_bytes(header=header) + bytes(300_000))
    packed = tmp_path / "toy.bin.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    tracemalloc.start()
    for path in (plain, packed):
        with pytest.raises(FormatError, match=r"toy\.bin"):
            load(path, format="word2vec-binary")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


@given(st.integers(0, 99), st.integers(0, 255), st.sampled_from([b"", b"\n"]))
def test_single_bytes_that_changed_are_noticed_or_harmless(place, byte, line_end):
    content = bytearray(file_bytes(line_end=line_end))
    content[place % len(content)] = byte
    with TemporaryDirectory() as folder, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", DataWarning)
        path = written(Path(folder), content)
        recognised(path)
        try:
            embedding = load(path, format="word2vec-binary")
            assert len(embedding.vocabulary.words) == len(embedding.vectors) <= 5
        except WordloomError as error:
            assert "toy.bin" in str(error)


def test_what_words_cannot_hold_becomes_escapes(tmp_path):
    embedding = StaticEmbedding(Vocabulary.from_words(["New York", "line\nend"]), VECTORS[:2])
    with pytest.warns(DataWarning, match="cannot hold 2 words"):
        save(embedding, tmp_path / "x.bin")
    found = load(tmp_path / "x.bin")
    assert found.vocabulary.words == [r"New\x20York", r"line\x0aend"]
    assert np.array_equal(found.vectors, VECTORS[:2])


def test_written_files_open_in_gensim_and_gensims_here(tmp_path):
    gensim = pytest.importorskip("gensim.models")
    embedding = StaticEmbedding(Vocabulary.from_words(WORDS), VECTORS)
    path = save(embedding, tmp_path / "ours.bin")
    theirs = gensim.KeyedVectors.load_word2vec_format(str(path), binary=True)
    assert theirs.index_to_key == WORDS
    np.testing.assert_array_equal(theirs.vectors, VECTORS)
    theirs.save_word2vec_format(str(tmp_path / "theirs.bin"), binary=True)
    read = load(tmp_path / "theirs.bin")
    assert read.vocabulary.words == WORDS
    np.testing.assert_array_equal(read.vectors, VECTORS)


@pytest.mark.data
def test_a_real_file_is_read_and_written_byte_for_byte(tmp_path):
    real = Path(os.environ["WORDLOOM_DATA"], "vectors", "word2vec", "euclidean_vectors.bin")
    embedding = load(real)
    assert (len(embedding), embedding.dim) == (2747, 10)
    assert save(embedding, tmp_path / "same.bin").read_bytes() == real.read_bytes()
