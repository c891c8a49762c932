"""Finished jobs in a file, line by line, so that an interrupted comparison goes on."""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from wordloom.errors import InputError

__all__ = ["FORMAT", "Journal"]

FORMAT = "wordloom-comparison-jobs"
VERSION = 1


class Journal:
    """What is finished, by job.

    The first line tells what is compared; each further line is one finished job. A line that a
    killed process left incomplete at the end is cut off.

    Args:
        path: The file; made if it is not there.
        identity: What is compared, as what JSON knows: the results of another comparison are not
            mixed with these.

    Attributes:
        results: The results so far, by the job's id.

    Raises:
        InputError: The file is of another comparison, or none of ours.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with Journal(Path(folder, "jobs.jsonl"), {"data": "abc"}) as journal:
        ...         journal.add("majority/fold-0", {"seconds": 1})
        ...     Journal(Path(folder, "jobs.jsonl"), {"data": "abc"}).results
        {'majority/fold-0': {'seconds': 1}}
    """

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        self.path = path
        self.results: dict[str, dict[str, Any]] = {}
        self.file: TextIO | None = None
        self.header = {"format": FORMAT, "version": VERSION, "identity": identity}
        self.size = self.read() if path.exists() else 0

    def read(self) -> int:
        """Read what is finished; return how many bytes of the file hold."""
        data = self.path.read_bytes()
        size = 0
        for number, line in enumerate(data.splitlines(keepends=True)):
            try:
                if not line.endswith(b"\n"):
                    break
                found = json.loads(line)
                if number == 0:
                    self.check(found)
                else:
                    job, result = found["job"], found["result"]
                    if not isinstance(job, str) or not isinstance(result, dict):
                        break
                    self.results[job] = result
            except (ValueError, KeyError, TypeError) as error:
                if isinstance(error, InputError):
                    raise
                if number == 0:
                    raise self.refusal("something else") from None
                break
            size += len(line)
        return size

    def check(self, header: Any) -> None:  # noqa: ANN401 (what JSON gave)
        """Refuse a file of another comparison."""
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise self.refusal("something else")
        if header.get("version") != VERSION:
            raise self.refusal("the results of another version of wordloom")
        earlier, identity = header.get("identity"), self.header["identity"]
        if not isinstance(earlier, dict) or earlier != identity:
            assert isinstance(identity, dict)  # noqa: S101
            differ = [
                name
                for name in identity
                if not isinstance(earlier, dict) or earlier.get(name) != identity[name]
            ]
            raise self.refusal(
                f"a comparison with {' and '.join(differ) or 'settings'} other than now"
            )

    def refusal(self, what: str) -> InputError:
        """Return the error for a file that cannot be gone on with."""
        return InputError(
            f"A comparison goes on where the same one was interrupted. Received: {self.path}, "
            f"which holds {what}. Name another folder with --out, or pass --overwrite to begin "
            "anew."
        )

    def __enter__(self) -> "Journal":
        if self.size == 0:
            self.path.write_text(json.dumps(self.header) + "\n", encoding="utf-8")
        else:
            # What a killed process left half-written must not join the next line.
            os.truncate(self.path, self.size)
        self.file = self.path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def add(self, job: str, result: dict[str, Any]) -> None:
        """Note a finished job."""
        assert self.file is not None  # noqa: S101
        self.results[job] = result
        self.file.write(json.dumps({"job": job, "result": result}, allow_nan=False) + "\n")
        self.file.flush()
