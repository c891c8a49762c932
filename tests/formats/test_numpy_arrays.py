import contextlib
import gzip
import io
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, InputError, WordloomError
from wordloom.formats.loading import load
from wordloom.formats.saving import save
from wordloom.text.vocabulary import Vocabulary

WORDS = ["the", "cough", "été", "日本", "", "New York"]
COUNTS = [900, 50, 7, 5, 3, 1]
VECTORS = np.random.default_rng(1).standard_normal((len(WORDS), 5), np.float32)


@pytest.fixture
def embedding():
    return StaticEmbedding(Vocabulary.from_words(WORDS, COUNTS), VECTORS, name="toy")


def assert_same(again, counts=True):
    assert again.vocabulary.words == WORDS
    np.testing.assert_array_equal(again.vectors, VECTORS)
    assert again.vocabulary.counts.tolist() == (COUNTS if counts else [0] * len(WORDS))


def test_an_archive_comes_back(embedding, tmp_path):
    path = save(embedding, tmp_path / "toy.npz")
    for memory_map in (False, True):
        assert_same(load(path, memory_map=memory_map))
    assert load(path).name == "toy"
    arrays = np.load(path)
    assert arrays["words"].tolist() == WORDS
    np.testing.assert_array_equal(arrays["vectors"], VECTORS)
    half = load(save(embedding, tmp_path / "half.npz", dtype="float16"))
    np.testing.assert_array_equal(half.vectors, VECTORS.astype(np.float16))
    assert_same(load(save(embedding, tmp_path / "toy.npz.gz", format="numpy")))


