import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.recipes.keywords.choice import TOGETHER, choose
from wordloom.recipes.keywords.judge import Figures, Judge, difference
from wordloom.recipes.keywords.measures import KeywordSpace, overlap, tfidf
from wordloom.recipes.keywords.pairs import close_pair, count_zeros
from wordloom.text.vocabulary import Vocabulary

LISTS = st.lists(st.lists(st.text("abc ", max_size=5), max_size=4), min_size=1, max_size=5)


@given(LISTS, LISTS)
def test_overlap_is_jaccards_measure_of_the_units(left, right):
    one, other = KeywordLists(left), KeywordLists(right)
    found = overlap(one, other, str.split)
    units = [
        [{unit for word in lists[row] for unit in word.split()} for row in range(len(lists))]
        for lists in (one, other)
    ]
    for (row, column), value in np.ndenumerate(found):
        a, b = units[0][row], units[1][column]
        assert value == pytest.approx(len(a & b) / len(a | b) if a | b else 0)


def test_rare_words_weigh_more_in_tfidf():
    right = KeywordLists([["cell wall"], ["cell membrane"], ["cell cycle"]])
    cosines = tfidf(KeywordLists([["cell", "membrane"]]), right, str.split)
    assert cosines.argmax() == 1
    assert (cosines > 0).all()


@pytest.fixture
def space():
    """Three groups of words that look in three directions; nobody knows "unheard"."""
    words = ["red", "blue", "cat", "dog", "rain", "snow"]
    vectors = np.repeat(np.eye(3), 2, axis=0) + 1 + np.arange(6)[:, None] / 50
    lists = KeywordLists([["red", "cat"], ["blue", "dog"], ["rain", "unheard"], ["snow"]])
    return KeywordSpace.of("toy", lists, StaticEmbedding(Vocabulary.from_words(words), vectors))


def test_centring_takes_away_what_all_keywords_share(space):
    before = space.scores(space.lists, space.lists, "cosine")
    centred = space.centred()
    after = centred.scores(space.lists, space.lists, "cosine")
    assert before.min() > 0.8
    assert after[0, 1] > 0.9
    assert after[0, 2] < 0
    assert centred.known.tolist() == space.known.tolist()
    assert not centred.known[space.lists.numbers["unheard"]]


def test_whitened_vectors_spread_alike_every_way(space):
    rng = np.random.default_rng(1)
    flat = rng.normal(size=(7, 3)) * [5, 1, 0.2] @ rng.normal(size=(3, 4)) + 1
    flat[0] = 0
    white = KeywordSpace("flat", space.lists, flat.astype(np.float32)).whitened()
    assert white.vectors.shape == (7, 4)
    assert white.vectors.T @ white.vectors == pytest.approx(np.eye(4), abs=1e-3)
    assert not white.vectors[0].any()
    plane = rng.normal(size=(7, 2)) @ rng.normal(size=(2, 4))
    dropped = KeywordSpace("plane", space.lists, plane.astype(np.float32)).whitened()
    assert dropped.vectors.shape == (7, 2)


def test_cosines_of_vectors_beside_each_other_are_means(space):
    other = space.centred()
    both = space.beside(other, 0.25)
    cosines = [each.directions @ each.directions.T for each in (space, other, both)]
    assert cosines[2] == pytest.approx(0.75 * cosines[0] + 0.25 * cosines[1], abs=1e-6)


KEYWORDS = [["red", "blue"], ["cat", "dog"], ["rain", "snow"]] * 4


def judge():
    return Judge.of(KEYWORDS, ["color", "animal", "weather"] * 4, str.split, [1, 2])


def test_a_judge_prefers_what_is_right(space):
    right = judge().figures(lambda left, right: space.scores(left, right, "cosine"))
    chance = judge().figures(lambda left, right: overlap(left, right, str.split))
    assert right.mean("area") == chance.mean("area") == 1
    assert right.mean_reciprocal_rank > 1.5 * chance.mean_reciprocal_rank
    assert chance.where_apart == pytest.approx(chance.mean_reciprocal_rank)
    above, (low, high) = difference(right, chance)
    assert 0 < low <= above <= high
    assert right.to_json()["discipline_auc"] == 1


def test_figures_of_another_seed_are_added():
    figures = Figures([np.ones(2)], [np.ones(2)], [np.zeros(2)])
    figures.add(Figures([np.zeros(2)], [np.zeros(2)], [np.zeros(2)]))
    assert figures.mean_reciprocal_rank == 0.5
    assert figures.where_apart is None
    assert figures.mean("area") is None


def test_what_ranks_best_is_chosen(space):
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(len(space.lists.keywords), 8)).astype(np.float32)
    bad = KeywordSpace("noise", space.lists, noise)
    chosen = choose({"noise": bad, "toy": space, "ELMo": bad}, judge())
    assert [*chosen] == ["noise", "toy", "ELMo", TOGETHER]
    assert "beside toy" in chosen[TOGETHER].note
    assert [*choose({"toy": space}, judge())] == ["toy"]


def test_pairs_at_zero_are_counted():
    lists = KeywordLists([["dry cough"], ["wet cough"], ["flu"], ["dry cough", "flu"]])
    cuts = {"keywords": lambda keyword: [keyword], "words": str.split}
    keywords, words = count_zeros(lists, ["a", "a", "b", "b"], cuts, judge())
    assert keywords.all_pairs == pytest.approx(4 / 6)
    assert words.all_pairs == pytest.approx(2 / 6)
    assert (keywords.same_topic, words.same_topic) == (0.5, 0.0)
    assert keywords.own_halves == 1


def test_the_closest_pair_has_no_word_in_common(space):
    lists = [["red", "cat"], ["red", "rain"], ["blue", "dog"], ["snow"]]
    own = Judge.of(lists, [], str.split, [])
    pair = close_pair(own, {"words": str.split}, [space.centred()], "cosine")
    assert (pair.left, pair.right) == (["red", "cat"], ["blue", "dog"])
    assert pair.similarities["Jaccard of words"] == 0
    assert pair.similarities["toy"] > 0.9 > pair.usual["toy"]
    assert pair.above["toy"] == pytest.approx(1 / 6)
    same = Judge.of([["red"], ["red", "cat"]], [], str.split, [])
    assert close_pair(same, {"words": str.split}, [space], "cosine") is None
