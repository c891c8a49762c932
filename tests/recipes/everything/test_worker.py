import json
import subprocess

import pytest

from wordloom.recipes.cord19 import experiment
from wordloom.recipes.everything import worker
from wordloom.recipes.everything.crew import WORKER
from wordloom.recipes.page import Figure


def test_an_order_is_run_as_the_command_line_does(monkeypatch, tmp_path):
    asked = {}

    class Result:
        def figures(self):
            return [Figure("accuracy", "0.788", "0.79")]

    def run(**settings):
        asked.update(settings)
        return Result()

    monkeypatch.setattr(experiment, "run", run)
    figures = worker.run_one("cord19", "corrected", tmp_path, print)
    assert figures[0].ours == "0.79"
    assert asked == {"reading": "corrected", "folder": tmp_path, "say": print}


@pytest.fixture
def started():
    """Starts the worker with an order."""

    def start(**order):
        return subprocess.Popen(
            [*WORKER, json.dumps({"processors": [], **order})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def test_what_goes_wrong_is_answered_in_a_line(started, tmp_path):
    with started(name="cord19", reading="wrong", folder=str(tmp_path)) as process:
        (line,) = process.stdout.read().splitlines()
        assert "published or corrected" in json.loads(line)["error"]
        assert process.wait() == 1
        assert "Traceback" not in process.stderr.read()


def test_the_worker_ends_when_nobody_waits(started, tmp_path):
    (tmp_path / "papers").mkdir()
    with started(name="keywords", reading="published", folder=str(tmp_path / "out")) as process:
        _, errors = process.communicate()
        assert process.returncode in (1, 2)
        assert "Traceback" not in errors
