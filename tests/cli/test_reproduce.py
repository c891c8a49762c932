import numpy as np
import pytest

from wordloom.classify.duplicates import find_duplicates
from wordloom.embedding.static import StaticEmbedding
from wordloom.recipes import bbc, imdb
from wordloom.recipes.cord19 import experiment as cord19
from wordloom.recipes.cord19.result import Cord19Result
from wordloom.recipes.everything import run_all
from wordloom.recipes.everything.run_all import Done
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.index_page import Entry
from wordloom.recipes.keras_fit import Examples, judged
from wordloom.recipes.keywords import experiment
from wordloom.recipes.keywords.result import KeywordExperiment
from wordloom.text.vocabulary import Vocabulary


@pytest.fixture
def asked(monkeypatch):
    """Puts in the place of both recipes what only notes what it is asked for."""
    calls = {}
    test = Examples(np.zeros((2, 1), np.int32), ["neg", "pos"])

    def recipe(name):
        def run(seeds=None, **options):
            calls[name] = {"seeds": seeds and [*seeds], **options}
            seeds = seeds or [1]
            options["say"]("Fitting")
            fits = [judged("DME", s, (0.5,), test, ["neg"] * 2, np.ones(2, bool), 1) for s in seeds]
            return Experiment(name, tuple(fits), {}, {}, find_duplicates([], []))

        return run

    for module in (bbc, imdb):
        monkeypatch.setattr(module, "run", recipe(module.__name__))
    return calls


def test_bbc_is_done_as_published_unless_told_otherwise(run, asked, tmp_path):
    out = ("--out", tmp_path / "out")
    answer = run("reproduce", "bbc", "--json", *out)
    assert answer.code == 0
    assert answer.err == "Fitting\n"
    assert [fit["seed"] for fit in answer.json["fits"]] == [1]
    call = asked["wordloom.recipes.bbc"]
    assert (call["seeds"], call["source"], call["split"]) == (None, "data:bbc", None)
    assert (call["reading"], call["folder"]) == ("published", tmp_path / "out")
    arguments = ("--split", 7, "--seeds", 3, "--seed", 5, "--as", "corrected", *out)
    answer = run("reproduce", "bbc", "folder", *arguments)
    assert "0.5000 ± 0.0000" in answer.out
    assert answer.out.endswith(f"The page: {tmp_path / 'out' / 'report.html'}\n")
    assert asked["wordloom.recipes.bbc"]["reading"] == "corrected"
    call = asked["wordloom.recipes.bbc"]
    assert (call["seeds"], call["source"], call["split"]) == ([5, 6, 7], "folder", 7)


