"""Progress bars with rate and time left, on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Advance", "progress_bar"]

Advance = Callable[[float], None]
"""Tells a progress bar how much is done so far, in the bar's unit."""


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
        yield lambda done: None
        return
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many units a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed or 0.0
            amount = decimal(int(speed)) if unit == "bytes" else f"{speed:,.0f} {unit}"
            return Text(f"{amount}/s", style="cyan")

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%" if total else ""),
        Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bars:
        task = bars.add_task(title, total=total)
        yield lambda done: bars.update(task, completed=done)
        if total is not None:
            bars.update(task, completed=total)
