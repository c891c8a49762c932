import numpy as np
import pytest

from wordloom.datasets.benchmark_files import AnalogyQuestions
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.benchmarks.analogies import (
    AnalogyBenchmark,
    CategoryScore,
    mean_accuracy,
    totals,
)
from wordloom.text.vocabulary import Vocabulary

# The axes: royal, female, plural.
VECTORS = {
    "man": [0, 0, 0, 1],
    "woman": [0, 1, 0, 1],
    "king": [1, 0, 0, 1],
    "queen": [1, 1, 0, 1],
    "kings": [1, 0, 1, 1],
    "men": [0, 0, 1, 1],
    "women": [0, 1, 1, 1],
    "egg": [-1, -1, -1, 0],
}
QUESTIONS = (
    ("man", "woman", "king", "queen"),
    ("man", "king", "woman", "egg"),
    ("man", "woman", "uncle", "aunt"),
    ("man", "men", "woman", "women"),
)


@pytest.fixture
def embedding():
    return StaticEmbedding(Vocabulary.from_words(VECTORS), list(VECTORS.values()))


def benchmark(questions=QUESTIONS, **settings):
    category = np.array([0, 0, 0, 1])[: len(questions)]
    names = ("family", "gram8-plural")
    return AnalogyBenchmark(AnalogyQuestions("toy", questions, names, category), **settings)


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_right_answers_are_counted_in_each_category(embedding, method):
    judged = benchmark(method=method)
    answers = judged.answers(embedding)
    assert answers.values.tolist() == [1, 0, 0, 1]
    assert answers.covered.tolist() == [True, True, False, True]
    assert judged.categories(answers) == (
        CategoryScore("family", 3, 2, 1),
        CategoryScore("gram8-plural", 1, 1, 1),
    )
    assert judged.score(answers.values, answers.covered) == pytest.approx(2 / 3)
    assert judged.score(answers.values, np.ones(4, np.bool_)) == 0.5


def test_a_question_with_a_word_beyond_the_rank_is_not_covered(embedding):
    covered = benchmark(max_rank=4).answers(embedding).covered
    assert covered.tolist() == [True, False, False, False]
    assert benchmark(max_rank=None).answers(embedding).covered.sum() == 3


def test_no_covered_question_gives_no_score(embedding):
    judged = benchmark((("a", "b", "c", "d"),))
    answers = judged.answers(embedding)
    assert judged.score(answers.values, answers.covered) is None
    assert judged.score(answers.values, np.ones(1, np.bool_)) == 0


def test_an_answer_may_differ_in_case_unless_case_counts():
    words = ["Man", "Woman", "King", "QUEEN", "Queen"]
    vectors = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0.2, 0.2]]
    embedding = StaticEmbedding(Vocabulary.from_words(words), vectors)
    asked = (("Man", "Woman", "King", "Queen"),)
    assert benchmark(asked).answers(embedding).values.tolist() == [1]
    assert benchmark(asked, match_case=True).answers(embedding).values.tolist() == [0]
    lower = tuple(tuple(word.lower() for word in question) for question in asked)
    assert benchmark(lower).answers(embedding).values.tolist() == [1]


def test_questions_about_the_same_pair_are_drawn_together():
    pairs = [(f"c{index}", f"d{index}") for index in range(12)]
    asked = tuple((f"a{index}", "b", *pairs[index % 12]) for index in range(120))
    questions = AnalogyQuestions("toy", asked, ("one",), np.zeros(120, np.int64))
    judged = AnalogyBenchmark(questions)
    values = np.array([float(index % 12 < 6) for index in range(120)])
    everything = np.ones(120, np.bool_)
    drawn = judged.resampled(values[None], everything, 500, 0)[0]
    # 12 draws of a fair coin, not 120.
    assert drawn.std() == pytest.approx(0.5 / np.sqrt(12), rel=0.15)
    few = np.arange(120) % 12 < 9
    assert np.isnan(judged.resampled(values[None], few, 5, 0)).all()


def test_totals_and_mean():
    parts = (
        CategoryScore("capitals", 10, 4, 1),
        CategoryScore("family", 10, 6, 6),
        CategoryScore("gram1", 5, 0, 0),
    )
    assert totals(parts) == (
        CategoryScore("semantic", 20, 10, 7),
        CategoryScore("syntactic", 5, 0, 0),
        CategoryScore("all", 25, 10, 7),
    )
    assert [part.name for part in totals(parts[:2])] == ["all"]
    assert mean_accuracy(parts) == (0.25 + 1) / 2
    assert mean_accuracy(parts[2:]) is None
    assert parts[0].accuracy_of_all == 0.1