def test_imdb_takes_experiments_and_vectors(run, asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("reproduce", "imdb").code == 0
    call = asked["wordloom.recipes.imdb"]
    assert (call["source"], call["vectors"]) == ("data:imdb", [])
    assert (call["reading"], str(call["folder"])) == ("published", "imdb")
    assert tuple(call["experiments"]) == ("20-words", "200-labels")
    arguments = ("--experiment", "200-labels", "--vectors", "a.txt", "--vectors", "b", "--seeds", 2)
    assert run("reproduce", "imdb", *arguments).code == 0
    call = asked["wordloom.recipes.imdb"]
    assert (call["experiments"], call["vectors"]) == (["200-labels"], ["a.txt", "b"])
    assert call["seeds"] == [1, 2]


@pytest.fixture
def keywords_asked(monkeypatch):
    """Puts in the place of the recipe what only notes what it is asked for."""
    calls = []

    def recipe(seeds=(1,), **options):
        calls.append({"seeds": list(seeds), **options})
        options["say"]("Training")
        return KeywordExperiment((), tuple(seeds), options["reading"])

    monkeypatch.setattr(experiment, "run", recipe)
    return calls


def test_keywords_are_compared_on_both_sets_unless_told_otherwise(run, keywords_asked, tmp_path):
    answer = run("reproduce", "keywords", "-o", tmp_path / "out", "--json")
    assert answer.code == 0
    assert answer.err == "Training\n"
    assert answer.json["experiment"] == "keywords"
    assert (answer.json["reading"], answer.json["seeds"]) == ("published", [1])
    (call,) = keywords_asked
    assert call["folder"] == tmp_path / "out"
    assert call["sources"] == ("data:csl", "data:inspec")
    assert [*call["trainers"]] == ["skip-gram", "FastText", "ELMo"]
    arguments = ("--without-elmo", "--elmo-epochs", 7, "--seeds", 2, "--threads", 1)
    arguments += ("--as", "corrected")
    answer = run("reproduce", "keywords", "papers.zip", "-o", tmp_path / "out", *arguments)
    assert answer.out.endswith(f"The page: {tmp_path / 'out' / 'report.html'}\n")
    assert keywords_asked[1]["sources"] == ["papers.zip"]
    assert keywords_asked[1]["reading"] == "corrected"
    assert [*keywords_asked[1]["trainers"]] == ["skip-gram", "FastText"]
    settings = {"threads": 1, "elmo_epochs": 7, "progress": True}
    assert (keywords_asked[1]["settings"], keywords_asked[1]["seeds"]) == (settings, [1, 2])


@pytest.fixture
def cord19_asked(monkeypatch):
    """Puts in the place of the recipe what only notes what it is asked for."""
    calls = []

    def recipe(**options):
        calls.append(options)
        return Cord19Result(options["reading"], None, None, 1.0)

    monkeypatch.setattr(cord19, "run", recipe)
    return calls


def test_cord19_trains_and_classifies_unless_told_otherwise(run, cord19_asked, tmp_path):
    papers = tmp_path / "papers.txt"
    papers.write_text("a text")
    out = ("--out", tmp_path / "out")
    answer = run("reproduce", "cord19", papers, *out, "--json")
    assert answer.json["reading"] == "published"
    (call,) = cord19_asked
    assert call["steps"] == ("embed", "classify")
    assert call["papers"].name == str(papers)
    assert (call["vectors"], call["citations"], call["epochs"]) == (None, "data:scicite", None)
    assert "seeds" not in call
    arguments = ("--step", "embed", "--as", "corrected", "--epochs", 3, "--seed", 4)
    assert run("reproduce", "cord19", papers, *out, *arguments).code == 0
    call = cord19_asked[1]
    assert (call["steps"], call["reading"], call["epochs"]) == (["embed"], "corrected", 3)
    assert [*call["seeds"]] == [4]


def test_cord19_classifies_by_vectors_of_the_folder_or_by_others(run, cord19_asked, tmp_path):
    embedding = StaticEmbedding(Vocabulary.from_words(["cough"]), [[1.0]], name="mine")
    embedding.save(tmp_path / "out" / "embedding")
    embedding.replaced(name="other").save(tmp_path / "other")
    arguments = ("reproduce", "cord19", "--out", tmp_path / "out", "--step", "classify")
    assert run(*arguments).code == 0
    assert run(*arguments, "--vectors", tmp_path / "other").code == 0
    assert [call["vectors"].name for call in cord19_asked] == ["mine", "other"]
    assert cord19_asked[0]["papers"] is None


def test_all_runs_both_readings_and_fails_at_the_end(run, monkeypatch, tmp_path):
    asked = []
    out = tmp_path / "out"
    entry = Entry("bbc", "News", "bbc-published/report.html", [], 2.0, None)

    def everything(folder, **options):
        asked.append((folder, options["readings"], options["n_workers"]))
        failed = () if len(asked) == 1 else ("bbc, as published",)
        return Done(folder / "index.html", (entry,), failed, (), 2.0)

    monkeypatch.setattr(run_all, "run_all", everything)
    answer = run("reproduce", "all", "--out", out)
    assert answer.code == 0
    assert answer.out.endswith(f"The index: {out / 'index.html'}\n")
    answer = run("reproduce", "all", "--out", out, "--as", "corrected", "--workers", 1, "--json")
    assert answer.code == 1
    assert answer.json["failed"] == ["bbc, as published"]
    assert "1 of 1 experiments failed: bbc, as published" in answer.err
    assert asked == [(out, ("published", "corrected"), None), (out, ("corrected",), 1)]


def test_bad_input_is_refused(refused, tmp_path):
    out = ("-o", tmp_path / "out")
    assert "nowhere" in refused("reproduce", "bbc", tmp_path / "nowhere", *out)
    missing = ("--vectors", tmp_path / "nowhere.txt")
    assert "nowhere.txt" in refused("reproduce", "imdb", *missing, *out)
    assert "--seeds" in refused("reproduce", "imdb", "--seeds", 0)
    assert "'better'" in refused("reproduce", "imdb", "--as", "better")
    for name in ("all", "bbc", "cord19", "imdb"):
        (tmp_path / "place").write_text("")
        assert "a file" in refused("reproduce", name, "-o", tmp_path / "place")
    classify = ("reproduce", "cord19", "--step", "classify", *out)
    assert "no embedding" in refused(*classify)
    assert "nowhere" in refused(*classify, "--vectors", tmp_path / "nowhere")
    assert "SOURCE with --step classify" in refused(*classify[:2], "a.txt", *classify[2:])
    assert "--step classify" in refused("reproduce", "cord19", "--vectors", "a", *out)
    assert "read once" in refused("reproduce", "cord19", "-", *out)
    assert "nowhere" in refused("reproduce", "keywords", tmp_path / "nowhere", *out)
    (tmp_path / "file").write_text("")
    assert "a file" in refused("reproduce", "keywords", "data:csl", "-o", tmp_path / "file")
