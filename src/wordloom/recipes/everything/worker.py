"""One experiment in a process of its own, which the crew starts with an order as its argument.

The order is a JSON object: name, reading, folder, and the processors to keep to. Each line of
standard output is a JSON object: what is being done, at last the figures or what went wrong.
Whatever else is printed goes to standard error. When standard input ends, so does the experiment.
"""

import _thread
import json
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from wordloom.recipes.page import Figure
from wordloom.recipes.reading import Reading, check_reading

__all__ = ["main", "run_one"]

Say = Callable[[str], None]


def main() -> int:
    """Run the experiment that the first argument orders; return the exit code."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")

    def write(**message: object) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    order = json.loads(sys.argv[1])
    # A process on one processor sees one, and so do JAX, numba and BLAS.
    if order["processors"] and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, order["processors"])
    # Who starts us in the background may have told us to ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    over = threading.Event()
    from wordloom.errors import WordloomError

    try:
        threading.Thread(target=watch, args=(over,), daemon=True).start()
        figures = run_one(
            order["name"], order["reading"], Path(order["folder"]), lambda line: write(say=line)
        )
    except KeyboardInterrupt:
        return 2
    except WordloomError as error:
        write(error=str(error))
    except MemoryError:
        write(error="There is not enough memory. Close other programs, and run it again.")
    except Exception as error:
        write(error=f"{type(error).__name__}: {error}")
    else:
        over.set()
        write(figures=[asdict(figure) for figure in figures])
        return 0
    return 1


def watch(over: threading.Event) -> None:
    """Interrupt the experiment when standard input ends before it is over: nobody waits for it."""
    # Not sys.stdin: Python aborts at exit when a thread still waits for a buffered stream.
    while os.read(0, 1024):
        pass
    if not over.is_set():
        _thread.interrupt_main()


def run_one(name: str, reading: Reading, folder: Path, say: Say) -> Sequence[Figure]:
    """Run an experiment as the command line does without options.

    Args:
        name: "cord19", "keywords", "bbc" or "imdb".
        reading: How it is done.
        folder: Where its page and figures go.
        say: Is told, in a line, what is being done.

    Returns:
        The published figures beside ours.

    Raises:
        InputError: There is no such reading, or what the experiment refuses.
    """
    check_reading(reading)
    if name == "cord19":
        from wordloom.recipes.cord19 import experiment as cord19

        return cord19.run(reading=reading, folder=folder, say=say).figures()
    if name == "keywords":
        from wordloom.recipes.keywords import experiment as keywords

        return keywords.run(reading=reading, folder=folder, say=say).figures()
    if name == "bbc":
        from wordloom.recipes import bbc, bbc_page

        return bbc_page.figures(bbc.run(reading=reading, folder=folder, say=say))
    from wordloom.recipes import imdb, imdb_page

    return imdb_page.figures(imdb.run(reading=reading, folder=folder, say=say))


if __name__ == "__main__":
    sys.exit(main())
