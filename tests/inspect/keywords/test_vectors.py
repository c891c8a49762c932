import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError, MissingExtraError
from wordloom.inspect.keywords import vectors as module
from wordloom.inspect.keywords.coverage import keyword_coverage
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.vectors import keyword_vectors
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.batches import pack_texts
from wordloom.text.phrases import Phrase, Phrases
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary


def one_hot(*words, **settings):
    return StaticEmbedding(Vocabulary.from_words(words), np.eye(len(words)), **settings)


def axes(found, place=0):
    """Which words a vector is made of, and that they have equal shares."""
    used = np.flatnonzero(found.vectors[place])
    np.testing.assert_allclose(found.vectors[place][used], 1 / max(len(used), 1))
    return used.tolist()


@pytest.mark.parametrize(
    ("keyword", "place", "whole"),
    [
        ("heart attack", [0], True),
        ("Heart Attack", [0], True),
        ("word embedding", [1], True),
        ("Word-embedding", [1], True),
        ("Rome", [4], True),
        ("dry cough", [2, 3], False),
        ("cough (dry)", [2, 3], False),
        ("rome cough", [3], False),
    ],
)
def test_keywords_are_looked_up_whole_then_by_their_words(keyword, place, whole):
    embedding = one_hot("heart attack", "word_embedding", "dry", "cough", "Rome")
    found = keyword_vectors(embedding, [keyword])
    assert axes(found) == place
    assert found.whole.tolist() == [whole]


def test_phrases_of_the_tokenizer_are_words():
    phrases = Phrases([[Phrase("new", "york")]])
    embedding = one_hot("new_york", "new", "times", tokenizer=Tokenizer(phrases=phrases))
    found = keyword_vectors(embedding, ["new york times", "New York"])
    assert axes(found) == [0, 2]
    assert axes(found, 1) == [0]


def test_words_are_tried_in_lower_case_and_without_hyphens():
    embedding = one_hot("heart", "rate", tokenizer=Tokenizer("spaces"))
    assert axes(keyword_vectors(embedding, ["The Heart-Rate"])) == [0, 1]


@pytest.mark.parametrize("has_jieba", [True, False])
def test_chinese_keywords_are_whole_words_then_pieces_then_characters(has_jieba, monkeypatch):
    def without_jieba(preset="words", *rest, **others):
        if preset == "jieba":
            raise MissingExtraError("jieba", "chinese", "splitting Chinese text")
        return Tokenizer(preset, *rest, **others)

    if has_jieba:
        pytest.importorskip("jieba")
    else:
        monkeypatch.setattr(module, "Tokenizer", without_jieba)
    embedding = one_hot("糖尿病", "糖", "尿", "病", "肾", "高血压")
    found = keyword_vectors(embedding, ["糖尿病", "糖尿病肾病", "肾病", "心脏"])
    assert axes(found, 0) == [0]
    assert axes(found, 2) == [3, 4]
    assert not found.known[3]
    if has_jieba:
        # 糖尿病 is a piece with a vector; 肾病 falls into its characters.
        assert axes(found, 1) == [0, 3, 4]
    else:
        assert np.flatnonzero(found.vectors[1]).tolist() == [1, 2, 3, 4]


def test_unknown_words_are_composed_of_ngrams_or_reported():
    batch = pack_texts(["coughs"])
    _, buckets = ngram_buckets(batch.data, batch.offsets, 3, 6, 1000)
    used = np.unique(buckets)
    subwords = Subwords(3, 6, 1000, used, np.ones((len(used), 2)))
    embedding = one_hot("fever", "pain", oov="subwords", subwords=subwords)
    found = keyword_vectors(embedding, ["coughing fever", "qqq fever", "qqq"])
    np.testing.assert_allclose(found.vectors[0], [1, 0.5])
    np.testing.assert_allclose(found.vectors[1], [1, 0])
    assert found.known.tolist() == [True, True, False]
    assert found.missing == {1: ("qqq",), 2: ("qqq",)}


def test_what_has_no_word_or_a_zero_vector_has_none():
    embedding = StaticEmbedding(Vocabulary.from_words(["nil", "one"]), [[0], [1]])
    found = keyword_vectors(embedding, ["!?", "nil", "one"])
    assert found.known.tolist() == [False, False, True]
    assert found.whole.tolist() == [False, False, True]
    assert found.missing == {0: ("!?",), 1: ("nil",)}
    assert len(keyword_vectors(embedding, []).vectors) == 0


def test_large_collections_are_looked_up_in_blocks(monkeypatch):
    embedding = one_hot("a", "b", "c")
    words = ["a", "x", "b c", "c", "a y", "b"]
    at_once = keyword_vectors(embedding, words)
    monkeypatch.setattr(module, "KEYWORDS_AT_ONCE", 2)
    in_blocks = keyword_vectors(embedding, words)
    np.testing.assert_array_equal(at_once.vectors, in_blocks.vectors)
    assert at_once.missing == in_blocks.missing == {1: ("x",), 4: ("y",)}
    np.testing.assert_array_equal(at_once.whole, in_blocks.whole)


def test_a_diverged_embedding_is_refused():
    embedding = StaticEmbedding(Vocabulary.from_words(["a"]), [[np.nan]])
    with pytest.raises(InputError, match="NaN"):
        keyword_vectors(embedding, ["a"])


def test_other_embeddings_embed_keywords_as_texts():
    class Lengths:
        name = "lengths"
        dim = 1

        def embed(self, texts, pooling=None):
            return np.array([[len(text.strip("?"))] for text in texts], np.float32)

        def embed_tokens(self, texts):
            raise NotImplementedError

    found = keyword_vectors(Lengths(), ["abc", "??"])
    assert found.vectors.tolist() == [[3], [0]]
    assert found.missing == {1: ("??",)}


def test_coverage_names_unknown_keywords_and_their_documents():
    lists = KeywordLists([["fever", "qqq"], ["QQQ", "zzz"], [], ["dry qqq"]], ["a", "b", "c", "d"])
    vectors = keyword_vectors(one_hot("fever", "dry"), lists.spellings)
    coverage = keyword_coverage(lists, vectors)
    assert coverage.unknown == {"qqq": ("a", "b"), "zzz": ("b",)}
    assert (coverage.n_keywords, coverage.n_whole, coverage.n_composed) == (4, 1, 1)
    assert (coverage.n_partial, coverage.n_documents_unknown, coverage.n_documents_empty) == (
        1,
        1,
        1,
    )
