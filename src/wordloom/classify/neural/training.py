"""Training a network: epochs, the held-out part, when to stop, going on when interrupted."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.neural.batches import Batch, Batches
from wordloom.classify.neural.checkpoint import Checkpoint
from wordloom.classify.neural.history import History, Measurement
from wordloom.classify.neural.network import predicted, seeded
from wordloom.classify.neural.settings import NeuralSettings
from wordloom.classify.neural.weights import LabelWeights
from wordloom.classify.targets import Targets
from wordloom.combine.backend import keras
from wordloom.combine.learning_rates import Adam
from wordloom.errors import TrainingError
from wordloom.progress import Advance, progress_bar

__all__ = ["Trainee", "predicted_scores", "train"]

# Kiela, Wang and Cho 2018 clip gradients to a norm of 5, and lower the learning rate to a fifth
# when an epoch brings no progress, down to a fifth of the first.
CLIP = 5.0
DECAY = 0.2


@dataclass(frozen=True)
class Trainee:
    """A network about to be trained.

    Attributes:
        model: A Keras model of word numbers to scores.
        batches: The texts, of training and of the held-out part.
        targets: The labels of all these texts.
        train: int64, which texts to train on.
        held_out: int64, which to judge by; may be none.
    """

    model: Any
    batches: Batches
    targets: Targets
    train: NDArray[np.int64]
    held_out: NDArray[np.int64]


class EpochBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """The batches of one epoch, as Keras reads them."""

    def __init__(self, trainee: Trainee, weights: LabelWeights, order: Sequence[Batch]) -> None:
        super().__init__()
        self.trainee = trainee
        self.weights = weights
        self.order = order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, place: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return word numbers, labels, and how much each text counts: padding rows do not."""
        batch, size = self.order[place], self.trainee.batches.size
        codes = self.trainee.targets.codes
        labels = np.zeros((size, *codes.shape[1:]), np.float32 if codes.ndim == 2 else np.int32)
        labels[: len(batch.texts)] = codes[batch.texts]
        counts = np.zeros(size, np.float32)
        counts[: len(batch.texts)] = self.weights.texts[batch.texts]
        return self.trainee.batches.ids(batch), labels, counts


class ShowProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Moves a progress bar, by texts."""

    def __init__(self, advance: Advance, done: int, size: int) -> None:
        super().__init__()
        self.advance = advance
        self.done = done
        self.size = size

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Say how many texts have passed."""
        self.advance(self.done + (batch + 1) * self.size)


