import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import FormatError, InputError
from wordloom.safetensors_file import read_tensors, write_tensors
from wordloom.text.batches import pack_texts
from wordloom.text.vocabulary import Vocabulary


@given(st.lists(st.text(), unique=True), st.lists(st.text()))
def test_words_and_ids_lead_to_each_other(words, others):
    vocabulary = Vocabulary.from_words(words)
    assert list(vocabulary) == vocabulary.words == words
    assert [vocabulary.word(index) for index in range(len(vocabulary))] == words
    assert vocabulary.ids(words).tolist() == list(range(len(words)))
    expected = [words.index(word) if word in words else -1 for word in others]
    assert vocabulary.ids(others).tolist() == expected
    assert [word in vocabulary for word in others] == [index >= 0 for index in expected]


def test_a_word_that_is_not_there_is_a_key_error():
    vocabulary = Vocabulary.from_words(["a"])
    assert vocabulary["a"] == 0
    with pytest.raises(KeyError, match="b"):
        vocabulary["b"]
    assert 7 not in vocabulary


def test_tokens_are_looked_up_as_bytes():
    vocabulary = Vocabulary.from_words(["é", "e"])
    batch = pack_texts(["e", "x", "é", ""])
    assert vocabulary.find(batch.data, batch.offsets).tolist() == [1, -1, 0, -1]


def test_a_repeated_word_is_named():
    with pytest.raises(InputError, match="'b' again as word 2"):
        Vocabulary.from_words(["a", "b", "b"])


def test_a_saved_vocabulary_comes_back(tmp_path):
    vocabulary = Vocabulary.from_words(["cough", "fièvre"], [7, 5], [3, 2], n_documents=4)
    write_tensors(tmp_path / "v", vocabulary.tensors())
    found = Vocabulary.from_tensors(read_tensors(tmp_path / "v"))
    assert found.words == ["cough", "fièvre"]
    assert found.counts.tolist() == [7, 5]
    assert found.document_counts.tolist() == [3, 2]
    assert found.n_documents == 4
    assert found.ids(["fièvre", "flu"]).tolist() == [1, -1]
    assert repr(found) == "Vocabulary(2 words)"


def test_counts_are_zero_where_they_are_not_known():
    vocabulary = Vocabulary.from_words(["a", "b"])
    assert vocabulary.counts.tolist() == vocabulary.document_counts.tolist() == [0, 0]
    assert vocabulary.n_documents == 0


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("vocabulary.bytes", None),
        ("vocabulary.bytes", np.zeros(2, np.int8)),
        ("vocabulary.bytes", np.zeros((2, 1), np.uint8)),
        ("vocabulary.offsets", np.array([0, 1, 3])),
        ("vocabulary.offsets", np.array([1, 1, 2])),
        ("vocabulary.offsets", np.array([0, 3, 2])),
        ("vocabulary.offsets", np.array([0, 1, 2], np.int32)),
        ("vocabulary.offsets", np.zeros(0, np.int64)),
        ("vocabulary.counts", np.zeros(3, np.int64)),
        ("vocabulary.counts", np.array([1, -1])),
        ("vocabulary.document_counts", np.zeros(1, np.int64)),
        ("vocabulary.document_counts", np.array([1, -1])),
        ("vocabulary.n_documents", np.array([-1])),
        ("vocabulary.n_documents", np.zeros(0, np.int64)),
    ],
)
def test_damaged_arrays_are_refused(name, array):
    tensors = Vocabulary.from_words(["a", "b"]).tensors() | {name: array}
    with pytest.raises(FormatError):
        Vocabulary.from_tensors({key: value for key, value in tensors.items() if value is not None})
