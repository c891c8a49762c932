import pytest

from wordloom.cli.map import ENDINGS
from wordloom.inspect.maps.projection import METHODS


@pytest.mark.parametrize(("name", "magic"), [("m.html", b"<!doctype"), ("m.svg", b"<?xml")])
def test_a_map_is_a_page_or_a_picture(run, vectors, tmp_path, name, magic):
    answer = run(
        "map", vectors, "-o", tmp_path / name, "--method", "pca", "--clusters", 2, "--json"
    )
    assert answer.json["words"] == 14
    assert answer.json["method"] == "pca"
    assert len(answer.json["clusters"]) == 2
    content = (tmp_path / name).read_bytes()
    assert content.startswith(magic)
    assert answer.json["bytes"] == len(content)


def test_words_come_from_a_file_and_the_command_line(run, vectors, write, tmp_path):
    chosen = write("words.txt", "cough\nfever\n\ngoal\n")
    output = tmp_path / "few.html"
    answer = run("map", vectors, "-o", output, "--words-file", chosen, "--highlight", "team")
    assert answer.code == 0
    assert "4 words by pca saved to" in answer.out
    answer = run(
        "map", vectors, "-o", output, "--words", "cough", "goal", "--title", "Two", "--json"
    )
    assert answer.json["words"] == 2
    assert "<title>Two</title>" in output.read_text()


def test_what_cannot_be_mapped_is_refused(refused, vectors, tmp_path):
    output = tmp_path / "map.html"
    assert ".html, .png or .svg" in refused("map", vectors, "-o", tmp_path / "map.pdf")
    assert "cough" in refused("map", vectors, "-o", output, "--words", "cuogh")
    assert "does not exist" in refused("map", vectors, "-o", tmp_path / "absent" / "m.html")
    assert "Check the path" in refused("map", vectors, "-o", output, "--words-file", "absent.txt")
    for option in (["--clusters", "99"], ["--count", "0"], ["--method", "lda"]):
        assert refused("map", vectors, "-o", output, *option)


def test_every_method_can_be_chosen():
    from wordloom.cli.main import build_parser

    for method in METHODS:
        arguments = ["map", "vectors", "-o", f"m{ENDINGS[0]}", "--method", method]
        assert build_parser().parse_args(arguments).method == method
