"""What an algorithm has to offer so that `Run` can train it, stop it and go on with it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wordloom.embedding.subwords import Subwords
    from wordloom.text.tokenizer import Tokenizer
    from wordloom.text.vocabulary import Vocabulary

__all__ = ["Outcome", "Task", "Text", "Work"]


class Outcome(NamedTuple):
    """What one turn reports.

    Attributes:
        loss: The loss, summed over terms, before their steps.
        terms: How many terms: training pairs, cells.
        probe: A number that is not finite as soon as a score is not.
    """

    loss: float
    terms: int
    probe: float


Work = Callable[[int, int], Outcome]
"""Does a turn of an epoch (both from 0) with one thread's own buffers, without the interpreter
lock."""


class Text(Protocol):
    """What a trainer must know of what it trains on: a `Corpus`, or counts taken from one.

    Attributes:
        vocabulary: The words.
        tokenizer: What split the text.
        n_tokens: How many tokens it has, those of dropped words not counted.
        fingerprint: A digest of its content: another text has another one.
    """

    @property
    def vocabulary(self) -> "Vocabulary":
        """The words."""

    @property
    def tokenizer(self) -> "Tokenizer":
        """What split the text."""

    @property
    def n_tokens(self) -> int:
        """How many tokens it has, those of dropped words not counted."""

    @property
    def fingerprint(self) -> str:
        """A digest of its content: another text has another one."""


class Task(ABC):
    """One algorithm at work on one text: its parameters, and the turns that change them.

    An epoch is cut into turns. Consecutive turns, `together` at a time, may run in any order and
    at the same time; a new such group begins when the one before is finished. What a turn draws at
    random follows from the seed, the epoch and the turn alone, so that a training which stopped
    between two turns goes on exactly as it would have.

    Attributes:
        unit: What an epoch goes through: "words", "cells".
        size: How many of them it goes through.
        turns: How many turns an epoch has.
        together: How many consecutive turns may run at the same time.
        state: All arrays that turns change, by name; changed in place. A checkpoint keeps them.
        largest_loss: The mean loss of an epoch above which training has diverged.
        device: What it computes on, "cpu" or "gpu": a checkpoint of one is not for the other.
    """

    unit: str
    size: int
    turns: int
    together: int
    state: dict[str, NDArray[np.generic]]
    largest_loss: float = math.inf
    device: str = "cpu"

    def begin_epoch(self, epoch: int) -> None:  # noqa: B027 - most have nothing to do here
        """Prepare an epoch (from 0); called once before its turns, also when one is resumed."""

    def sync_state(self) -> None:  # noqa: B027 - most have nothing to do here
        """Bring `state` up to date, where turns change something else; called before it is kept."""

    @abstractmethod
    def make_worker(self) -> Work:
        """Return what one thread trains with; it owns that thread's buffers."""

    @abstractmethod
    def learning_rate(self, epoch: int, turn: int) -> float:
        """Return the step size at a turn."""

    @abstractmethod
    def vectors(self) -> NDArray[np.float32]:
        """Return a new array with the words' vectors so far, float32 (n_words, dim)."""

    def subwords(self) -> "Subwords | None":
        """Return a copy of the character n-grams' vectors so far, where there are any."""
        return None

    @abstractmethod
    def nothing_to_train(self) -> str:
        """Return the message for an epoch without a single term."""
