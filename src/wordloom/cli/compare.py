"""``wordloom compare``: which embedding for my texts?"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from wordloom.compare.result import Comparison
    from wordloom.datasets.labelled import LabelledTexts

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``compare``."""
    parser = add_verb(
        verbs,
        "compare",
        run_compare,
        "which embedding is best for my labelled texts?",
        "wordloom compare reviews.csv -e my-vectors -e glove.6B.100d.txt",
    )
    parser.add_argument(
        "data", metavar="DATA", help="jsonl, csv, tsv, parquet, folder or data:NAME"
    )
    parser.add_argument(
        "-e",
        "--embedding",
        action="append",
        required=True,
        metavar="EMBEDDING",
        help="word vectors of any format, or ELMo; repeat for several",
    )
    parser.add_argument(
        "--test",
        metavar="DATA",
        help="test texts, looked at once at the end; the test split of data:NAME unless given",
    )
    parser.add_argument(
        "-o",
        "--out",
        metavar="DIR",
        help="where the report, the model and all finished fits go; compare-NAME unless given",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="begin anew where --out holds a comparison"
    )
    parser.add_argument(
        "--text-column", metavar="A", help="column of the texts; recognised by name unless given"
    )
    parser.add_argument(
        "--label-column", metavar="A", help="column of the labels; recognised by name unless given"
    )
    group = parser.add_argument_group("how much is done")
    group.add_argument(
        "--quick",
        action="store_true",
        help="linear models only, no learning curves: an answer in a minute or two",
    )
    group.add_argument(
        "--without-networks", action="store_true", help="fit no networks, which take longest"
    )
    group.add_argument("--no-curves", action="store_true", help="draw no learning curves")
    group.add_argument(
        "--folds",
        type=whole_number(2, 100),
        metavar="K",
        help="folds of the cross-validation; 5, from 3,000 texts on 3, unless given",
    )
    group.add_argument(
        "--max-texts",
        type=whole_number(10),
        default=10_000,
        metavar="N",
        help="compare on a sample of so many training texts if there are more",
    )
    group.add_argument(
        "--seed", type=whole_number(0), default=0, metavar="N", help="seed of everything random"
    )
    parser.set_defaults(label_separator=None)


def run_compare(options: argparse.Namespace) -> None:
    """Compare, show the table whenever a stage is done, and say where the report is."""
    folder = Path(options.out or f"compare-{name_of(options.data)}")
    check_writable(folder, make_folders=True)
    train, test = read_parts(options)
    from wordloom.compare.run import compare_embeddings

    to_stderr(
        f"{train.name}: comparing on {len(train):,} labelled texts; finished fits are kept in "
        f"{folder}"
    )

    def show(comparison: "Comparison") -> None:
        to_stderr(f"\n{comparison.table()}\n")

    try:
        result = compare_embeddings(
            train,
            options.embedding,
            folder,
            test=test,
            name=train.name,
            folds=options.folds,
            seed=options.seed,
            max_texts=options.max_texts,
            networks=not (options.quick or options.without_networks),
            curves=not (options.quick or options.no_curves),
            overwrite=options.overwrite,
            progress=True,
            on_stage=show,
            say=to_stderr,
        )
    except KeyboardInterrupt:
        raise InputError(
            f"Interrupted. What was finished is kept in {folder}: the same command goes on from "
            "there (without --overwrite)."
        ) from None
    if options.json:
        print_json(result.to_json())
        return
    print_lines(*result.summary(), "", f"The report: {folder}/report.html")


def read_parts(options: argparse.Namespace) -> "tuple[LabelledTexts, LabelledTexts | None]":
    """Return the training texts, and the test texts if there are any."""
    from wordloom.cli.classify_options import read_labelled
    from wordloom.datasets.registry import lookup

    named = options.data.startswith("data:")
    train = read_labelled(options, options.data, "train" if named else None)
    if options.test:
        return train, read_labelled(options, options.test, None)
    if named and "test" in lookup(options.data.removeprefix("data:")).splits:
        return train, read_labelled(options, options.data, "test")
    return train, None


def name_of(data: str) -> str:
    """Return a name for the folder from the data's.

    Example:
        >>> name_of("data:scicite"), name_of("texts/reviews.csv.gz")
        ('scicite', 'reviews')
    """
    name = data.removeprefix("data:") if data.startswith("data:") else Path(data).resolve().name
    return name.split(".")[0] or "texts"
