import json
import os
import signal
import subprocess
import time

import pytest

from wordloom.compare import pool
from wordloom.compare import run as comparing
from wordloom.compare.candidates import CHEAP, list_candidates


def test_the_table_is_shown_as_it_grows(run, table, vectors, tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "worker_count", lambda: 1)
    cheap = [each for each in list_candidates(["vectors"]) if each.cost == CHEAP]
    monkeypatch.setattr(comparing, "list_candidates", lambda *_, **__: cheap)
    out = tmp_path / "out"
    answer = run("compare", table, "-e", vectors, "--out", out, "--quick", "--folds", 2)
    assert answer.code == 0
    assert "Not every fold is judged yet" in answer.err
    assert "TF-IDF, linear SVM" in answer.out
    assert "← recommended" in answer.out
    assert "\nRecommended: " in answer.out
    assert f"The report: {out}/report.html" in answer.out


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole consoles")
def test_an_interrupted_comparison_goes_on(command, run, table, vectors, tmp_path, monkeypatch):
    out = tmp_path / "out"
    one_processor = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
    if hasattr(os, "sched_setaffinity"):
        command[-1] = one_processor + command[-1]
    arguments = [*command, "compare", table, "-e", vectors, "--out", out, "--quick", "--folds", "2"]
    words = list(map(str, arguments))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    jobs, end = out / "jobs.jsonl", time.monotonic() + 120
    while not jobs.exists() or jobs.read_bytes().count(b"\n") < 3:
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    printed, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert printed == b""
    assert b"Traceback" not in err
    assert b"Interrupted. What was finished is kept in" in err.splitlines()[-1]
    finished = jobs.read_bytes()
    assert finished.count(b"\n") >= 3
    # As if it had been killed in the middle of a line.
    with jobs.open("ab") as file:
        file.write(b'{"job": "tfid')
    monkeypatch.setattr(pool, "worker_count", lambda: 1)
    answer = run(*words[len(command) :], "--json").json
    assert answer["complete"]
    assert answer == json.loads((out / "comparison.json").read_text())
    assert jobs.read_bytes().startswith(finished)
    assert len({json.loads(line).get("job") for line in jobs.read_text().splitlines()}) == len(
        jobs.read_text().splitlines()
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--label-column", "topic"), "topic"),
        (("--folds", "1"), "from 2 to 100"),
        (("--test", "nowhere.csv"), "does not exist"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    refused, table, vectors, tmp_path, arguments, message
):
    out = tmp_path / "out"
    assert message in refused("compare", table, "-e", vectors, "--out", out, *arguments)


def test_one_label_is_refused(refused, write, vectors, tmp_path):
    one = write("one.csv", "text,label\na,x\nb,x\n")
    message = refused("compare", one, "-e", vectors, "--out", tmp_path / "out")
    assert "at least two labels" in message


def test_embeddings_are_needed(refused, table, tmp_path):
    assert "-e" in refused("compare", table, "--out", tmp_path / "out")
