import pytest

import wordloom
from wordloom.classify.neural.encoder_names import ENCODERS
from wordloom.classify.neural.settings import COMBINATIONS
from wordloom.cli import classify_options

QUICK = ("--encoder", "mean", "--epochs", 4, "--learning-rate", 0.02, "--batch-size", 16)


@pytest.fixture(scope="module")
def network(shared, tmp_path_factory):
    """A network that weighs two embeddings, fitted on the command line; not to be changed."""
    from wordloom.cli.main import main

    folder = tmp_path_factory.mktemp("network")
    arguments = ["classify", "fit", shared / "topics.csv", "-e", shared / "vectors", "--learned", 4]
    arguments += [*QUICK, "--combine", "dme", "-o", folder / "c", "--curves", folder / "curves.svg"]
    assert main([str(argument) for argument in arguments]) == 0
    return folder


def test_the_options_name_what_there_is():
    assert ("linear", *ENCODERS) == classify_options.ENCODERS
    assert classify_options.COMBINATIONS == COMBINATIONS


def test_a_fitted_network_can_be_used(run, network, write):
    assert (network / "curves.svg").read_text("utf-8").startswith("<?xml")
    classifier = wordloom.TextClassifier.load(network / "c")
    assert (classifier.combine, classifier.embeddings[1].dim) == ("dme", 4)
    lines = write("lines.txt", "a cough and a fever\nthe team and the coach\n")
    assert run("classify", "predict", network / "c", lines).out.split() == ["health", "sport"]


def test_a_fit_shows_its_history_and_goes_on_from_a_checkpoint(run, table, vectors, tmp_path):
    fit = (
        "classify",
        "fit",
        table,
        "-e",
        vectors,
        *QUICK,
        "-o",
        tmp_path / "c",
        "--held-out",
        table,
    )
    answer = run(*fit, "--checkpoint", tmp_path / "state")
    assert "epoch  step" in answer.out and "saved to" in answer.out
    again = run(*fit, "--checkpoint", tmp_path / "state", "--json").json
    assert [entry["epoch"] for entry in again["history"]["measurements"]] == [1, 2, 3, 4]
    assert "Training" in answer.err


def test_attention_is_reported_as_text_page_and_picture(run, network, write, tmp_path):
    lines = write("lines.txt", "a cough and a fever\nthe team and the coach\n")
    attention = ("classify", "attention", network / "c", lines, "--words", "cough,team")
    answer = run(*attention, "-o", tmp_path / "a.html")
    assert "vectors" in answer.out and "learned" in answer.out and "cough" in answer.out
    assert (tmp_path / "a.html").read_text("utf-8").startswith("<!doctype html>")
    report = run(*attention, "-o", tmp_path / "a.svg", "--json").json
    assert report["embeddings"] == ["vectors", "learned"]
    assert (tmp_path / "a.svg").exists()


def test_texts_can_have_several_labels(run, write, vectors, tmp_path):
    rows = ["goal team,sport", "cough pain,health", "goal cough,sport|health", "the of,"] * 10
    table = write("t.csv", "text,label\n" + "\n".join(rows[:3] * 10) + "\n")
    fit = ("classify", "fit", table, "-e", vectors, "-o", tmp_path / "c", "--label-separator", "|")
    assert run(*fit, "--json").json["labels"] == ["health", "sport"]
    lines = write("lines.txt", "goal cough\n")
    assert run("classify", "predict", tmp_path / "c", lines).out == "health, sport\n"
    answer = run("classify", "predict", tmp_path / "c", lines, "--json")
    assert answer.json == {"labels": [["health", "sport"]]}


def test_an_embedding_can_be_referred_to_and_moved(run, refused, table, vectors, write, tmp_path):
    import shutil

    place = tmp_path / "v"
    shutil.copytree(vectors, place)
    fit = ("classify", "fit", table, "-e", place, "-o", tmp_path / "c", "--by-reference")
    assert run(*fit).code == 0
    lines = write("lines.txt", "a cough\n")
    place.rename(tmp_path / "w")
    assert "--embedding vectors=PATH" in refused("classify", "predict", tmp_path / "c", lines)
    moved = ("-e", f"vectors={tmp_path / 'w'}")
    assert run("classify", "predict", tmp_path / "c", lines, *moved).out == "health\n"
    assert "NAME=PATH" in refused("classify", "predict", tmp_path / "c", lines, "-e", "w")


def test_an_evaluation_puts_the_network_first_and_shows_examples(run, table, vectors):
    answer = run("classify", "evaluate", table, "-e", vectors, *QUICK, "--examples", 3)
    lines = answer.out.splitlines()
    assert any(line.startswith("network") for line in lines)
    assert "network, label by label" in lines
    assert sum("sport" in line or "health" in line for line in lines[-3:]) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--curves", "c.png"), "for networks"),
        (("--checkpoint", "c"), "for networks"),
        (("--combine", "dme"), "side by side"),
        (("--learned", 4), "learned from scratch"),
        (("--encoder", "mean", "--features", "tfidf"), "N-grams"),
        (("--epochs", 0), "--epochs"),
        (("--encoder", "transformer"), "--encoder"),
    ],
)
def test_options_that_do_not_fit_are_refused(refused, table, vectors, tmp_path, options, message):
    fit = ("classify", "fit", table, "-e", vectors, "-o", tmp_path / "c")
    assert message in refused(*fit, *options)


def test_a_classifier_without_weights_has_no_attention(refused, shared, write):
    lines = write("lines.txt", "a cough\n")
    message = refused("classify", "attention", shared / "classifier", lines)
    assert "linear classifier" in message


@pytest.fixture(scope="module")
def elmo_folder(tmp_path_factory):
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.elmo.network_at_random import random_weights
    from wordloom.elmo.options import ELMoOptions

    options = ELMoOptions(8, 5, n_layers=1, character_dim=4, filters=((1, 8), (3, 8)), n_highway=1)
    elmo = ELMoEmbedding(options, random_weights(options, seed=1))
    return elmo.save(tmp_path_factory.mktemp("elmo") / "toy")


def test_elmo_stands_beside_word_vectors(run, table, vectors, elmo_folder, write, tmp_path):
    fit = ("classify", "fit", table, "-e", elmo_folder, "-e", vectors, "-o", tmp_path / "c")
    answer = run(*fit, *QUICK, "--encoder", "mean-dense", "--combine", "dme")
    assert "elmo: the layers count 0." in answer.out
    lines = write("lines.txt", "A cough, a fever.\nThe team and the coach!\n")
    assert run("classify", "predict", tmp_path / "c", lines).out.split() == ["health", "sport"]
    report = run("classify", "attention", tmp_path / "c", lines, "--json").json
    assert report["embeddings"] == ["elmo", "vectors"]
    assert len(report["layer_weights"]["elmo"]) == 2
    assert "elmo: the layers" in run("classify", "attention", tmp_path / "c", lines).out


def test_a_linear_model_takes_elmo(run, table, elmo_folder):
    evaluate = ("classify", "evaluate", table, "-e", elmo_folder, "--pooling", "mean+max")
    answer = run(*evaluate, "--json")
    assert answer.code == 0 and answer.json["rows"][0]["metrics"]["accuracy"] > 0.7


def test_elmo_that_does_not_fit_is_refused(refused, table, vectors, elmo_folder, tmp_path):
    fit = ("classify", "fit", table, "-e", elmo_folder, "-o", tmp_path / "c")
    gated = ("-e", vectors, "--encoder", "mean", "--combine", "gated-bidirectional")
    assert "dimensions" in refused(*fit, *gated)
    assert "ELMo pools by" in refused(*fit, "--pooling", "sif")
