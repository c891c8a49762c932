"""What all of ``wordloom train`` does around a training: its options, checkpoints, saving."""

import argparse
import math
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any, Final, TypeVar

from wordloom.cli.options import to_stderr, whole_number
from wordloom.errors import InputError, TrainingError
from wordloom.output import check_writable

__all__ = ["add_run_options", "check_output", "checkpoint_of", "train_and_save"]

CHECKPOINT: Final = ".checkpoint"
"""What a checkpoint is called, after the folder of the embedding."""

CHECKPOINT_SECONDS: Final = 600.0
"""How often one is written when `--resume` alone is given."""

Trained = TypeVar("Trained")


def add_run_options(group: argparse._ArgumentGroup, *, seed: str, init: str) -> None:
    """Add what every training takes besides its hyper-parameters.

    Args:
        group: Where to.
        seed: What the seed does, for its help.
        init: What starting from an embedding does, likewise.
    """
    group.add_argument("--seed", type=whole_number(0), default=1, metavar="N", help=seed)
    group.add_argument("--name", help="what the embedding is called; as DIR unless given")
    group.add_argument("--init", metavar="EMBEDDING", help=init)
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


def check_output(options: argparse.Namespace) -> Path:
    """Return where the embedding goes, if it can go there."""
    from wordloom.embedding.folder import check_place

    output = Path(options.output)
    check_place(output)
    check_writable(output, make_folders=True)
    check_apart(options)
    return output


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


def checkpoint_of(options: argparse.Namespace, output: Path) -> Path | None:
    """Return the file for checkpoints if they are wanted and it is free, or to be resumed from."""
    if not options.resume and options.checkpoint_every is None:
        return None
    checkpoint = output.resolve().with_name(output.resolve().name + CHECKPOINT)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    if checkpoint.exists() and not options.resume:
        raise InputError(
            "A checkpoint is not written over that of a training which did not end. Received: "
            f"{checkpoint}. Go on with --resume, or remove it."
        )
    return checkpoint


def train_and_save(
    options: argparse.Namespace,
    output: Path,
    checkpoint: Path | None,
    train: Callable[..., Trained],
    **arguments: Any,  # noqa: ANN401 (those of the trainer)
) -> Trained:
    """Train, save what came of it, remove the checkpoint.

    Args:
        options: Those of the verb.
        output: Where the embedding goes.
        checkpoint: The file for checkpoints, if they are wanted.
        train: Trains.
        arguments: What it takes besides what all algorithms take.

    Returns:
        The embedding.
    """
    every = options.checkpoint_every
    try:
        embedding: Any = train(
            seed=options.seed,
            progress=True,
            name=options.name or output.resolve().name,
            checkpoint=checkpoint,
            checkpoint_seconds=CHECKPOINT_SECONDS if every is None else every,
            resume=options.resume,
            **arguments,
        )
    except KeyboardInterrupt:
        if checkpoint and checkpoint.exists():
            to_stderr(f"The training so far is in {checkpoint}: go on from there with --resume.")
        raise
    except TrainingError as error:
        if error.embedding is not None:
            last_good: Any = error.embedding
            last_good.save(output)
            to_stderr(f"The vectors of the last good epoch are in {output}.")
        raise
    embedding.save(output)
    if checkpoint:
        checkpoint.unlink(missing_ok=True)
    trained: Trained = embedding
    return trained
