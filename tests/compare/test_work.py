import warnings

import numpy as np
import pytest

from wordloom.classify.attention.token_attention import TokenAttention
from wordloom.compare.candidates import list_candidates
from wordloom.compare.data import prepare
from wordloom.compare.statistics import macro_f1
from wordloom.compare.work import Workshop
from wordloom.errors import InputError


@pytest.fixture(scope="module")
def texts(make_labelled):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return prepare(make_labelled(90), None, name="toy", n_folds=3, max_texts=1000, seed=0)


@pytest.fixture
def workshop(texts, tmp_path):
    return Workshop(
        texts.texts, texts.codes.tolist(), texts.folds.tolist(), texts.labels, 0, str(tmp_path)
    )


def candidate(id):
    (found,) = (each for each in list_candidates(["one", "two"]) if each.id == id)
    return found.to_json()


def test_an_embedding_is_looked_at_and_stored_as_a_folder(workshop, vectors, tmp_path):
    found = workshop.do({"do": "open", "path": vectors[0], "store": str(tmp_path / "stored")})
    # 3 of the 7 tokens are words of a topic.
    assert found == {
        "kind": "StaticEmbedding",
        "dim": 4,
        "words": 18,
        "known_tokens": pytest.approx(3 / 7),
        "path": str(tmp_path / "stored"),
    }
    again = workshop.do({"do": "open", "path": found["path"], "store": str(tmp_path / "other")})
    assert again["path"] == found["path"]
    assert not (tmp_path / "other").exists()


def test_vectors_that_are_no_numbers_are_refused(workshop, tmp_path, vectors):
    from wordloom.formats.loading import load

    embedding = load(vectors[0])
    broken = embedding.replaced(vectors=np.full((18, 4), np.inf, np.float32))
    workshop.opened["broken"] = broken
    with pytest.raises(InputError, match="must be finite"):
        workshop.do({"do": "open", "path": "broken", "store": str(tmp_path / "stored")})


@pytest.mark.parametrize("row", ["majority", "tfidf-svm", "vectors"])
def test_a_fit_is_judged_on_the_fold_that_it_has_not_seen(workshop, texts, vectors, row, tmp_path):
    paths = vectors if row == "vectors" else []
    task = {"do": "fit", "candidate": candidate(row), "embeddings": paths, "fold": 1}
    result = workshop.do({**task, "measure_size": True})
    true = texts.codes[texts.folds == 1]
    predicted = np.array(result["predicted"])
    assert len(predicted) == len(result["sureness"]) == len(true) == 30
    assert result["macro_f1"] == macro_f1(true, predicted, 3)
    assert result["accuracy"] == np.mean(true == predicted)
    assert result["has_probability"] == (row == "vectors")
    assert result["bytes"] > 0
    assert result["texts_per_second"] > 0
    assert list(tmp_path.iterdir()) == []
    if row != "majority":
        assert result["macro_f1"] > 0.5


def test_a_point_of_a_curve_learns_from_so_many_texts(workshop, monkeypatch):
    seen = []
    fitted = workshop.fitted

    def spy(candidate, embeddings, texts, codes, draw):
        seen.append((set(texts), sorted(set(codes))))
        return fitted(candidate, embeddings, texts, codes, draw)

    monkeypatch.setattr(workshop, "fitted", spy)
    task = {"do": "fit", "candidate": candidate("tfidf-svm"), "embeddings": [], "fold": 0}
    for count in (20, 50):
        result = workshop.do({**task, "labels": count, "draw": 2})
        assert set(result) == {"macro_f1", "accuracy", "fit_seconds"}
    (few, few_labels), (more, _) = seen
    assert (len(few), len(more)) == (20, 50)
    assert few < more
    assert few_labels == [0, 1, 2]


def test_the_final_fit_knows_further_texts_and_is_saved(workshop, tmp_path):
    from wordloom.classify.classifier import TextClassifier

    result = workshop.do(
        {
            "do": "final",
            "candidate": candidate("tfidf-svm"),
            "embeddings": [],
            "save": str(tmp_path / "model"),
            "test": ["quasar", "a bank"],
            "more": [["quasar quasar", 2]] * 5,
        }
    )
    assert result["predicted"] == [2, 1]
    loaded = TextClassifier.load(result["saved"])
    assert loaded.predict(["quasar"]).tolist() == ["sport"]
    assert len(workshop.texts) == 90


class Attending:
    """A classifier that weighs two embeddings at each word, and cannot be saved."""

    classes_ = np.array(["health", "money", "sport"])

    def decision_function(self, texts):
        raise AssertionError

    def predict_proba(self, texts):
        return np.tile([0.2, 0.5, 0.3], (len(texts), 1))

    def token_attention(self, texts):
        tokens = [token for text in texts for token in text.split()[:6]]
        weights = np.array([[0.25, 0.75] if t == "the" else [0.5, 0.5] for t in tokens], "f4")
        splits = np.arange(len(texts) + 1) * 6
        known, frequency = np.ones_like(weights, bool), np.ones(len(tokens), np.int64)
        return TokenAttention(tokens, weights, splits, known, frequency, ("one", "two"))

    def save(self, path):
        raise InputError("It cannot be saved.")


@pytest.mark.parametrize("row", ["network-dme", "network-cdme", "network-sum"])
def test_a_network_that_weighs_embeddings_tells_how(workshop, monkeypatch, row):
    monkeypatch.setattr(workshop, "fitted", lambda *arguments: (Attending(), 1.5))
    task = {"do": "fit", "candidate": candidate(row), "embeddings": [], "fold": 0}
    assert "attention" not in workshop.do(task)
    result = workshop.do({**task, "measure_size": True})
    assert result["predicted"] == [1] * 30
    assert result["sureness"] == [0.5] * 30
    assert (result["fit_seconds"], result["bytes"]) == (1.5, None)
    if row == "network-sum":
        assert "attention" not in result
        return
    attention = result["attention"]
    assert sum(attention["overall"]) == pytest.approx(1)
    words = {word["word"]: word for word in attention["words"]}
    assert words["the"]["weights"] == pytest.approx([0.25, 0.75])
    assert all(set(word) == {"word", "count", "weights"} for word in words.values())
    assert {"band", "weights"} == set(attention["by_frequency"][0])
