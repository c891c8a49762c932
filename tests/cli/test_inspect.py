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


def test_a_report_may_hold_anything_that_json_knows(run, refused, vectors, tmp_path):
    shutil.copytree(vectors, tmp_path / "v")
    place = tmp_path / "v" / "config.json"
    config = json.loads(place.read_text())
    report = {"algorithm": 5, "losses": "none", "settings": [None, {"a": True}], "seconds": 12345.6}
    place.write_text(json.dumps(config | {"report": report}))
    out = run("info", tmp_path / "v").out
    assert "settings          None → a=True\n" in out
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


def test_an_unknown_word_gets_a_hint(refused, vectors):
    assert "Did you mean: cough?" in refused("neighbors", vectors, "Cough")


def test_similarity_of_two_is_a_number_and_of_more_a_table(run, refused, vectors):
    assert float(run("similarity", vectors, "cough", "fever pain").out) > 0.5
    assert len(run("similarity", vectors, "cough", "fever", "goal").out.splitlines()) == 3
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


def test_a_heatmap_without_items_is_refused(refused, vectors, tmp_path):
    assert "needs items" in refused("heatmap", vectors, "-o", tmp_path / "map.png")
