import json

import numpy as np
import pytest

from wordloom.cli import keywords
from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.keywords.tiles import MEASURES
from wordloom.text.vocabulary import Vocabulary

WORDS = ["fever", "influenza", "cough", "tennis", "goal"]
VECTORS = [[4, 3, 0], [3, 4, 0], [1, 1, 0.2], [0, 0, 1], [0, 0.1, 1]]


@pytest.fixture
def vectors(tmp_path):
    vocabulary = Vocabulary.from_words(WORDS)
    StaticEmbedding(vocabulary, VECTORS, name="toy").save(tmp_path / "toy")
    return tmp_path / "toy"


@pytest.fixture
def papers(tmp_path):
    path = tmp_path / "papers.csv"
    path.write_text(
        "id,keywords\nflu,fever; cough\ncold,influenza; qqq\nsport,tennis; goal\nnone,\n", "utf-8"
    )
    return path


def test_help_lists_the_measures_that_there_are(run):
    assert keywords.MEASURES == MEASURES
    answer = run("keywords", "--help")
    assert answer.code == 0
    for measure in MEASURES:
        assert f"\n  {measure} " in answer.out


def test_documents_are_listed_with_their_nearest(run, papers, vectors):
    answer = run("keywords", papers, "-e", vectors, "--top", 1, "-m", "best-match")
    lines = answer.out.splitlines()
    assert lines[0] == "flu  fever; cough"
    assert lines[1].endswith("cold  influenza; qqq")
    assert lines[-2:] == ["none  (no keywords)", "  nothing is similar"]
    assert "6 keywords: 5 in the vocabulary of toy" in answer.err
    assert "no vector: 'qqq' in cold" in answer.err
    assert "1 document without a keyword" in answer.err


def test_json_holds_similarities_and_what_is_unknown(run, papers, vectors):
    answer = run("keywords", papers, "-e", vectors, "--json", "-m", "cosine").json
    assert answer["measure"] == "cosine"
    assert answer["coverage"]["unknown"] == {"qqq": ["cold"]}
    first = answer["similar"][0]
    assert first["id"] == "flu"
    assert first["similar"][0]["id"] == "cold"
    assert first["similar"][0]["shared"] == []
    mean = np.array(VECTORS[0]) / 5 + np.array(VECTORS[2]) / np.linalg.norm(VECTORS[2])
    expected = mean @ np.array(VECTORS[1]) / 5 / np.linalg.norm(mean)
    assert first["similar"][0]["similarity"] == pytest.approx(expected, abs=1e-6)


def test_without_an_embedding_jaccard_is_measured(run, papers):
    answer = run("keywords", papers, "--query", "Fever; pain", "--json").json
    assert answer["measure"] == "jaccard"
    assert [near["id"] for near in answer["similar"]] == ["flu"]
    assert answer["similar"][0]["shared"] == ["fever"]
    assert "coverage" not in answer


def test_single_documents_and_pairs_can_be_asked_for(run, papers, vectors):
    answer = run("keywords", papers, "-e", vectors, "--document", "cold", "-n", 2, "--json").json
    assert [row["id"] for row in answer["similar"]] == ["cold"]
    assert [near["id"] for near in answer["similar"][0]["similar"]] == ["flu", "sport"]
    (pair,) = run("keywords", papers, "-e", vectors, "--pairs", "-n", 1, "--json").json["pairs"]
    assert (pair["left"], pair["right"]) == ("flu", "cold")
    assert (
        run("keywords", papers, "-e", vectors, "--pairs")
        .out.splitlines()[0]
        .endswith("flu   fever; cough")
    )


def test_two_lists_are_set_side_by_side(run, vectors):
    answer = run("keywords", "-e", vectors, "--lists", "fever; qqq", "influenza; zzz")
    lines = [line.split() for line in answer.out.splitlines()]
    assert [line[0] for line in lines[:5]] == list(MEASURES)
    assert ["0.960", "fever", "→", "influenza"] in lines
    assert ["–", "qqq", "meets", "nothing"] in lines
    assert lines[-1] == ["no", "vector:", "qqq;", "zzz"]
    found = run("keywords", "-e", vectors, "--lists", "fever; qqq", "influenza; zzz", "--json").json
    assert found["similarities"]["best-match"] == pytest.approx(0.48)
    assert found["alignment"]["left"][0]["closest"] == "influenza"


def test_two_documents_of_a_file_are_compared(run, papers, vectors):
    found = run("keywords", papers, "-e", vectors, "--compare", "flu", "sport", "--json").json
    assert (found["left"], found["right"]) == (["fever", "cough"], ["tennis", "goal"])


@pytest.mark.parametrize("way", [["--lists", "fever; cough", "influenza; tennis"], ["FILE"]])
def test_heatmaps_are_drawn(run, papers, vectors, tmp_path, way):
    pytest.importorskip("matplotlib")
    way = [papers if word == "FILE" else word for word in way]
    picture = tmp_path / "map.svg"
    answer = run("keywords", *way, "-e", vectors, "--heatmap", picture, "--json")
    assert answer.json["picture"] == str(picture)
    drawn = picture.read_text("utf-8")
    assert "influenza" in drawn
    assert str(papers.parent) not in drawn


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ([], "a FILE, or two with --lists"),
        (["FILE", "-m", "cosine"], "needs an embedding"),
        (["FILE", "--document", "nobody"], "as 'flu', 'cold', 'sport', 'none'. Received: 'nobody'"),
        (["--lists", "a", "b", "--separator", ""], "at least one character"),
        (["FILE", "--column", "x"], "'x'"),
        (["FILE", "--top", "0"], "from 1"),
        (["--lists", "a", "b", "--heatmap", "no-folder/x.png"], "does not exist"),
        (["--lists", "a", "b", "--heatmap", "x.png"], "needs an embedding"),
        (["missing.csv"], "does not exist"),
    ],
)
def test_wrong_usage_is_refused(refused, papers, arguments, rule):
    arguments = [papers if word == "FILE" else word for word in arguments]
    assert rule in refused("keywords", *arguments)


def test_a_broken_file_is_refused_with_its_line(refused, tmp_path):
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps({"keywords": ["a"]}) + "\n{", "utf-8")
    assert "line 2" in refused("keywords", path)
