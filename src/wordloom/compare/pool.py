"""Worker processes, one for each processor: they take tasks, and are replaced when they die.

A process and not a thread for each, because a classifier that runs out of memory, or a library that
crashes, ends a process; and because networks and linear models hold Python's lock at times.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

from wordloom.parallel import processor_count

__all__ = ["Outcome", "Pool", "worker_count"]

MOST_WORKERS = 8

Outcome = tuple[str, dict[str, Any] | None, str | None]
"""A task's id, its result, or else why there is none."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
"""What keeps the libraries of a worker to one thread, where it cannot be kept to one processor."""

WORKER = (sys.executable, "-m", "wordloom.compare.worker")


def worker_count() -> int:
    """Return how many workers this machine is good for.

    Example:
        >>> 1 <= worker_count() <= 8
        True
    """
    return min(processor_count(), MOST_WORKERS)


class Pool:
    """Worker processes that answer tasks.

    Args:
        setup: What each worker is told first, as what JSON knows.
        n_workers: How many there are.
        command: What starts one.

    Example:
        >>> with Pool({}, 1, (sys.executable, "-c", "print(input() + input())")) as pool:
        ...     outcomes = pool.run([("a", lambda: {"do": 1})])
        ...     next(outcomes)[0]
        'a'
    """

    def __init__(
        self,
        setup: Mapping[str, Any],
        n_workers: int | None = None,
        command: Sequence[str] = WORKER,
    ) -> None:
        self.setup = dict(setup)
        self.n_workers = n_workers or worker_count()
        self.command = list(command)
        self.processes: dict[int, subprocess.Popen[str]] = {}
        self.outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self.lock = threading.Lock()
        self.closed = False

    def __enter__(self) -> "Pool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, in the middle of their tasks if need be."""
        with self.lock:
            self.closed = True
            running = list(self.processes.values())
            self.processes.clear()
        for process in running:
            process.kill()
            end(process)

    def run(self, tasks: Sequence[tuple[str, Callable[[], Mapping[str, Any] | None]]]) -> Any:  # noqa: ANN401
        """Yield the outcomes of tasks as they come.

        Args:
            tasks: The id of each task, and what makes it when its turn comes; one that is then None
                is passed over.

        Yields:
            Each `Outcome`.
        """
        waiting = list(reversed(tasks))
        busy = [
            threading.Thread(target=self.serve, args=(place, waiting), daemon=True)
            for place in range(min(self.n_workers, len(tasks)))
        ]
        for thread in busy:
            thread.start()
        n_left = len(tasks)
        while n_left:
            outcome = self.outcomes.get()
            n_left -= 1
            if outcome[1] is not None or outcome[2] is not None:
                yield outcome
        for thread in busy:
            thread.join()

    def serve(
        self,
        place: int,
        waiting: list[tuple[str, Callable[[], Mapping[str, Any] | None]]],
    ) -> None:
        """Give one worker a task after another; run in a thread of its own."""
        while True:
            with self.lock:
                if self.closed or not waiting:
                    return
                name, make = waiting.pop()
                task = make()
            if task is None:
                self.outcomes.put((name, None, None))
                continue
            self.outcomes.put((name, *self.ask(place, task)))

    def ask(self, place: int, task: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
        """Let a worker do a task; return the result, or why there is none."""
        try:
            process = self.worker(place)
            streams = process.stdin, process.stdout
            assert streams[0] and streams[1]  # noqa: S101
            send(streams[0], task)
            line = streams[1].readline()
            if line.endswith("\n"):
                answer = json.loads(line)
                return answer.get("result"), answer.get("error")
        except (OSError, ValueError):
            pass
        return None, self.bury(place)

    def worker(self, place: int) -> "subprocess.Popen[str]":
        """Return a worker, started if there is none."""
        with self.lock:
            process = self.processes.get(place)
            if process is not None:
                return process
            if self.closed:
                raise OSError
            process = subprocess.Popen(  # noqa: S603 (our own module)
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={**os.environ, **ONE_THREAD},
                # Ctrl-C is for us: we end the workers.
                start_new_session=True,
            )
            self.processes[place] = process
        assert process.stdin  # noqa: S101
        send(process.stdin, {**self.setup, "processor": processor(place)})
        return process

    def bury(self, place: int) -> str:
        """Forget a worker that has died; return what is known of its end."""
        with self.lock:
            process = self.processes.pop(place, None)
        if process is None:
            return "The worker was ended."
        end(process)
        code = process.returncode
        if code == -9:
            return (
                "Its process was killed, most likely for want of memory. Use shorter vectors or "
                "fewer texts (--max-texts)."
            )
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        return f"Its process crashed {how}. The file may be damaged: try it by itself."


def send(stream: IO[str], content: Mapping[str, Any]) -> None:
    """Write one line."""
    stream.write(json.dumps(content) + "\n")
    stream.flush()


def processor(place: int) -> int | None:
    """Return the processor that a worker keeps to; None where a process cannot be kept to one."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[place % len(allowed)]


def end(process: "subprocess.Popen[str]") -> None:
    """End a process, whatever it does."""
    # Its exit code tells more if it has died by itself: closing its pipes takes it a moment.
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
