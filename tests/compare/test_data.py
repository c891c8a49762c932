import numpy as np
import pytest

from wordloom.compare.data import prepare
from wordloom.datasets.labelled import LabelledTexts
from wordloom.errors import DataWarning, InputError


def prepared(train, test=None, *, n_folds=3, max_texts=1000, seed=0):
    return prepare(train, test, name="toy", n_folds=n_folds, max_texts=max_texts, seed=seed)


def test_texts_are_dealt_out(make_labelled):
    found = prepared(make_labelled(60))
    assert found.labels == ["health", "money", "sport"]
    assert np.bincount(found.folds).tolist() == [20, 20, 20]
    assert found.n_train == 40
    assert found.to_json() == {
        "name": "toy",
        "texts": 60,
        "test_texts": None,
        "labels": {"health": 20, "money": 20, "sport": 20},
        "duplicates": None,
        "notes": ["There is no test part: the figures are those of cross-validation."],
    }


def test_one_label_is_refused():
    with pytest.raises(InputError, match=r"at least two labels.*all labelled 'a'"):
        prepared(LabelledTexts(["one", "two"], ["a", "a"], "toy"))


def test_labels_with_one_text_are_told_and_never_held_out(make_labelled):
    train = make_labelled(30)
    train.texts.extend(["odd one", "same", "Same "])
    train.labels.extend(["odd", "twice", "twice"])
    with pytest.warns(DataWarning, match="2 of 5 labels have a single different text"):
        found = prepared(train)
    assert found.folds[30:].tolist() == [-1, -1, -1]
    assert any("nobody is judged on them" in note for note in found.notes)


def test_too_few_texts_for_the_folds_are_refused(make_labelled):
    with pytest.raises(InputError, match=r"5 folds needs.*take fewer folds"):
        prepared(LabelledTexts(list("abcd"), ["x", "x", "y", "y"], "toy"), n_folds=5)
    with pytest.warns(DataWarning), pytest.raises(InputError, match="and 1 such labels"):
        prepared(LabelledTexts(list("abc"), ["x", "x", "y"], "toy"), n_folds=2)


def test_duplicates_are_counted_and_held_out_together(make_labelled):
    train = make_labelled(30)
    train.texts.append(train.texts[0].upper())
    train.labels.append(train.labels[0])
    found = prepared(train, make_labelled(3))
    assert found.folds[0] == found.folds[30]
    assert found.to_json()["duplicates"]["within_train"] == 1
    assert found.to_json()["duplicates"]["across"] == 3
    assert "held out together" in found.notes[0]


def test_test_labels_that_training_lacks_are_told(make_labelled):
    test = LabelledTexts(["one", "two"], ["sport", "science"], "test")
    with pytest.warns(DataWarning, match="1 of 2 test texts have a label"):
        found = prepared(make_labelled(30), test)
    assert "('science'): they all count as wrong" in found.notes[0]
    assert found.to_json()["test_texts"] == 2


def test_labels_of_another_type_are_refused(make_labelled):
    class Numbered:
        texts = ("one",)
        labels = (1,)

    with pytest.raises(InputError, match="of one type"):
        prepared(make_labelled(30), Numbered())


def test_of_many_texts_a_sample_is_compared(make_labelled):
    found = prepared(make_labelled(90), max_texts=30)
    assert len(found.texts) == 30
    assert np.bincount(found.codes).tolist() == [10, 10, 10]
    assert len(found.others) == 60
    assert not set(found.texts) & {text for text, _ in found.others}
    assert any("sample of 30 of 90" in note for note in found.notes)


def test_the_digest_tells_texts_and_labels_apart(make_labelled):
    train = make_labelled(30)
    first = prepared(train).digest()
    assert prepared(make_labelled(30)).digest() == first
    train.labels[0], train.labels[1] = train.labels[1], train.labels[0]
    assert prepared(train).digest() != first
    assert prepared(make_labelled(30), make_labelled(3, seed=1)).digest() != first
