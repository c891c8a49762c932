"""One training: its threads, its checkpoints, and what it has measured so far."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, TrainingError
from wordloom.progress import progress_bar
from wordloom.train.checkpoint import Checkpoints, Position
from wordloom.train.report import TrainingReport
from wordloom.train.start import Start
from wordloom.train.task import Task, Text, Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wordloom.embedding.subwords import Subwords
    from wordloom.train.trainer import Trainer

__all__ = ["Run"]


class Run:
    """One training.

    Args:
        trainer: The hyper-parameters.
        text: What is trained on.
        task: The parameters and the turns that change them.
        start: Which vectors it begins with.
        threads: How many threads train.
        seed: Seed of the random generators.
        name: Name of the embedding.
    """

    def __init__(
        self,
        trainer: "Trainer[Any]",
        text: Text,
        task: Task,
        start: Start,
        threads: int,
        seed: int,
        name: str,
    ) -> None:
        self.trainer = trainer
        self.text = text
        self.task = task
        self.start = start
        self.seed = seed
        self.name = name
        # More threads than turns would have nothing to do but hold buffers.
        self.workers = [task.make_worker() for _ in range(min(threads, max(task.together, 1)))]
        self.epoch = self.turn = 0
        self.unfinished = 0  # turns that threads are at
        self.losses: list[float] = []
        # The loss and the terms of each turn of this epoch. Added up in their order, not in that
        # of the threads, the loss is the same for any number of them.
        self.outcomes = np.zeros((task.turns, 2))
        self.state = {**task.state, "outcomes": self.outcomes}
        self.seconds = 0.0
        self.started = time.perf_counter()
        self.identity = {
            "algorithm": trainer.algorithm,
            "text": text.fingerprint,
            "seed": seed,
            "init": start.fingerprint(),
            **asdict(trainer),
            "device": task.device,
        }
        self.last_good: tuple[NDArray[np.float32], Subwords | None] | None = None

    def resume(self, checkpoints: Checkpoints) -> None:
        """Go on from a checkpoint; without one, from the beginning with a warning."""
        position = checkpoints.read(self.identity, self.state)
        if position is None:
            return
        if position.epoch >= self.trainer.epochs or position.turn > self.task.turns:
            raise checkpoints.damaged("it lies behind the end of the training")
        self.epoch, self.turn = position.epoch, position.turn
        self.losses = list(position.losses)
        self.seconds = position.seconds
        if self.epoch > 0 and self.turn == 0:
            self.last_good = self.task.vectors(), self.task.subwords()

    def train(self, checkpoints: Checkpoints | None, *, progress: bool) -> None:
        """Go through what is left of the epochs."""
        self.started = time.perf_counter() - self.seconds
        title = f"Training {self.trainer.algorithm}"
        total = float(self.task.size * self.trainer.epochs)
        with (
            progress_bar(title, total, self.task.unit, show=progress) as advance,
            ThreadPoolExecutor(len(self.workers)) as pool,
        ):

            def show(turn: int) -> None:
                advance((self.epoch + turn / self.task.turns) * self.task.size)

            while self.epoch < self.trainer.epochs:
                self.task.begin_epoch(self.epoch)
                while self.turn < self.task.turns:
                    end = self.turn - self.turn % self.task.together + self.task.together
                    try:
                        self.train_turns(min(end, self.task.turns), pool, checkpoints, show)
                    except KeyboardInterrupt:
                        # A second Ctrl-C may not have let the threads finish their turns.
                        if self.unfinished == 0:
                            self.write(checkpoints)
                        raise
                    if checkpoints and checkpoints.due():
                        self.write(checkpoints)
                self.end_epoch()

    def train_turns(
        self,
        end: int,
        pool: ThreadPoolExecutor,
        checkpoints: Checkpoints | None,
        show: Callable[[int], None],
    ) -> None:
        """Let the threads take turns up to ``end``, or until a checkpoint is due."""
        lock = threading.Lock()
        stop = threading.Event()

        def work(worker: Work) -> None:
            while not stop.is_set():
                with lock:
                    if self.turn == end:
                        return
                    turn = self.turn
                    self.turn += 1
                    self.unfinished += 1
                outcome = worker(self.epoch, turn)
                if not math.isfinite(outcome.probe) or not math.isfinite(outcome.loss):
                    stop.set()
                    raise self.diverged(turn)
                self.outcomes[turn] = outcome.loss, outcome.terms
                with lock:
                    self.unfinished -= 1
                    show(turn + 1)
                if checkpoints and checkpoints.due():
                    return

        futures: list[Future[None]] = []
        try:
            for worker in self.workers:
                futures.append(pool.submit(work, worker))
            for future in futures:
                future.result()
        finally:
            # Each turn that was taken is finished, so that the state is that after `self.turn`.
            stop.set()
            wait(futures)

    def end_epoch(self) -> None:
        """Note the epoch's loss and keep its vectors."""
        loss, terms = self.outcomes.sum(axis=0)
        if terms == 0 and not self.losses:
            raise InputError(self.task.nothing_to_train())
        # In a tiny text, subsampling may leave an epoch without a pair: the loss stays.
        mean = float(loss / terms) if terms else self.losses[-1]
        vectors = self.task.vectors()
        # The last step of a word may overflow where no later score shows it.
        if not np.isfinite(vectors).all() or mean > self.task.largest_loss:
            raise self.diverged(self.task.turns)
        self.losses.append(mean)
        self.last_good = vectors, self.task.subwords()
        self.outcomes[:] = 0
        self.epoch += 1
        self.turn = 0

    def write(self, checkpoints: Checkpoints | None) -> None:
        """Write a checkpoint, if there is a place for one."""
        if checkpoints:
            seconds = time.perf_counter() - self.started
            self.task.sync_state()
            position = Position(self.epoch, self.turn, tuple(self.losses), seconds)
            checkpoints.write(self.identity, position, self.state)

    def diverged(self, turn: int) -> TrainingError:
        """Return the error that says where training broke down and with which settings."""
        task = self.task
        settings = ", ".join(
            f"{field.name}={getattr(self.trainer, field.name)!r}" for field in fields(self.trainer)
        )
        kept = (
            "No finished epoch is at hand, so nothing is kept."
            if self.last_good is None
            else f"The vectors after epoch {self.epoch} are kept."
        )
        done = (self.epoch + turn / task.turns) * task.size
        return TrainingError(
            f"Training {self.trainer.algorithm} diverged (NaN, infinity or a huge loss) in "
            f"epoch {self.epoch + 1} of {self.trainer.epochs}, after {done:,.0f} {task.unit}, at "
            f"learning rate {task.learning_rate(self.epoch, turn):.4g}. Settings: {settings}. "
            f"Lower `learning_rate` (here the first was {self.trainer.rate:g}). "
            f"{kept}",
            None if self.last_good is None else self.embedding(),
        )

    def embedding(self) -> StaticEmbedding:
        """Return the state after the last finished epoch as an embedding."""
        if self.last_good is None:
            raise RuntimeError("no epoch is finished")
        vectors, subwords = self.last_good
        seconds = time.perf_counter() - self.started
        words = self.text.n_tokens * len(self.losses)
        report = TrainingReport(
            algorithm=self.trainer.algorithm,
            settings=asdict(self.trainer) | {"learning_rate": self.trainer.rate},
            corpus_words=self.text.n_tokens,
            vocabulary=len(self.text.vocabulary),
            epochs=len(self.losses),
            losses=tuple(self.losses),
            seconds=seconds,
            words_per_second=words / seconds,
            threads=len(self.workers),
            seed=self.seed,
            unit=self.task.unit,
            units_per_second=self.task.size * len(self.losses) / seconds,
            init=self.start.summary(self.text.vocabulary),
        )
        vocabulary, vectors = self.start.joined(self.text.vocabulary, vectors)
        return StaticEmbedding(
            vocabulary,
            vectors,
            name=self.name,
            tokenizer=self.text.tokenizer,
            oov="skip" if subwords is None else "subwords",
            subwords=subwords,
            report=report.to_json(),
        )
