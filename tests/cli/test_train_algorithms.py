"""Every algorithm from the command line: its options, counts that are kept, and ``--init``."""

from dataclasses import fields
from importlib import import_module
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

import wordloom
from wordloom.cli.train_options import ALGORITHMS
from wordloom.train.cooccurrence_trainer import CooccurrenceTrainer

NAMES = [algorithm.name for algorithm in ALGORITHMS]
COUNTING = [algorithm.name for algorithm in ALGORITHMS if algorithm.counts]
FEW = ("--dim", 4, "--epochs", 2, "--threads", 1, "--seed", 3)
TINY = (*FEW, "--min-count", 1)


@pytest.fixture
def text(write):
    return write("text.txt", "a dry cough and a high fever\nthe team won the match\n" * 40)


def options_for(name):
    """No subsampling, which would leave nothing of a tiny text; no GPU, which takes long."""
    return {"glove": (), "swivel": ("--device", "cpu")}.get(name, ("--subsample", 0))


def trainer_of(algorithm):
    return getattr(import_module(algorithm.home), algorithm.trainer)


@pytest.mark.parametrize("name", NAMES)
def test_every_algorithm_trains_on_text(run, text, tmp_path, name):
    answer = run("train", name, text, "-o", tmp_path / "v", *TINY, *options_for(name))
    assert answer.code == 0
    assert answer.out.startswith(f"10 words × 4 saved to {tmp_path}/v\n")
    assert f"{'cells' if name in COUNTING else 'words'}/s on 1 thread" in answer.out
    embedding = wordloom.load(tmp_path / "v")
    assert embedding.report["algorithm"] == name
    assert embedding.report["epochs"] == len(embedding.report["losses"]) == 2
    assert (embedding.oov == "subwords") is (name == "fasttext")


def test_fasttext_embeds_words_that_the_text_lacks(run, text, tmp_path):
    run("train", "fasttext", text, "-o", tmp_path / "v", *TINY, "--subsample", 0, "--min-n", 2)
    answer = run("neighbors", tmp_path / "v", "feverish", "--json")
    assert answer.code == 0
    assert wordloom.load(tmp_path / "v")["feverish"].any()


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=NAMES)
def test_options_have_the_names_defaults_and_choices_of_the_trainer(algorithm):
    trainer = trainer_of(algorithm)
    defaults = {field.name: field.default for field in fields(trainer)}
    hints = get_type_hints(trainer)
    for option in algorithm.hyperparameters:
        assert option.default == defaults[option.name]
        kind = hints[option.name]
        if get_origin(kind) is Literal:
            assert set(option.choices) == set(get_args(kind))
        else:
            assert type(option.default) is kind
        for choice in option.choices or ():
            assert getattr(trainer(**{option.name: choice}), option.name) == choice
    assert algorithm.counts == issubclass(trainer, CooccurrenceTrainer)
    assert trainer().algorithm == algorithm.name


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=NAMES)
def test_options_reach_the_trainer(run, text, tmp_path, algorithm):
    given = {"window": 3, "learning_rate": 0.015625}
    if "model" in {option.name for option in algorithm.hyperparameters}:
        given |= {"model": "cbow", "min_n": 2, "max_n": 3, "n_buckets": 99}
    options = [
        part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)
    ]
    answer = run(
        "train", algorithm.name, text, "-o", tmp_path / "v", "--json", *TINY,
        *options_for(algorithm.name), *options,
    )  # fmt: skip
    assert answer.json["settings"].items() >= (given | {"dim": 4, "epochs": 2}).items()


@pytest.mark.parametrize("name", COUNTING)
def test_counts_are_kept_and_trained_on_again(run, refused, text, tmp_path, name):
    counts, command = tmp_path / "counts", ("train", name, *options_for(name))
    first = run(*command, text, "-o", tmp_path / "one", "--cooccurrences", counts, *TINY)
    again = run(*command, counts, "-o", tmp_path / "two", *FEW)
    assert (first.code, again.code) == (0, 0)
    one, two = (wordloom.load(tmp_path / folder).vectors for folder in ("one", "two"))
    assert one.tobytes() == two.tobytes()
    message = refused(*command, counts, "-o", tmp_path / "three", "--min-count", 2)
    assert "A folder of counts keeps what it was made with" in message
    assert "--min-count" in message
    message = refused(*command, counts, "-o", tmp_path / "three", "--window", 2)
    assert "the same window" in message


