"""Options that several verbs share, and what they stand for."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordloom.errors import InputError

if TYPE_CHECKING:
    from wordloom.text.sources import Source

__all__ = [
    "Verbs",
    "add_source_options",
    "add_verb",
    "print_json",
    "print_lines",
    "source_from",
    "to_stderr",
]

Verbs = argparse._SubParsersAction


def add_verb(
    verbs: "Verbs[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], None],
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    """Add a verb with ``--json``, its summary and an example in its help."""
    parser = verbs.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example: {example}",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on standard output"
    )
    return parser


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how sources of text are read."""
    group = parser.add_argument_group("reading")
    group.add_argument(
        "--document",
        choices=("line", "file"),
        default="line",
        help="what a document of plain text is",
    )
    group.add_argument(
        "--columns",
        type=lambda value: value.split(","),
        metavar="A,B",
        help="columns of tables that make up the text",
    )
    group.add_argument(
        "--fields",
        type=lambda value: value.split(","),
        metavar="A,B",
        help="fields of CORD-19 papers: title, authors, abstract, body, references",
    )
    group.add_argument(
        "--kind",
        help="what the sources are, where their names do not tell: text, jsonl, csv, tsv, "
        "parquet, tar, zip, imdb, cord19",
    )


def source_from(arguments: list[str], options: argparse.Namespace) -> "Source":
    """Open the sources that the command line names."""
    from wordloom.datasets.resolve import resolve_source

    chosen: dict[str, Any] = {"fields": options.fields} if options.fields else {}
    return resolve_source(
        arguments,
        document=options.document,
        columns=options.columns,
        kind=options.kind,
        progress=True,
        **chosen,
    )


def print_json(content: object) -> None:
    """Print the one JSON object of a verb."""
    print(json.dumps(content, ensure_ascii=False, allow_nan=False))


def print_lines(*lines: str) -> None:
    """Print a verb's answer for people."""
    for line in lines:
        print(line)


def to_stderr(line: str) -> None:
    """Print a remark that is not part of the answer."""
    print(line, file=sys.stderr)


def check_output(path: str | None) -> Path:
    """Return the path that ``-o`` gives.

    Raises:
        InputError: None was given.
    """
    if path is None:
        raise InputError("An output is needed. Received: no -o. Name one with -o PATH.")
    return Path(path)
