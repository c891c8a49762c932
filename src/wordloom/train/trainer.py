"""What all trainers have in common: hyper-parameters in, `train`, an embedding out."""

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.parallel import one_blas_thread, processor_count
from wordloom.train.checkpoint import Checkpoints
from wordloom.train.checks import check_number, check_whole_numbers
from wordloom.train.run import Run
from wordloom.train.start import Start
from wordloom.train.task import Task, Text

__all__ = ["Trainer"]

Trained = TypeVar("Trained", bound=Text, contravariant=True)


@dataclass(frozen=True)
class Trainer(ABC, Generic[Trained]):
    """Hyper-parameters that every algorithm has, and the way in which all are trained.

    Attributes:
        dim: Length of a vector.
        epochs: How many times to go through the text.
        learning_rate: First step size.
    """

    dim: int = 100
    epochs: int = 5
    learning_rate: float = 0.025

    def __post_init__(self) -> None:
        check_whole_numbers(self, "dim", "epochs")
        check_number(self, "learning_rate")
        if self.rate == 0:
            raise InputError("`learning_rate` must be above 0. Received: 0.")

    @property
    def rate(self) -> float:
        """The first step size."""
        return self.learning_rate

    @property
    def algorithm(self) -> str:
        """The trainer's name in reports and on the command line."""
        return type(self).__name__.lower()

    @abstractmethod
    def prepare(
        self, text: Trained, start: Start, seed: int, threads: int, progress: bool
    ) -> tuple[Text, Task]:
        """Set up a training.

        Args:
            text: What was given to `train`.
            start: Which vectors the words begin with.
            seed: Seed of the random generators.
            threads: How many threads there are, for what is done before training.
            progress: Show progress bars of what is done before training.

        Returns:
            What is trained on (the text, or what was counted in it), and the task.
        """

    def train(
        self,
        text: Trained,
        *,
        threads: int | None = None,
        seed: int = 1,
        progress: bool = False,
        name: str | None = None,
        init: StaticEmbedding | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_seconds: float = 600.0,
        resume: bool = False,
    ) -> StaticEmbedding:
        """Train an embedding.

        Args:
            text: The corpus. Windows never cross its documents. GloVe and Swivel take what was
                counted in one as well.
            threads: How many threads train; None takes one for each processor. GloVe and Swivel
                give the same result bit for bit for any number. With the others one thread does;
                several update shared tables without locks, so that runs differ a little.
            seed: Seed of the random generators, from 0.
            progress: Show a progress bar on stderr.
            name: Name of the embedding; None takes the algorithm's.
            init: An embedding to start from. Its words keep their vectors where the text lacks
                them; words that both have begin with its vectors; the text's other words begin at
                random. Counts add up.
            checkpoint: A file for the state of the training, written every so often. It stays when
                the training is done: remove it once you have saved the embedding.
            checkpoint_seconds: How often, in seconds.
            resume: Go on from the checkpoint, where there is one. The result is that of a training
                which never stopped: bit for bit with one thread, and for any number with GloVe and
                Swivel.

        Returns:
            The embedding; its `report` is a `TrainingReport` as JSON.

        Raises:
            InputError: A setting is out of range, there is nothing to train, or the checkpoint
                belongs to another text or other settings.
            FormatError: The checkpoint is damaged.
            TrainingError: A number overflowed. The message names the step and the settings, and the
                error's `embedding` holds the state after the last good epoch, if there was one.
        """
        workers = processor_count() if threads is None else threads
        if workers < 1:
            raise InputError(f"`threads` must be at least 1. Received: {threads}.")
        if seed < 0:
            raise InputError(f"`seed` must be at least 0. Received: {seed}.")
        if checkpoint is None and resume:
            raise InputError("`resume` needs a checkpoint. Received: none. Name its file.")
        if not checkpoint_seconds >= 0:
            raise InputError(
                f"`checkpoint_seconds` must be a number from 0. Received: {checkpoint_seconds!r}."
            )
        checkpoints = None
        if checkpoint is not None:
            checkpoints = Checkpoints(Path(checkpoint), checkpoint_seconds)
        start = Start(init, self.dim)
        with one_blas_thread():
            trained_on, task = self.prepare(text, start, seed, workers, progress)
            run = Run(self, trained_on, task, start, workers, seed, name or self.algorithm)
            if checkpoints and resume:
                run.resume(checkpoints)
            run.train(checkpoints, progress=progress)
            return run.embedding()
