import json
from functools import partial

import pytest

from wordloom.errors import InputError
from wordloom.recipes.cord19 import experiment
from wordloom.recipes.cord19.experiment import run
from wordloom.text.sources import open_source


def test_the_whole_experiment_writes_a_page_and_its_figures(papers, scicite, tmp_path, monkeypatch):
    few = partial(experiment.fit_published, steps=600)
    monkeypatch.setattr(experiment, "fit_published", few)
    out = tmp_path / "out"
    told = []
    result = run(
        [1, 2],
        papers=open_source(papers),
        citations=str(scicite),
        epochs=5,
        folder=out,
        say=told.append,
    )
    assert sorted(path.name for path in out.iterdir()) == [
        "embedding",
        "heatmap.png",
        "report.html",
        "result.json",
    ]
    content = json.loads((out / "result.json").read_text())
    assert content == json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert (content["reading"], content["min_count"]) == ("published", 5)
    figure = content["figures"][0]
    assert (figure["published"], figure["ours"][6:9]) == ("0.788", " ± ")
    models = [each["model"] for each in content["citations"]["models"]]
    assert models == [
        "linear layer, frozen vectors",
        "linear layer, trainable vectors",
        "TF-IDF with a linear SVM",
        "most frequent label",
    ]
    assert len(content["citations"]["fits"][0]["points"]) == 3
    assert len(content["citations"]["examples"]["rows"]) == 10
    page = (out / "report.html").read_text()
    for shown in ("0.788", "data:image/svg+xml", "600", "Ten predictions", "first 3,023"):
        assert shown in page
    assert "\n600 " in "\n".join(result.summary())


def test_the_corrected_reading_takes_vectors_that_are_there(papers, scicite, monkeypatch):
    class Stub:
        def fit(self, texts, labels):
            self.label = labels[0]

        def predict(self, texts):
            return experiment.np.array([self.label] * len(texts))

    monkeypatch.setattr(experiment, "strongest_classifier", lambda embeddings, seed: Stub())
    vectors = run(
        [1], reading="corrected", steps=["embed"], papers=open_source(papers), epochs=5
    ).vectors.embedding
    result = run(
        [1], reading="corrected", steps=["classify"], vectors=vectors, citations=str(scicite)
    )
    assert result.vectors is None
    assert "strongest default" in result.citations.models
    assert result.citations.accuracies("linear layer, frozen vectors")[0] > 0.7
    assert "dev texts by step" in "\n".join(result.summary())


def test_what_cannot_be_done_is_refused(scicite):
    with pytest.raises(InputError, match="published or corrected"):
        run(reading="other")
    with pytest.raises(InputError, match="Do the step embed first"):
        run(steps=["classify"], citations=str(scicite))
    with pytest.raises(InputError, match="needs seeds"):
        run([])
