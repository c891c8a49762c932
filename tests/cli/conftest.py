import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from wordloom.cli.main import main

TOPICS = {
    "sport": ["match", "goal", "team", "player", "coach", "league", "score"],
    "health": ["cough", "fever", "doctor", "virus", "nurse", "clinic", "pain"],
}

CHILD = (
    # Unlike a terminal's child, one of a test may have been told to ignore Ctrl-C.
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from wordloom.cli.main import main; sys.exit(main())"
)


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one object on standard output, which must be strict JSON."""

        def refuse(constant):
            raise AssertionError(f"{constant} is not JSON")

        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        value = json.loads(self.out, parse_constant=refuse)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def run(capsys):
    """Runs the command line in this process."""

    def run(*arguments):
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def refused(run, tmp_path):
    """Runs what must fail: with exit code 2, one line that says why, and nothing written."""

    def refused(*arguments, code=2):
        before = snapshot(tmp_path)
        answer = run(*arguments)
        assert answer.code == code
        assert answer.out == ""
        assert "Traceback" not in answer.err
        assert snapshot(tmp_path) == before
        message = answer.err.splitlines()[-1]
        assert "error: " in message
        return message

    return refused


def snapshot(folder):
    return {
        path.relative_to(folder): None if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Labelled texts of two topics, vectors trained on them, a classifier; not to be changed."""
    folder = tmp_path_factory.mktemp("shared")
    random = np.random.default_rng(0)
    rows = ["text,label"]
    for index in range(120):
        topic = list(TOPICS)[index % 2]
        rows.append(f"{' '.join(random.choice(TOPICS[topic], 8))},{topic}")
    (folder / "topics.csv").write_text("\n".join(rows) + "\n")
    table, vectors = str(folder / "topics.csv"), str(folder / "vectors")
    training = ["train", "skipgram", table, "-o", vectors, "--dim", "8", "--threads", "1"]
    assert main([*training, "--epochs", "5", "--subsample", "0", "--learning-rate", "0.2"]) == 0
    fitted = ["classify", "fit", table, "-e", vectors, "-o", str(folder / "classifier")]
    assert main(fitted) == 0
    return folder


@pytest.fixture
def vectors(shared):
    return shared / "vectors"


@pytest.fixture
def table(shared):
    return shared / "topics.csv"


@pytest.fixture
def command():
    """The command line as a process of its own."""
    return [sys.executable, "-c", CHILD]


@pytest.fixture
def write(tmp_path):
    """Writes a file of the given content and returns its path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
