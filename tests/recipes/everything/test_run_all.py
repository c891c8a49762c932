import json
import os
import signal
import subprocess
import sys
import time

import pytest

from wordloom.errors import InputError
from wordloom.recipes.everything.crew import processor_shares
from wordloom.recipes.everything.jobs import SECONDS, Job
from wordloom.recipes.everything.run_all import run_all

STUB = """
import json, pathlib, sys
order = json.loads(sys.argv[1])
folder = pathlib.Path(order["folder"])
folder.mkdir(exist_ok=True)
print(json.dumps({"say": "Reading"}), flush=True)
if order["name"] == "bbc":
    print(json.dumps({"error": "No articles."}))
elif order["name"] == "imdb":
    sys.exit(3)
else:
    for file in ("result.json", "report.html"):
        (folder / file).write_text("{}")
    figure = {"name": "accuracy", "published": "0.788", "ours": "0.79", "note": ""}
    print(json.dumps({"figures": [figure]}))
"""
COMMAND = (sys.executable, "-c", STUB)


def test_an_experiment_that_fails_says_so_and_the_others_go_on(tmp_path):
    told = []
    done = run_all(
        tmp_path / "all", readings=["published"], command=COMMAND, n_workers=2, say=told.append
    )
    assert [entry.name for entry in done.entries] == ["cord19", "keywords", "bbc", "imdb"]
    assert done.failed == ("bbc, as published", "imdb, as published")
    assert done.entries[2].error == "No articles."
    assert "code 3" in done.entries[3].error
    assert done.entries[0].figures[0].ours == "0.79"
    page = (tmp_path / "all" / "index.html").read_text()
    assert '<a href="cord19-published/report.html">' in page
    assert "No articles." in page
    assert '<a href="bbc-published' not in page
    assert "cord19, as published: Reading" in told
    assert sum("4 of 4" in line for line in told) == 1
    summary = "\n".join(done.summary())
    assert "accuracy: 0.79, published 0.788" in summary
    assert json.loads(json.dumps(done.to_json()))["failed"] == [*done.failed]


def test_what_is_done_is_not_done_again(tmp_path):
    settings = {"names": ["cord19", "keywords"], "command": COMMAND, "n_workers": 1}
    run_all(tmp_path, readings=["published"], **settings)
    (tmp_path / "keywords-published" / "report.html").unlink()
    again = run_all(tmp_path, **settings)
    assert again.kept == ("cord19, as published",)
    assert len(again.entries) == 4
    assert not again.failed
    assert len(run_all(tmp_path, **settings).kept) == 4
    # A record of other settings, or a damaged one, is not taken.
    for content in ('{"settings": {}, "seconds": 1}', "[]", '{"seconds":'):
        (tmp_path / "cord19-published" / "entry.json").write_text(content)
        once_more = run_all(tmp_path, **settings)
        assert "cord19, as published" not in once_more.kept
        assert len(once_more.kept) == 3


def test_what_is_unknown_is_refused(tmp_path):
    with pytest.raises(InputError, match="cord19, keywords, bbc, imdb"):
        run_all(tmp_path, names=["glove"])
    with pytest.raises(InputError, match="published or corrected"):
        run_all(tmp_path, readings=["improved"])


def test_every_experiment_has_a_cost_and_workers_share_the_processors():
    assert {Job(name, reading).cost for name, reading in SECONDS} == {*SECONDS.values()}
    if hasattr(os, "sched_getaffinity"):
        allowed = os.sched_getaffinity(0)
        assert set().union(*map(set, processor_shares(2))) == allowed
        assert all(processor_shares(len(allowed) + 3))


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals of POSIX")
def test_an_interrupted_run_ends_its_experiments(tmp_path):
    stub = 'import os, time; print(\'{"say": "%d"}\' % os.getpid(), flush=True); time.sleep(60)'
    parent = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from pathlib import Path; from wordloom.recipes.everything.run_all import run_all;"
        f"run_all(Path({str(tmp_path)!r}), command=({sys.executable!r}, '-c', {stub!r}),"
        "n_workers=1, say=lambda line: print(line, flush=True))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert "8, 1 at a time; about" in process.stdout.readline()
    child = int(process.stdout.readline().split()[-1])
    process.send_signal(signal.SIGINT)
    process.wait(20)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the experiment still runs")
    process.stdout.close()
