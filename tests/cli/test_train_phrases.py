import pytest

import wordloom

FEW = ("--dim", 4, "--epochs", 1, "--threads", 1, "--subsample", 0)


@pytest.fixture
def text(write):
    lines = ["flights to New York today", "a York of a", "is it new in New York"]
    return write("text.txt", "\n".join(lines * 20))


@pytest.mark.parametrize("scoring", [("npmi", 0.5), ("word2phrase", 0.5)])
def test_phrases_are_found_and_known_to_the_embedding(run, text, tmp_path, scoring):
    options = ("--phrases", scoring[0], "--phrase-threshold", scoring[1])
    options += ("--phrase-min-count", 30)
    answer = run("train", "skipgram", text, "-o", tmp_path / "v", *options, *FEW)
    assert "1 phrase: new_york\n" in answer.err
    embedding = wordloom.load(tmp_path / "v")
    assert embedding.embed(["New York"])[0].tolist() == embedding["new_york"].tolist()
    assert "`new_york`" in (tmp_path / "v" / "README.md").read_text("utf-8")
    assert run("neighbors", tmp_path / "v", "new_york").code == 0
    assert "phrases=1" in run("info", tmp_path / "v").out


def test_phrases_are_as_frequent_as_words_have_to_be(run, refused, text, tmp_path):
    train = ("train", "skipgram", text, "-o", tmp_path / "v", *FEW)
    train += ("--phrases", "npmi", "--phrase-threshold", 0.5)
    assert run(*train, "--min-count", 30).code == 0
    phrases = wordloom.load(tmp_path / "v").tokenizer.phrases
    assert {phrase.word for phrase in phrases} == {"new_york"}
    message = refused(*train, "--min-count", 30, "--phrase-min-count", 29)
    assert "--phrase-min-count 29 and --min-count 30" in message


@pytest.mark.parametrize("option", ["--phrase-threshold", "--phrase-min-count", "--phrase-passes"])
def test_options_of_phrases_need_phrases(refused, text, tmp_path, option):
    value = 0 if option == "--phrase-threshold" else 1
    message = refused("train", "cbow", text, "-o", tmp_path / "v", option, value)
    assert f"Received: {option} without it. Add --phrases npmi." in message


def test_standard_input_is_refused_before_it_is_read(refused, tmp_path):
    message = refused("train", "cbow", "-", "-o", tmp_path / "v", "--phrases", "npmi")
    assert "standard input, which is read once" in message
