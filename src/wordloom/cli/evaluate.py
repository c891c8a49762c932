"""``wordloom evaluate``: how good word vectors are, by published and by your own benchmarks."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.cli.options import Verbs, add_verb, print_json, print_lines, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wordloom.embedding.static import StaticEmbedding

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``evaluate``."""
    parser = add_verb(
        verbs,
        "evaluate",
        run_evaluate,
        "judge embeddings on word similarity and analogies",
        "wordloom evaluate my-vectors other-vectors --benchmarks men simlex my-pairs.csv",
    )
    parser.add_argument(
        "embeddings",
        nargs="+",
        metavar="EMBEDDING",
        help="word vectors; several are compared with the first on what all of them cover",
    )
    parser.add_argument(
        "--benchmarks",
        nargs="+",
        metavar="NAME_OR_FILE",
        help="men, simlex, ws-353, google, …; or files of word pairs with scores or of analogies; "
        "all in $WORDLOOM_DATA/wordsim/ unless given",
    )
    parser.add_argument(
        "--method",
        choices=("3cosadd", "3cosmul", "both"),
        default="both",
        help="how analogies are answered",
    )
    parser.add_argument(
        "--max-rank",
        type=whole_number(0),
        default=30_000,
        metavar="N",
        help="analogies use the N most frequent words; 0: all",
    )
    parser.add_argument(
        "--match-case",
        action="store_true",
        help="look words up only as they are written, not in lower or upper case as well",
    )
    parser.add_argument(
        "--resamples",
        type=whole_number(0, 100_000),
        default=2000,
        metavar="N",
        help="draws that intervals are made of; 0: no intervals",
    )
    parser.add_argument(
        "--seed", type=whole_number(0), default=0, metavar="N", help="what the draws follow from"
    )


def run_evaluate(options: argparse.Namespace) -> None:
    """Print the scores of embeddings on benchmarks."""
    from wordloom.inspect.benchmarks.evaluate import evaluate

    report = evaluate(
        load_each(options.embeddings),
        options.benchmarks,
        methods=("3cosadd", "3cosmul") if options.method == "both" else (options.method,),
        max_rank=options.max_rank or None,
        match_case=options.match_case,
        resamples=options.resamples,
        seed=options.seed,
        progress=not options.json,
    )
    if options.json:
        print_json(report.to_json())
    else:
        print_lines(report.table())


def load_each(paths: list[str]) -> "Iterator[StaticEmbedding]":
    """Open embeddings one after the other; where two have the same name, it is their path."""
    from wordloom.cli.words_of import open_words

    names = [Path(path).name or path for path in paths]
    for path, name in zip(paths, names, strict=True):
        yield open_words(path).replaced(name=name if names.count(name) == 1 else path)
