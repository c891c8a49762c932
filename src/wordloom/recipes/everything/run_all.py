"""All published experiments, with one page that leads to them.

What is done stays: the next run goes on where one was interrupted.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wordloom.errors import InputError
from wordloom.markup import duration
from wordloom.output import check_writable, explained
from wordloom.recipes.everything.crew import WORKER, Crew, Say
from wordloom.recipes.everything.jobs import EXPERIMENTS, RECORD, Job
from wordloom.recipes.index_page import Entry, write_index
from wordloom.recipes.reading import READINGS, Reading, check_reading

__all__ = ["Done", "run_all"]


@dataclass(frozen=True)
class Done:
    """What came of all experiments.

    Attributes:
        index: The page that leads to them.
        entries: What it shows, in its order.
        failed: The experiments that failed.
        kept: Those that an earlier run had done.
        seconds: Wall-clock seconds of this run.
    """

    index: Path
    entries: tuple[Entry, ...]
    failed: tuple[str, ...]
    kept: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, object]:
        """Return everything as what JSON knows."""
        return asdict(self) | {"index": str(self.index)}

    def summary(self) -> list[str]:
        """Return the result as lines for people."""
        lines = []
        for entry in self.entries:
            lines += [f"{entry.title} ({duration(entry.seconds)})"]
            if entry.error is not None:
                lines.append(f"  failed: {entry.error}")
            for figure in entry.figures:
                beside = f", published {figure.published}" if figure.published else ""
                lines.append(f"  {figure.name}: {figure.ours}{beside}")
            lines.append("")
        return [*lines, f"All in {duration(self.seconds)}. The index: {self.index}"]


def run_all(
    folder: Path,
    *,
    readings: Sequence[Reading] = READINGS,
    names: Sequence[str] = tuple(EXPERIMENTS),
    n_workers: int | None = None,
    command: Sequence[str] = WORKER,
    say: Say = lambda line: None,
) -> Done:
    """Run the experiments that are not done yet, and write the page that leads to all.

    Args:
        folder: Where ``index.html`` goes and, for each experiment, a folder such as
            ``cord19-published/``.
        readings: How the experiments are done.
        names: Which of `EXPERIMENTS` are done.
        n_workers: How many run at a time; None takes one for each processor.
        command: What starts an experiment; see `wordloom.recipes.everything.worker`.
        say: Is told, in a line, what is being done, and how much time is left.

    Returns:
        What came of them. One that failed says so; the others go on.

    Raises:
        InputError: A name or reading is unknown, or the folder cannot be written.
    """
    for reading in readings:
        check_reading(reading)
    if not names or not readings or not set(names) <= set(EXPERIMENTS):
        raise InputError(
            f"The experiments are {', '.join(EXPERIMENTS)}, and are read in one way at least. "
            f"Received: {', '.join(names)}, and {len(readings)} readings."
        )
    check_writable(folder / "index.html", make_folders=True)
    with explained(folder, "the experiments"):
        folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    jobs = [Job(name, reading) for name in names for reading in readings]
    records = {job: record for job in jobs if (record := earlier(folder, job)) is not None}
    kept = tuple(map(str, records))
    for name in kept:
        say(f"{name}: done before, kept")
    waiting = sorted((job for job in jobs if job not in records), key=lambda job: -job.cost)
    crew = Crew(folder, waiting, n_workers, command, say)
    for job, record in crew.records():
        records[job] = record
        # A page that already leads to what is done, while the others go on.
        write_index(
            folder / "index.html", [each.entry(records[each]) for each in jobs if each in records]
        )
    entries = [job.entry(records[job]) for job in jobs]
    write_index(folder / "index.html", entries)
    return Done(
        folder / "index.html",
        tuple(entries),
        tuple(str(job) for job in jobs if records[job].get("error") is not None),
        kept,
        time.perf_counter() - started,
    )


def earlier(folder: Path, job: Job) -> dict[str, Any] | None:
    """Return what an earlier run recorded of an experiment; None where it is to be run."""
    place = folder / job.folder
    try:
        record = json.loads((place / RECORD).read_text("utf-8"))
        complete = (place / "result.json").is_file() and (place / "report.html").is_file()
        usable = complete and record["settings"] == job.settings
        job.entry(record)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if usable else None
