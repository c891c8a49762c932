import json

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.recipes.keywords.choice import TOGETHER
from wordloom.recipes.keywords.experiment import Parts, run
from wordloom.recipes.keywords.papers import open_papers
from wordloom.recipes.keywords.trainers import TRAINERS, Training
from wordloom.text.vocabulary import Vocabulary

from .conftest import TOPICS


def topical(training):
    """Words of one topic look in one direction."""
    words = [word for group in TOPICS.values() for word in group]
    random = np.random.default_rng(training.seed)
    vectors = np.repeat(np.eye(2), 6, axis=0) + random.normal(0, 0.2, (12, 2))
    return StaticEmbedding(Vocabulary.from_words(words), vectors, name="topical")


def test_a_case_says_which_texts_are_trained_on(csl):
    pytest.importorskip("jieba")
    parts = Parts.of(open_papers(str(csl)))
    seen, unseen = parts.texts("seen"), parts.texts("unseen")
    assert not set(parts.chosen_on) & set(parts.judged_on)
    assert len(parts.chosen_on) == len(parts.judged_on) == 24
    assert set(seen) - set(unseen) == {parts.papers.texts[number] for number in parts.judged_on}
    assert set(parts.papers.others) <= set(unseen)


def test_the_experiment_judges_every_measure_and_writes_everything(inspec, tmp_path):
    told = []
    experiment = run(
        [1, 2],
        reading="corrected",
        sources=[str(inspec)],
        trainers={"static": topical, "ELMo": topical},
        folder=tmp_path / "out",
        say=told.append,
    )
    (papers,) = experiment.sets
    rows = papers.tables["unseen"].rows
    assert [*rows][-1] == f"{TOGETHER}, chosen"
    assert rows["static, cosine"].mean_reciprocal_rank > papers.baseline.mean_reciprocal_rank
    assert len(rows["static, cosine"].reciprocal) == 10
    assert len(papers.tables["unseen"].choices) == 2
    assert papers.counts["papers judged"] == 24
    assert papers.zeros[0].own_halves == 1
    assert sum("training ELMo" in line for line in told) == 2
    assert [*papers.tables] == ["untrained", "unseen"]

    content = json.loads((tmp_path / "out" / "result.json").read_text())
    assert content == json.loads(json.dumps(experiment.to_json(), allow_nan=False))
    page = (tmp_path / "out" / "report.html").read_text()
    text = "\n".join(experiment.summary())
    for shown in ("Jaccard of words", f"{TOGETHER}, chosen", "Together: "):
        assert shown in page
        assert shown in text
    kept = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert kept == ["inspec-elmo", "inspec-static", "report.html", "result.json"]


def test_as_published_cosines_are_not_chosen(inspec, tmp_path):
    experiment = run(
        sources=[str(inspec)], trainers={"ELMo": topical}, folder=tmp_path / "out", say=print
    )
    (papers,) = experiment.sets
    assert [*papers.tables] == ["untrained", "seen"]
    assert [*papers.tables["seen"].rows] == ["ELMo, cosine"]
    content = json.loads((tmp_path / "out" / "result.json").read_text())
    assert content["reading"] == "published"
    names = [figure["name"] for figure in content["figures"]]
    assert names[1:] == ["Inspec, MRR: Jaccard of words", "Inspec, MRR: ELMo, cosine"]


def test_static_vectors_learn_which_chinese_keywords_belong_together(csl):
    pytest.importorskip("jieba")
    experiment = run(sources=[str(csl)], trainers={"FastText": TRAINERS["FastText"]})
    (papers,) = experiment.sets
    figures = papers.tables["seen"].rows["FastText, cosine"]
    assert figures.mean("area") > 0.7
    assert TOGETHER not in "".join(papers.tables["seen"].rows)
    assert "pairs of one discipline" in "\n".join(experiment.summary())


def test_elmo_is_trained_to_give_each_keyword_a_vector():
    pytest.importorskip("keras")
    texts = ["Quarks bind gluons. Photons do not."] * 12
    embedding = TRAINERS["ELMo"](Training(texts, "words", seed=1, elmo_epochs=1))
    vectors = embedding.embed(["quark", "dark photon"])
    assert vectors.shape == (2, embedding.dim)
    assert np.isfinite(vectors).all()
    assert vectors.any(axis=1).all()


def test_what_cannot_be_done_is_refused(inspec, tmp_path):
    with pytest.raises(InputError, match="seeds, papers and trainers"):
        run([], sources=[str(inspec)])
    with pytest.raises(InputError, match="nowhere"):
        run(sources=[str(tmp_path / "nowhere")])
    for folder in ("docs", "keys"):
        (tmp_path / "few" / folder).mkdir(parents=True)
    (tmp_path / "few" / "docs" / "1.txt").write_text("A text")
    (tmp_path / "few" / "keys" / "1.key").write_text("one\ntwo\n")
    with pytest.raises(InputError, match="needs 20 papers"):
        run(sources=[str(tmp_path / "few")])


def test_a_place_that_is_taken_is_found_out_before_training(inspec, tmp_path):
    (tmp_path / "out" / "inspec-static").mkdir(parents=True)
    (tmp_path / "out" / "inspec-static" / "notes.txt").write_text("precious")
    trained = []
    with pytest.raises(InputError, match="inspec-static"):
        run(
            sources=[str(inspec)],
            trainers={"static": lambda training: trained.append(training)},
            folder=tmp_path / "out",
        )
    assert not trained
