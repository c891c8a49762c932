import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.keywords import index as keywords
from wordloom.inspect.keywords import tiles as keyword_tiles
from wordloom.inspect.keywords.comparison import compare_keywords
from wordloom.inspect.keywords.index import MEASURES, KeywordIndex
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"w{number}" for number in range(40)]
UNKNOWN = ["u0", "u1", "u2"]
VECTORS = np.random.default_rng(3).standard_normal((len(WORDS), 6)) + 0.4
EMBEDDING = StaticEmbedding(Vocabulary.from_words(WORDS), VECTORS, name="toy")
UNIT = dict(zip(WORDS, VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True), strict=True))


def random_lists(n_documents, seed=1, longest=9):
    random = np.random.default_rng(seed)
    words = WORDS + UNKNOWN
    lists = [
        [words[place] for place in random.integers(len(words), size=random.integers(longest))]
        for _ in range(n_documents)
    ]
    # Duplicates, an empty list, one of unknown keywords only, and a long one.
    return [*lists, lists[0], [], ["u0", "u1"], WORDS]


def reference(left, right, measure, lists):
    """The similarity of two lists, from the definition."""
    left, right = list(dict.fromkeys(left)), list(dict.fromkeys(right))
    if not left or not right:
        return 0.0
    if measure == "jaccard":
        return len(set(left) & set(right)) / len(set(left) | set(right))
    counts = {word: sum(word in own for own in lists) for word in left + right}
    weight = {
        word: np.log((1 + len(lists)) / (1 + count)) + 1 if measure.endswith("idf") else 1.0
        for word, count in counts.items()
    }
    if measure in ("cosine", "idf"):
        sums = [
            sum((weight[word] * UNIT[word] for word in side if word in UNIT), np.zeros(6))
            for side in (left, right)
        ]
        lengths = np.linalg.norm(sums[0]) * np.linalg.norm(sums[1])
        return float(sums[0] @ sums[1] / lengths) if lengths else 0.0

    def cosine(one, other):
        if one == other:
            return 1.0
        return float(UNIT[one] @ UNIT[other]) if one in UNIT and other in UNIT else 0.0

    def one_way(side, others):
        best = [max(cosine(word, other) for other in others) for word in side]
        return np.average(best, weights=[weight[word] for word in side])

    return (one_way(left, right) + one_way(right, left)) / 2


def reference_matrix(lists, measure, queries=None):
    return np.array(
        [
            [reference(own, other, measure, lists) for other in lists]
            for own in (lists if queries is None else queries)
        ]
    )


@pytest.fixture(params=["one tile", "many tiles"])
def tiles(request, monkeypatch):
    if request.param == "many tiles":
        monkeypatch.setattr(keyword_tiles, "MEMBERS_AT_ONCE", 20)
        monkeypatch.setattr(keyword_tiles, "DOCUMENTS_AT_ONCE", 7)


@pytest.mark.parametrize("measure", MEASURES)
def test_matrix_follows_the_definition(measure, tiles):
    lists = random_lists(30)
    matrix = KeywordIndex(KeywordLists(lists), EMBEDDING).matrix(measure)
    np.testing.assert_allclose(matrix, reference_matrix(lists, measure), atol=2e-6)
    np.testing.assert_array_equal(matrix, matrix.T)


@pytest.mark.parametrize("measure", MEASURES)
def test_keywords_of_some_documents_weigh_as_in_the_collection(measure, tiles):
    lists, chosen = random_lists(30), [5, 2, 19]
    matrix = KeywordIndex(KeywordLists(lists), EMBEDDING).matrix(measure, chosen)
    expected = reference_matrix(lists, measure)[np.ix_(chosen, chosen)]
    np.testing.assert_allclose(matrix, expected, atol=2e-6)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("threads", [1, 3])
def test_nearest_are_exact(measure, threads, tiles):
    lists = random_lists(40)
    index = KeywordIndex(KeywordLists(lists), EMBEDDING)
    matrix = index.matrix(measure)
    found = index.nearest(6, measure, threads=threads)
    for number, row in enumerate(found):
        expected = [
            other
            for other in np.lexsort((np.arange(len(lists)), -matrix[number])).tolist()
            if other != number and matrix[number, other] != 0
        ][:6]
        assert [near.number for near in row] == expected
        assert [near.similarity for near in row] == matrix[number, expected].tolist()


@pytest.mark.parametrize("measure", MEASURES)
def test_search_compares_lists_that_are_not_of_the_collection(measure, tiles):
    lists = random_lists(25)
    queries = [["w1", "new", "w2"], ["new", "u0"], [], WORDS, ["W3"]]
    index = KeywordIndex(KeywordLists(lists), EMBEDDING)
    expected = reference_matrix(lists, measure, [[word.lower() for word in own] for own in queries])
    found = index.search(queries, 30, measure)
    for row, scores in zip(found, expected, strict=True):
        values = np.zeros(len(lists))
        values[[near.number for near in row]] = [near.similarity for near in row]
        np.testing.assert_allclose(values, scores, atol=2e-6)
        assert [near.similarity for near in row] == sorted(values[values != 0])[::-1]


