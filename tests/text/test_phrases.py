import json
import math
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.embedding.folder import load
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError, InputError
from wordloom.text import phrase_finder
from wordloom.text.batches import pack_texts
from wordloom.text.corpus import Corpus
from wordloom.text.phrase_finder import find_phrases
from wordloom.text.phrase_scores import Score, npmi, word2phrase_score
from wordloom.text.phrases import Phrase, Phrases
from wordloom.text.tokenizer import Tokenizer

# Few words, so that neighbours repeat; one that looks like a phrase of the two before it, the
# delimiter alone, and what "tfhub" makes an empty token of.
TEXT = st.lists(st.sampled_from(["a", "b", "c", "é", "a_b", "_", "-"]), max_size=12).map(" ".join)
TEXTS = st.lists(TEXT, min_size=1, max_size=8)
TOKEN = st.text(st.sampled_from("ab_é\n\0"), min_size=1, max_size=3)
PHRASE = st.builds(Phrase, TOKEN, TOKEN, st.floats(-1, 1e6), st.integers(0, 99))
PASSES = st.lists(st.lists(PHRASE, max_size=6, unique_by=lambda p: (p.left, p.right)), max_size=3)


def joined(tokens, phrases):
    """Join one pass greedily from the left, in plain Python."""
    pairs = {(phrase.left, phrase.right): phrase.word for phrase in phrases}
    out = []
    tokens = list(tokens)
    while tokens:
        word = pairs.get(tuple(tokens[:2]))
        out.append(word or tokens[0])
        tokens = tokens[2 if word else 1 :]
    return out


def score_of(scoring, count, left, right, n_tokens, discount):
    if scoring == "npmi":
        apart = (left / n_tokens) * (right / n_tokens)
        return math.log(count / n_tokens / apart) / -math.log(count / n_tokens)
    return (count - discount) / (left * right) * n_tokens


def found_by_hand(documents, scoring, threshold, min_count, passes):
    found = []
    for _ in range(passes):
        words = Counter(token for document in documents for token in document)
        pairs = Counter(pair for document in documents for pair in pairwise(document))
        scores = {
            pair: score_of(scoring, count, words[pair[0]], words[pair[1]], words.total(), min_count)
            for pair, count in pairs.items()
            if count >= min_count and all(pair)
        }
        phrases = [
            Phrase(*pair, score, pairs[pair])
            for pair, score in scores.items()
            if score >= threshold - 1e-9
        ]
        if not phrases:
            break
        found.append(phrases)
        documents = [joined(document, phrases) for document in documents]
    return found


@pytest.mark.parametrize("preset", ["words", "tfhub"])
@given(
    TEXTS,
    st.sampled_from([("npmi", -1), ("npmi", 0.31), ("word2phrase", 0), ("word2phrase", 1.01)]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(2, 20),
)
def test_phrases_are_those_of_plain_python(preset, texts, scoring, min_count, passes, block):
    tokenizer = Tokenizer(preset)
    documents = [tokenizer.tokenize(text) for text in texts]
    if not any(documents):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phrase_finder, "BLOCK", block)
        phrases = find_phrases(
            texts,
            tokenizer,
            scoring=scoring[0],
            threshold=scoring[1],
            min_count=min_count,
            passes=passes,
        )
    expected = found_by_hand(documents, *scoring, min_count, passes)
    assert len(phrases.passes) == len(expected)
    for those, these in zip(phrases.passes, expected, strict=True):
        facts = {(p.left, p.right): (pytest.approx(p.score, abs=1e-4), p.count) for p in these}
        assert {(p.left, p.right): (p.score, p.count) for p in those} == facts
        assert [p.score for p in those] == sorted((p.score for p in those), reverse=True)
    # Training sees what was counted.
    for phrases_of_pass in phrases.passes:
        documents = [joined(document, phrases_of_pass) for document in documents]
    with_phrases = Tokenizer(preset, phrases=phrases)
    assert with_phrases.tokenize_batch(pack_texts(texts)).words() == documents


