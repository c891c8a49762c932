import numpy as np
import pytest

from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.resolve import resolve_labelled
from wordloom.errors import InputError
from wordloom.recipes import bbc


@pytest.mark.parametrize(("model", "parameters"), [("DME", 105_661), ("CDME", 107_285)])
def test_networks_have_as_many_trainable_parameters_as_published(model, parameters, monkeypatch):
    monkeypatch.setattr(bbc, "LENGTH", 4)
    network = bbc.build_network(model, [np.zeros((3, 100), np.float32)] * 2, 5)
    assert sum(np.prod(weights.shape) for weights in network.trainable_variables) == parameters
    tables = [weights for weights in network.non_trainable_variables if weights.ndim == 2]
    assert [weights.shape for weights in tables] == [(3, 100), (3, 100)]


def test_words_are_split_as_in_the_notebook():
    text = "Sales rose 3.5% at BT-Cellnet; £2bn\tmore_or less"
    assert bbc.split_words(text) == [
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
    prepared = bbc.prepare(*articles)
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
    prepared = bbc.prepare(train, test, split=3)
    assert (len(prepared.train), len(prepared.test)) == (7, 2)
    duplicates = prepared.duplicates
    assert (duplicates.within_train, duplicates.within_test, duplicates.across) == (0, 0, 0)
    assert bbc.prepare(train, test, split=4).tokens != prepared.tokens


def test_topics_that_training_lacks_are_refused(articles):
    with pytest.raises(InputError, match="topics"):
        bbc.prepare(LabelledTexts(["red wine"], ["wine"], "train"), articles[1])
    with pytest.raises(InputError, match="models"):
        bbc.run(models=["DMX"])
    with pytest.raises(InputError, match="seeds"):
        bbc.run([])


def test_only_words_that_cbow_lacks_have_random_vectors(labelled_folder):
    folder = str(labelled_folder(20, 2))
    train, test = (resolve_labelled(folder, part) for part in ("train", "test"))
    train.texts[0] += " players"
    prepared = bbc.prepare(train, test)
    (cbow, fasttext), n_missing = bbc.train_tables(prepared, seed=1, threads=1)
    assert n_missing == 1
    assert cbow.shape == fasttext.shape == (len(prepared.words) + 1, 100)
    rare = prepared.words.index("players") + 1
    for row in (0, rare):
        assert cbow[row].min() >= 0
        assert 0.9 < cbow[row].max() < 1
    assert np.abs(cbow[1:rare]).min(axis=1).max() < 0.1
    assert not fasttext[0].any()
    assert fasttext[rare].any()


def test_the_experiment_runs_through_and_learns(labelled_folder, monkeypatch):
    # Vectors that are far apart, and short texts, so that few steps are enough.
    def tables(articles, *, seed, threads):
        random = np.random.default_rng(seed)
        return [random.normal(size=(len(articles.words) + 1, 20)).astype("f") for _ in "12"], 3

    monkeypatch.setattr(bbc, "train_tables", tables)
    monkeypatch.setattr(bbc, "LENGTH", 8)
    monkeypatch.setattr(bbc, "BATCH_SIZE", 16)
    said = []
    folder = str(labelled_folder(100, 10))
    experiment = bbc.run([5], source=folder, models=["DME"], epochs=3, say=said.append)
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


@pytest.mark.data
def test_the_notebook_s_own_counts_come_out():
    train, test = (resolve_labelled("data:bbc", part) for part in ("train", "test"))
    prepared = bbc.prepare(train, test)
    assert (len(prepared.train), len(prepared.test)) == (1780, 445)
    assert len(prepared.words) == 25_369
    assert prepared.duplicates.across == 39
    counts = np.unique([word for text in prepared.tokens[0] for word in text], return_counts=True)
    assert (counts[1] < 4).sum() == 14_539
    assert len(bbc.prepare(train, test, split=1).test) == 425
