import json
import shutil
import warnings

import pytest

from wordloom.classify.classifier import TextClassifier
from wordloom.compare import run
from wordloom.compare.candidates import CHEAP, list_candidates
from wordloom.compare.folder import OURS, VECTORS
from wordloom.compare.run import compare_embeddings
from wordloom.compare.work import Workshop
from wordloom.errors import DataWarning, InputError
from wordloom.formats.loading import load


@pytest.fixture(scope="module", autouse=True)
def quick_comparisons(in_process_pool):
    """Keeps to this process, so that jobs end in their order, and to rows that are quick."""

    def quick(names, *, networks):
        rows = list_candidates(names, networks=networks)
        return [row for row in rows if row.cost == CHEAP or row.id == "default-ngrams"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "Pool", in_process_pool)
        patch.setattr(run, "list_candidates", quick)
        yield


@pytest.fixture(scope="module")
def made(make_labelled, vectors, tmp_path_factory):
    """A comparison of a path, an object and a file that is no embedding, with curves and a test."""
    folder = tmp_path_factory.mktemp("compare")
    broken = folder / "broken.txt"
    broken.write_text("cough 1 2\nfever nan 2\n")
    stages = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        result = compare_embeddings(
            make_labelled(45),
            [vectors[0], load(vectors[1]), broken],
            folder / "out",
            test=make_labelled(30, seed=1),
            folds=2,
            networks=False,
            on_stage=stages.append,
        )
    return folder / "out", result, stages


def test_all_rows_are_judged_but_those_of_the_embedding_that_failed(made):
    _, result, _ = made
    states = {row.id: row.state for row in result.rows}
    assert states.pop("vectors-3") == "failed"
    assert set(states.values()) == {"done"}
    assert result.rows[-1].id == "vectors-3"
    assert "nan" in result.rows[-1].error
    assert result["vectors"].embeddings == ("one", "two")
    assert [each["error"] is None for each in result.embeddings] == [True, True, False]
    assert result["tfidf-svm"].score.mean > 0.6
    assert result["majority"].accuracy.mean == pytest.approx(1 / 3, abs=0.05)


def test_first_stages_have_the_cheap_rows(made):
    _, _, stages = made
    first = {row.id: row for row in stages[0].rows}
    assert first["tfidf-svm"].state == "partial"
    assert len(first["tfidf-svm"].score.values) == 1
    assert first["default-ngrams"].state == "waiting"
    assert not stages[0].complete
    assert stages[1]["tfidf-svm"].state == "done"


def test_curves_end_with_all_labels(made):
    _, result, _ = made
    assert result.protocol["label_counts"] == [20, 22]
    assert [point.labels for point in result["nb-svm"].curve] == [20, 22]
    assert len(result["nb-svm"].curve[0].score.values) == 5
    assert result["majority"].curve == ()


def test_the_recommended_model_is_saved_and_judged_once_on_the_test(made, make_labelled):
    folder, result, _ = made
    assert result.complete
    assert result.saved == str(folder / "model")
    test = make_labelled(30, seed=1)
    model = TextClassifier.load(result.saved)
    accuracy = model.score(test.texts, test.labels)
    assert result.test["metrics"]["accuracy"] == pytest.approx(accuracy)
    assert result.test["baseline"]["metrics"]["n_texts"] == 30
    confusion = result.judged["confusion"]
    assert sum(map(sum, confusion)) == 45
    wrong = 45 - sum(confusion[place][place] for place in range(3))
    assert len(result.judged["mistakes"]) == min(wrong, 20)
    assert all(each["label"] != each["predicted"] for each in result.judged["mistakes"])


def test_the_report_and_its_figures_are_written(made):
    folder, result, _ = made
    written = json.loads((folder / "comparison.json").read_text())
    assert written == json.loads(json.dumps(result.to_json()))
    assert "TF-IDF, linear SVM" in (folder / "report.html").read_text()
    assert {path.name for path in folder.iterdir()} == OURS - {VECTORS}


def test_what_is_done_is_not_done_again(made, make_labelled, vectors, tmp_path):
    folder, result, _ = made
    copied = tmp_path / "out"
    shutil.copytree(folder, copied)
    shutil.rmtree(copied / "model")
    jobs = (copied / "jobs.jsonl").read_text()

    def again(**changes):
        given = {"test": make_labelled(30, seed=1), "folds": 2, "networks": False, **changes}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            broken = copied.parent / "broken.txt"
            broken.write_text("cough 1 2\nfever nan 2\n")
            return compare_embeddings(
                make_labelled(45), [vectors[0], load(vectors[1]), broken], copied, **given
            )

    found = again()
    assert (copied / "jobs.jsonl").read_text() == jobs
    assert found.rows[:-1] == result.rows[:-1]
    assert (copied / "model").is_dir()
    with pytest.raises(InputError, match=r"with seed other than now.*--overwrite"):
        again(seed=1)
    with pytest.raises(InputError, match="data and folds other than now"):
        again(folds=3, test=None)
    assert (copied / "jobs.jsonl").read_text() == jobs


