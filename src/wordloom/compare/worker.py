"""A worker process: ``python -m wordloom.compare.worker``; JSON lines in, JSON lines out.

The first line says what is compared; each further line is a task, answered by one line. What goes
wrong with a task is its answer. Standard output carries answers only: whatever else is printed goes
to standard error. When the input ends, so does the worker.
"""

import json
import os
import sys
import warnings
from typing import Any, TextIO

__all__ = ["main"]


def main() -> None:
    """Answer tasks until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    first = sys.stdin.buffer.readline()
    if not first:
        return
    setup = json.loads(first)
    # A process on one processor sees one, and so do JAX, numba and BLAS.
    if setup.pop("processor", None) is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {json.loads(first)["processor"]})
    # What all tasks need is loaded before their time is taken.
    import sklearn.linear_model
    import sklearn.svm  # noqa: F401

    from wordloom.compare.work import Workshop

    workshop = Workshop(**setup)
    for line in sys.stdin.buffer:
        write(answers, answer(workshop, json.loads(line)))


def answer(workshop: Any, task: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 (a Workshop)
    """Return the result of a task, or why there is none."""
    from wordloom.errors import WordloomError

    try:
        return {"result": workshop.do(task)}
    except WordloomError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "There is not enough memory. Use fewer or shorter vectors or texts."}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def write(answers: TextIO, content: dict[str, Any]) -> None:
    """Write one line."""
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
