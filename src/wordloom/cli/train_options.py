"""The algorithms of ``wordloom train``: their trainers, and their hyper-parameters as options."""

import argparse
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from wordloom.cli.options import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from wordloom.train.trainer import Trainer

__all__ = ["ALGORITHMS", "Algorithm", "Hyperparameter"]


@dataclass(frozen=True)
class Hyperparameter:
    """One hyper-parameter of a trainer.

    Attributes:
        name: As the trainer calls it.
        default: The trainer's default.
        meaning: Its help.
        choices: What it can be; None for numbers.
    """

    name: str
    default: int | float | str | bool
    meaning: str
    choices: tuple[str, ...] | None = None

    def add_to(self, group: argparse._ArgumentGroup) -> None:
        """Add it as an option."""
        flag = "--" + self.name.replace("_", "-")
        if isinstance(self.default, bool):
            action = argparse.BooleanOptionalAction
            group.add_argument(flag, action=action, default=self.default, help=self.meaning)
        elif self.choices:
            group.add_argument(flag, choices=self.choices, default=self.default, help=self.meaning)
        else:
            kind: Callable[[str], object] = float
            if isinstance(self.default, int):
                kind = whole_number(1 if self.default else 0)
            metavar = "N" if isinstance(self.default, int) else "X"
            group.add_argument(
                flag, type=kind, default=self.default, metavar=metavar, help=self.meaning
            )


@dataclass(frozen=True)
class Algorithm:
    """One algorithm of ``wordloom train``.

    Attributes:
        name: Its name on the command line.
        home: The module of its trainer.
        trainer: The trainer's name.
        summary: What it is, in a line.
        hyperparameters: What can be set.
        counts: Whether it trains on co-occurrence counts.
    """

    name: str
    home: str
    trainer: str
    summary: str
    hyperparameters: tuple[Hyperparameter, ...]
    counts: bool = False

    def make(self, options: argparse.Namespace) -> "Trainer[Any]":
        """Return the trainer with the settings that were given."""
        settings = {each.name: getattr(options, each.name) for each in self.hyperparameters}
        trainer: Trainer[Any] = getattr(import_module(self.home), self.trainer)(**settings)
        return trainer


def common(epochs: int, rate: float, window: int, rate_meaning: str) -> tuple[Hyperparameter, ...]:
    """Return the hyper-parameters that all algorithms have."""
    return (
        Hyperparameter("dim", 100, "length of a vector"),
        Hyperparameter("window", window, "widest context, in words each side"),
        Hyperparameter("epochs", epochs, "times to go through the text, or through its counts"),
        Hyperparameter("learning_rate", rate, rate_meaning),
    )


def sampled(rate: float, subsample: float) -> tuple[Hyperparameter, ...]:
    """Return the hyper-parameters of negative sampling."""
    return (
        *common(5, rate, 5, "first step size; it falls to nearly 0"),
        Hyperparameter("negative", 5, "negative samples for each pair"),
        Hyperparameter(
            "subsample",
            subsample,
            "share of the text above which a word is thinned out; 0 thins none",
        ),
    )


SYMMETRIC: Final = Hyperparameter(
    "symmetric", True, "count the words on both sides; or those on the left alone"
)

ALGORITHMS: Final = (
    Algorithm(
        "skipgram",
        "wordloom.train.skipgram",
        "SkipGram",
        "train skip-gram with negative sampling",
        sampled(0.025, 1e-3),
    ),
    Algorithm(
        "cbow",
        "wordloom.train.cbow",
        "CBOW",
        "train CBOW with negative sampling",
        (
            *sampled(0.05, 1e-3),
            Hyperparameter(
                "cbow_gradient",
                "word2vec",
                "whether a context word gets the whole gradient of the mean or its share",
                ("word2vec", "exact"),
            ),
        ),
    ),
    Algorithm(
        "fasttext",
        "wordloom.train.fasttext",
        "FastText",
        "train FastText: words composed of character n-grams",
        (
            *sampled(0.05, 1e-4),
            Hyperparameter("model", "skipgram", "how words learn", ("skipgram", "cbow")),
            Hyperparameter("min_n", 3, "characters of the shortest n-gram"),
            Hyperparameter("max_n", 6, "characters of the longest n-gram"),
            Hyperparameter("n_buckets", 2_000_000, "how many buckets n-grams are hashed to"),
        ),
    ),
    Algorithm(
        "glove",
        "wordloom.train.glove",
        "GloVe",
        "train GloVe on co-occurrence counts",
        (
            *common(25, 0.05, 15, "step size of AdaGrad"),
            SYMMETRIC,
            Hyperparameter("x_max", 100.0, "count from which on cells weigh the same"),
            Hyperparameter("alpha", 0.75, "exponent of a cell's weight below that"),
        ),
        counts=True,
    ),
    Algorithm(
        "swivel",
        "wordloom.train.swivel",
        "Swivel",
        "train Swivel on co-occurrence counts",
        (
            *common(40, 0.0, 10, "step size; 0 takes that of the variant"),
            SYMMETRIC,
            Hyperparameter(
                "variant",
                "paper",
                "which constants to take: published ones, or ours that need fewer epochs",
                ("paper", "2017", "adaptive"),
            ),
            Hyperparameter(
                "device",
                "auto",
                "what to compute on; auto takes a GPU where JAX sees one",
                ("auto", "cpu", "gpu"),
            ),
        ),
        counts=True,
    ),
)
"""All algorithms, in the order of the help."""
