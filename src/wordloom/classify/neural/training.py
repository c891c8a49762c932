"""Training a network: epochs, the held-out part, when to stop, going on when interrupted."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.neural.batches import Batch
from wordloom.classify.neural.checkpoint import Checkpoint
from wordloom.classify.neural.history import History
from wordloom.classify.neural.network import seeded
from wordloom.classify.neural.settings import NeuralSettings
from wordloom.classify.neural.state import State, Trainee
from wordloom.classify.neural.weights import LabelWeights
from wordloom.combine.backend import keras
from wordloom.combine.learning_rates import Adam
from wordloom.progress import Advance, progress_bar

__all__ = ["train"]

# Kiela, Wang and Cho 2018 clip gradients to this norm.
CLIP = 5.0


class EpochBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """The batches of one epoch, as Keras reads them."""

    def __init__(self, trainee: Trainee, weights: LabelWeights, order: Sequence[Batch]) -> None:
        super().__init__()
        self.trainee = trainee
        self.weights = weights
        self.order = order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(
        self, place: int
    ) -> tuple[tuple[NDArray[Any], ...], NDArray[Any], NDArray[Any]]:
        """Return inputs, labels, and how much each text counts: padding rows do not."""
        batch, size = self.order[place], self.trainee.batches.size
        codes = self.trainee.targets.codes
        labels = np.zeros((size, *codes.shape[1:]), np.float32 if codes.ndim == 2 else np.int32)
        labels[: len(batch.texts)] = codes[batch.texts]
        counts = np.zeros(size, np.float32)
        counts[: len(batch.texts)] = self.weights.texts[batch.texts]
        return tuple(self.trainee.inputs(batch)), labels, counts


class AfterEachStep(keras.callbacks.Callback):  # type: ignore[misc]
    """Moves a progress bar, by texts, and stops training when Ctrl-C was pressed."""

    def __init__(
        self, advance: Advance, done: int, size: int, interrupted: threading.Event
    ) -> None:
        super().__init__()
        self.advance = advance
        self.done = done
        self.size = size
        self.interrupted = interrupted

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Say how many texts have passed."""
        if self.interrupted.is_set():
            raise KeyboardInterrupt
        self.advance(self.done + (batch + 1) * self.size)


@contextmanager
def heeded_interrupts() -> Iterator[threading.Event]:
    """Remember in a block that Ctrl-C was pressed.

    Keras passes over whatever is raised while it waits for a step, a KeyboardInterrupt too.

    Yields:
        An event that is set from then on.
    """
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed  # only the main thread hears of Ctrl-C
        return
    before = signal.getsignal(signal.SIGINT)

    def remember(number: int, frame: FrameType | None) -> None:
        pressed.set()
        if callable(before):
            before(number, frame)

    if before is signal.SIG_IGN or before is None:
        yield pressed
        return
    signal.signal(signal.SIGINT, remember)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


def train(
    trainee: Trainee,
    settings: NeuralSettings,
    checkpoint: Checkpoint | None = None,
    *,
    progress: bool = False,
) -> History:
    """Train a network; in the end it has the weights that did best on the held-out part.

    After the first epoch in which the loss there does not fall, the learning rate falls to a
    fifth; after `patience` of them in a row training stops. With few texts several epochs count as
    one. Without a held-out part all epochs are run and the last weights stay.

    Args:
        trainee: The network, its texts and labels; changed.
        settings: Epochs, learning rates, patience, weights and seed.
        checkpoint: Where to keep the state after each epoch, and to go on from.
        progress: Show a progress bar on stderr.

    Returns:
        What was measured after each epoch.

    Raises:
        TrainingError: The loss is not a finite number.
    """
    model, size = trainee.model, trainee.batches.size
    weights = LabelWeights.of(trainee.targets, trainee.train, settings.class_weight)
    with seeded(settings.random_state):
        model.compile(Adam(settings.learning_rate, global_clipnorm=CLIP), weights.loss())
        model.optimizer.build(model.trainable_variables)
    state = State(trainee, settings)
    if checkpoint is not None:
        checkpoint.restore(state)
    per_epoch = len(trainee.train)
    bar = progress_bar("Training", per_epoch * state.epochs, "texts", show=progress)
    with bar as advance, heeded_interrupts() as interrupted:
        while not state.stop_reason:
            started = perf_counter()
            random = np.random.default_rng([settings.random_state or 0, state.epoch])
            order = trainee.batches.shuffled(trainee.train, random)
            fitted = model.fit(
                EpochBatches(trainee, weights, order),
                verbose=0,
                shuffle=False,
                callbacks=[AfterEachStep(advance, state.epoch * per_epoch, size, interrupted)],
            )
            # Keras' mean is over all rows, padding rows too.
            loss = float(fitted.history["loss"][0]) * len(order) * size / weights.sum
            state.record(loss, len(order), started, weights)
            if checkpoint is not None:
                checkpoint.write(state)
        advance(per_epoch * state.epochs)
    return state.finish()
