import sys

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError, InputError, MissingExtraError
from wordloom.inspect import approximate_neighbors
from wordloom.inspect.approximate_neighbors import ApproximateIndex
from wordloom.inspect.neighbors import neighbors
from wordloom.safetensors_file import read_metadata, read_tensors, write_tensors
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"word{number}" for number in range(2000)]


@pytest.fixture(scope="module")
def embedding():
    random = np.random.default_rng(2)
    centres = random.standard_normal((50, 16))
    vectors = centres[random.integers(0, 50, len(WORDS))] + random.normal(0, 0.4, (len(WORDS), 16))
    vectors[7] = 0
    return StaticEmbedding(Vocabulary.from_words(WORDS), vectors, name="toy")


@pytest.fixture(scope="module")
def index(embedding):
    pytest.importorskip("usearch")
    return ApproximateIndex.build(embedding)


@pytest.fixture
def saved(index, tmp_path):
    return index.save(tmp_path / "near.safetensors")


def test_nearly_all_neighbors_are_found(embedding, index):
    exact, found = neighbors(embedding, WORDS[10:510]), index.search(WORDS[10:510])
    shares = [
        len({near.word for near in left} & {near.word for near in right}) / 10
        for left, right in zip(exact, found, strict=True)
    ]
    assert np.mean(shares) > 0.97


def test_similarities_are_exact_and_fall(embedding, index):
    for word in WORDS[100:103]:
        found = index.search([word], 20)[0]
        exact = {near.word: near.similarity for near in neighbors(embedding, [word], 1999)[0]}
        assert word not in {near.word for near in found}
        similarities = [near.similarity for near in found]
        assert similarities == sorted(similarities, reverse=True)
        np.testing.assert_allclose(similarities, [exact[near.word] for near in found], atol=1e-5)


def test_the_least_similarity_and_the_rank_hold(embedding, index):
    found = index.search(["word3"], 50, min_similarity=0.8)[0]
    assert 0 < len(found) < 50
    assert min(near.similarity for near in found) >= 0.8
    frequent = ApproximateIndex.build(embedding, 100)
    assert all(int(near.word[4:]) < 100 for near in frequent.search(["word3"], 50)[0])


def test_few_words_and_vectors_are_answered_too(embedding, index):
    few = StaticEmbedding(Vocabulary.from_words(["a", "b"]), [[1, 0], [1, 1]])
    tiny = ApproximateIndex.build(few)
    assert [near.word for near in tiny.search(["a"], 10)[0]] == ["b"]
    assert [near.word for near in tiny.search([[0, 2]], 1)[0]] == ["b"]
    assert index.search([]) == []
    nothing = StaticEmbedding(Vocabulary.from_words(["a"]), [[0.0]])
    assert ApproximateIndex.build(nothing).search(["a"]) == [[]]


def test_queries_are_answered_in_parts_alike(index, monkeypatch):
    expected = index.search(WORDS[:20], 5)
    monkeypatch.setattr(approximate_neighbors, "NUMBERS_AT_ONCE", 200)
    assert index.search(WORDS[:20], 5) == expected


def test_a_saved_index_finds_the_same(embedding, index, saved):
    opened = ApproximateIndex.load(saved, embedding)
    assert opened.search(WORDS[:50]) == index.search(WORDS[:50])
    assert len(opened) == len(WORDS) - 1


def test_an_index_of_other_vectors_is_refused(embedding, saved):
    other = embedding.replaced(vectors=embedding.vectors + 1)
    with pytest.raises(InputError, match="built from other vectors"):
        ApproximateIndex.load(saved, other)


def test_a_damaged_index_is_refused(embedding, saved, tmp_path):
    content = bytearray(saved.read_bytes())
    content[-1000] ^= 1
    saved.write_bytes(content)
    with pytest.raises(FormatError, match="its digest does not fit"):
        ApproximateIndex.load(saved, embedding)
    saved.write_bytes(content[:-1])
    with pytest.raises(FormatError):
        ApproximateIndex.load(saved, embedding)
    write_tensors(tmp_path / "other.safetensors", {"graph": np.zeros(3)})
    with pytest.raises(FormatError, match="holds no index"):
        ApproximateIndex.load(tmp_path / "other.safetensors", embedding)


def test_metadata_that_lie_do_no_harm(embedding, saved):
    metadata, tensors = read_metadata(saved), read_tensors(saved)
    path = saved.with_name("changed.safetensors")
    write_tensors(path, tensors, metadata | {"expansion_search": "many"})
    with pytest.raises(FormatError, match="cannot be opened"):
        ApproximateIndex.load(path, embedding)
    write_tensors(path, tensors, metadata | {"expansion_search": str(1 << 60)})
    assert len(ApproximateIndex.load(path, embedding).search(["word1"])[0]) == 10


def test_wrong_settings_are_refused(embedding, index):
    for name in ("max_rank", "threads"):
        with pytest.raises(InputError, match=f"`{name}` is at least 1"):
            ApproximateIndex.build(embedding, **{name: 0})
    for name in ("connectivity", "expansion_add", "expansion_search"):
        for number in (0, 1 << 40):
            with pytest.raises(InputError, match=f"`{name}` is from"):
                ApproximateIndex.build(embedding, **{name: number})
    with pytest.raises(InputError, match="count=0"):
        index.search(["word1"], 0)


def test_without_usearch_the_extra_is_named(embedding, monkeypatch):
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    monkeypatch.setitem(sys.modules, "usearch", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[ann\]"):
        ApproximateIndex.build(embedding)
