import numpy as np
import pytest

import wordloom
from wordloom.errors import InputError
from wordloom.recipes.cord19 import vectors
from wordloom.text.sources import open_source


def test_the_vectors_are_trained_drawn_and_saved_as_published(papers, tmp_path):
    out = tmp_path / "out"
    result = vectors.embed(out, open_source(papers))
    assert result.words == [word for group in vectors.GROUPS for word in group]
    assert result.word_groups() == [list(group) for group in vectors.GROUPS]
    assert result.similarities.max() == 1
    within, across = result.group_means()
    assert within > across + 0.1
    assert (out / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    settings = result.to_json()["training"]["settings"]
    assert (settings["dim"], settings["window"], settings["variant"]) == (128, 10, "paper")
    embedding = wordloom.load(out / "embedding")
    assert (embedding.oov, embedding.pooling) == ("zero", "sqrtn")
    assert "SARS" in embedding
    assert "sars" not in embedding
    one, other = embedding["SARS"], embedding["MERS"]
    text = embedding.embed(["SARS unheard-of MERS, again"])[0]
    np.testing.assert_allclose(text, (one + other) / 2, rtol=1e-5)


def test_corrected_vectors_adapt_and_need_no_folder(papers):
    result = vectors.embed(None, open_source(papers), reading="corrected")
    content = result.to_json()
    settings = content["training"]["settings"]
    assert (settings["variant"], settings["epochs"]) == ("adaptive", 10)
    assert content["embedding"] is None


def test_the_minimum_count_grows_with_the_papers(papers, monkeypatch):
    monkeypatch.setattr(vectors, "FULL_TEXTS", 900)
    result = vectors.embed(None, open_source(papers), epochs=1)
    assert result.corpus.min_count == 10
    assert "2003" in result.embedding
    result = vectors.embed(None, open_source(papers), epochs=1, min_count=31)
    assert "2003" not in result.embedding


def test_a_folder_of_something_else_is_refused_before_the_work(papers, tmp_path):
    (tmp_path / "out" / "embedding").mkdir(parents=True)
    (tmp_path / "out" / "embedding" / "thesis.txt").write_text("irreplaceable")
    said = []
    with pytest.raises(InputError, match="holds other files"):
        vectors.embed(tmp_path / "out", open_source(papers), say=said.append)
    assert said == []