@pytest.mark.parametrize("name", COUNTING)
def test_counts_inside_the_embedding_are_refused_before_work_begins(refused, text, tmp_path, name):
    for counts in (tmp_path / "v", tmp_path / "v" / "counts"):
        message = refused("train", name, text, "-o", tmp_path / "v", "--cooccurrences", counts)
        assert "The counts must lie outside the folder of the embedding" in message


def test_folders_that_would_take_others_with_them_are_refused(refused, text, tmp_path):
    inner, outer = tmp_path / "work" / "inner", tmp_path / "work"
    command = ("train", "glove", text)
    message = refused(*command, "-o", inner, "--corpus", outer)
    assert "The embedding must lie outside the folder of the corpus" in message
    message = refused(*command, "-o", inner, "--cooccurrences", outer)
    assert "The embedding must lie outside the folder of the counts" in message
    for corpus, counts in ((inner, outer), (outer, inner), (inner, inner)):
        message = refused(
            *command, "-o", tmp_path / "v", "--corpus", corpus, "--cooccurrences", counts
        )
        assert "must lie outside the folder of the" in message


def test_a_folder_of_counts_is_no_text_for_the_others(run, refused, text, tmp_path):
    run("train", "glove", text, "-o", tmp_path / "g", "--cooccurrences", tmp_path / "counts", *TINY)
    refused("train", "skipgram", tmp_path / "counts", "-o", tmp_path / "v", *FEW)


@pytest.fixture
def general(run, write, tmp_path):
    """An embedding of general words, split at spaces."""
    text = write("general.txt", "A dry Wine and a dry bar.\n" * 20)
    answer = run(
        "train", "skipgram", text, "-o", tmp_path / "general", *TINY, "--subsample", 0,
        "--tokenizer", "spaces",
    )  # fmt: skip
    assert answer.code == 0
    return tmp_path / "general"


@pytest.mark.parametrize("name", NAMES)
def test_init_says_how_many_words_are_shared_new_and_kept(run, general, text, tmp_path, name):
    command = ("train", name, text, "-o", tmp_path / "v", "--init", general)
    answer = run(*command, *TINY, *options_for(name))
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("13 words × 4 saved")
    assert lines[1] == "3 words of 'general' trained further, 7 new, 3 kept as they were"
    embedding, init = wordloom.load(tmp_path / "v"), wordloom.load(general)
    assert embedding["Wine"].tobytes() == init["Wine"].tobytes()
    assert embedding.tokenizer.settings() == init.tokenizer.settings()
    answer = run(*command, *TINY, *options_for(name), "--json")
    assert answer.json["init"] == {
        "name": "general", "shared_words": 3, "new_words": 7, "kept_words": 3,
    }  # fmt: skip


def test_init_can_be_where_the_output_goes(run, general, text):
    answer = run("train", "cbow", text, "-o", general, "--init", general, *TINY, "--subsample", 0)
    assert answer.code == 0
    assert len(wordloom.load(general)) == 13


def test_a_tokenizer_that_is_given_wins_over_that_of_init(run, general, text, tmp_path):
    command = ("train", "cbow", text, "-o", tmp_path / "v", "--init", general, "--subsample", 0)
    assert run(*command, *TINY, "--tokenizer", "words").code == 0
    assert wordloom.load(tmp_path / "v").tokenizer.settings() == wordloom.Tokenizer().settings()


def test_an_init_of_another_size_is_refused_before_text_is_read(run, general, text, tmp_path):
    command = ("train", "skipgram", text, "-o", tmp_path / "v", "--init", general)
    answer = run(*command, "--dim", 5)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("wordloom: error: Training goes on with vectors of the same")
    assert "Set dim=4" in answer.err
    assert not (tmp_path / "v").exists()


def test_the_current_folder_can_be_where_the_output_goes(run, text, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    answer = run("train", "skipgram", text, "-o", ".", *TINY, "--subsample", 0)
    assert answer.code == 0
    assert wordloom.load(tmp_path / "here").name == "here"