@given(TEXTS, PASSES)
def test_joining_is_greedy_from_the_left_pass_after_pass(texts, passes):
    plain, tokenizer = Tokenizer("spaces"), Tokenizer("spaces", phrases=Phrases(passes))
    expected = []
    for text in texts:
        tokens = plain.tokenize(text)
        for phrases in passes:
            tokens = joined(tokens, phrases)
        expected.append(tokens)
    assert tokenizer.tokenize_batch(pack_texts(texts)).words() == expected
    assert [tokenizer.tokenize(text) for text in texts] == expected


@given(PASSES)
def test_settings_go_through_json_unchanged(passes):
    phrases = Phrases(passes)
    twin = Phrases.from_settings(json.loads(json.dumps(phrases.settings())))
    assert twin == phrases
    assert hash(twin) == hash(phrases)
    tokenizer = Tokenizer("strip", phrases=phrases)
    assert Tokenizer.from_settings(tokenizer.settings()) == tokenizer
    assert ("phrases" in tokenizer.settings()) == (len(phrases) > 0)


@given(st.integers(2, 50).flatmap(lambda n: st.tuples(st.just(n), *[st.integers(1, n - 1)] * 3)))
def test_npmi_lies_between_minus_1_and_1(numbers):
    n_tokens, count, more, most = numbers
    count = min(count, more, most)
    score = npmi(*(np.array([number]) for number in (count, more, most)), n_tokens)[0]
    assert -1 - 1e-9 <= score <= 1 + 1e-9
    assert score == pytest.approx(score_of("npmi", count, more, most, n_tokens, 0), abs=1e-9)


def test_the_word2phrase_score_is_that_of_the_paper_times_the_tokens():
    arrays = (np.array([number]) for number in (8, 10, 20))
    assert word2phrase_score(*arrays, 1000, discount=5).tolist() == [pytest.approx(15)]


def test_the_defaults_of_word2phrase_are_those_of_the_program():
    assert Score.with_defaults("word2phrase") == Score("word2phrase", 100, 5)


def test_neighbours_of_different_documents_are_no_phrase():
    texts = ["new york", "times", "new york", "times"] * 5
    assert [p.word for p in find_phrases(texts, threshold=0.1, passes=3)] == ["new_york"]
    tokenizer = Tokenizer(phrases=Phrases([[Phrase("york", "times")]]))
    assert tokenizer.tokenize_batch(pack_texts(texts[:2])).words() == [["new", "york"], ["times"]]


def test_rare_words_between_keep_two_words_apart():
    texts = [f"new x{number} york" for number in range(50)]
    assert len(find_phrases(texts, threshold=-1, min_count=5)) == 0


def test_words_that_were_forgotten_part_their_neighbours():
    # Every word of the first texts but "a" and "b" is forgotten when there are too many.
    texts = [f"a x{number} b" for number in range(300)] + ["a b c"] * 20
    phrases = find_phrases(texts, threshold=-1, min_count=5, max_distinct_words=10)
    assert {(p.word, p.count) for p in phrases} == {("a_b", 20), ("b_c", 20)}


def test_the_best_are_kept_and_found_phrases_stay_for_another_search():
    texts = ["from los angeles to los angeles", "to or from los angeles or"] * 10
    best = find_phrases(texts, threshold=0.1, max_phrases=1)
    assert [p.word for p in best] == ["los_angeles"]
    more = find_phrases(texts, Tokenizer(phrases=best), threshold=0.1, max_phrases=1)
    assert [p.word for p in more] == ["los_angeles", "from_los_angeles"]


def test_a_text_without_phrases_has_none():
    phrases = find_phrases(["a a a a", "b"] * 5)
    assert (len(phrases), Tokenizer(phrases=phrases).phrases) == (0, None)


