import pytest

import wordloom


@pytest.fixture
def classifier(shared):
    return shared / "classifier"


def test_a_fitted_classifier_says_what_it_learned(run, table, vectors, tmp_path):
    fit = ("classify", "fit", table, "-e", vectors, "-o", tmp_path / "c", "--balanced")
    answer = run(*fit, "--json")
    assert answer.json["classifier"] == str(tmp_path / "c")
    assert answer.json["labels"] == ["health", "sport"]
    assert wordloom.TextClassifier.load(tmp_path / "c").class_weight == "balanced"
    answer = run("classify", "fit", table, "--features", "tfidf", "-o", tmp_path / "d")
    assert answer.out.startswith("120 texts, 2 labels (health, sport), C=")


def test_each_line_gets_its_label(run, classifier, write):
    lines = write("lines.txt", "a cough and a fever\n\nthe team and the coach\n")
    first, second, third = run("classify", "predict", classifier, lines).out.splitlines()
    assert (first, third) == ("health", "sport")
    assert second in ("health", "sport")
    answer = run("classify", "predict", classifier, lines, "--json")
    assert answer.json == {"labels": [first, second, third]}
    assert "1 of 3 texts (33%) hold no word that the classifier knows" in answer.err


def test_evaluation_puts_the_vectors_beside_the_baselines(run, table, vectors):
    answer = run("classify", "evaluate", table, "-e", vectors, "--test-share", 0.25)
    assert "90 training and 30 test texts" in answer.out
    assert "TF-IDF, linear SVM" in answer.out
    assert "confusion matrix" in answer.out


def test_evaluation_as_json_with_test_texts_of_their_own(run, table, vectors, write):
    test = write("test.csv", "text,label\nvirus and pain,health\nscore a goal,sport\n")
    answer = run("classify", "evaluate", table, "-e", vectors, "--test", test, "--json").json
    assert (answer["train"], answer["test"]) == (120, 2)
    assert answer["rows"][0]["metrics"]["accuracy"] == 1


@pytest.mark.parametrize("share", ["0", "1", "nan", "0.001"])
def test_both_parts_must_hold_texts(refused, table, vectors, share):
    message = refused("classify", "evaluate", table, "-e", vectors, "--test-share", share)
    assert "test-share" in message


@pytest.mark.parametrize("option", [("--features", "dense"), ("--encoder", "mean")])
def test_an_embedding_must_be_named_where_vectors_are_all_there_is(
    refused, table, tmp_path, option
):
    fit = ("classify", "fit", table, "-o", tmp_path / "c")
    assert "-e EMBEDDING" in refused(*fit, *option)
    assert "-e EMBEDDING" in refused("classify", "evaluate", table, *option)


def test_without_any_choice_texts_without_labels_are_learned_from_too(run, table, tmp_path, write):
    more = write("more.txt", "the team won a goal\nfever and cough\n" * 20)
    fit = ("classify", "fit", table, "-o", tmp_path / "c", "--unlabelled", more)
    assert run(*fit, "--json").json["texts"] == 120
    classifier = wordloom.TextClassifier.load(tmp_path / "c")
    assert classifier.features == "auto"
    assert classifier.predict(["a cough and a fever"]).tolist() == ["health"]


def test_the_features_of_the_command_line_are_those_of_the_classifier():
    from wordloom.classify.linear.features import FEATURES
    from wordloom.classify.linear.hybrid import HYBRID_FEATURES
    from wordloom.cli import classify

    assert set(classify.FEATURES) == {*FEATURES, *HYBRID_FEATURES}


@pytest.mark.parametrize(
    "place", [("--checkpoint", "no/fit"), ("--curves", "no/c.png"), ("--curves", "c.docx")]
)
def test_a_place_that_cannot_be_written_is_refused_before_the_texts_are_read(
    refused, vectors, tmp_path, place
):
    option, path = place[0], tmp_path / place[1]
    fit = ("classify", "fit", tmp_path / "none.csv", "-e", vectors, "-o", tmp_path / "c")
    message = refused(*fit, "--encoder", "mean", option, path)
    assert str(path) in message


def test_an_unknown_pooling_is_refused_at_once(refused, table, vectors, tmp_path):
    message = refused(
        "classify", "fit", table, "-e", vectors, "-o", tmp_path / "c", "--pooling", "mean+top"
    )
    assert "Received: mean+top" in message


def test_columns_can_be_named(run, write, vectors, tmp_path):
    table = write("t.tsv", "what\tnote\n" + "sport\tteam goal\nhealth\tcough pain\n" * 10)
    fit = ("classify", "fit", table, "-e", vectors, "-o", tmp_path / "c", "--json")
    answer = run(*fit, "--text-column", "note", "--label-column", "what")
    assert answer.json["labels"] == ["health", "sport"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\none,a\ntwo,a\n", "at least two labels"),
        ("text,label\none,a\ntwo,\nthree,b\n", "1 of 3 rows have no label, the first on line 3"),
        ("text,label\none,a\n,b\n", "1 of 2 rows have no text, the first on line 3"),
        ("text,label\n", "has no row"),
        ("", "no columns"),
        ("text,label\none,a\ntwo\n", "line 3 has 1 where the header has 2"),
        ("text,words,more\none,a,x\ntwo,b,x\n", "Name the column with label_column"),
        (b"text,label\nP\0K,a\n", "NUL bytes"),
    ],
)
def test_bad_labelled_texts_are_refused(refused, write, vectors, tmp_path, content, message):
    table = write("bad.csv", content)
    assert message in refused("classify", "fit", table, "-e", vectors, "-o", tmp_path / "c")


@pytest.mark.data
def test_real_texts_are_read_by_name(run, vectors, tmp_path):
    fit = ("classify", "fit", "data:bbc", "-e", vectors, "-o", tmp_path / "c", "--json")
    answer = run(*fit, "--pooling", "mean").json
    assert answer["texts"] == 1780
    assert answer["labels"] == ["business", "entertainment", "politics", "sport", "tech"]
