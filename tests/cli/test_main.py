import errno
import json
import re
import subprocess
import sys
import time
import warnings

import pytest

import wordloom
from wordloom.cli import data
from wordloom.cli.main import build_parser, main
from wordloom.cli.options import HelpFormatter, print_json, whole_number
from wordloom.errors import DataWarning, FormatError

VERBS = ("demo", "train", "info", "neighbors", "similarity", "heatmap", "embed", "classify", "data")


def test_help_lists_every_verb(run):
    answer = run("--help")
    assert answer.code == 0
    for verb in VERBS:
        assert f"\n    {verb} " in answer.out


def test_version(run):
    assert run("--version").out == f"wordloom {wordloom.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["no-such-verb"], ["train"], ["classify", "fit"]])
def test_wrong_usage_exits_with_2(refused, arguments):
    assert refused(*arguments).startswith("wordloom")


def parsers_of(parser):
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for child in action.choices.values():
                yield child
                yield from parsers_of(child)


def test_every_verb_explains_all_its_arguments_and_takes_json():
    parsers = list(parsers_of(build_parser()))
    assert len(parsers) > len(VERBS)
    for parser in parsers:
        assert parser.formatter_class is HelpFormatter
        assert parser.description[-1] in ".?"
        if parser.get_default("run"):
            assert parser.get_default("json") is False
            assert all(action.help for action in parser._actions)
        text = parser.format_help()
        assert "default: None" not in text
        assert "default: False" not in text


def test_help_shows_the_defaults_of_an_algorithm(run):
    for algorithm, rate in (("skipgram", 0.025), ("cbow", 0.05)):
        text = " ".join(run("train", algorithm, "-h").out.split())
        assert f"it falls to nearly 0 (default: {rate})" in text


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x.npy"), 2, "No space left.*free space"),
        (KeyboardInterrupt(), 2, "Interrupted"),
        (MemoryError(), 1, "not enough memory"),
    ],
)
def test_what_goes_wrong_on_the_way_is_one_message(monkeypatch, capsys, error, code, message):
    def fail(options):
        raise error

    monkeypatch.setattr(data, "run_list", fail)
    assert main(["data", "list"]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(message, line)


def test_a_bug_of_our_own_is_not_hidden(monkeypatch):
    def fail(options):
        raise ZeroDivisionError

    monkeypatch.setattr(data, "run_list", fail)
    with pytest.raises(ZeroDivisionError):
        main(["data", "list"])


def test_warnings_about_the_data_are_notes_and_others_are_dropped(monkeypatch, capsys):
    def warn(options):
        warnings.warn("look here", DataWarning, stacklevel=1)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("for developers", UserWarning, stacklevel=1)

    monkeypatch.setattr(data, "run_list", warn)
    assert main(["data", "list"]) == 0
    assert capsys.readouterr().err == "wordloom: note: look here\n"


def test_json_refuses_what_is_not_json():
    with pytest.raises(FormatError, match="finite numbers"):
        print_json({"loss": float("nan")})


def test_whole_numbers_say_their_range(refused, vectors):
    assert whole_number(1)("12") == 12
    for wrong in ("0", "-3", "2.5", "many"):
        message = refused("neighbors", vectors, "cough", "-n", wrong)
        assert f"must be a whole number from 1 to 1,000,000. Received: {wrong}" in message


def test_a_word_that_cannot_be_printed_is_escaped(command, vectors):
    # A byte that is not UTF-8, as the shell hands it on.
    arguments = [*command, "similarity", str(vectors), "cough", b"cough \xff", "--json"]
    done = subprocess.run(arguments, capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout)["items"] == ["cough", "cough \udcff"]


def test_help_answers_at_once():
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "wordloom", "--help"], check=True, capture_output=True
        )
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.3
