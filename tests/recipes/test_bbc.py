import json

import numpy as np
import pytest

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.duplicates import find_duplicates
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.resolve import resolve_labelled
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.markup import as_html
from wordloom.recipes import bbc, bbc_articles, bbc_corrected, bbc_page, bbc_published
from wordloom.recipes.bbc_articles import prepare, split_words
from wordloom.recipes.experiment import Experiment, spread
from wordloom.recipes.keras_fit import Examples, judged
from wordloom.recipes.strongest import STRONGEST
from wordloom.text.vocabulary import Vocabulary


@pytest.mark.parametrize(("model", "parameters"), [("DME", 105_661), ("CDME", 107_285)])
def test_networks_have_as_many_trainable_parameters_as_published(model, parameters, monkeypatch):
    monkeypatch.setattr(bbc_articles, "LENGTH", 4)
    network = bbc_published.build_network(model, [np.zeros((3, 100), np.float32)] * 2, 5)
    assert sum(np.prod(weights.shape) for weights in network.trainable_variables) == parameters
    tables = [weights for weights in network.non_trainable_variables if weights.ndim == 2]
    assert [weights.shape for weights in tables] == [(3, 100), (3, 100)]


def test_words_are_split_as_in_the_notebook():
    text = "Sales rose 3.5% at BT-Cellnet; £2bn\tmore_or less"
    assert split_words(text) == [
        "sales",
        "rose",
        "at",
        "bt",
        "cellnet",
        "£",
        "bn",
        "more",
        "or",
        "less",
    ]


@pytest.fixture
def articles():
    train = ["Red wine!", "white wine", "red, WINE", "old beer", "new beer 2"]
    test = ["red wine", "dark beer"]
    labels = ["wine", "wine", "wine", "beer", "beer"]
    return LabelledTexts(train, labels, "train"), LabelledTexts(test, ["wine", "beer"], "test")


def test_articles_are_equal_when_their_words_are(articles):
    prepared = prepare(*articles)
    assert prepared.duplicates.shared.tolist() == [True, False]
    assert prepared.duplicates.within_train == 1
    assert prepared.words[:3] == ["wine", "red", "beer"]
    assert prepared.train.inputs[0, -3:].tolist() == [0, 2, 1]
    assert prepared.test.inputs[1, -3:].tolist() == [0, 0, 3]


def test_another_split_has_no_article_twice(articles):
    train, test = articles
    more = [f"{color} {drink}" for color in ("pale", "cool") for drink in ("wine", "beer")]
    labels = [text.split()[1] for text in more]
    train = LabelledTexts(train.texts + more, train.labels + labels, "train")
    prepared = prepare(train, test, split=3)
    assert (len(prepared.train), len(prepared.test)) == (7, 2)
    duplicates = prepared.duplicates
    assert (duplicates.within_train, duplicates.within_test, duplicates.across) == (0, 0, 0)
    assert prepare(train, test, split=4).tokens != prepared.tokens


def test_topics_that_training_lacks_are_refused(articles):
    with pytest.raises(InputError, match="topics"):
        prepare(LabelledTexts(["red wine"], ["wine"], "train"), articles[1])
    with pytest.raises(InputError, match="models"):
        bbc.run(models=["DMX"])
    with pytest.raises(InputError, match="seeds"):
        bbc.run([])
    with pytest.raises(InputError, match="published or corrected"):
        bbc.run(reading="better")


def test_only_words_that_cbow_lacks_have_random_vectors(labelled_folder):
    folder = str(labelled_folder(20, 2))
    train, test = (resolve_labelled(folder, part) for part in ("train", "test"))
    train.texts[0] += " players"
    prepared = prepare(train, test)
    (cbow, fasttext), n_missing = bbc_published.train_tables(prepared, seed=1, threads=1)
    assert n_missing == 1
    assert cbow.shape == fasttext.shape == (len(prepared.words) + 1, 100)
    rare = prepared.words.index("players") + 1
    for row in (0, rare):
        assert cbow[row].min() >= 0
        assert 0.9 < cbow[row].max() < 1
    assert np.abs(cbow[1:rare]).min(axis=1).max() < 0.1
    assert not fasttext[0].any()
    assert fasttext[rare].any()


