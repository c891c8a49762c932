import json
import warnings
from dataclasses import replace

import pytest

from wordloom.compare import final
from wordloom.compare.candidates import list_candidates
from wordloom.compare.data import prepare
from wordloom.compare.final import fit_recommended, strongest_baseline
from wordloom.compare.result import Comparison, ComparisonRow
from wordloom.compare.statistics import Interval

CANDIDATES = list_candidates(["one"])


class SpyPool:
    """Keeps tasks, and predicts the first label of each test text."""

    def __init__(self, broken=()):
        self.broken = broken
        self.tasks = {}

    def run(self, tasks):
        for id, make in tasks:
            self.tasks[id] = task = make()
            if id in self.broken:
                yield id, None, "It broke."
            else:
                predicted = [0] * len(task["test"] or [])
                yield id, {"saved": task["save"], "predicted": predicted}, None


def row(id, mean, state="done"):
    (found,) = (each for each in CANDIDATES if each.id == id)
    score = Interval(mean, mean, mean, (mean,))
    return ComparisonRow(id, found.name, found.group, (), "", state, score=score, accuracy=score)


def compared(*rows):
    return Comparison({"notes": ["A note."]}, {}, (), rows, rows[0].id, rows[0].id)


@pytest.fixture(scope="module")
def texts(make_labelled):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return prepare(
            make_labelled(90), make_labelled(6, seed=1), name="toy", n_folds=2, max_texts=30, seed=0
        )


ROWS = compared(row("nb-svm", 0.9), row("tfidf-svm", 0.8), row("majority", 0.1))


def fitted(pool, texts, comparison, folder):
    return fit_recommended(pool, texts, CANDIDATES, ["one.txt"], comparison, folder)


def test_the_recommended_model_is_saved_and_a_baseline_judged_beside_it(texts, tmp_path):
    pool = SpyPool()
    found = fitted(pool, texts, ROWS, tmp_path)
    assert {id: task["save"] for id, task in pool.tasks.items()} == {
        "nb-svm": str(tmp_path / "model"),
        "tfidf-svm": None,
    }
    assert found.saved == str(tmp_path / "model")
    assert found.test["metrics"]["accuracy"] == pytest.approx(1 / 3)
    assert found.test["baseline"]["name"] == "TF-IDF, linear SVM"
    complete = found.added_to(ROWS)
    assert complete.complete
    assert complete.test == found.test
    first, second = complete.data["notes"]
    assert first == "A note."
    assert f"learned from {found.n_texts} texts" in second


def test_the_test_is_not_looked_at_again(texts, tmp_path):
    found = fitted(SpyPool(), texts, ROWS, tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "comparison.json").write_text(json.dumps(found.added_to(ROWS).to_json()))
    again = final.earlier_fit(texts, CANDIDATES, ROWS, tmp_path)
    assert again == found
    other = replace(ROWS, recommended="tfidf-svm")
    assert final.earlier_fit(texts, CANDIDATES, other, tmp_path) is None
    (tmp_path / "model").rmdir()
    assert final.earlier_fit(texts, CANDIDATES, ROWS, tmp_path) is None


def test_n_grams_alone_learn_from_texts_that_the_sample_left_out(texts, tmp_path, monkeypatch):
    comparison = compared(row("vectors-1", 0.9), row("tfidf-svm", 0.8))
    pool = SpyPool()
    fitted(pool, texts, comparison, tmp_path)
    assert pool.tasks["vectors-1"]["more"] == []
    assert pool.tasks["vectors-1"]["embeddings"] == ["one.txt"]
    assert pool.tasks["tfidf-svm"]["more"] == texts.others
    monkeypatch.setattr(final, "MOST_FINAL_TEXTS", 50)
    fitted(pool, texts, comparison, tmp_path)
    assert pool.tasks["tfidf-svm"]["more"] == texts.others[:20]
    monkeypatch.setattr(final, "MOST_FINAL_TEXTS", 20)
    fitted(pool, texts, comparison, tmp_path)
    assert pool.tasks["tfidf-svm"]["more"] == []


def test_a_recommended_model_that_fails_is_told(texts, tmp_path):
    found = fitted(SpyPool(("nb-svm",)), texts, ROWS, tmp_path)
    assert (found.saved, found.test) == (None, None)
    complete = found.added_to(ROWS)
    assert complete.complete
    assert complete.data["notes"][-1].endswith("could not be fitted on all texts: It broke.")


def test_a_baseline_that_fails_is_left_out(texts, tmp_path):
    found = fitted(SpyPool(("tfidf-svm",)), texts, ROWS, tmp_path)
    assert found.test["baseline"] is None
    assert found.test["metrics"]["n_texts"] == 6


def test_without_a_test_part_nothing_is_judged(make_labelled, tmp_path):
    alone = prepare(make_labelled(30), None, name="toy", n_folds=2, max_texts=100, seed=0)
    pool = SpyPool()
    found = fitted(pool, alone, ROWS, tmp_path)
    assert list(pool.tasks) == ["nb-svm"]
    assert found.test is None


def test_the_strongest_baseline_is_another_row_that_has_not_failed():
    rows = [row("vectors-1", 0.9), row("nb-svm", 0.8, "failed"), row("tfidf-svm", 0.7)]
    assert strongest_baseline(rows, "vectors-1").id == "tfidf-svm"
    assert strongest_baseline(rows, "tfidf-svm") is None
