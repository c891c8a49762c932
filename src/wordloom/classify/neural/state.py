"""How far the training of a network has come, and what it has brought on the held-out part."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.neural.batches import Batch, Batches
from wordloom.classify.neural.history import History, Measurement
from wordloom.classify.neural.network import predicted
from wordloom.classify.neural.settings import NeuralSettings
from wordloom.classify.neural.weights import LabelWeights
from wordloom.classify.targets import Targets
from wordloom.combine.backend import keras
from wordloom.errors import TrainingError

__all__ = ["State", "Trainee"]

# Kiela, Wang and Cho 2018 lower the learning rate to a fifth when an epoch brings no progress, down
# to a fifth of the first.
DECAY = 0.2
# With few texts an epoch is a handful of steps, too few to tell progress from chance: patience
# counts as many epochs as make these steps for one, and there are more of them.
STEPS_TO_JUDGE = 20
LEAST_EPOCHS, LEAST_STEPS = 30, 700


@dataclass(frozen=True)
class Trainee:
    """A network about to be trained.

    Attributes:
        model: A Keras model of word numbers, and what each token has beside them, to scores.
        batches: The texts, of training and of the held-out part.
        targets: The labels of all these texts.
        train: int64, which texts to train on.
        held_out: int64, which to judge by; may be none.
        layers: For each frozen ELMo float32 or float16 (n_tokens, n_layers, dim), of all tokens of
            the texts.
    """

    model: Any
    batches: Batches
    targets: Targets
    train: NDArray[np.int64]
    held_out: NDArray[np.int64]
    layers: Sequence[NDArray[np.floating[Any]]] = ()

    def inputs(self, batch: Batch) -> list[NDArray[Any]]:
        """Return what the model takes of a batch.

        Args:
            batch: The batch.
        """
        places = self.batches.places(batch)
        return [
            self.batches.padded(batch, values[places])
            for values in (self.batches.tokens, *self.layers)
        ]


class State:
    """How far a training has come.

    Args:
        trainee: The network, its texts and labels.
        settings: When to stop.

    Attributes:
        epochs: How many epochs there are at most.
        span: How many epochs without progress count as one for `patience`.
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
        steps = -(-len(trainee.train) // trainee.batches.size)
        self.span = -(-STEPS_TO_JUDGE // steps)
        self.epochs = settings.epochs or max(LEAST_EPOCHS, -(-LEAST_STEPS // steps))

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
            scores = predicted_scores(trainee)
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
        if not self.stop_reason and self.epoch == self.epochs:
            self.stop_reason = f"all {self.epochs} epochs are done"

    def judge(self) -> None:
        """Keep the weights if they are the best; else lower the learning rate, or stop."""
        settings, model, last = self.settings, self.trainee.model, self.measurements[-1]
        best = self.measurements[self.best_epoch - 1] if self.best_epoch else None
        if best is None or cast("float", last.loss) < cast("float", best.loss):
            self.best_epoch = last.epoch
            self.best = [keras.ops.convert_to_numpy(weight) for weight in model.weights]
            return
        idle = last.epoch - best.epoch
        if idle >= self.span:
            model.optimizer.learning_rate = settings.learning_rate * DECAY
        if idle >= settings.patience * self.span:
            self.stop_reason = f"no better for {idle} epochs"

    def finish(self) -> History:
        """Put the best weights in place and return the record."""
        if self.best is not None:
            self.trainee.model.set_weights(self.best)
        return History(tuple(self.measurements), self.stop_reason, self.best_epoch)


def predicted_scores(trainee: Trainee) -> NDArray[np.float32]:
    """Return the scores of the held-out texts, float32 (n, n_outputs), in their order."""
    texts, batches = trainee.held_out, trainee.batches
    rows = np.zeros(0, np.float32)
    place = np.empty(len(batches.bucket), np.int64)
    place[texts] = np.arange(len(texts))
    for batch in batches.in_order(texts):
        found = predicted(trainee.model, trainee.inputs(batch))
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
