"""``wordloom reproduce``: published experiments with one command."""

import argparse
import shlex
from pathlib import Path

from wordloom.cli.options import (
    HelpFormatter,
    Verbs,
    add_verb,
    print_json,
    print_lines,
    to_stderr,
    whole_number,
)
from wordloom.errors import InputError
from wordloom.output import check_writable

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``reproduce`` with its experiments."""
    reproduce = verbs.add_parser(
        "reproduce",
        help="run a published experiment",
        description="Run a published experiment, as it was published, on data of your choice.",
        formatter_class=HelpFormatter,
    )
    experiments = reproduce.add_subparsers(title="experiments", metavar="NAME", required=True)
    parser = add_verb(
        experiments,
        "cord19",
        run_cord19,
        "train the CORD-19 Swivel vectors and draw their heatmap",
        "wordloom reproduce cord19 --step embed --out cord19",
    )
    parser.add_argument(
        "source",
        nargs="*",
        metavar="SOURCE",
        help="papers: a CORD-19 folder or archive, or other text; data:cord19 unless given",
    )
    parser.add_argument(
        "--step", choices=("embed",), default="embed", help="which part of the experiment to run"
    )
    parser.add_argument(
        "--out", default="cord19", metavar="DIR", help="where everything is written"
    )
    parser.add_argument(
        "--min-count",
        type=whole_number(1),
        metavar="N",
        help="drop words that occur less often; the published 50 scaled to the number of papers, "
        "from 5 on, unless given",
    )
    parser.add_argument(
        "--epochs", type=whole_number(1), default=40, metavar="N", help="times to go through"
    )
    parser.add_argument(
        "--threads", type=whole_number(1), metavar="N", help="all processors unless given"
    )
    parser.add_argument(
        "--seed", type=whole_number(0), default=1, metavar="N", help="seed of the training"
    )


def run_cord19(options: argparse.Namespace) -> None:
    """Run the CORD-19 recipe and say what to try next."""
    from wordloom.datasets.resolve import resolve_source
    from wordloom.recipes.cord19 import embed

    folder = Path(options.out)
    check_writable(folder, make_folders=True)
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"The experiment writes a folder. Received: --out {folder}, a file. Choose another "
            "name."
        )
    if "-" in options.source:
        raise InputError(
            "The papers may be read twice. Received: standard input, which is read once. Save them "
            "to a file first."
        )
    result = embed(
        folder,
        resolve_source(options.source or ["data:cord19"], progress=True),
        min_count=options.min_count,
        epochs=options.epochs,
        threads=options.threads,
        seed=options.seed,
        progress=True,
        say=to_stderr,
    )
    if options.json:
        print_json(result.to_json())
        return
    print_lines(
        *result.summary(),
        f"The heatmap: {folder}/heatmap.png",
        f"Next: wordloom neighbors {shlex.quote(str(folder / 'embedding'))} "
        f"{shlex.quote(result.words[0])}",
    )