def train(
    trainee: Trainee,
    settings: NeuralSettings,
    checkpoint: Checkpoint | None = None,
    *,
    progress: bool = False,
) -> History:
    """Train a network; in the end it has the weights that did best on the held-out part.

    After the first epoch in which the loss there does not fall, the learning rate falls to a
    fifth; after `patience` of them in a row training stops. Without a held-out part all epochs are
    run and the last weights stay.

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
    with progress_bar("Training", per_epoch * settings.epochs, "texts", show=progress) as advance:
        while not state.stop_reason:
            started = perf_counter()
            random = np.random.default_rng([settings.random_state or 0, state.epoch])
            order = trainee.batches.shuffled(trainee.train, random)
            fitted = model.fit(
                EpochBatches(trainee, weights, order),
                verbose=0,
                shuffle=False,
                callbacks=[ShowProgress(advance, state.epoch * per_epoch, size)],
            )
            # Keras' mean is over all rows, padding rows too.
            loss = float(fitted.history["loss"][0]) * len(order) * size / weights.sum
            state.record(loss, len(order), started, weights)
            if checkpoint is not None:
                checkpoint.write(state)
        advance(per_epoch * settings.epochs)
    return state.finish()


class State:
    """How far a training has come.

    Args:
        trainee: The network, its texts and labels.
        settings: When to stop.

    Attributes:
        measurements: What was measured after each epoch.
        best: The weights that did best on the held-out part; None until there are any.
        best_epoch: After which epoch; None likewise.
        stop_reason: Why training is over; empty before.
    """

    def __init__(self, trainee: Trainee, settings: NeuralSettings) -> None:
        self.trainee = trainee
        self.settings = settings
        self.measurements: list[Measurement] = []
        self.best: list[NDArray[Any]] | None = None
        self.best_epoch: int | None = None
        self.stop_reason = ""

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.measurements)

    def record(self, loss: float, steps: int, started: float, weights: LabelWeights) -> None:
        """Measure what an epoch has brought, and decide what follows.

        Args:
            loss: The mean loss of the training texts.
            steps: How many batches the epoch had.
            started: When it began, by `perf_counter`.
            weights: How much each text counts.

        Raises:
            TrainingError: A loss is not a finite number.
        """
        trainee, settings = self.trainee, self.settings
        figures: dict[str, float] = {}
        if len(trainee.held_out):
            scores = predicted_scores(trainee.model, trainee.batches, trainee.held_out)
            figures = held_out_figures(scores, trainee, weights)
        if not all(np.isfinite([loss, *figures.values()])):
            raise TrainingError(
                f"The loss must be a finite number. Received: {loss} in epoch {self.epoch + 1} at "
                f"a learning rate of {settings.learning_rate:g}. Take a lower one."
            )
        before = self.measurements[-1] if self.measurements else Measurement(0, 0, 0.0, 0.0)
        self.measurements.append(
            Measurement(
                self.epoch + 1,
                before.step + steps,
                before.seconds + perf_counter() - started,
                loss,
                **figures,
            )
        )
        if figures:
            self.judge()
        if not self.stop_reason and self.epoch == settings.epochs:
            self.stop_reason = f"all {settings.epochs} epochs are done"

    def judge(self) -> None:
        """Keep the weights if they are the best; else lower the learning rate, or stop."""
        settings, model, last = self.settings, self.trainee.model, self.measurements[-1]
        best = self.measurements[self.best_epoch - 1] if self.best_epoch else None
        if best is None or cast("float", last.loss) < cast("float", best.loss):
            self.best_epoch = last.epoch
            self.best = model.get_weights()
            return
        slowest = settings.learning_rate * DECAY
        model.optimizer.learning_rate = slowest
        if last.epoch - best.epoch >= settings.patience:
            self.stop_reason = f"no better for {settings.patience} epochs"

    def finish(self) -> History:
        """Put the best weights in place and return the record."""
        if self.best is not None:
            self.trainee.model.set_weights(self.best)
        return History(tuple(self.measurements), self.stop_reason, self.best_epoch)


def predicted_scores(
    model: Any,  # noqa: ANN401 (a Keras model)
    batches: Batches,
    texts: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the scores of texts.

    Args:
        model: A model of word numbers to scores.
        batches: The texts.
        texts: int64 (n,), which of them.

    Returns:
        float32 (n, n_outputs), in the order of `texts`.
    """
    rows = np.zeros(0, np.float32)
    place = np.empty(len(batches.bucket), np.int64)
    place[texts] = np.arange(len(texts))
    for batch in batches.in_order(texts):
        found = predicted(model, batches.ids(batch))
        if not len(rows):
            rows = np.empty((len(texts), found.shape[1]), np.float32)
        rows[place[batch.texts]] = found[: len(batch.texts)]
    return rows


def held_out_figures(
    scores: NDArray[np.float32], trainee: Trainee, weights: LabelWeights
) -> dict[str, float]:
    """Return the loss, accuracy and macro averages on the held-out part, by name."""
    from sklearn.metrics import precision_recall_fscore_support

    targets, texts = trainee.targets, trainee.held_out
    codes = targets.codes[texts]
    losses = np.asarray(
        weights.loss()(codes.astype(np.float32 if codes.ndim == 2 else np.int32), scores)
    )
    found = scores > 0 if targets.multi_label else scores.argmax(axis=1)
    right = (found == codes).all(axis=1) if targets.multi_label else found == codes
    precision, recall, f1, _ = precision_recall_fscore_support(
        codes, found, labels=np.arange(len(targets.classes)), average="macro", zero_division=0
    )
    return {
        "loss": float(np.average(losses, weights=weights.texts[texts])),
        "accuracy": float(right.mean()),
        "macro_precision": float(precision),
        "macro_recall": float(recall),
        "macro_f1": float(f1),
    }