def test_the_experiment_runs_through_and_learns(labelled_folder, monkeypatch, tmp_path):
    # Vectors that are far apart, and short texts, so that few steps are enough.
    def tables(articles, *, seed, threads):
        random = np.random.default_rng(seed)
        return [random.normal(size=(len(articles.words) + 1, 20)).astype("f") for _ in "12"], 3

    monkeypatch.setattr(bbc_published, "train_tables", tables)
    monkeypatch.setattr(bbc_articles, "LENGTH", 8)
    monkeypatch.setattr(bbc_published, "BATCH_SIZE", 16)
    said = []
    folder = str(labelled_folder(100, 10))
    written = tmp_path / "written"
    experiment = bbc.run(
        [5], source=folder, models=["DME"], epochs=3, say=said.append, folder=written
    )
    assert experiment.models == ["TF-IDF, whole text", "TF-IDF, last 8 words", "DME"]
    (fit,) = experiment.of("DME")
    assert fit.seed == 5
    assert len(fit.validation) == 3
    assert fit.metrics.accuracy > 0.7
    assert experiment.accuracies("TF-IDF, whole text")[0] == 1
    assert set(experiment.recalls("DME")) == {"business", "sport", "tech"}
    assert experiment.counts["training articles"] == 300
    assert experiment.counts["words that CBOW lacks"] == 3
    assert said[0] == "Reading the articles"
    assert json.loads((written / "result.json").read_text()) == json.loads(
        json.dumps(experiment.to_json())
    )
    page = (written / "report.html").read_text()
    assert "0.93 (three runs: 0.93, 0.94, 0.90)" in page
    assert spread(experiment.accuracies("DME")) in page
    assert "<polyline" in page
    assert all(as_html(quirk) in page for quirk in bbc_page.KEPT)


def test_the_notebook_s_picture_gives_recalls_to_wrong_topics():
    topics = ["business", "entertainment", "politics", "sport", "tech"]
    test = Examples(np.zeros((5, 1), np.int32), topics)
    fit = judged("DME", 1, (), test, [*topics[:4], "sport"], np.zeros(5, bool), 1)
    experiment = Experiment("e", (fit,), {}, {}, find_duplicates([], []))
    section = bbc_page.picture_section(experiment, "DME")
    assert section.rows[1] == ["business", "tech", "0.93, 0.98, 0.94", "1.00"]
    assert section.rows[5] == ["tech", "politics", "0.97, 0.97, 0.97", "0.00"]
    assert bbc_page.confusion_section(experiment, "DME").rows[5] == ["tech", *"00010"]


@pytest.fixture
def toy_vectors(monkeypatch, labelled_folder):
    """Puts the vectors of a few words in the place of trained ones."""

    def train(articles, *, seed, threads):
        words = Vocabulary.from_words(articles.words)
        random = np.random.default_rng(seed)
        return [
            StaticEmbedding(words, random.normal(size=(len(words), 8)), name=name)
            for name in ("skip-gram", "FastText")
        ]

    monkeypatch.setattr(bbc_corrected, "train_vectors", train)


def test_networks_stand_beside_each_embedding_and_what_does_not_weigh(toy_vectors, articles):
    prepared = prepare(*articles)
    embeddings = bbc_corrected.train_vectors(prepared, seed=1, threads=1)
    networks = bbc_corrected.networks(embeddings, ["CDME"], seed=1, epochs=2)
    assert {name: each.combine for name, each in networks.items()} == {
        "skip-gram alone": "concatenate",
        "FastText alone": "concatenate",
        "concatenation": "concatenate",
        "unweighted sum": "sum",
        "CDME": "cdme",
    }
    assert len(networks["skip-gram alone"].embeddings) == 1


def test_corrected_each_seed_splits_distinct_articles_anew(
    toy_vectors, labelled_folder, monkeypatch, tmp_path
):
    def networks(embeddings, models, *, seed, epochs):
        network = {"encoder": "mean", "combine": "dme", "combined_dim": 8}
        return {"DME": TextClassifier(embeddings, **network, epochs=epochs, random_state=seed)}

    monkeypatch.setattr(bbc_corrected, "networks", networks)
    monkeypatch.setattr(bbc_corrected, "NETWORK_SPLITS", 1)
    folder = labelled_folder(40, 10)
    train = folder / "train.csv"
    train.write_text(train.read_text() + train.read_text().split("\n", 1)[1])
    experiment = bbc.run(
        [1, 2],
        source=str(folder),
        models=["DME"],
        epochs=2,
        reading="corrected",
        folder=tmp_path / "written",
    )
    assert len(experiment.of(bbc_corrected.TFIDF)) == 2
    assert len(experiment.of("DME")) == 1
    assert experiment.counts["repeated articles left out"] >= 120
    assert experiment.duplicates.across == 0
    assert experiment.accuracies(STRONGEST).min() > 0.8
    (overall, *_) = experiment.attention["overall"]
    assert sum(overall["mean"]) == pytest.approx(1, abs=1e-3)
    page = (tmp_path / "written" / "report.html").read_text()
    assert "How far DME trusts each embedding" in page
    assert all(as_html(mended) in page for mended in bbc_page.MENDED)


@pytest.mark.data
def test_the_notebook_s_own_counts_come_out():
    train, test = (resolve_labelled("data:bbc", part) for part in ("train", "test"))
    prepared = prepare(train, test)
    assert (len(prepared.train), len(prepared.test)) == (1780, 445)
    assert len(prepared.words) == 25_369
    assert prepared.duplicates.across == 39
    counts = np.unique([word for text in prepared.tokens[0] for word in text], return_counts=True)
    assert (counts[1] < 4).sum() == 14_539
    assert len(prepare(train, test, split=1).test) == 425
