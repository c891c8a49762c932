import json
import shutil

import pytest


def test_info_says_what_an_embedding_is(run, vectors):
    answer = run("info", vectors)
    assert answer.out.startswith("vectors: 14 words × 8, 0.0 MB\n")
    assert "counted           960 tokens in 120 documents\n" in answer.out
    assert "algorithm         skipgram\n" in answer.out
    facts = run("info", vectors, "--json").json
    assert (facts["words"], facts["dim"], facts["counted_tokens"]) == (14, 8, 960)
    assert facts["report"]["seed"] == 1


def test_info_says_that_counts_are_not_known(run, tmp_path):
    (tmp_path / "toy.vec").write_text("2 2\ncough 1 0\nfever 0 1\n")
    answer = run("info", tmp_path / "toy.vec")
    assert "counted           nothing: how often words occur is not known\n" in answer.out


def test_a_report_may_hold_anything_that_json_knows(run, refused, vectors, tmp_path):
    shutil.copytree(vectors, tmp_path / "v")
    place = tmp_path / "v" / "config.json"
    config = json.loads(place.read_text())
    report = {
        "algorithm": 5,
        "losses": "none",
        "init": None,
        "settings": [None, {"a": True}],
        "seconds": 12345.6,
    }
    place.write_text(json.dumps(config | {"report": report}))
    out = run("info", tmp_path / "v").out
    assert "settings          None → a=True\n" in out
    assert "init" not in out
    assert "seconds           12,346\n" in out
    place.write_text(json.dumps(config | {"report": {"loss": float("nan")}}))
    assert "NaN" in refused("info", tmp_path / "v", "--json")


def test_neighbors_of_a_word_are_of_its_topic(run, vectors):
    answer = run("neighbors", vectors, "cough", "goal", "-n", 2)
    lines = answer.out.splitlines()
    assert [lines[0], lines[3]] == ["cough", "goal"]
    assert len(lines) == 6
    first, second = run("neighbors", vectors, "cough", "goal", "-n", "6", "--json").json[
        "neighbors"
    ]
    health = {"fever", "doctor", "virus", "nurse", "clinic", "pain"}
    assert {near["word"] for near in first["neighbors"]} == health
    assert not health & {near["word"] for near in second["neighbors"]}
    assert first["neighbors"][0]["similarity"] <= 1


def test_where_nothing_is_near_enough_that_is_said(run, vectors):
    answer = run("neighbors", vectors, "cough", "--min-similarity", "1")
    assert answer.out == "cough\n  no word is that near\n"


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_an_analogy_is_answered(run, vectors, method):
    question = ("analogy", vectors, "cough", "fever", "goal", "-n", 3, "--method", method)
    answers = run(*question, "--json").json["answers"]
    assert not {"cough", "fever", "goal"} & {near["word"] for near in answers}
    lines = run(*question).out.splitlines()
    assert lines[0] == "cough is to fever as goal is to"
    assert [line.split()[1] for line in lines[1:]] == [near["word"] for near in answers]


def test_words_that_moved_are_listed(run, vectors):
    (moved,) = run("moved", vectors, vectors, "-n", 1, "--max-rank", 5, "--json").json["moved"]
    assert moved["similarity"] == pytest.approx(1, abs=1e-5)
    assert len(moved["before"]) == 4
    lines = run("moved", vectors, vectors, "-n", 1, "--min-count", 1).out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["before:", "after:"]


def test_an_unknown_word_gets_a_hint(refused, vectors):
    assert "Did you mean: cough?" in refused("neighbors", vectors, "Cough")


def test_similarity_of_two_is_a_number_and_of_more_a_table(run, refused, vectors):
    assert float(run("similarity", vectors, "cough", "fever pain").out) > 0.5
    table = run("similarity", vectors, "cough", "fever", "咳嗽 goal").out.splitlines()
    assert [line.split("  ")[0] for line in table] == ["cough", "fever", "咳嗽 goal"]
    assert table[0].startswith("cough      ")
    answer = run("similarity", vectors, "cough", "goal", "--json").json
    (one, across), (back, same) = answer["similarity"]
    assert one == same == 1
    assert across == back == round(across, 6)
    assert "Two words or texts" in refused("similarity", vectors, "cough")


@pytest.mark.parametrize(("name", "magic"), [("map.png", b"\x89PNG"), ("map.svg", b"<?xml")])
def test_a_heatmap_is_a_picture(run, vectors, tmp_path, name, magic):
    answer = run("heatmap", vectors, "cough", "goal", "-o", tmp_path / name, "--json")
    assert answer.json["picture"] == str(tmp_path / name)
    assert len(answer.json["matrix"]) == 2
    assert (tmp_path / name).read_bytes().startswith(magic)


def test_a_heatmap_of_another_kind_is_refused(refused, vectors, tmp_path):
    assert ".png or .svg" in refused("heatmap", vectors, "cough", "-o", tmp_path / "map.gif")


def test_a_heatmap_draws_the_items_of_a_file_in_groups_or_clustered(run, vectors, write, tmp_path):
    items = write("items.txt", "cough\nfever pain\n\ngoal, team\n")
    output = tmp_path / "map.svg"
    answer = run("heatmap", vectors, "--items", items, "-o", output, "--json")
    assert answer.json["items"] == ["cough", "fever pain", "goal, team"]
    grouped = output.read_bytes()
    assert run("heatmap", vectors, "--items", items, "-o", output, "--cluster").code == 0
    assert output.read_bytes() != grouped
    answer = run("heatmap", vectors, "player", "--items", items, "-o", output, "--json")
    assert answer.json["items"][0] == "player"


def test_a_heatmap_of_no_or_too_many_items_is_refused(refused, vectors, write, tmp_path):
    output = tmp_path / "map.png"
    assert "needs items" in refused("heatmap", vectors, "-o", output)
    # So many similarities would fill the memory.
    items = write("many.txt", "cough\n" * 100_000)
    assert "at most 300 items" in refused("heatmap", vectors, "--items", items, "-o", output)
