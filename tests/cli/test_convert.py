import pytest


@pytest.fixture
def glove(tmp_path):
    path = tmp_path / "toy.glove"
    path.write_text("cough 1 2\nfever 3 4\ngoal 5 -6\n")
    return path


def test_convert_writes_a_part_in_another_format(run, glove, tmp_path):
    (tmp_path / "words.txt").write_text("goal\r\n\nfever\n")
    out = tmp_path / "toy.vec"
    answer = run("convert", glove, out, "--words", tmp_path / "words.txt", "--limit", 2)
    assert answer.out == f"1 word × 2 saved to {out} (word2vec or fastText text (.vec))\n"
    assert out.read_text() == "1 2\nfever 3 4\n"
    facts = run("convert", glove, tmp_path / "a", "--to", "projector", "--json").json
    assert (facts["format"], facts["words"], facts["dim"]) == ("projector", 3, 2)


def test_convert_postprocesses_and_names(run, glove, tmp_path):
    steps = ("--postprocess", "pca=1", "--postprocess", "normalize")
    run("convert", glove, tmp_path / "toy", *steps, "--name", "short")
    facts = run("info", tmp_path / "toy", "--json").json
    assert (facts["name"], facts["dim"]) == ("short", 1)


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("a.vec", ["--postprocess", "bleach"], "Post-processing is one of"),
        ("a.vec", ["--dtype", "int8"], "stores float32"),
        ("a.vec", ["--to", "model2vec"], "is read only"),
        ("a.vec", ["--words", "none.txt"], "none.txt cannot be read"),
        ("a.what", [], "The ending of the name chooses the format"),
        ("no/a.vec", [], "does not exist"),
        (".", [], "holds other files"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_read(
    refused, tmp_path, monkeypatch, output, options, message
):
    (tmp_path / "photo.png").touch()
    monkeypatch.chdir(tmp_path)
    to = ["--to", "projector"] if output == "." else []
    assert message in refused("convert", "not-there.glove", output, *options, *to)


def test_formats_are_listed(run):
    lines = run("formats").out.splitlines()
    place = lines[0].index("what it is")
    assert all(line[place - 1] == " " and line[place] != " " for line in lines)
    names = [row["name"] for row in run("formats", "--json").json["formats"]]
    assert [line.split()[0] for line in lines[1:]] == names
