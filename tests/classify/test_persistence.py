import json
import shutil

import numpy as np
import pytest

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.linear.features import FEATURES
from wordloom.classify.metrics import measure
from wordloom.classify.persistence import is_classifier_folder, load, save
from wordloom.errors import FormatError, InputError
from wordloom.safetensors_file import read_tensors, write_tensors


@pytest.fixture
def classifier(static_embedding, make_texts):
    return TextClassifier(static_embedding, features="dense+tfidf", C=10).fit(*make_texts(30, 0))


@pytest.mark.parametrize("features", FEATURES)
@pytest.mark.parametrize("topics", [("sport", "money"), ("sport", "money", "health")])
def test_predicts_bit_for_bit_as_before(static_embedding, make_texts, tmp_path, features, topics):
    classifier = TextClassifier(static_embedding, features=features, max_n=3)
    classifier.fit(*make_texts(60, 0, topics))
    again = TextClassifier.load(classifier.save(tmp_path / "topics"))
    texts = make_texts(50, 1, topics)[0]
    assert np.array_equal(again.decision_function(texts), classifier.decision_function(texts))
    assert again.predict(texts).tolist() == classifier.predict(texts).tolist()
    assert again.C_ == classifier.C_


def test_stands_alone(classifier, make_texts, tmp_path):
    save(classifier, tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    texts, labels = make_texts(20, 1)
    assert load(tmp_path / "there").predict(texts).tolist() == labels


@pytest.mark.parametrize("weights", [None, "balanced", {3: 1.0, 5: 2.0}])
def test_settings_and_metrics_come_back(static_embedding, tmp_path, weights):
    classifier = TextClassifier(static_embedding, C=2.5, class_weight=weights, random_state=None)
    classifier.fit(["goal", "team", "dose", "pain"], [3, 3, 5, 5])
    classifier.metrics_ = measure([3, 5], [3, 3])
    again = load(save(classifier, tmp_path / "numbers"))
    expected = classifier.get_params() | {"embeddings": again.embeddings}
    assert again.get_params() == expected
    assert again.metrics_ == classifier.metrics_
    assert again.classes_.tolist() == [3, 5]


def test_a_loaded_classifier_can_replace_itself(classifier, tmp_path):
    save(classifier, tmp_path / "c")
    save(load(tmp_path / "c"), tmp_path / "c")
    assert load(tmp_path / "c").predict(["goal"]).tolist() == ["sport"]
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_never_replaces_other_files(classifier, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="holds other files"):
        save(classifier, tmp_path)
    with pytest.raises(InputError, match="a file"):
        save(classifier, tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_failed_save_leaves_what_was_there(classifier, tmp_path, monkeypatch):
    save(classifier, tmp_path / "c")

    def interrupt(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(classifier.embeddings, "save", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(classifier, tmp_path / "c")
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert load(tmp_path / "c").predict(["goal"]).tolist() == ["sport"]


def test_a_place_that_cannot_be_written_is_named(classifier, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be saved"):
        save(classifier, tmp_path / "file" / "c")


def test_only_a_fitted_classifier_with_a_real_embedding_is_saved(embedding, make_texts, tmp_path):
    classifier = TextClassifier(embedding)
    with pytest.raises(InputError, match="before `fit`"):
        save(classifier, tmp_path / "c")
    classifier.fit(*make_texts(12, 0))
    with pytest.raises(InputError, match="FakeEmbedding"):
        save(classifier, tmp_path / "c")


@pytest.mark.parametrize("name", ["classifier.json", "classifier.safetensors"])
def test_a_missing_file_is_named(classifier, tmp_path, name):
    folder = save(classifier, tmp_path / "c")
    (folder / name).unlink()
    assert not is_classifier_folder(folder)
    with pytest.raises(FormatError, match=r"holds classifier\.json and"):
        load(folder)


def test_a_missing_folder_or_embedding_is_named(classifier, tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "nowhere")
    folder = save(classifier, tmp_path / "c")
    shutil.rmtree(folder / "embeddings" / "0")
    with pytest.raises(InputError, match="embeddings"):
        load(folder)


def test_a_classifier_of_the_version_before_opens(classifier, make_texts, tmp_path):
    folder = save(classifier, tmp_path / "c")
    path = folder / "classifier.json"
    config = json.loads(path.read_text())
    assert config["format_version"] == 4
    config["format_version"] = 2
    del config["settings"]["mix"]
    path.write_text(json.dumps(config))
    again = load(folder)
    assert again.mix == "learned"
    texts = make_texts(10, seed=1)[0]
    assert again.predict(texts).tolist() == classifier.predict(texts).tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other"},
        {"format_version": 99},
        {"format_version": "1"},
        {"settings": None},
        {"settings": {}},
        {"classes": ["sport"]},
        {"classes": ["sport", "money", "health"]},
        {"classes": ["health", "money", "sport", "weather"]},
        {"classes": ["health", "money", 3]},
        {"classes": ["health", "health", "money"]},
        {"chosen_C": -1},
        {"chosen_C": None},
        {"metrics": {"accuracy": 1}},
    ],
)
def test_damaged_settings_are_refused(classifier, tmp_path, change):
    folder = save(classifier, tmp_path / "c")
    path = folder / "classifier.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FormatError):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"features": "sparse"},
        {"head": ["logistic"]},
        {"pooling": 3},
        {"C": float("nan")},
        {"class_weight": [1]},
        {"class_weight": [[[], 1]]},
        {"max_n": 10**9},
        {"max_n": 3},
        {"min_df": 0},
        {"random_state": "x"},
        {"extra": 1},
    ],
)
def test_a_damaged_setting_is_refused(classifier, tmp_path, change):
    folder = save(classifier, tmp_path / "c")
    path = folder / "classifier.json"
    config = json.loads(path.read_text())
    config["settings"] |= change
    path.write_text(json.dumps(config))
    with pytest.raises(FormatError):
        load(folder)


@pytest.mark.parametrize("text", ["", "{", "[1]", "\udcff", "[" * 100_000])
def test_settings_that_are_not_json_are_refused(classifier, tmp_path, text):
    folder = save(classifier, tmp_path / "c")
    (folder / "classifier.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(FormatError):
        load(folder)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("weights", lambda array: array[:, 1:]),
        ("weights", lambda array: array * np.nan),
        ("weights", lambda array: array.astype(np.float32)),
        ("biases", lambda array: array[:1]),
        ("mean", lambda array: array[1:]),
        ("scale", lambda array: array * 0),
        ("ngrams.idf", lambda array: array[1:]),
    ],
)
def test_damaged_tensors_are_refused(classifier, tmp_path, name, damage):
    folder = save(classifier, tmp_path / "c")
    path = folder / "classifier.safetensors"
    tensors = dict(read_tensors(path))
    write_tensors(path, tensors | {name: damage(tensors[name])})
    with pytest.raises(FormatError):
        load(folder)


def test_a_truncated_file_is_refused(classifier, tmp_path):
    folder = save(classifier, tmp_path / "c")
    path = folder / "classifier.safetensors"
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FormatError):
        load(folder)


def test_settings_changed_since_the_fit_are_not_saved(classifier, tmp_path):
    classifier.set_params(head="svm")
    with pytest.raises(InputError, match="have changed since"):
        save(classifier, tmp_path / "c")
    assert not list(tmp_path.iterdir())


def test_numpy_numbers_among_the_settings_are_saved(static_embedding, make_texts, tmp_path):
    numbers = {"C": np.int64(3), "max_n": np.int64(2), "random_state": np.int32(1)}
    fitted = TextClassifier(static_embedding, features="dense+tfidf", **numbers)
    again = load(save(fitted.fit(*make_texts(12, seed=0)), tmp_path / "c"))
    assert {name: again.get_params()[name] for name in numbers} == numbers
