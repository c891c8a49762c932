import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.linear.features import FEATURES
from wordloom.classify.linear.hybrid import HYBRID_FEATURES
from wordloom.errors import DataWarning, InputError


@pytest.mark.parametrize("features", FEATURES)
@pytest.mark.parametrize("head", ["logistic", "svm"])
def test_learns_topics(embedding, make_texts, features, head):
    classifier = TextClassifier(embedding, features=features, head=head)
    classifier.fit(*make_texts(60, seed=0))
    assert classifier.score(*make_texts(60, seed=1)) == 1
    assert classifier.classes_.tolist() == ["health", "money", "sport"]


def test_learns_from_a_real_embedding(static_embedding, make_texts):
    classifier = TextClassifier(static_embedding).fit(*make_texts(60, seed=0))
    assert classifier.score(*make_texts(60, seed=1)) == 1


def test_learns_without_any_choice_made(make_texts, tmp_path):
    classifier = TextClassifier().fit(*make_texts(60, seed=0))
    texts, labels = make_texts(30, seed=1)
    assert classifier.score(texts, labels) == 1
    again = TextClassifier.load(classifier.save(tmp_path / "topics"))
    assert np.array_equal(again.predict_proba(texts), classifier.predict_proba(texts))


@pytest.mark.parametrize("features", ["dense", *HYBRID_FEATURES])
@pytest.mark.parametrize("topics", [("sport", "money"), ("sport", "money", "health")])
def test_labels_scores_and_probabilities_agree(embedding, make_texts, features, topics):
    # Some labels are wrong, so that probabilities are far from 0 and 1.
    texts, labels = make_texts(60, 0, topics)
    labels[::4] = labels[1::4]
    classifier = TextClassifier(embedding, features=features).fit(texts, labels)
    asked = make_texts(40, 1, topics)[0]
    found, chances = classifier.predict(asked), classifier.predict_proba(asked)
    scores = classifier.decision_function(asked)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert np.array_equal(classifier.classes_[chances.argmax(axis=1)], found)
    if len(topics) == 2:
        assert scores.shape == (40,)
        assert np.array_equal(classifier.classes_[(scores > 0).astype(int)], found)
        np.testing.assert_allclose(chances[:, 1], 1 / (1 + np.exp(-scores)))
    else:
        assert np.array_equal(classifier.classes_[scores.argmax(axis=1)], found)


@pytest.mark.parametrize("features", HYBRID_FEATURES)
def test_several_labels_are_those_more_likely_than_not(embedding, make_texts, features):
    texts, labels = make_texts(60, 0)
    several = [[label, "game"] if label == "sport" else [label] for label in labels]
    classifier = TextClassifier(embedding, features=features).fit(texts, several)
    asked = make_texts(40, 1)[0]
    chances, scores = classifier.predict_proba(asked), classifier.decision_function(asked)
    assert chances.shape == scores.shape == (40, 4)
    np.testing.assert_allclose(chances, 1 / (1 + np.exp(-scores)))
    for found, row in zip(classifier.predict(asked), chances, strict=True):
        assert found == tuple(classifier.classes_[row > 0.5].tolist())


def test_is_a_scikit_learn_estimator(embedding, make_texts):
    classifier = TextClassifier(embedding, C=3.0)
    texts, labels = make_texts(60, seed=0)
    assert cross_val_score(classifier, texts, labels, cv=3).tolist() == [1, 1, 1]
    search = GridSearchCV(classifier, {"pooling": ["mean", "max"]}, cv=3).fit(texts, labels)
    assert search.best_score_ == 1


def test_a_clone_has_the_settings_and_the_very_same_embedding(embedding, make_texts):
    classifier = TextClassifier(embedding, C=3.0, class_weight={"sport": 2.0})
    classifier.fit(*make_texts(30, seed=0))
    twin = clone(classifier)
    assert twin.get_params() == classifier.get_params()
    assert twin.embeddings is embedding
    assert not hasattr(twin, "coef_")


def test_settings_are_kept_as_given_until_fit(embedding):
    classifier = TextClassifier(embedding, C=-1, features="wrong")
    assert classifier.set_params(C="x").get_params()["C"] == "x"


def test_fitting_again_gives_the_same_bits(embedding, make_texts):
    texts, labels = make_texts(90, seed=0)
    first, second = (
        TextClassifier(embedding, features="dense+tfidf").fit(texts, labels) for _ in range(2)
    )
    assert np.array_equal(first.coef_, second.coef_)


@pytest.mark.parametrize("topics", [("sport", "money"), ("sport", "money", "health")])
def test_probabilities_follow_the_order_of_classes(embedding, make_texts, topics):
    classifier = TextClassifier(embedding).fit(*make_texts(60, 0, topics))
    texts, labels = make_texts(60, 1, topics)
    chances = classifier.predict_proba(texts)
    assert chances.shape == (60, len(topics))
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert classifier.classes_[chances.argmax(axis=1)].tolist() == labels


def test_numbers_can_be_labels(embedding, make_texts):
    texts, labels = make_texts(20, 0, ("sport", "money"))
    numbers = [7 if label == "sport" else -1 for label in labels]
    assert TextClassifier(embedding).fit(texts, numbers).predict(texts).tolist() == numbers


