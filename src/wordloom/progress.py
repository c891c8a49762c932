"""Progress bars with rate and time left, on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Advance", "progress_bar"]


class Advance(Protocol):
    """Tells a progress bar how far the work has come."""

    def __call__(self, done: float, note: str = "") -> None:
        """Show how much is done so far, in the bar's unit, and a note behind the title."""


@contextmanager
def progress_bar(title: str, total: float | None, unit: str, *, show: bool) -> Iterator[Advance]:
    """Show a progress bar on stderr while the block runs.

    Args:
        title: What is being done, as in "Training".
        total: How much there is to do; None when it is not known.
        unit: What is counted: "bytes", "words", "documents"; printed with the rate.
        show: False shows nothing, so that library code need not branch.

    Yields:
        A function that takes how much is done so far (a running total, not a step).

    Example:
        >>> with progress_bar("Counting", 3, "words", show=False) as advance:
        ...     advance(3)
    """
    if not show:
        yield lambda done, note="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    class Figures(ProgressColumn):
        """The rate, the time taken and the time left."""

        def render(self, task: Task) -> Text:
            # `elapsed` stands still when the task is finished.
            return Text(figures(task.completed, total, task.elapsed or 0.0, unit), style="cyan")

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%" if total else ""),
        Figures(),
        console=Console(stderr=True),
    ) as bars:
        task = bars.add_task(title, total=total)

        def advance(done: float, note: str = "") -> None:
            bars.update(task, completed=done, description=f"{title}: {note}" if note else title)

        yield advance
        done = bars.tasks[0].completed if total is None else total
        bars.update(task, total=done, completed=done)


def figures(done: float, total: float | None, seconds: float, unit: str) -> str:
    """Return the mean rate since the start, the time taken and the time left.

    Args:
        done: How much is done so far.
        total: How much there is to do; None when it is not known.
        seconds: The time taken so far.
        unit: What is counted.

    Example:
        >>> figures(5e6, 2e7, 10, "bytes"), figures(3000, None, 2, "words")
        ('500.0 kB/s 0:10, 0:30 left', '1,500 words/s 0:02')
        >>> figures(7200, 7200, 3600, "words")
        '2 words/s 1:00:00'
    """
    rate = done / seconds if seconds > 0 else 0.0
    if unit == "bytes":
        from rich.filesize import decimal

        parts = [f"{decimal(int(rate))}/s"]
    else:
        parts = [f"{rate:,.0f} {unit}/s"]
    parts.append(clock(seconds))
    if total is not None and 0 < done < total:
        parts[-1] += f", {clock((total - done) / rate)} left" if rate else ""
    return " ".join(parts)


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
