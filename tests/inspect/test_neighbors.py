import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError, UnknownWordError
from wordloom.inspect import neighbors as module
from wordloom.inspect.neighbors import NeighborIndex, neighbors
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"word{number}" for number in range(300)]


@pytest.fixture
def embedding():
    vectors = np.random.default_rng(2).standard_normal((len(WORDS), 8))
    vectors[7] = 0
    return StaticEmbedding(Vocabulary.from_words(WORDS), vectors, name="toy")


def reference(embedding, query, count, leave_out=None, max_rank=None):
    vectors = embedding.vectors[:max_rank].astype(float)
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ query / np.where(lengths > 0, lengths, 1) / np.linalg.norm(query)
    best = [i for i in np.argsort(-cosines) if WORDS[i] != leave_out][:count]
    return [WORDS[i] for i in best], cosines[best]


@pytest.mark.parametrize("max_rank", [None, 40])
@pytest.mark.parametrize("n_queries", [1, 30, 250])
@pytest.mark.parametrize("parts", [1, 3])
def test_neighbors_are_exact(embedding, n_queries, parts, max_rank, monkeypatch):
    monkeypatch.setattr(module, "processor_count", lambda: parts)
    monkeypatch.setattr(module, "SMALL", 1)
    monkeypatch.setattr(module, "QUERIES_AT_ONCE", 220)
    queries = (WORDS[:5] + WORDS[30:])[:n_queries]
    found = neighbors(embedding, queries, count=6, max_rank=max_rank)
    assert len(found) == len(queries)
    for word, row in zip(queries, found, strict=True):
        words, cosines = reference(embedding, embedding[word], 6, word, max_rank)
        assert [near.word for near in row] == words
        np.testing.assert_allclose([near.similarity for near in row], cosines, atol=1e-5)


def test_vectors_are_queries_too(embedding):
    query = embedding["word3"] - 2 * embedding["word4"]
    words, _ = reference(embedding, query, 10)
    assert [near.word for near in neighbors(embedding, query[None])[0]] == words
    assert neighbors(embedding, [embedding["word3"]], count=1)[0][0].word == "word3"


def test_more_neighbors_than_words_are_all_the_others(embedding):
    for count in (299, 300, 1000, 1 << 60):
        found = neighbors(embedding, ["word5"], count)[0]
        assert sorted(near.word for near in found) == sorted(set(WORDS) - {"word5"})


def test_only_words_that_pass_the_filters_are_neighbors(embedding):
    index = NeighborIndex(embedding, 200, pattern="[02468]$", excluded=["word4"])
    words, _ = reference(embedding, embedding["word3"], 300, max_rank=200)
    even = [word for word in words if int(word[4:]) % 2 == 0 and word != "word4"]
    assert [near.word for near in index.search(["word3"], 300)[0]] == even
    found = neighbors(embedding, ["word3"], allowed=["word3", "word9", "word5", "absent"])[0]
    assert {near.word for near in found} == {"word5", "word9"}


@pytest.mark.parametrize("n_queries", [1, 20])
def test_neighbors_are_at_least_so_similar(embedding, n_queries):
    everything = neighbors(embedding, WORDS[:n_queries], 300)
    mark = everything[0][12].similarity
    found = neighbors(embedding, WORDS[:n_queries], 300, min_similarity=mark)
    assert found == [[near for near in row if near.similarity >= mark] for row in everything]
    assert len(found[0]) == 13


def test_of_equally_near_words_the_more_frequent_is_first(monkeypatch):
    monkeypatch.setattr(module, "processor_count", lambda: 3)
    monkeypatch.setattr(module, "SMALL", 1)
    same = StaticEmbedding(Vocabulary.from_words(WORDS), np.ones((len(WORDS), 4)))
    for queries in (WORDS[:1], WORDS[:9]):
        found = neighbors(same, queries, 3)
        assert [near.word for near in found[0]] == ["word1", "word2", "word3"]


def test_arrays_are_filled_up_where_words_are_missing(embedding):
    index = NeighborIndex(embedding, allowed=["word1", "word2"])
    cosines, ids = index.nearest(embedding.vectors[1:3], 5, excluded=[[1, -1], [1, 2]])
    assert ids.tolist() == [[2, -1], [-1, -1]]
    assert cosines[0, 0] == pytest.approx(cosines[0].max())
    assert np.isneginf(cosines[ids < 0]).all()


def test_a_zero_vector_is_near_nothing(embedding):
    assert neighbors(embedding, ["word7"]) == [[]]
    assert all(near.word != "word7" for near in neighbors(embedding, ["word3"])[0])


def test_no_queries_have_no_neighbors(embedding):
    assert neighbors(embedding, []) == []
    assert neighbors(embedding, np.empty((0, 8))) == []


def test_an_index_is_used_again(embedding):
    index = NeighborIndex(embedding)
    assert index.search(["word3"], 2) == neighbors(embedding, ["word3"], 2)
    assert index.scales is index.scales


def test_an_unknown_word_is_answered_with_close_spellings(embedding):
    with pytest.raises(UnknownWordError, match="Did you mean: word12"):
        neighbors(embedding, ["word1", "Word12"])
    with pytest.raises(UnknownWordError, match="No frequent word is spelled like it"):
        neighbors(embedding, ["qqq"])


def test_a_misspelled_word_is_near_the_word_it_means():
    vocabulary = Vocabulary.from_words(["accommodation", "recommendation", "weather"])
    # Each n-gram has an axis of its own, so that words are near that share many.
    buckets = ngram_buckets(vocabulary.data, vocabulary.offsets, 3, 6, 1 << 20)[1]
    used = np.unique(buckets)
    subwords = Subwords(3, 6, 1 << 20, used, np.eye(len(used)))
    vectors, _ = subwords.compose(vocabulary.data, vocabulary.offsets)
    embedding = StaticEmbedding(vocabulary, vectors, oov="subwords", subwords=subwords)
    misspelled, other, known = neighbors(embedding, ["accomodation", "weathr", "weather"])
    assert [near.word for near in misspelled[:2]] == ["accommodation", "recommendation"]
    assert other[0].word == "weather"
    assert {near.word for near in known} == {"accommodation", "recommendation"}
    with pytest.raises(UnknownWordError, match="no vector for 'qqq'"):
        neighbors(embedding, ["accomodation", "qqq"])


def test_wrong_input_is_refused_with_the_rule(embedding):
    with pytest.raises(InputError, match="A list of words"):
        neighbors(embedding, "word1")
    with pytest.raises(InputError, match=r"\(n_queries, 8\).*\(8,\)"):
        neighbors(embedding, embedding["word1"])
    for neither in (["word1", 3], np.array(["word1"]), [[1.0, 2.0], [3.0]]):
        with pytest.raises(InputError, match="words, or vectors of 8 numbers"):
            neighbors(embedding, neither)
    with pytest.raises(InputError, match="NaN or infinity"):
        neighbors(embedding, np.full((1, 8), np.nan))
    with pytest.raises(InputError, match="count=0"):
        neighbors(embedding, ["word1"], count=0)
    with pytest.raises(InputError, match="`max_rank` is at least 1"):
        neighbors(embedding, ["word1"], max_rank=0)
    with pytest.raises(InputError, match="from -1 to 1"):
        neighbors(embedding, ["word1"], min_similarity=2)
    with pytest.raises(InputError, match=r"\(2, any\)"):
        NeighborIndex(embedding).nearest(embedding.vectors[:2], excluded=[1, 2])
