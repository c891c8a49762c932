"""How long a comparison will still take, from what its jobs took so far."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from wordloom.compare.candidates import CHEAP, MIDDLE, NETWORK
from wordloom.compare.jobs import Job
from wordloom.progress import clock

__all__ = ["TimeLeft", "show_progress"]

# Seconds of a fit before anything is known, by cost: on 5,000 short texts, and on a few.
GUESSES = {CHEAP: (1.0, 0.3), MIDDLE: (15.0, 2.0), NETWORK: (25.0, 6.0)}


class TimeLeft:
    """Counts jobs, and says when stages are done and how much time is left.

    Jobs are of unequal length, so each kind of job (a row, all labels or few) has a mean of its
    own; before it is known, a guess in proportion to how far other guesses were off.

    Args:
        jobs: What is to be done.
        costs: The cost of each row, by its id.
        n_workers: How many jobs are done at once.
    """

    def __init__(self, jobs: Sequence[Job], costs: Mapping[str, int], n_workers: int) -> None:
        self.waiting = {job.id: job for job in jobs}
        self.costs = costs
        self.n_workers = n_workers
        self.n_jobs = len(jobs)
        self.n_done = 0
        self.started = time.monotonic()
        self.guessed = 0.0
        self.stages = max((job.stage for job in jobs), default=0)
        self.reached = min((job.stage for job in jobs), default=0) - 1

    def drop(self, row: str) -> None:
        """Forget the jobs of a row that failed."""
        gone = [id for id, job in self.waiting.items() if job.row == row]
        for id in gone:
            del self.waiting[id]
        self.n_jobs -= len(gone)

    def done(self, job: Job) -> int | None:
        """Note a finished job; return the stage that is done with it, or None."""
        if self.waiting.pop(job.id, None) is not None:
            self.n_done += 1
            self.guessed += self.guess(job)
        stage = min((other.stage for other in self.waiting.values()), default=self.stages + 1) - 1
        if stage <= self.reached:
            return None
        self.reached = stage
        return stage

    def guess(self, job: Job) -> float:
        """Return the seconds that a job is thought to take."""
        return GUESSES[self.costs[job.row]][0 if job.labels is None else 1]

    def seconds(self) -> float | None:
        """Return the seconds left; None before anything is known."""
        if not self.guessed:
            return None
        passed = time.monotonic() - self.started
        return sum(map(self.guess, self.waiting.values())) * passed / self.guessed

    def note(self) -> str:
        """Return what is done, at which rate, and how much time is left."""
        passed = time.monotonic() - self.started
        parts = [f"{self.n_done} of {self.n_jobs} fits", clock(passed)]
        left = self.seconds()
        if self.n_done:
            parts.insert(1, f"{self.n_done / max(passed, 1e-9):.1f} fits/s")
        if left is not None and self.waiting:
            parts.append(f"about {clock(left)} left")
        return ", ".join(parts)


@contextmanager
def show_progress(left: TimeLeft, *, show: bool) -> Iterator[Callable[[], None]]:
    """Show a progress bar on stderr while the block runs.

    Args:
        left: What counts the jobs.
        show: False shows nothing.

    Yields:
        A function that moves the bar to where the jobs are.
    """
    if not show:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    class Note(ProgressColumn):
        """Counts, rate and time."""

        def render(self, task: Task) -> Text:
            return Text(left.note(), style="cyan")

    with Progress(
        TextColumn("Comparing"), BarColumn(), Note(), console=Console(stderr=True)
    ) as bars:
        task = bars.add_task("", total=left.n_jobs)
        yield lambda: bars.update(task, completed=left.n_done, total=left.n_jobs)
