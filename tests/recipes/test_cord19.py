import json

import numpy as np
import pytest

import wordloom
from wordloom.cli.main import main
from wordloom.errors import InputError
from wordloom.recipes import cord19
from wordloom.text.sources import open_source

PLACES = "In Italy, Spain and Europe hospitals were full. Travel to Spain from Italy stopped."
ILLNESS = "A dry cough, fever and a sore throat: the cough and the fever of the throat."
VIRUSES = "The coronavirus of SARS (2003) and the coronavirus of MERS; SARS and MERS differ."


@pytest.fixture
def papers(tmp_path):
    file = tmp_path / "papers.txt"
    file.write_text("\n".join([PLACES, ILLNESS, VIRUSES] * 30))
    return file


def test_the_step_trains_draws_and_saves_as_published(papers, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["reproduce", "cord19", str(papers), "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["heatmap_words"] == [word for group in cord19.GROUPS for word in group]
    assert max(max(row) for row in result["heatmap_values"]) == 1
    assert result["mean_within_groups"] > result["mean_across_groups"] + 0.1
    assert (out / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    assert (result["training"]["settings"]["dim"], result["training"]["settings"]["window"]) == (
        128,
        10,
    )
    embedding = wordloom.load(out / "embedding")
    assert (embedding.oov, embedding.pooling) == ("zero", "sqrtn")
    assert "SARS" in embedding
    assert "sars" not in embedding
    one, other = embedding["SARS"], embedding["MERS"]
    text = embedding.embed(["SARS unheard-of MERS, again"])[0]
    np.testing.assert_allclose(text, (one + other) / 2, rtol=1e-5)


def test_the_minimum_count_grows_with_the_papers(papers, tmp_path, monkeypatch):
    monkeypatch.setattr(cord19, "FULL_TEXTS", 450)
    result = cord19.embed(tmp_path / "out", open_source(papers), epochs=1)
    assert result.corpus.min_count == 10
    assert "2003" in result.embedding
    result = cord19.embed(tmp_path / "out", open_source(papers), epochs=1, min_count=31)
    assert "2003" not in result.embedding


def test_a_folder_of_something_else_is_refused_before_the_work(papers, tmp_path):
    (tmp_path / "out" / "embedding").mkdir(parents=True)
    (tmp_path / "out" / "embedding" / "thesis.txt").write_text("irreplaceable")
    said = []
    with pytest.raises(InputError, match="holds other files"):
        cord19.embed(tmp_path / "out", open_source(papers), say=said.append)
    assert said == []
