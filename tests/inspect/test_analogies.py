import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, UnknownWordError
from wordloom.inspect import neighbors as neighbors_module
from wordloom.inspect.analogies import METHODS, analogy, solve_analogies
from wordloom.inspect.neighbors import neighbors
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"word{number}" for number in range(300)]


@pytest.fixture
def embedding():
    vectors = np.random.default_rng(2).standard_normal((len(WORDS), 9))
    vectors[7] = 0
    return StaticEmbedding(Vocabulary.from_words(WORDS), vectors, name="toy")


def reference(embedding, a, b, c, method, max_rank=None):
    """Return the ids of all answers, the best first, and their scores."""
    vectors = embedding.vectors.astype(float)
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    cosines = units[:max_rank] @ units[[a, b, c]].T
    if method == "3cosadd":
        wanted = units[b] + units[c] - units[a]
        scores = units[:max_rank] @ wanted / max(np.linalg.norm(wanted), 1e-9)
    else:
        near_a, near_b, near_c = (cosines.T + 1) / 2
        scores = near_b * near_c / (near_a + 0.001)
    best = [i for i in np.argsort(-scores) if i not in (a, b, c)]
    return best, scores[best]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("max_rank", [None, 50])
def test_answers_are_those_of_the_formula(embedding, method, max_rank):
    for a, b, c in ((1, 2, 3), (4, 4, 5), (6, 100, 250)):
        expected, scores = reference(embedding, a, b, c, method, max_rank)
        found = analogy(
            embedding, [WORDS[b], WORDS[c]], [WORDS[a]], 5, method=method, max_rank=max_rank
        )
        assert [near.word for near in found] == [WORDS[i] for i in expected[:5]]
        np.testing.assert_allclose([near.similarity for near in found], scores[:5], rtol=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("parts", "max_rank"), [(1, None), (3, None), (2, 140)])
def test_many_questions_are_answered_alike(embedding, method, parts, max_rank, monkeypatch):
    monkeypatch.setattr(neighbors_module, "processor_count", lambda: parts)
    monkeypatch.setattr(neighbors_module, "SMALL", 1)
    questions = np.random.default_rng(5).integers(0, len(WORDS), (200, 3))
    questions[0] = 7
    answers = solve_analogies(embedding, questions, method, max_rank)
    assert answers.dtype == np.int64
    # The words of the first question have zero vectors: for 3cosadd, all others are equally near.
    assert method == "3cosmul" or answers[0] == 0
    for question, answer in zip(questions[1:], answers[1:], strict=True):
        assert answer == reference(embedding, *question, method, max_rank)[0][0]


def test_words_may_be_all_positive_or_all_negative(embedding):
    near = neighbors(embedding, ["word1"], 299)[0]
    assert analogy(embedding, ["word1"], count=299) == near
    far = analogy(embedding, [], ["word1"], 10)
    assert [found.word for found in far] == [found.word for found in near[:-11:-1]]


def test_a_question_that_takes_all_words_has_no_answer():
    few = StaticEmbedding(Vocabulary.from_words(["a", "b"]), [[1, 0], [0, 1]])
    for method in METHODS:
        assert solve_analogies(few, np.array([[0, 1, 1]]), method).tolist() == [-1]
        assert analogy(few, ["a"], ["b"], method=method) == []


def test_no_questions_have_no_answers(embedding):
    assert solve_analogies(embedding, np.empty((0, 3), np.int64)).shape == (0,)


def test_wrong_input_is_refused_with_the_rule(embedding):
    with pytest.raises(UnknownWordError, match="'absent'"):
        analogy(embedding, ["word1", "absent"])
    with pytest.raises(InputError, match="none"):
        analogy(embedding, [])
    with pytest.raises(InputError, match=r"Write \[word\]"):
        analogy(embedding, "word1")
    with pytest.raises(InputError, match="one of 3cosadd, 3cosmul"):
        analogy(embedding, ["word1"], method="mean")
    for method in METHODS:
        with pytest.raises(InputError, match="count=0"):
            analogy(embedding, ["word1"], count=0, method=method)
    with pytest.raises(InputError, match=r"\(n_questions, 3\)"):
        solve_analogies(embedding, np.zeros((2, 4), np.int64))
    with pytest.raises(InputError, match=r"ids from 0 to 299.*from -1 to 3"):
        solve_analogies(embedding, np.array([[-1, 2, 3]]))
    with pytest.raises(InputError, match="one of 3cosadd"):
        solve_analogies(embedding, np.array([[1, 2, 3]]), "other")
