import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import InputError
from wordloom.inspect.keywords.lists import KeywordLists, normalized_keyword


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Word Embeddings", "word-embeddings"),
        ("word_embeddings", "word\u2011embeddings"),
        ("ＣＯＶＩＤ－１９", "covid 19"),
        ("Straße", "STRASSE"),
        ("Alzheimer’s  disease", "alzheimer's\tdisease"),
        ("糖尿病 ", "糖尿病"),
    ],
)
def test_spellings_of_one_keyword_agree(one, other):
    assert normalized_keyword(one) == normalized_keyword(other)


@given(st.text())
def test_normalizing_twice_changes_nothing(text):
    once = normalized_keyword(text)
    assert normalized_keyword(once) == once


def test_a_keyword_counts_once_in_a_list_and_empty_ones_not_at_all():
    lists = KeywordLists([["Fever", "fever", " ", "FE-VER"], [], ["fever"]])
    assert lists.keywords == ["fever", "fe ver"]
    assert lists.sizes.tolist() == [2, 0, 1]
    assert lists.document_counts.tolist() == [2, 1]
    assert [lists[number] for number in range(3)] == [["Fever", "FE-VER"], [], ["Fever"]]


def test_rare_keywords_weigh_more():
    lists = KeywordLists([["a", "b"], ["a"], ["a"]])
    np.testing.assert_allclose(lists.idf, [np.log(4 / 4) + 1, np.log(4 / 2) + 1])


def test_documents_are_found_by_id_unless_it_is_not_theirs_alone():
    lists = KeywordLists([["a"], ["b"], ["c"]], ["x", "y", "x"])
    assert lists.number("y") == 1
    for name in ("x", "z"):
        with pytest.raises(InputError, match=f"'{name}'"):
            lists.number(name)


@pytest.mark.parametrize("lists", [["fever; cough"], [[b"fever"]], [[3]]])
def test_what_is_no_list_of_texts_is_refused(lists):
    with pytest.raises(InputError):
        KeywordLists(lists)


def test_ids_must_fit_and_lists_must_not_be_texts():
    with pytest.raises(InputError, match="2 ids for 1 lists"):
        KeywordLists([["a"]], ["x", "y"])
    with pytest.raises(InputError, match="10,001 for document 2"):
        KeywordLists([["a"], list(map(str, range(10_001)))])
