"""``wordloom reproduce``: published experiments with one command."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from wordloom.recipes.experiment import Experiment

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
    add_cord19(experiments)
    add_bbc(experiments)
    add_imdb(experiments)
    add_keywords(experiments)


def add_cord19(experiments: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``reproduce cord19``."""
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
    add_threads(parser)
    parser.add_argument(
        "--seed", type=whole_number(0), default=1, metavar="N", help="seed of the training"
    )


def add_bbc(experiments: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``reproduce bbc``."""
    parser = add_verb(
        experiments,
        "bbc",
        run_bbc,
        "classify BBC news with two embeddings, weighed word by word (DME and CDME)",
        "wordloom reproduce bbc --seeds 10",
    )
    add_labelled(parser, "articles", "bbc")
    parser.add_argument(
        "--split",
        type=whole_number(0),
        metavar="N",
        help="drop repeated articles and split the others anew with this seed; the published "
        "split, where some test articles are training articles, unless given",
    )
    add_threads(parser)
    add_seeds(parser)


def add_imdb(experiments: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``reproduce imdb``."""
    parser = add_verb(
        experiments,
        "imdb",
        run_imdb,
        "classify IMDB reviews from 20 words, and with 200 labels over frozen vectors",
        "wordloom reproduce imdb --seeds 5 --vectors glove.6B.100d.txt",
    )
    add_labelled(parser, "reviews", "imdb")
    parser.add_argument(
        "--experiment",
        choices=("20-words", "200-labels"),
        help="which of the two; both unless given",
    )
    parser.add_argument(
        "--vectors",
        action="append",
        default=[],
        metavar="EMBEDDING",
        help="frozen vectors for 200 labels, a folder or file of any format; may be given several "
        "times; skip-gram trained on the reviews unless given",
    )
    add_threads(parser)
    add_seeds(parser)


def add_keywords(experiments: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``reproduce keywords``."""
    parser = add_verb(
        experiments,
        "keywords",
        run_keywords,
        "compare papers by their keywords: Jaccard, static vectors, ELMo, and both together",
        "wordloom reproduce keywords data:csl --out csl",
    )
    parser.add_argument(
        "source",
        nargs="*",
        metavar="SOURCE",
        help="papers: data:csl, data:inspec, or a folder or archive laid out as one of them; both "
        "sets unless given",
    )
    parser.add_argument(
        "-o", "--out", default="keywords", metavar="DIR", help="where everything is written"
    )
    parser.add_argument(
        "--without-elmo", action="store_true", help="train static vectors alone, which is faster"
    )
    parser.add_argument(
        "--elmo-epochs",
        type=whole_number(1),
        metavar="N",
        help="times that ELMo goes through the texts",
    )
    add_threads(parser)
    add_seeds(parser)


def add_labelled(parser: argparse.ArgumentParser, what: str, name: str) -> None:
    """Add the argument for texts with labels."""
    parser.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        default=f"data:{name}",
        help=f"{what}: a folder with a table or folder for each of train and test",
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the number of threads that train vectors."""
    parser.add_argument(
        "--threads", type=whole_number(1), metavar="N", help="all processors unless given"
    )


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """Add how often an experiment is done, and the first seed."""
    parser.add_argument(
        "--seeds",
        type=whole_number(1, 1000),
        default=1,
        metavar="N",
        help="how many times to do it",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**31 - 1001),
        default=1,
        metavar="N",
        help="the first seed; the next ones follow it",
    )


def seeds_of(options: argparse.Namespace) -> range:
    """Return the seeds that a user asked for."""
    return range(options.seed, options.seed + options.seeds)


def show(experiment: "Experiment", options: argparse.Namespace) -> None:
    """Print the figures of an experiment."""
    if options.json:
        print_json(experiment.to_json())
    else:
        print_lines(*experiment.summary())


def run_bbc(options: argparse.Namespace) -> None:
    """Run the recipe on BBC news."""
    from wordloom.recipes.bbc import run

    experiment = run(
        seeds_of(options),
        source=options.source,
        split=options.split,
        threads=options.threads,
        progress=True,
        say=to_stderr,
    )
    show(experiment, options)


def run_imdb(options: argparse.Namespace) -> None:
    """Run the recipe on IMDB."""
    from wordloom.recipes.imdb import EXPERIMENTS, run

    experiment = run(
        seeds_of(options),
        source=options.source,
        experiments=[options.experiment] if options.experiment else EXPERIMENTS,
        vectors=options.vectors,
        threads=options.threads,
        progress=True,
        say=to_stderr,
    )
    show(experiment, options)


def run_keywords(options: argparse.Namespace) -> None:
    """Run the recipe on keywords."""
    from wordloom.recipes.keywords.experiment import SOURCES, run
    from wordloom.recipes.keywords.trainers import ELMO, ELMO_EPOCHS, TRAINERS

    folder = Path(options.out)
    check_place(folder)
    experiment = run(
        seeds_of(options),
        sources=options.source or SOURCES,
        trainers={
            name: train
            for name, train in TRAINERS.items()
            if name != ELMO or not options.without_elmo
        },
        settings={
            "threads": options.threads,
            "elmo_epochs": options.elmo_epochs or ELMO_EPOCHS,
            "progress": True,
        },
        folder=folder,
        say=to_stderr,
    )
    if options.json:
        print_json(experiment.to_json())
        return
    print_lines(*experiment.summary(), "", f"The page: {folder / 'report.html'}")


def check_place(folder: Path) -> None:
    """Refuse an output folder that cannot be written."""
    check_writable(folder, make_folders=True)
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"The experiment writes a folder. Received: --out {folder}, a file. Choose another "
            "name."
        )


def run_cord19(options: argparse.Namespace) -> None:
    """Run the CORD-19 recipe and say what to try next."""
    from wordloom.datasets.resolve import resolve_source
    from wordloom.recipes.cord19 import embed

    folder = Path(options.out)
    check_place(folder)
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
