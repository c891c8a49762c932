import numpy as np
import pytest

from wordloom.classify.duplicates import find_duplicates
from wordloom.recipes import bbc, imdb
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.keras_fit import Examples, judged
from wordloom.recipes.keywords import experiment
from wordloom.recipes.keywords.result import KeywordExperiment


@pytest.fixture
def asked(monkeypatch):
    """Puts in the place of both recipes what only notes what it is asked for."""
    calls = {}
    test = Examples(np.zeros((2, 1), np.int32), ["neg", "pos"])

    def recipe(name):
        def run(seeds, **options):
            calls[name] = {"seeds": list(seeds), **options}
            options["say"]("Fitting")
            fits = [judged("DME", s, (0.5,), test, ["neg"] * 2, np.ones(2, bool), 1) for s in seeds]
            return Experiment(name, tuple(fits), {}, {}, find_duplicates([], []))

        return run

    for module in (bbc, imdb):
        monkeypatch.setattr(module, "run", recipe(module.__name__))
    return calls


def test_bbc_is_done_as_published_unless_told_otherwise(run, asked):
    answer = run("reproduce", "bbc", "--json")
    assert answer.code == 0
    assert answer.err == "Fitting\n"
    assert [fit["seed"] for fit in answer.json["fits"]] == [1]
    call = asked["wordloom.recipes.bbc"]
    assert (call["seeds"], call["source"], call["split"]) == ([1], "data:bbc", None)
    answer = run("reproduce", "bbc", "folder", "--split", 7, "--seeds", 3, "--seed", 5)
    assert "0.5000 ± 0.0000" in answer.out
    call = asked["wordloom.recipes.bbc"]
    assert (call["seeds"], call["source"], call["split"]) == ([5, 6, 7], "folder", 7)


def test_imdb_takes_experiments_and_vectors(run, asked):
    assert run("reproduce", "imdb").code == 0
    call = asked["wordloom.recipes.imdb"]
    assert (call["source"], call["vectors"]) == ("data:imdb", [])
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

    def recipe(seeds, **options):
        calls.append({"seeds": list(seeds), **options})
        options["say"]("Training")
        return KeywordExperiment((), tuple(seeds))

    monkeypatch.setattr(experiment, "run", recipe)
    return calls


def test_keywords_are_compared_on_both_sets_unless_told_otherwise(run, keywords_asked, tmp_path):
    answer = run("reproduce", "keywords", "-o", tmp_path / "out", "--json")
    assert answer.code == 0
    assert answer.err == "Training\n"
    assert answer.json == {"experiment": "keywords", "seeds": [1], "sets": []}
    (call,) = keywords_asked
    assert call["folder"] == tmp_path / "out"
    assert call["sources"] == ("data:csl", "data:inspec")
    assert [*call["trainers"]] == ["skip-gram", "FastText", "ELMo"]
    arguments = ("--without-elmo", "--elmo-epochs", 7, "--seeds", 2, "--threads", 1)
    answer = run("reproduce", "keywords", "papers.zip", "-o", tmp_path / "out", *arguments)
    assert answer.out.endswith(f"The page: {tmp_path / 'out' / 'report.html'}\n")
    assert keywords_asked[1]["sources"] == ["papers.zip"]
    assert [*keywords_asked[1]["trainers"]] == ["skip-gram", "FastText"]
    settings = {"threads": 1, "elmo_epochs": 7, "progress": True}
    assert (keywords_asked[1]["settings"], keywords_asked[1]["seeds"]) == (settings, [1, 2])


def test_bad_input_is_refused(refused, tmp_path):
    assert "nowhere" in refused("reproduce", "bbc", tmp_path / "nowhere")
    assert "nowhere.txt" in refused("reproduce", "imdb", "--vectors", tmp_path / "nowhere.txt")
    assert "--seeds" in refused("reproduce", "imdb", "--seeds", 0)
    out = ("-o", tmp_path / "out")
    assert "nowhere" in refused("reproduce", "keywords", tmp_path / "nowhere", *out)
    (tmp_path / "file").write_text("")
    assert "a file" in refused("reproduce", "keywords", "data:csl", "-o", tmp_path / "file")
