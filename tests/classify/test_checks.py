import numpy as np
import pytest

from wordloom.classify.checks import check_labels, check_texts
from wordloom.errors import InputError


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "empty list"),
        ("one text", "one str"),
        (["a", None], "None .* as text 1"),
        (["a", b"b"], "bytes"),
        (np.array([1.5]), "float"),
    ],
)
def test_texts_that_are_not_a_list_of_str_are_refused(texts, message):
    with pytest.raises(InputError, match=message):
        check_texts(texts)


def test_arrays_of_texts_are_accepted():
    assert check_texts(np.array(["a", "b"])) == ["a", "b"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"], "2 texts and 1 labels"),
        (["a", "b", "c"], "2 texts and 3 labels"),
        (["a", 1], "1 .* as label 1"),
        (["a", None], "None .* as label 1"),
        (["a", float("nan")], "nan .* as label 1"),
        ([0.5, 1.5], "0.5 .* as label 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, message):
    with pytest.raises(InputError, match=message):
        check_labels(labels, 2)


@pytest.mark.parametrize("labels", [["b", "a"], [3, 1], [True, False], np.array(["b", "a"])])
def test_labels_of_one_type_are_kept(labels):
    assert check_labels(labels, 2).tolist() == list(labels)