@pytest.mark.parametrize("measure", MEASURES)
def test_pairs_are_the_best_of_all(measure, tiles):
    lists = random_lists(20)
    index = KeywordIndex(KeywordLists(lists), EMBEDDING)
    matrix = index.matrix(measure)
    expected = sorted(
        (-matrix[left, right], left, right)
        for left in range(len(lists))
        for right in range(left + 1, len(lists))
        if matrix[left, right] != 0
    )
    for count in (5, 10_000):
        found = index.pairs(count, measure)
        assert [(-pair.similarity, pair.left_number, pair.right_number) for pair in found] == (
            expected[:count]
        )


def test_documents_without_shared_keywords_still_rank():
    lists = KeywordLists([["w1"], ["w2"], ["w3"]])
    assert KeywordIndex(lists).nearest(2) == [[], [], []]
    assert [len(row) for row in KeywordIndex(lists, EMBEDDING).nearest(2)] == [2, 2, 2]


def test_unknown_keywords_meet_only_themselves():
    index = KeywordIndex(KeywordLists([["u0", "w1"], ["u0"], ["u1"]]), EMBEDDING)
    matrix = index.matrix("best-match")
    assert matrix[0, 1] == pytest.approx(0.75)
    assert matrix[1, 2] == 0
    assert [near.number for near in index.nearest(3, "best-match")[1]] == [0]
    assert index.nearest(3, "best-match")[2] == []
    # No mean of vectors sees them.
    assert index.matrix("cosine")[0, 1] == 0


def test_no_documents_have_no_neighbours():
    index = KeywordIndex(KeywordLists([]), EMBEDDING)
    for measure in MEASURES:
        assert index.nearest(3, measure) == []
        assert index.pairs(3, measure) == []
        assert index.search([["w1"]], 3, measure) == [[]]


@pytest.mark.parametrize(
    ("ask", "rule"),
    [
        (lambda index: index.nearest(measure="bm25"), "one of jaccard"),
        (lambda index: index.nearest(measure="cosine"), "needs an embedding"),
        (lambda index: index.nearest(0), "count=0"),
        (lambda index: index.pairs(0), "count=0"),
        (lambda index: index.search(["fever"]), "list of str"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, rule):
    with pytest.raises(InputError, match=rule):
        ask(KeywordIndex(KeywordLists([["w1"], ["w2"]])))


def test_answers_that_do_not_fit_into_memory_are_refused(monkeypatch):
    monkeypatch.setattr(keywords, "MAX_FOUND", 10)
    monkeypatch.setattr(keywords, "MAX_MATRIX", 3)
    index = KeywordIndex(KeywordLists([["w1"]] * 4))
    with pytest.raises(InputError, match="From 1 to 2 "):
        index.nearest(3)
    with pytest.raises(InputError, match="at most 3 documents"):
        index.matrix()


KEYWORDS = st.lists(st.sampled_from(WORDS[:8] + UNKNOWN), max_size=6)


@settings(max_examples=40)
@given(KEYWORDS, KEYWORDS)
def test_a_comparison_is_the_same_both_ways_and_its_alignment_explains_it(left, right):
    compared, turned = (
        compare_keywords(left, right, EMBEDDING),
        compare_keywords(right, left, EMBEDDING),
    )
    assert compared.left == turned.right
    assert compared.right == turned.left
    for measure, similarity in compared.similarities.items():
        assert similarity == pytest.approx(turned.similarities[measure], abs=2e-6)
        expected = reference(left, right, measure, [left, right])
        assert similarity == pytest.approx(expected, abs=2e-6)
    sides = [[match.similarity for match in side] for side in (compared.left, compared.right)]
    mean = np.mean([np.mean(side) for side in sides]) if all(sides) else 0.0
    assert compared.similarities["best-match"] == pytest.approx(mean, abs=2e-6)


def test_the_alignment_says_which_keyword_met_which():
    vocabulary = Vocabulary.from_words(["fever", "influenza", "tennis"])
    embedding = StaticEmbedding(vocabulary, [[4, 3], [3, 4], [1, -1]])
    compared = compare_keywords(["Fever", "qqq", "zzz"], ["tennis", "influenza", "QQQ"], embedding)
    met = [(match.keyword, match.closest, round(match.similarity, 2)) for match in compared.left]
    assert met == [("Fever", "influenza", 0.96), ("qqq", "qqq", 1.0), ("zzz", None, 0.0)]
    assert compared.unknown == ("qqq", "zzz")
    assert compared.shared == ("qqq",)
    assert compared.similarities["jaccard"] == pytest.approx(0.2)
    assert compared.jaccard_as_written == 0


def test_a_comparison_takes_idf_from_the_collection():
    collection = KeywordLists([["w1"]] * 50 + [["w2"]])
    pair = ["w1", "w2"], ["w2", "w3"]
    alone = compare_keywords(*pair, EMBEDDING).similarities
    within = compare_keywords(*pair, EMBEDDING, collection).similarities
    assert within["cosine"] == alone["cosine"]
    assert within["idf"] != pytest.approx(alone["idf"], abs=1e-3)


def test_lists_of_a_thousand_keywords_are_compared():
    many = [f"w{number % 40} w{number // 40}" for number in range(1000)]
    index = KeywordIndex(KeywordLists([many, many[:500], ["w1"]]), EMBEDDING)
    matrix = index.matrix("best-match")
    assert matrix[0, 0] == pytest.approx(1, abs=1e-6)
    assert 0.75 <= matrix[0, 1] < 1
    assert index.matrix("jaccard")[0, 1] == 0.5
    assert len(compare_keywords(many, many[:3], EMBEDDING).left) == 1000
