import os
import sys
import threading
import time
from pathlib import Path

import pytest

from wordloom.compare.pool import Pool

COMMAND = (sys.executable, "-S", str(Path(__file__).with_name("fake_worker.py")))


@pytest.fixture
def pool():
    with Pool({"name": "toy"}, 2, COMMAND) as pool:
        yield pool


def outcomes(pool, **tasks):
    return {
        name: (result, error)
        for name, result, error in pool.run([(name, lambda t=t: t) for name, t in tasks.items()])
    }


def test_tasks_are_answered_by_workers_that_know_the_setup(pool):
    found = outcomes(pool, **{f"task{number}": {"number": number} for number in range(20)})
    assert len(found) == 20
    for number in range(20):
        result, error = found[f"task{number}"]
        assert error is None
        assert (result["task"], result["setup"]) == ({"number": number}, "toy")
    assert len({result["pid"] for result, _ in found.values()}) <= 2


def test_workers_stay_for_the_next_tasks(pool):
    first, _ = outcomes(pool, a={})["a"]
    again = {result["pid"] for result, _ in outcomes(pool, b={}).values()}
    assert first["pid"] in again


def test_a_task_that_fails_says_why(pool):
    found = outcomes(pool, good={}, bad={"fail": True})
    assert found["bad"] == (None, "It failed.")
    assert found["good"][1] is None


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_dead_worker_is_replaced_and_only_its_task_is_lost(pool):
    tasks = {f"task{number}": {} for number in range(6)}
    found = outcomes(pool, killed={"die": "killed"}, crashed={"die": "itself"}, **tasks)
    assert "memory" in found["killed"][1]
    assert "with code 3" in found["crashed"][1]
    assert all(found[name][1] is None for name in tasks)


def test_a_task_that_is_not_wanted_any_more_is_passed_over(pool):
    found = list(pool.run([("a", lambda: None), ("b", dict)]))
    assert [name for name, _, _ in found] == ["b"]


def test_a_worker_that_cannot_start_is_an_error_of_its_task():
    with Pool({}, 1, (sys.executable, "-S", "-c", "")) as pool:
        _, error = outcomes(pool, a={})["a"]
    assert "crashed with code 0" in error


def test_workers_end_with_the_pool():
    with Pool({"name": "toy"}, 1, COMMAND) as pool:
        process = int(outcomes(pool, a={})["a"][0]["pid"])
        (worker,) = pool.processes.values()
        assert worker.pid == process
        assert worker.poll() is None
    assert worker.poll() is not None


def test_closing_does_not_wait_for_a_task():
    sleeper = (sys.executable, "-S", "-c", "import time; time.sleep(60)")
    with Pool({}, 1, sleeper) as pool:
        waiting = threading.Thread(target=lambda: list(pool.run([("a", dict)])))
        waiting.start()
        while not pool.processes:
            time.sleep(0.01)
        started = time.monotonic()
    waiting.join(10)
    assert not waiting.is_alive()
    assert time.monotonic() - started < 10
