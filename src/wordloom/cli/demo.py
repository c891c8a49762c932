"""``wordloom demo``: the whole way on text that is on every machine."""

import argparse
from pathlib import Path

from wordloom.cli.options import (
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
    """Add ``demo``."""
    parser = add_verb(
        verbs,
        "demo",
        run_demo,
        "go the whole way on text that is on every machine, and write a report",
        "wordloom demo --out wordloom-demo",
    )
    parser.add_argument(
        "-o", "--out", default="wordloom-demo", metavar="DIR", help="where everything is written"
    )
    parser.add_argument(
        "--threads",
        type=whole_number(1),
        metavar="N",
        help="threads that train; all processors unless given",
    )
    parser.add_argument(
        "--seed", type=whole_number(0), default=1, metavar="N", help="seed of the training"
    )


def run_demo(options: argparse.Namespace) -> None:
    """Run the demo recipe and say what to try next."""
    from wordloom.recipes.demo import run

    folder = Path(options.out)
    check_writable(folder, make_folders=True)
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"The demo writes a folder. Received: --out {folder}, a file. Choose another name."
        )
    result = run(folder, threads=options.threads, seed=options.seed, progress=True, say=to_stderr)
    if options.json:
        print_json(result.to_json())
        return
    print_lines(
        *result.summary(),
        "",
        f"The report: {folder}/report.html",
        "",
        "Next, on text of your own (a folder, .txt, .csv, .jsonl, …; wordloom train skipgram -h):",
        "  wordloom train skipgram YOUR_TEXT -o my-vectors",
        "  wordloom neighbors my-vectors WORD",
        "  wordloom classify evaluate LABELLED.csv -e my-vectors",
    )