def test_a_stream_is_labelled_batch_by_batch(embedding, make_texts):
    classifier = TextClassifier(embedding).fit(*make_texts(30, seed=0))
    read = []

    def batches():
        for seed in (1, 2):
            read.append(seed)
            yield make_texts(10, seed)[0]
        yield []

    stream = classifier.predict_stream(batches())
    assert next(stream).tolist() == make_texts(10, 1)[1]
    assert read == [1]
    assert [len(labels) for labels in stream] == [10, 0]


def test_blocks_do_not_change_predictions(embedding, make_texts, monkeypatch):
    classifier = TextClassifier(embedding, features="dense+tfidf").fit(*make_texts(30, seed=0))
    texts = make_texts(25, seed=1)[0]
    whole = classifier.decision_function(texts)
    monkeypatch.setattr("wordloom.classify.classifier.BLOCK_TEXTS", 7)
    np.testing.assert_allclose(classifier.decision_function(texts), whole, rtol=1e-12)


def test_a_word_that_only_the_embedding_knows_counts(embedding, make_texts):
    texts, labels = make_texts(60, seed=0)
    texts = [text.replace("goal", "the") for text in texts]
    classifier = TextClassifier(embedding, features="dense+tfidf").fit(texts, labels)
    assert classifier.predict(["goal goal"]).tolist() == ["sport"]


def test_one_label_is_refused(embedding):
    with pytest.raises(InputError, match=r"at least two labels.*'x'"):
        TextClassifier(embedding).fit(["goal", "team"], ["x", "x"])


def test_labels_without_texts_are_refused(embedding):
    with pytest.raises(InputError, match="1 texts and 2 labels"):
        TextClassifier(embedding).fit(["goal"], ["x", "y"])


def test_a_label_with_one_text_is_named_and_learned(embedding):
    texts, labels = ["goal team", "goal win", "cough fever"], ["sport", "sport", "health"]
    with pytest.warns(DataWarning, match="1 of 2 labels .*'health'"):
        classifier = TextClassifier(embedding).fit(texts, labels)
    assert classifier.predict(["fever"]).tolist() == ["health"]


def test_texts_without_known_words_are_counted(embedding, make_texts):
    with pytest.warns(DataWarning, match=r"2 of 4 training texts \(50%\)"):
        TextClassifier(embedding, C=1).fit(["goal", "dose", "", " "], ["a", "b", "a", "b"])
    classifier = TextClassifier(embedding).fit(*make_texts(30, seed=0))
    with pytest.warns(DataWarning, match=r"1 of 2 texts \(50%\)"):
        classifier.predict(["goal", "qwerty"])


def test_empty_texts_alone_are_refused_where_words_are_all_there_is():
    with pytest.raises(InputError, match="empty texts only"):
        TextClassifier(features="tfidf").fit(["", " "] * 2, ["a", "b"] * 2)


def test_predicting_before_fit_says_so(embedding):
    with pytest.raises(NotFittedError, match="not fitted"):
        TextClassifier(embedding).predict(["goal"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"features": "sparse"}, "dense, dense\\+tfidf, tfidf"),
        ({"embeddings": None, "features": "dense"}, "need an embedding"),
        ({"head": "forest", "features": "dense"}, "logistic, svm"),
        ({"head": "logistic"}, "support vector machine"),
        ({"C": 0}, "above 0"),
        ({"max_n": 0}, "at least 1"),
        ({"max_n": 17}, "at most 16"),
        ({"max_n": 0, "features": "tfidf"}, "at least 1"),
        ({"min_df": 1.5}, "whole numbers"),
        ({"class_weight": {"z": 1}}, "class_weight"),
        ({"class_weight": {"sport": 0}}, "numbers above 0"),
        ({"random_state": 1.5}, "random_state"),
    ],
)
def test_wrong_settings_are_refused_by_fit(embedding, make_texts, settings, message):
    classifier = TextClassifier(embedding).set_params(**settings)
    with pytest.raises(InputError, match=message):
        classifier.fit(*make_texts(12, seed=0))


@pytest.mark.parametrize("features", ["auto", "dense"])
def test_class_weights_of_unknown_labels_are_refused_with_several_labels_too(embedding, features):
    classifier = TextClassifier(embedding, features=features, class_weight={"z": 2})
    with pytest.raises(InputError, match="the labels are 'a', 'b'"):
        classifier.fit(["goal", "cough", "goal cough"], [["a"], ["b"], ["a", "b"]])


def test_the_score_needs_a_label_for_each_text(embedding, make_texts):
    texts, labels = make_texts(12, seed=0)
    with pytest.raises(InputError, match="12 texts and labels of 11"):
        TextClassifier(embedding).fit(texts, labels).score(texts, labels[:-1])


def test_the_svm_has_no_probabilities(embedding, make_texts):
    classifier = TextClassifier(embedding, features="dense", head="svm")
    classifier.fit(*make_texts(30, seed=0))
    with pytest.raises(InputError, match="head='logistic'"):
        classifier.predict_proba(["goal"])


def test_a_vector_that_is_not_finite_is_refused(embedding, make_texts):
    embedding.vectors["goal"][0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        TextClassifier(embedding).fit(*make_texts(60, seed=0))
