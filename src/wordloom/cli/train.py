"""``wordloom train ALGORITHM``: from raw text to an embedding on disk."""

import argparse
import math
import shlex
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wordloom.cli.options import (
    HelpFormatter,
    Verbs,
    add_source_options,
    add_verb,
    counted,
    print_json,
    print_lines,
    to_stderr,
    whole_number,
)
from wordloom.cli.train_options import ALGORITHMS
from wordloom.cli.train_text import (
    add_corpus_options,
    add_counting_options,
    check_before_reading,
    text_from,
)
from wordloom.errors import InputError, TrainingError
from wordloom.output import check_writable

if TYPE_CHECKING:
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.text.vocabulary import Vocabulary

__all__ = ["add_verbs"]

CHECKPOINT: Final = ".checkpoint"
"""What a checkpoint is called, after the folder of the embedding."""

CHECKPOINT_SECONDS: Final = 600.0
"""How often one is written when `--resume` alone is given."""


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``train`` with its algorithms."""
    train = verbs.add_parser(
        "train",
        help="train an embedding on text",
        description="Train word vectors on raw text and save them.",
        formatter_class=HelpFormatter,
    )
    algorithms = train.add_subparsers(title="algorithms", metavar="ALGORITHM", required=True)
    for algorithm in ALGORITHMS:
        name = algorithm.name
        example = f"wordloom train {name} reviews.csv --columns text -o my-vectors"
        parser = add_verb(algorithms, name, run_train, algorithm.summary, example)
        parser.set_defaults(algorithm=algorithm)
        parser.add_argument(
            "source",
            nargs="+",
            metavar="SOURCE",
            help="files, folders, archives, - or data:NAME; or one corpus folder"
            + (", or one folder of counts" if algorithm.counts else ""),
        )
        parser.add_argument(
            "-o", "--output", required=True, metavar="DIR", help="where the embedding goes"
        )
        training = parser.add_argument_group("training")
        for hyperparameter in algorithm.hyperparameters:
            hyperparameter.add_to(training)
        add_run_options(training)
        if algorithm.counts:
            add_counting_options(parser)
        add_corpus_options(parser)
        add_source_options(parser)


def add_run_options(group: argparse._ArgumentGroup) -> None:
    """Add what every training takes besides its hyper-parameters."""
    group.add_argument(
        "--threads", type=whole_number(1), metavar="N", help="all processors unless given"
    )
    group.add_argument(
        "--seed",
        type=whole_number(0),
        default=1,
        metavar="N",
        help="seed of the random generators; runs repeat exactly with --threads 1, those of glove "
        "and swivel with any number",
    )
    group.add_argument("--name", help="what the embedding is called; as DIR unless given")
    group.add_argument(
        "--init",
        metavar="EMBEDDING",
        help="start from this embedding: its words stay, the text's new words join them; only "
        "fasttext goes on with its n-grams",
    )
    group.add_argument(
        "--checkpoint-every",
        type=duration,
        metavar="SECONDS",
        help=f"write the state of the training to DIR{CHECKPOINT} this often",
    )
    group.add_argument(
        "--resume", action="store_true", help=f"go on from DIR{CHECKPOINT}, where it is there"
    )


def duration(text: str) -> float:
    """Return a number of seconds from 0, for argparse."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise argparse.ArgumentTypeError(f"must be a number of seconds from 0. Received: {text!r}.")
    return seconds


def run_train(options: argparse.Namespace) -> None:
    """Build or open the corpus, train, save."""
    import wordloom
    from wordloom.embedding.folder import check_place
    from wordloom.train.start import Start

    trainer = options.algorithm.make(options)
    output = Path(options.output)
    check_place(output)
    check_writable(output, make_folders=True)
    checkpoint = output.resolve().with_name(output.resolve().name + CHECKPOINT)
    check_apart(options)
    init = None if options.init is None else wordloom.load(options.init)
    Start(init, trainer.dim)  # Refuses vectors of another length before text is read.
    wants_checkpoint = options.resume or options.checkpoint_every is not None
    if wants_checkpoint:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        if checkpoint.exists() and not options.resume:
            raise InputError(
                "A checkpoint is not written over that of a training which did not end. Received: "
                f"{checkpoint}. Go on with --resume, or remove it."
            )
    check_before_reading(options)
    text = text_from(options, init)
    try:
        embedding = trainer.train(
            text,
            threads=options.threads,
            seed=options.seed,
            progress=True,
            name=options.name or output.resolve().name,
            init=init,
            checkpoint=checkpoint if wants_checkpoint else None,
            checkpoint_seconds=CHECKPOINT_SECONDS
            if options.checkpoint_every is None
            else options.checkpoint_every,
            resume=options.resume,
        )
    except KeyboardInterrupt:
        if wants_checkpoint and checkpoint.exists():
            to_stderr(f"The training so far is in {checkpoint}: go on from there with --resume.")
        raise
    except TrainingError as error:
        if isinstance(error.embedding, wordloom.StaticEmbedding):
            error.embedding.save(output)
            to_stderr(f"The vectors of the last good epoch are in {output}.")
        raise
    embedding.save(output)
    if wants_checkpoint:
        checkpoint.unlink(missing_ok=True)
    print_report(options, output, embedding)


def check_apart(options: argparse.Namespace) -> None:
    """Refuse folders within each other: one that is written anew takes what it holds with it."""
    places = {
        "counts": getattr(options, "cooccurrences", None),
        "corpus": options.corpus,
        "embedding": options.output,
    }
    given = [(what, Path(place).resolve()) for what, place in places.items() if place]
    for (what, place), (other, outer) in permutations(given, 2):
        if place.is_relative_to(outer):
            raise InputError(
                f"The {what} must lie outside the folder of the {other}. Received: {place} and "
                f"{outer}. Choose another folder for one of them."
            )


def print_report(options: argparse.Namespace, output: Path, embedding: "StaticEmbedding") -> None:
    """Print what was trained, how fast and how well, and what to do next."""
    report: dict[str, Any] = dict(embedding.report or {})
    if options.json:
        documents = embedding.vocabulary.n_documents
        print_json({"embedding": str(output), "documents": documents, **report})
        return
    losses = [f"{loss:.3f}" for loss in report["losses"]]
    if len(losses) > 6:
        losses = [*losses[:3], "…", *losses[-2:]]
    place, word = shlex.quote(str(output)), shlex.quote(a_word_of(embedding.vocabulary))
    lines = [
        f"{counted(len(embedding), 'word')} × {embedding.dim} saved to {output}",
        f"{report['units_per_second']:,.0f} {report['unit']}/s on "
        f"{counted(report['threads'], 'thread')}, {report['seconds']:.1f} s; mean loss "
        + " → ".join(losses),
        f"next: wordloom neighbors {place} {word}",
    ]
    if init := report["init"]:
        lines.insert(
            1,
            f"{counted(init['shared_words'], 'word')} of '{init['name']}' trained further, "
            f"{init['new_words']:,} new, {init['kept_words']:,} kept as they were",
        )
    print_lines(*lines)


def a_word_of(vocabulary: "Vocabulary") -> str:
    """Return a word to try: neither so frequent that it says nothing, nor so rare."""
    start = len(vocabulary) // 20
    words = [vocabulary.word(index) for index in range(start, min(start + 50, len(vocabulary)))]
    return next((word for word in words if word.isalpha() and len(word) > 5), words[0])
