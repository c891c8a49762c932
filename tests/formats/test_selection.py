import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.formats.format import ReadOptions, WriteOptions
from wordloom.formats.selection import select
from wordloom.text.vocabulary import Vocabulary

WORDS = [f"w{number}" for number in range(10)]


def whole() -> StaticEmbedding:
    vocabulary = Vocabulary.from_words(WORDS, range(20, 10, -1), range(10, 0, -1), 12)
    return StaticEmbedding(vocabulary, np.arange(20).reshape(10, 2), name="ten", pooling="sqrtn")


@given(
    st.none() | st.lists(st.sampled_from([*WORDS, "other"]), max_size=12),
    st.none() | st.integers(1, 12),
)
def test_a_selection_keeps_rows_counts_and_settings(words, limit):
    expected = [word for word in WORDS[:limit] if words is None or word in words]
    if not expected:
        with pytest.raises(InputError, match="none of them chosen"):
            select(whole(), ReadOptions(words, limit))
        return
    part = select(whole(), ReadOptions(words, limit))
    rows = [WORDS.index(word) for word in expected]
    assert part.vocabulary.words == expected
    assert part.vectors.tolist() == whole().vectors[rows].tolist()
    assert part.vocabulary.counts.tolist() == [20 - row for row in rows]
    assert part.vocabulary.document_counts.tolist() == [10 - row for row in rows]
    assert (part.vocabulary.n_documents, part.pooling, part.name) == (12, "sqrtn", "ten")


def test_without_a_choice_the_embedding_stays_itself():
    embedding = whole()
    assert select(embedding, ReadOptions()) is embedding


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": 0}, "at least 1"),
        ({"words": "cough"}, "a list of words"),
        ({"encoding": "utf-99"}, "'utf-99'"),
    ],
)
def test_wrong_read_options_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        ReadOptions(**arguments)


def test_an_unknown_type_of_numbers_is_refused():
    with pytest.raises(InputError, match="float32, float16, int8"):
        WriteOptions("float8")
