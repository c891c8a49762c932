"""The options of ``wordloom reproduce``, and what they say."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.cli.options import HelpFormatter, Verbs, add_verb, whole_number
from wordloom.errors import InputError
from wordloom.output import check_writable
from wordloom.recipes.reading import READINGS

if TYPE_CHECKING:
    from wordloom.embedding.static import StaticEmbedding

__all__ = [
    "BOTH",
    "add_all",
    "add_bbc",
    "add_cord19",
    "add_imdb",
    "add_keywords",
    "check_place",
    "earlier_vectors",
    "experiment_verbs",
    "seeds_of",
]

BOTH = "both"

Run = Callable[[argparse.Namespace], None]


def experiment_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> "Verbs[argparse.ArgumentParser]":
    """Add ``reproduce``, and return what its experiments are added to."""
    reproduce = verbs.add_parser(
        "reproduce",
        help="run a published experiment",
        description="Run a published experiment, as it was published or corrected, on data of "
        "your choice.",
        formatter_class=HelpFormatter,
    )
    return reproduce.add_subparsers(title="experiments", metavar="NAME", required=True)


def add_cord19(experiments: "Verbs[argparse.ArgumentParser]", run: Run) -> None:
    """Add ``reproduce cord19``."""
    parser = add_verb(
        experiments,
        "cord19",
        run,
        "CORD-19 Swivel vectors, their heatmap, and citations told apart by them",
        "wordloom reproduce cord19 --as corrected --out cord19",
    )
    parser.add_argument(
        "source",
        nargs="*",
        metavar="SOURCE",
        help="papers: a CORD-19 folder or archive, or other text; data:cord19 unless given",
    )
    parser.add_argument(
        "--step",
        choices=("embed", "classify", BOTH),
        default=BOTH,
        help="which part of the experiment to run",
    )
    parser.add_argument(
        "--vectors",
        metavar="EMBEDDING",
        help="what --step classify takes; the embedding in DIR unless given",
    )
    parser.add_argument(
        "--citations",
        default="data:scicite",
        metavar="SOURCE",
        help="citations with labels: a folder with a table for each of train, dev and test",
    )
    parser.add_argument(
        "--min-count",
        type=whole_number(1),
        metavar="N",
        help="drop words that occur less often; the published 50 scaled to the number of papers, "
        "from 5 on, unless given",
    )
    parser.add_argument(
        "--epochs",
        type=whole_number(1),
        metavar="N",
        help="times that Swivel goes through all pairs of words; 40, corrected 10, unless given",
    )
    add_common(parser, "cord19")


def add_bbc(experiments: "Verbs[argparse.ArgumentParser]", run: Run) -> None:
    """Add ``reproduce bbc``."""
    parser = add_verb(
        experiments,
        "bbc",
        run,
        "classify BBC news with two embeddings, weighed word by word (DME and CDME)",
        "wordloom reproduce bbc --seeds 10",
    )
    add_labelled(parser, "articles", "bbc")
    parser.add_argument(
        "--split",
        type=whole_number(0),
        metavar="N",
        help="drop repeated articles and split the others anew with this seed; as published, the "
        "published split, where some test articles are training articles, unless given",
    )
    add_common(parser, "bbc")


def add_imdb(experiments: "Verbs[argparse.ArgumentParser]", run: Run) -> None:
    """Add ``reproduce imdb``."""
    parser = add_verb(
        experiments,
        "imdb",
        run,
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
    add_common(parser, "imdb")


def add_keywords(experiments: "Verbs[argparse.ArgumentParser]", run: Run) -> None:
    """Add ``reproduce keywords``."""
    parser = add_verb(
        experiments,
        "keywords",
        run,
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
        "--without-elmo", action="store_true", help="train static vectors alone, which is faster"
    )
    parser.add_argument(
        "--elmo-epochs",
        type=whole_number(1),
        metavar="N",
        help="times that ELMo goes through the texts",
    )
    add_common(parser, "keywords")


def add_all(experiments: "Verbs[argparse.ArgumentParser]", run: Run) -> None:
    """Add ``reproduce all``."""
    parser = add_verb(
        experiments,
        "all",
        run,
        "run all of these, and write one page that leads to their reports",
        "wordloom reproduce all --out experiments",
    )
    add_out(parser, "experiments")
    add_reading(parser, (*READINGS, BOTH), BOTH)
    parser.add_argument(
        "--workers",
        type=whole_number(1, 64),
        metavar="N",
        help="how many run at a time; as many as there are processors unless given",
    )


def add_labelled(parser: argparse.ArgumentParser, what: str, name: str) -> None:
    """Add the argument for texts with labels."""
    parser.add_argument(
        "source",
        nargs="?",
        metavar="SOURCE",
        default=f"data:{name}",
        help=f"{what}: a folder with a table or folder for each of train and test",
    )


def add_common(parser: argparse.ArgumentParser, name: str) -> None:
    """Add what all experiments have: the reading, the folder, threads and seeds."""
    add_reading(parser, READINGS, "published")
    add_out(parser, name)
    parser.add_argument(
        "--threads",
        type=whole_number(1),
        metavar="N",
        help="threads that train vectors; all processors unless given",
    )
    parser.add_argument(
        "--seeds",
        type=whole_number(1, 1000),
        metavar="N",
        help="how many times to do it; as often as a few minutes allow unless given",
    )
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**31 - 1001),
        metavar="N",
        help="the first seed, 1 unless given; the next ones follow it",
    )


def add_reading(parser: argparse.ArgumentParser, choices: tuple[str, ...], default: str) -> None:
    """Add how an experiment is done."""
    parser.add_argument(
        "--as",
        dest="reading",
        choices=choices,
        default=default,
        help="published: with every quirk of the original; corrected: with these mended",
    )


def add_out(parser: argparse.ArgumentParser, name: str) -> None:
    """Add where everything is written."""
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        default=Path(name),
        metavar="DIR",
        help=f"where the report and all figures are written (default: {name})",
    )


def seeds_of(options: argparse.Namespace) -> range | None:
    """Return the seeds that a user asked for; None where the experiment may choose.

    Example:
        >>> seeds_of(argparse.Namespace(seeds=3, seed=None))
        range(1, 4)
    """
    if options.seeds is None and options.seed is None:
        return None
    first = 1 if options.seed is None else options.seed
    return range(first, first + (options.seeds or 1))


def check_place(folder: Path) -> None:
    """Refuse an output folder that cannot be written."""
    check_writable(folder, make_folders=True)
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"The experiment writes a folder. Received: --out {folder}, a file. Choose another "
            "name."
        )


def earlier_vectors(options: argparse.Namespace) -> "StaticEmbedding":
    """Return the vectors that ``--step classify`` takes: those named, or those in the folder."""
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.formats.loading import load

    place = Path(options.vectors) if options.vectors else options.out / "embedding"
    if not options.vectors and not place.exists():
        raise InputError(
            f"The step classify needs vectors. Received: {options.out}, which holds no embedding. "
            "Do --step embed first, or name some with --vectors."
        )
    vectors = load(place)
    if not isinstance(vectors, StaticEmbedding):
        raise InputError(
            f"Citations are told apart by word vectors. Received: {place}, which is something "
            "else. Name word vectors."
        )
    return vectors
