"""The folder of a comparison: what its files are called, and what may be written where."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wordloom.compare.journal import FORMAT
from wordloom.compare.page import write_page
from wordloom.compare.result import Comparison
from wordloom.errors import InputError
from wordloom.output import explained, new_file

__all__ = [
    "JOBS",
    "MODEL",
    "PAGE",
    "REPORT",
    "VECTORS",
    "own_folder",
    "vectors_folder",
    "write_report",
]

JOBS = "jobs.jsonl"
"""Finished jobs, from which an interrupted comparison goes on."""

REPORT = "comparison.json"
"""All figures; the page is made from them."""

PAGE = "report.html"
"""The report for people."""

MODEL = "model"
"""The recommended model, fitted on all texts."""

VECTORS = "vectors"
"""Embeddings as workers best open them; there only while a comparison runs."""

OURS = {JOBS, REPORT, PAGE, MODEL, VECTORS}


@contextmanager
def own_folder(folder: Path, *, overwrite: bool) -> Iterator[None]:
    """Make a folder, or see that what is in it is an earlier comparison, and keep others out.

    Args:
        folder: Where a comparison is to be written.
        overwrite: Remove an earlier comparison.

    Yields:
        Nothing; another comparison is refused the folder until the block ends (not on Windows).

    Raises:
        InputError: It is a file, holds something else, is in use, or cannot be made.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise InputError(
            f"A comparison is written to a folder. Received: {folder}, a file. Choose another name."
        )
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    # Embeddings alone: a process was killed at the very start.
    if there - {VECTORS} and not is_comparison(folder):
        raise InputError(
            "A comparison is written to a new or empty folder, or goes on in its own. Received: "
            f"{folder}, which holds other files. Choose another name."
        )
    with explained(folder, "the comparison"):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        with explained(folder, "the comparison"):
            for name in there & OURS if overwrite else ():
                path = folder / name
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        yield


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder, if the system can."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with explained(folder, "the comparison"):
        number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # Some network drives have no locks.
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    "Only one comparison at a time may be written to a folder. Received: "
                    f"{folder}, to which another process writes. Wait for it, or choose another "
                    "name."
                ) from None
        yield
    finally:
        os.close(number)


def is_comparison(folder: Path) -> bool:
    """Tell whether a folder holds a comparison (its file of jobs says so)."""
    try:
        with (folder / JOBS).open("rb") as file:
            first = file.readline(1 << 12)
            # Nothing at all where a process was killed at the very start.
            return not first or FORMAT.encode() in first
    except OSError:
        return False


@contextmanager
def vectors_folder(folder: Path) -> Iterator[Path]:
    """Make a folder for embeddings within a comparison's; it is removed when the block ends.

    Args:
        folder: That of the comparison.

    Yields:
        Its absolute path: worker processes are told of it.
    """
    vectors = folder.absolute() / VECTORS
    with explained(vectors, "the comparison"):
        # What a killed process left behind.
        shutil.rmtree(vectors, ignore_errors=True)
        vectors.mkdir()
    try:
        yield vectors
    finally:
        shutil.rmtree(vectors, ignore_errors=True)


def write_report(folder: Path, comparison: Comparison) -> None:
    """Write the figures of a comparison and the page that shows them.

    Args:
        folder: That of the comparison.
        comparison: As it stands.
    """
    content = comparison.to_json()
    with new_file(folder / REPORT, "the comparison") as aside:
        text = json.dumps(content, ensure_ascii=True, allow_nan=False, indent=1)
        aside.write_text(text + "\n", encoding="utf-8")
    write_page(folder / PAGE, content)
