import json
import re

import pytest

import wordloom
from wordloom.cli.main import main
from wordloom.errors import InputError
from wordloom.recipes import demo


@pytest.mark.parametrize("name", ["embedding", "classifier"])
def test_a_folder_of_something_else_is_refused_before_the_work(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.txt").write_text("irreplaceable")
    said = []
    with pytest.raises(InputError, match="holds other files"):
        demo.run(tmp_path, say=said.append)
    assert said == []
    assert [path.name for path in tmp_path.rglob("*")] == [name, "thesis.txt"]


def test_the_demo_goes_the_whole_way_and_its_report_stands_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "EPOCHS", 1)
    monkeypatch.setattr("wordloom.datasets.python_docs.MAX_TEXTS", 100)
    monkeypatch.setattr("wordloom.datasets.python_docs.MIN_TEXTS", 100)
    folder = tmp_path / "out"
    assert main(["demo", "--out", str(folder), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["words"] > 1000
    assert {row["name"] for row in result["evaluation"]["rows"]} >= {"vectors", "majority label"}
    page = (folder / "report.html").read_text("utf-8")
    assert "<svg" in page
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "$" not in re.sub(r"<svg.*</svg>", "", page, flags=re.DOTALL).split("</style>")[1][:500]
    embedding = wordloom.load(folder / "embedding")
    assert len(embedding) == result["words"]
    classifier = wordloom.TextClassifier.load(folder / "classifier")
    assert classifier.predict(["Return the sum of the array elements over an axis."])[0]