def test_a_worker_that_dies_takes_only_its_row_along(
    make_labelled, vectors, tmp_path, in_process_pool, monkeypatch
):
    monkeypatch.setattr(in_process_pool, "dead", ("vectors-1",))
    result = compare_embeddings(
        make_labelled(24), vectors, tmp_path / "out", folds=2, networks=False, curves=False
    )
    states = {row.id: row.state for row in result.rows}
    assert states.pop("vectors-1") == "failed"
    assert set(states.values()) == {"done"}
    assert result["vectors-1"].error == "Its process was killed."


def refused(make_labelled, folder, *, embeddings=("x",), **options):
    with pytest.raises(InputError) as error:
        compare_embeddings(make_labelled(24), embeddings, folder, **options)
    return str(error.value)


def test_bad_arguments_are_refused(make_labelled, tmp_path):
    assert "at least 2 folds" in refused(make_labelled, tmp_path / "out", folds=1)
    assert "needs embeddings" in refused(make_labelled, tmp_path / "out", embeddings=())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    assert "holds other files" in refused(make_labelled, tmp_path / "mine", overwrite=True)
    assert "has no `save`" in refused(make_labelled, tmp_path / "new", embeddings=[object()])
    assert list((tmp_path / "new").iterdir()) == []


def test_nothing_that_can_be_fitted_is_an_error(
    make_labelled, vectors, tmp_path, in_process_pool, monkeypatch
):
    rows = [candidate.id for candidate in list_candidates(["one"], networks=False)]
    monkeypatch.setattr(in_process_pool, "dead", rows)
    message = refused(make_labelled, tmp_path / "out", embeddings=vectors[:1], folds=2)
    assert message == "No model could be fitted. Its process was killed. Check the texts."


def ids(*wanted):
    return lambda names, **_: [each for each in list_candidates(names) if each.id in wanted]


def test_an_interrupted_comparison_fits_only_what_is_missing(
    make_labelled, vectors, tmp_path, monkeypatch
):
    monkeypatch.setattr(run, "list_candidates", ids("majority", "tfidf-svm", "vectors-1"))
    fits = []
    fit = Workshop.fit

    def spy(self, candidate, embeddings, fold, **others):
        fits.append((candidate["id"], fold))
        return fit(self, candidate, embeddings, fold, **others)

    def stop(comparison):
        raise KeyboardInterrupt

    monkeypatch.setattr(Workshop, "fit", spy)
    out = tmp_path / "out"
    given = (make_labelled(24), [vectors[0]], out)
    with pytest.raises(KeyboardInterrupt):
        compare_embeddings(*given, folds=3, curves=False, on_stage=stop)
    rows = ["majority", "tfidf-svm", "vectors-1"]
    assert fits == [(row, 0) for row in rows]
    assert {path.name for path in out.iterdir()} == {"jobs.jsonl", "comparison.json", "report.html"}
    assert not json.loads((out / "comparison.json").read_text())["complete"]
    result = compare_embeddings(*given, folds=3, curves=False)
    assert fits == [(row, fold) for fold in range(3) for row in rows]
    assert result.complete
    assert all(row.state == "done" for row in result.rows)


def test_of_many_texts_a_sample_is_compared_and_n_grams_learn_from_more(
    make_labelled, vectors, tmp_path, monkeypatch
):
    monkeypatch.setattr(run, "list_candidates", ids("majority", "tfidf-svm"))
    learned = []
    fitted = Workshop.fitted

    def spy(self, candidate, embeddings, texts, codes, draw):
        learned.append((candidate["id"], len(set(texts))))
        return fitted(self, candidate, embeddings, texts, codes, draw)

    monkeypatch.setattr(Workshop, "fitted", spy)
    result = compare_embeddings(
        make_labelled(90), vectors[:1], tmp_path / "out", folds=2, max_texts=30, curves=False
    )
    assert result.data["texts"] == 30
    assert any("A sample of 30 of 90 training texts" in note for note in result.data["notes"])
    assert result.recommended == "tfidf-svm"
    assert learned[:-1] == [(row, 15) for _ in range(2) for row in ("majority", "tfidf-svm")]
    assert learned[-1] == ("tfidf-svm", 90)


def test_a_quick_comparison_can_be_made_whole_in_the_same_folder(make_labelled, vectors, tmp_path):
    texts = make_labelled(60)
    for curves in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            result = compare_embeddings(
                texts, [vectors[0]], tmp_path / "out", folds=2, networks=False, curves=curves
            )
    assert result["tfidf-svm"].curve
    lines = (tmp_path / "out" / "jobs.jsonl").read_text().splitlines()[1:]
    jobs = [json.loads(line)["job"] for line in lines]
    assert len(jobs) == len(set(jobs))


def test_without_any_embedding_that_opens_nothing_is_compared(make_labelled, tmp_path):
    broken = tmp_path / "broken.txt"
    broken.write_text("cough 1 2\nfever nan 2\n")
    with pytest.raises(InputError, match="No embedding can be opened"):
        compare_embeddings(make_labelled(30), [broken], tmp_path / "out", folds=2, networks=False)
