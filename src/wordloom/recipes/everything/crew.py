"""Processes that run experiments, each with its share of the processors.

Several experiments beside each other, with few threads each, are done sooner than one after the
other with all.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from signal import SIGINT
from typing import Any, Final

from wordloom.errors import InputError
from wordloom.markup import duration
from wordloom.output import new_file
from wordloom.parallel import processor_count
from wordloom.recipes.everything.jobs import RECORD, Job

__all__ = ["WORKER", "Crew", "Say"]

Say = Callable[[str], None]

WORKER: Final = (sys.executable, "-m", "wordloom.recipes.everything.worker")
"""What starts an experiment."""

PATIENCE: Final = 10.0
"""Seconds that an interrupted experiment has to tidy up."""


class Crew:
    """Processes that run experiments, each with its share of the processors.

    Args:
        folder: Where the experiments' folders are.
        jobs: The experiments, in the order in which they begin.
        n_workers: How many run at a time; None takes one for each processor.
        command: What starts one.
        say: Is told what happens.
    """

    def __init__(
        self,
        folder: Path,
        jobs: Sequence[Job],
        n_workers: int | None,
        command: Sequence[str],
        say: Say,
    ) -> None:
        self.folder = folder
        self.jobs = list(jobs)
        self.command = [*command]
        self.say = say
        self.n_workers = max(1, min(n_workers or processor_count(), len(jobs)))
        self.shares: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
        for share in processor_shares(self.n_workers):
            self.shares.put(share)
        self.lock = threading.Lock()
        self.running: dict[Job, subprocess.Popen[str]] = {}
        self.stopped = False

    def records(self) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Run all; yield each experiment with its record, as they are done."""
        taken = expected = 0.0
        left = sum(job.cost for job in self.jobs)
        if self.jobs:
            self.say(
                f"Experiments to run: {len(self.jobs)}, {self.n_workers} at a time; about "
                f"{duration(left / self.n_workers)} left"
            )
        with ThreadPoolExecutor(self.n_workers) as pool:
            futures = {pool.submit(self.run, job): job for job in self.jobs}
            try:
                for number, future in enumerate(as_completed(futures), 1):
                    job, record = futures[future], future.result()
                    taken, expected = taken + record["seconds"], expected + job.cost
                    left -= job.cost
                    rest = left * taken / expected / self.n_workers
                    self.say(
                        f"{job}: {record['error'] or 'done'} ({duration(record['seconds'])}); "
                        f"{number} of {len(futures)}, about {duration(rest)} left"
                    )
                    yield job, record
            finally:
                for future in futures:
                    future.cancel()
                self.stop()

    def run(self, job: Job) -> dict[str, Any]:
        """Run one experiment and return its record, which is kept if it did not fail."""
        share = self.shares.get()
        started = time.perf_counter()
        answer: dict[str, Any] = {}
        try:
            with self.start(job, share) as process:
                assert process.stdout is not None  # noqa: S101
                for line in process.stdout:
                    answer = json.loads(line)
                    if "say" in answer:
                        self.say(f"{job}: {answer['say']}")
            code = process.returncode
        finally:
            with self.lock:
                self.running.pop(job, None)
            self.shares.put(share)
        if "figures" not in answer and "error" not in answer:
            answer = {"error": f"Its process ended with code {code}. Run it by itself."}
        record = {
            "settings": job.settings,
            "figures": answer.get("figures", []),
            "seconds": time.perf_counter() - started,
            "error": answer.get("error"),
        }
        if record["error"] is None:
            with new_file(self.folder / job.folder / RECORD, "the record") as aside:
                aside.write_text(json.dumps(record), "utf-8")
        return record

    def start(self, job: Job, share: Sequence[int]) -> "subprocess.Popen[str]":
        """Start the process of an experiment."""
        order = {
            "name": job.name,
            "reading": job.reading,
            "folder": str(self.folder / job.folder),
            "processors": [*share],
        }
        with self.lock:
            if self.stopped:
                raise InputError("The experiments were stopped. Run them again.")
            process = subprocess.Popen(  # noqa: S603 (our own module)
                [*self.command, json.dumps(order)],
                # It ends when this pipe does: with us, whatever happens to us.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                # Ctrl-C is for us: we end the experiments.
                start_new_session=True,
            )
            self.running[job] = process
        return process

    def stop(self) -> None:
        """Interrupt what still runs, and wait until it has tidied up."""
        with self.lock:
            self.stopped = True
            running = list(self.running.values())
        for process in running:
            process.send_signal(SIGINT)
        for process in running:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def processor_shares(n_workers: int) -> list[list[int]]:
    """Return the processors of each worker; nothing where a process cannot be kept to any.

    Example:
        >>> len(processor_shares(2))
        2
    """
    if not hasattr(os, "sched_getaffinity"):
        return [[] for _ in range(n_workers)]
    allowed = sorted(os.sched_getaffinity(0))
    return [
        allowed[place::n_workers] or [allowed[place % len(allowed)]] for place in range(n_workers)
    ]
