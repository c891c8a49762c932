import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.benchmarks.benchmark import find_words, has_lower_case_words
from wordloom.text.vocabulary import Vocabulary


def embedding_of(*words):
    return StaticEmbedding(Vocabulary.from_words(words), [[1.0]] * len(words))


def test_the_first_word_of_the_vocabulary_is_found():
    assert find_words(embedding_of("cough", "fever"), ["cough"]).tolist() == [0]


@pytest.mark.parametrize(
    ("word", "place"),
    [("rome", 1), ("Rome", 1), ("ROME", 1), ("Cough", 0), ("who", 2), ("May", 4), ("may", 3)],
)
def test_the_spelling_as_written_comes_first_then_other_cases(word, place):
    embedding = embedding_of("cough", "Rome", "WHO", "may", "May")
    assert find_words(embedding, [word]).tolist() == [place]


def test_case_can_be_made_to_count():
    assert find_words(embedding_of("rome"), ["Rome", "rome"], match_case=True).tolist() == [-1, 0]


def test_a_rare_spelling_gives_way_to_a_frequent_one():
    assert find_words(embedding_of("rome", "egg", "Rome"), ["Rome"], max_rank=2).tolist() == [0]


@pytest.mark.parametrize(
    ("words", "lower"),
    [
        (["[UNK]", *(f"word{index}" for index in range(200))], True),
        (["rome", "Milan"], False),
        (["咳嗽", "发烧"], True),
    ],
)
def test_lower_cased_vocabularies_are_recognised(words, lower):
    assert has_lower_case_words(embedding_of(*words)) is lower
