"""``wordloom VERB …``: finds the verb, runs it, and turns errors into messages and exit codes.

Exit codes: 0 done; 2 wrong usage, bad input or interrupted by the user; 1 anything else.
"""

import argparse
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import TextIO

import wordloom
from wordloom.cli import (
    classify,
    compare,
    convert,
    data,
    demo,
    embed,
    evaluate,
    inspect,
    keywords,
    map,
    neighbors,
    reproduce,
    train,
)
from wordloom.cli.options import HelpFormatter, to_stderr
from wordloom.errors import DataWarning, TrainingError, WordloomError

__all__ = ["build_parser", "main"]

DESCRIPTION = """\
Word embeddings for the text of your own field: train them fast, see what they
learned, and classify texts with them. Start with `wordloom demo`."""

GROUPS = (
    demo,
    train,
    inspect,
    neighbors,
    keywords,
    map,
    evaluate,
    convert,
    embed,
    classify,
    compare,
    reproduce,
    data,
)
"""The groups of verbs, in the order of the help."""

EPILOGUE = """\
A SOURCE is a file, a folder or an archive of text; "-" for standard input; or
data:NAME for a data set (`wordloom data list`). Every verb takes --json, which
prints one JSON object on standard output and nothing else there."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="wordloom",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"wordloom {wordloom.__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for group in GROUPS:
        group.add_verbs(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The words after ``wordloom``; None takes those of the process.

    Returns:
        The exit code.
    """
    try:
        options = build_parser().parse_args(arguments)
        escape_what_cannot_be_printed()
        with warnings.catch_warnings():
            warnings.simplefilter("always", DataWarning)
            warnings.showwarning = show_warning
            options.run(options)
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone, as `head` does; what it wanted it has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except TrainingError as error:
        return complain(str(error), 1)
    except WordloomError as error:
        return complain(str(error), 2)
    except KeyboardInterrupt:
        return complain("Interrupted. Nothing was left half-written.", 2)
    except OSError as error:
        return complain(
            f"The system refused: {error}. Check the path, its permissions and the free space.", 2
        )
    except MemoryError:
        return complain("There is not enough memory. Use fewer or shorter vectors or texts.", 1)
    return 0


def escape_what_cannot_be_printed() -> None:
    """Print characters that standard output cannot encode as escapes, which JSON reads as well."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def complain(message: str, code: int) -> int:
    """Print an error and return its exit code."""
    to_stderr(f"wordloom: error: {message}")
    return code


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning about the data as a note; drop other programs' warnings to developers."""
    if issubclass(category, DataWarning):
        to_stderr(f"wordloom: note: {message}")
