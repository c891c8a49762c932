import pytest

from wordloom.errors import InputError
from wordloom.inspect.word_filter import choose_words
from wordloom.text.vocabulary import Vocabulary

WORDS = ["the", "virus", "viral", "antiviral", "été"]


@pytest.fixture
def vocabulary():
    return Vocabulary.from_words(WORDS, counts=[100, 20, 20, 3, 0])


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, WORDS),
        ({"max_rank": 2}, ["the", "virus"]),
        ({"max_rank": 99}, WORDS),
        ({"min_count": 20}, ["the", "virus", "viral"]),
        ({"pattern": "^vir"}, ["virus", "viral"]),
        ({"pattern": "al$"}, ["viral", "antiviral"]),
        ({"pattern": "(?i)É"}, ["été"]),
        ({"allowed": ["viral", "absent", "the", "the"]}, ["the", "viral"]),
        ({"excluded": {"the", "absent"}}, WORDS[1:]),
        ({"pattern": "vir", "min_count": 5, "excluded": iter(["virus"])}, ["viral"]),
    ],
)
def test_words_pass_all_filters(vocabulary, filters, expected):
    assert [WORDS[i] for i in choose_words(vocabulary, **filters)] == expected


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"max_rank": 0}, "`max_rank` is at least 1"),
        ({"min_count": 0}, "`min_count` is at least 1"),
        ({"pattern": "("}, "regular expression"),
        ({"pattern": "a{99999999999999999999}"}, "regular expression"),
        ({"pattern": "zzz"}, "leave none of the 5 words.*zzz"),
        ({"allowed": []}, "leave none"),
        ({"allowed": "viral"}, r"Write \[word\]"),
        ({"excluded": "viral"}, "`excluded` is a list"),
    ],
)
def test_wrong_filters_are_refused_with_the_rule(vocabulary, filters, message):
    with pytest.raises(InputError, match=message):
        choose_words(vocabulary, **filters)


def test_a_count_needs_counts():
    with pytest.raises(InputError, match="Use `max_rank`"):
        choose_words(Vocabulary.from_words(WORDS), min_count=2)


def test_nothing_can_be_chosen_from_nothing():
    assert len(choose_words(Vocabulary.from_words([]), max_rank=3)) == 0