@pytest.mark.parametrize("make", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("kind", ["bytes", "text"])
def test_archives_of_others_are_read(make, kind, tmp_path):
    words = np.array([word.encode() for word in WORDS]) if kind == "bytes" else np.array(WORDS)
    make(tmp_path / "a.npz", tokens=words, E=VECTORS.astype(np.float64), dim=5)
    assert_same(load(tmp_path / "a.npz"), counts=False)
    make(tmp_path / "b.npz", words=words, other=words, vectors=VECTORS[::-1], ids=np.eye(2))
    np.testing.assert_array_equal(load(tmp_path / "b.npz").vectors, VECTORS[::-1])
    make(tmp_path / "c.npz", words=words, vectors=np.asfortranarray(VECTORS), counts=COUNTS)
    assert_same(load(tmp_path / "c.npz", memory_map=True))


def test_bytes_are_in_the_encoding_that_is_named(tmp_path):
    words = np.array(["été".encode("latin-1"), b"a"])
    np.savez(tmp_path / "a.npz", words=words, vectors=VECTORS[:2])
    assert load(tmp_path / "a.npz", encoding="latin-1").vocabulary.words == ["été", "a"]
    with pytest.warns(DataWarning, match="1 words are not utf-8"):
        assert load(tmp_path / "a.npz").vocabulary.words == [r"\xe9t\xe9", "a"]


@pytest.mark.parametrize("name", ["toy.txt", "toy.vocab", "vocab.txt", "words.txt"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_matrix_is_read_with_the_list_beside_it(name, ending, tmp_path):
    np.save(tmp_path / "toy.npy", VECTORS)
    lines = ending.join(WORDS) + ending
    (tmp_path / name).write_bytes(lines.encode())
    assert_same(load(tmp_path / "toy.npy"), counts=False)
    (tmp_path / name).write_bytes(
        ending.join(f"{word}\t{count}" for word, count in zip(WORDS, COUNTS, strict=True)).encode()
    )
    assert_same(load(tmp_path / "toy.npy", memory_map=True))
    (tmp_path / "toy.npy.gz").write_bytes(gzip.compress((tmp_path / "toy.npy").read_bytes()))
    assert_same(load(tmp_path / "toy.npy.gz"))


def test_a_mapped_matrix_stays_on_disk(tmp_path):
    np.save(tmp_path / "toy.npy", VECTORS)
    (tmp_path / "toy.txt").write_text("\n".join(WORDS), "utf-8")
    base = load(tmp_path / "toy.npy", memory_map=True, limit=2).vectors
    assert base.shape == (2, 5)
    while isinstance(base, np.ndarray):
        assert not base.flags.owndata
        base = base.base
    assert type(base).__name__ == "mmap"


@pytest.mark.parametrize("memory_map", [False, True])
def test_parts_are_read_and_repeated_words_dropped(memory_map, tmp_path):
    words = ["a", "b", "a", "c"]
    np.savez(tmp_path / "a.npz", words=words, vectors=VECTORS[:4], counts=[1, 2, 3, 4])
    options = {"memory_map": memory_map}
    with pytest.warns(DataWarning, match="the first 'a' in word 3"):
        whole = load(tmp_path / "a.npz", **options)
    assert whole.vocabulary.words == ["a", "b", "c"]
    np.testing.assert_array_equal(whole.vectors, VECTORS[[0, 1, 3]])
    assert load(tmp_path / "a.npz", limit=2, **options).vocabulary.words == ["a", "b"]
    assert load(tmp_path / "a.npz", words=["c", "x"], **options).vocabulary.counts.tolist() == [4]


def test_a_matrix_without_words_asks_for_them(tmp_path):
    np.save(tmp_path / "toy.npy", VECTORS)
    with pytest.raises(FormatError, match=r"without toy\.txt, .* or vocabulary\.txt"):
        load(tmp_path / "toy.npy")
    (tmp_path / "toy.txt").write_text("too\nfew\n")
    with pytest.raises(FormatError, match="2 words and 6 vectors"):
        load(tmp_path / "toy.npy")


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"words": ["a", "b"], "vectors": [[1, 2]]}, "2 words and 1 vectors"),
        ({"words": ["a"], "vectors": [1.0]}, "none"),
        ({"words": [["a"]], "vectors": [[1.0]]}, "one axis"),
        ({"vectors": [[1.0]]}, "array of words"),
        ({"words": ["a"]}, "matrix of vectors"),
        ({"words": ["a"], "x": [[1.0]], "y": [[1.0]]}, "with x, y"),
        ({"words": ["a"], "vectors": [[np.nan]]}, "holds nan"),
        ({"words": ["a"], "vectors": np.ones((1, 70_000))}, "columns"),
        ({"words": ["a"], "vectors": [[1.0]], "counts": [0.5]}, "whole numbers"),
        ({"words": ["a"], "vectors": [[1.0]], "counts": [5, 6]}, "2 counts"),
        ({"words": np.array(["a"], object), "vectors": [[1.0]]}, "only numbers and texts"),
    ],
)
def test_what_does_not_fit_is_refused(arrays, reason, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(FormatError, match=reason):
        load(tmp_path / "a.npz")


def test_characters_beyond_unicode_are_refused(tmp_path):
    words = np.array([0x7FFFFFFF], np.uint32).view("<U1")
    np.savez(tmp_path / "a.npz", words=words, vectors=[[1.0]])
    with pytest.raises(FormatError):
        load(tmp_path / "a.npz")


def test_what_numpy_cannot_hold_is_not_written(tmp_path):
    for words, reason in ((["a\0"], "zeros"), (["x" * 2**20, *map(str, range(2**9))], "longest")):
        odd = StaticEmbedding(Vocabulary.from_words(words), np.ones((len(words), 1)))
        with pytest.raises(InputError, match=reason):
            save(odd, tmp_path / "odd.npz")


def test_declared_sizes_are_not_believed(tmp_path):
    file = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 300)}
    np.lib.format.write_array_header_1_0(file, header)
    (tmp_path / "vocab.txt").write_text("a")
    (tmp_path / "huge.npy").write_bytes(file.getvalue())
    (tmp_path / "huge.npy.gz").write_bytes(gzip.compress(file.getvalue()))
    for name in ("huge.npy", "huge.npy.gz"):
        with pytest.raises(FormatError, match="need 1,319,413,953,331,200 bytes"):
            load(tmp_path / name)


def test_an_archive_that_expands_too_far_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vectors.npy", bytes(1 << 27))
    with pytest.raises(FormatError, match="expand to"):
        load(tmp_path / "bomb.npz")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_mutated_files_give_an_embedding_or_an_error(data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    kind = data.draw(st.sampled_from(["plain.npz", "packed.npz", "plain.npy"]))
    file = io.BytesIO()
    if kind == "plain.npy":
        np.save(file, VECTORS[:2])
        (folder / "vocab.txt").write_text("a\nb\n")
    else:
        make = np.savez if kind == "plain.npz" else np.savez_compressed
        make(file, words=["a", "é"], vectors=VECTORS[:2])
    content = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, 2 * len(content))) :]
    (folder / kind).write_bytes(content)
    with warnings.catch_warnings(), contextlib.suppress(WordloomError):
        warnings.simplefilter("ignore")
        load(folder / kind, format="numpy")