def test_corpus_and_embedding_know_the_phrases(tmp_path):
    texts = ["flights to New York today", "a York of old", "is it new in New York"] * 10
    tokenizer = Tokenizer("words", phrases=Phrases([[Phrase("new", "york", 0.9, 20)]]))
    Corpus.from_texts(texts, tmp_path / "corpus", tokenizer=tokenizer)
    corpus = Corpus.load(tmp_path / "corpus")
    assert corpus.tokenizer == tokenizer
    assert {"new_york", "new", "york"} <= set(corpus.vocabulary.words)
    vectors = np.eye(len(corpus.vocabulary), dtype=np.float32)
    embedding = StaticEmbedding(corpus.vocabulary, vectors, tokenizer=corpus.tokenizer)
    embedding.save(tmp_path / "embedding")
    opened = load(tmp_path / "embedding")
    assert opened.embed(["New York"])[0].tolist() == opened["new_york"].tolist()
    assert "new_york" in (tmp_path / "embedding" / "README.md").read_text("utf-8")


def test_threads_share_a_tokenizer():
    phrases = Phrases([[Phrase("a", "b")], [Phrase("a_b", "c")]])
    tokenizer = Tokenizer(phrases=phrases)
    texts = ["a b c d " * 50] * 50
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: tokenizer.tokenize_batch(pack_texts(texts)), range(32)))
    assert {(r.data.tobytes(), r.offsets.tobytes()) for r in results} == {
        (b"a_b_cd" * 2500, np.append(np.arange(2500)[:, None] * 6 + [0, 5], 15000).tobytes())
    }


@pytest.mark.parametrize(
    "saved",
    [
        {},
        "new york",
        [["new york"]],
        [{"new york": 1}],
        [{"new york": [1]}],
        [{"new york": [1, 2, 3]}],
        [{"new york": ["1", 2]}],
        [{"new york": [math.nan, 2]}],
        [{"new york": [math.inf, 2]}],
        [{"new york": [0.5, -1]}],
        [{"new york": [0.5, 1.5]}],
        [{"newyork": [0.5, 1]}],
        [{" york": [0.5, 1]}],
        [{"new york times": [0.5, 1]}],
        [{"a b": [0.5, 1]}] * 11,
        [None],
    ],
)
def test_foreign_settings_are_refused(saved):
    with pytest.raises(FormatError, match="Saved phrases are a list") as error:
        Tokenizer.from_settings({"preset": "words", "lowercase": True, "phrases": saved})
    assert len(str(error.value)) < 600


@pytest.mark.parametrize(
    ("passes", "rule"),
    [
        ([[Phrase("", "b")]], "two tokens"),
        ([[Phrase("a", "b c")]], "two tokens"),
        ([[Phrase("a", "b"), Phrase("a", "b", 0.5)]], "must differ"),
        ([[Phrase("a", "b")]] * 11, "at most 10 passes"),
    ],
)
def test_phrases_that_cannot_be_are_refused(passes, rule):
    with pytest.raises(InputError, match=rule):
        Phrases(passes)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"scoring": "pmi"}, "one of npmi, word2phrase. Received: 'pmi'"),
        ({"threshold": 1.5}, "from -1 to 1. Received: 1.5"),
        ({"threshold": math.nan}, "from -1 to 1"),
        ({"scoring": "word2phrase", "threshold": -1}, "from 0 to inf"),
        ({"min_count": 0}, "`min_count` must be a whole number"),
        ({"passes": 11}, "`passes` must be a whole number between 1 and 10"),
        ({"max_phrases": 0}, "`max_phrases` must be"),
        ({"max_distinct_words": 0}, "`max_distinct_words` must be"),
    ],
)
def test_options_out_of_range_are_refused(options, rule):
    with pytest.raises(InputError, match=re.escape(rule)):
        find_phrases(["a b"], **options)


@pytest.mark.data
def test_real_reviews_have_phrases_that_people_know():
    from wordloom.datasets.resolve import resolve_source

    phrases = find_phrases(resolve_source(["data:imdb"]), passes=2)
    words = {phrase.word for phrase in phrases}
    assert {"new_york", "special_effects", "robert_de_niro", "world_war_ii"} <= words
    assert not {"this_movie", "of_the"} & words
