import os
import signal
import subprocess
import time

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles")


@pytest.fixture
def start(command, tmp_path, monkeypatch):
    """Starts the command line with temporary files of its own and standard input held open."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def interrupt(process):
    """Press Ctrl-C; return what was printed until then."""
    process.send_signal(signal.SIGINT)
    # Standard input stays open until the process has ended by itself.
    code = process.wait(30)
    out, err = process.communicate()
    assert code == 2
    assert out == b""
    assert b"Traceback" not in err
    assert err.endswith(b"wordloom: error: Interrupted. Nothing was left half-written.\n")


def left(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_while_a_corpus_is_built(start, tmp_path):
    corpus = tmp_path / "corpus"
    process = start("train", "skipgram", "-", "-o", tmp_path / "v", "--corpus", corpus)
    process.stdin.write(b"a dry cough\n" * 100_000)
    process.stdin.flush()
    wait_until(lambda: list(tmp_path.glob(".corpus-*")))
    interrupt(process)
    assert left(tmp_path) == ["temporary"]


def test_while_an_embedding_is_trained(start, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("a dry cough and a high fever\n" * 1000)
    process = start("train", "skipgram", text, "-o", tmp_path / "v", "--epochs", 1_000_000)
    for line in process.stderr:
        if b"rarer words left out" in line:
            break
    assert left(tmp_path / "temporary")
    time.sleep(0.3)
    interrupt(process)
    assert left(tmp_path) == ["temporary", "text.txt"]


def test_while_texts_are_embedded(start, tmp_path, vectors):
    process = start("embed", vectors, "-", "-o", tmp_path / "v.npy")
    wait_until(lambda: list(tmp_path.glob(".v.npy*")))
    interrupt(process)
    assert left(tmp_path) == ["temporary"]
