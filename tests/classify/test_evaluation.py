import json
from types import SimpleNamespace

import numpy as np
import pytest

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.evaluation import evaluate
from wordloom.errors import DataWarning, InputError


def labelled(pair):
    return SimpleNamespace(texts=pair[0], labels=pair[1])


@pytest.fixture
def evaluation(embedding, make_texts):
    classifier = TextClassifier(embedding, features="dense")
    return evaluate(labelled(make_texts(60, 0)), labelled(make_texts(31, 1)), classifier)


def test_the_classifier_stands_beside_its_baselines(evaluation):
    accuracies = {row.name: row.metrics.accuracy for row in evaluation.rows}
    assert list(accuracies) == [
        "vectors",
        "vectors + TF-IDF",
        "TF-IDF, logistic regression",
        "TF-IDF, linear SVM",
        "majority label",
    ]
    assert all(accuracies[name] == 1 for name in list(accuracies)[:4])
    assert evaluation.majority_label == "health"
    assert accuracies["majority label"] == evaluation.majority_share == 10 / 31


def test_the_default_comes_first_and_spares_the_other_hybrid(embedding, make_texts):
    train, test = labelled(make_texts(60, 0)), labelled(make_texts(31, 1))
    rows = evaluate(train, test, TextClassifier(embedding)).rows
    assert [row.name for row in rows[:3]] == [
        "weighted n-grams + vectors",
        "vectors",
        "TF-IDF, logistic regression",
    ]
    assert rows[0].metrics.accuracy == 1


def test_each_fitted_classifier_carries_its_metrics(evaluation):
    row = evaluation["vectors"]
    assert row.model.metrics_ == row.metrics
    assert row.model.predict(["goal"]).tolist() == ["sport"]
    with pytest.raises(KeyError):
        evaluation["forest"]


def test_becomes_json_and_a_table(evaluation):
    figures = json.loads(json.dumps(evaluation.to_json()))
    assert figures["rows"][0]["metrics"]["accuracy"] == 1
    table = evaluation.table().splitlines()
    assert len({len(line) for line in table[1:5]}) == 1
    assert "majority label" in table[5]


def test_texts_of_both_splits_are_taken_out_of_the_second_accuracy(embedding, make_texts):
    train, test = make_texts(60, 0), make_texts(30, 1)
    # Ten training texts come back under a wrong label.
    test[0][:10] = train[0][:10]
    test[1][:10] = np.roll(train[1][:10], 1)
    with pytest.warns(DataWarning, match="10 of 30 test texts"):
        evaluation = evaluate(labelled(train), labelled(test), TextClassifier(embedding))
    assert evaluation["vectors"].metrics.accuracy < 1
    assert evaluation["vectors"].unseen_accuracy == 1
    assert "unseen texts" in evaluation.table()


def test_where_all_test_texts_are_training_texts_there_is_no_second_accuracy(embedding, make_texts):
    train = labelled(make_texts(30, 0))
    with pytest.warns(DataWarning, match=r"\(100.0%\)"):
        evaluation = evaluate(train, train, TextClassifier(embedding))
    assert evaluation.rows[0].unseen_accuracy is None


def test_labels_that_training_lacks_are_named(embedding, make_texts):
    test = labelled((["score opera", "goal"], ["music", "sport"]))
    with pytest.warns(DataWarning, match="1 of 2 test texts .*'music'"):
        evaluation = evaluate(labelled(make_texts(30, 0)), test, TextClassifier(embedding))
    assert [entry.label for entry in evaluation.rows[0].metrics.labels] == [
        "health",
        "money",
        "music",
        "sport",
    ]


def test_no_test_texts_are_refused(embedding, make_texts):
    with pytest.raises(InputError, match="empty list"):
        evaluate(labelled(make_texts(30, 0)), labelled(([], [])), TextClassifier(embedding))


def test_labels_of_two_types_are_refused(embedding, make_texts):
    with pytest.raises(InputError, match="of one type"):
        evaluate(labelled(make_texts(30, 0)), labelled((["goal"], [1])), TextClassifier(embedding))
