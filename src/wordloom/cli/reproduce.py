"""``wordloom reproduce``: published experiments with one command."""

import argparse
import shlex
from typing import Any, Protocol

from wordloom.cli.options import Verbs, print_json, print_lines, to_stderr
from wordloom.cli.reproduce_options import (
    BOTH,
    add_all,
    add_bbc,
    add_cord19,
    add_imdb,
    add_keywords,
    check_place,
    earlier_vectors,
    experiment_verbs,
    seeds_of,
)
from wordloom.errors import InputError, TrainingError
from wordloom.recipes.reading import READINGS

__all__ = ["add_verbs"]


class Result(Protocol):
    """What an experiment returns."""

    def to_json(self) -> object:
        """Return all figures as what JSON knows."""

    def summary(self) -> list[str]:
        """Return the result as lines for people."""


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``reproduce`` with its experiments."""
    experiments = experiment_verbs(verbs)
    add_cord19(experiments, run_cord19)
    add_keywords(experiments, run_keywords)
    add_bbc(experiments, run_bbc)
    add_imdb(experiments, run_imdb)
    add_all(experiments, run_everything)


def common(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of all experiments, once their folder is known to be writable."""
    check_place(options.out)
    seeds = seeds_of(options)
    return {
        "reading": options.reading,
        "folder": options.out,
        "say": to_stderr,
        # Each experiment knows how many seeds it takes by itself.
        **({} if seeds is None else {"seeds": seeds}),
    }


def show(result: Result, options: argparse.Namespace, *more: str) -> None:
    """Print the figures of an experiment."""
    if options.json:
        print_json(result.to_json())
    else:
        print_lines(*result.summary(), "", f"The page: {options.out / 'report.html'}", *more)


def run_bbc(options: argparse.Namespace) -> None:
    """Run the recipe on BBC news."""
    from wordloom.recipes.bbc import run

    result = run(
        source=options.source,
        split=options.split,
        threads=options.threads,
        progress=True,
        **common(options),
    )
    show(result, options)


def run_imdb(options: argparse.Namespace) -> None:
    """Run the recipe on IMDB."""
    from wordloom.recipes.imdb import EXPERIMENTS, run

    result = run(
        source=options.source,
        experiments=[options.experiment] if options.experiment else EXPERIMENTS,
        vectors=options.vectors,
        threads=options.threads,
        progress=True,
        **common(options),
    )
    show(result, options)


def run_keywords(options: argparse.Namespace) -> None:
    """Run the recipe on keywords."""
    from wordloom.recipes.keywords.experiment import SOURCES, run
    from wordloom.recipes.keywords.trainers import ELMO, ELMO_EPOCHS, TRAINERS

    result = run(
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
        **common(options),
    )
    show(result, options)


def run_cord19(options: argparse.Namespace) -> None:
    """Run the CORD-19 recipe and say what to try next."""
    from wordloom.datasets.resolve import resolve_source
    from wordloom.recipes.cord19.experiment import STEPS, run

    embeds = options.step != "classify"
    if "-" in options.source:
        raise InputError(
            "The papers may be read twice. Received: standard input, which is read once. Save them "
            "to a file first."
        )
    if embeds and options.vectors:
        raise InputError(
            "Vectors are named where none are trained. Received: --vectors without --step "
            "classify. Add it, or leave out --vectors."
        )
    if options.source and not embeds:
        raise InputError(
            "Papers are read where vectors are trained. Received: a SOURCE with --step classify. "
            "Leave one of them out."
        )
    settings = common(options)
    result = run(
        steps=STEPS if options.step == BOTH else [options.step],
        papers=resolve_source(options.source or ["data:cord19"], progress=True) if embeds else None,
        vectors=None if embeds else earlier_vectors(options),
        citations=options.citations,
        min_count=options.min_count,
        epochs=options.epochs,
        threads=options.threads,
        progress=True,
        **settings,
    )
    more = []
    if result.vectors is not None:
        embedding = shlex.quote(str(options.out / "embedding"))
        more = [
            f"The heatmap: {options.out / 'heatmap.png'}",
            f"Next: wordloom neighbors {embedding} {shlex.quote(result.vectors.words[0])}",
        ]
    show(result, options, *more)


def run_everything(options: argparse.Namespace) -> None:
    """Run all experiments.

    Raises:
        TrainingError: At least one of them failed; the others are done.
    """
    from wordloom.recipes.everything.run_all import run_all

    check_place(options.out)
    done = run_all(
        options.out,
        readings=READINGS if options.reading == BOTH else (options.reading,),
        n_workers=options.workers,
        say=to_stderr,
    )
    if options.json:
        print_json(done.to_json())
    else:
        print_lines(*done.summary())
    if done.failed:
        raise TrainingError(
            f"{len(done.failed)} of {len(done.entries)} experiments failed: "
            f"{'; '.join(done.failed)}. {done.index} says why. Mend it and run this again: the "
            "others are kept."
        )
