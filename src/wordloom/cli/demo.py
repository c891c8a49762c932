"""``wordloom demo``: the whole way on text that is on every machine."""

import argparse
from pathlib import Path

from wordloom.cli.options import Verbs, add_verb, print_json, print_lines, to_stderr

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
        "--out", default="wordloom-demo", metavar="DIR", help="where everything is written"
    )
    parser.add_argument("--threads", type=int, help="threads; all processors unless given")
    parser.add_argument("--seed", type=int, default=1, help="seed of the training")


def run_demo(options: argparse.Namespace) -> None:
    """Run the demo recipe and say what to try next."""
    from wordloom.recipes.demo import run

    result = run(
        Path(options.out), threads=options.threads, seed=options.seed, progress=True, say=to_stderr
    )
    if options.json:
        print_json(result.to_json())
        return
    folder = options.out
    print_lines(
        *result.summary(),
        "",
        f"The report: {folder}/report.html",
        "",
        "Next, on text of your own (a folder, .txt, .csv, .jsonl, … see wordloom train skipgram -h):",
        "  wordloom train skipgram YOUR_TEXT -o my-vectors",
        "  wordloom neighbors my-vectors WORD",
        "  wordloom classify evaluate LABELLED.csv -e my-vectors",
    )
