"""One training of ELMo: its steps, its epochs, its checkpoints, and what it has measured so far."""

import hashlib
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.training.batches import Batches, Lanes, WordTable
from wordloom.elmo.training.language_model import LanguageModel, State
from wordloom.elmo.training.log_uniform import LogUniformSampler
from wordloom.elmo.training.memory import memory_kept
from wordloom.elmo.training.perplexity import Perplexity, judge
from wordloom.elmo.training.streams import Stream
from wordloom.elmo.training.target_words import MARKS
from wordloom.elmo.training.text import Text
from wordloom.errors import TrainingError
from wordloom.parallel import processor_count
from wordloom.progress import Advance, progress_bar
from wordloom.train.checkpoint import Checkpoints, Position
from wordloom.train.report import TrainingReport

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.elmo.training.language_model import Batch
    from wordloom.elmo.training.trainer import ELMo
    from wordloom.text.corpus import Corpus

__all__ = ["Run"]

AHEAD = 3
"""How many batches are made before they are needed, on a thread of their own."""

BEHIND = 2
"""How many steps later a loss is looked at, so that the device need not wait for Python."""

JUDGED_LANES = 64
"""How many lanes held-out text is read in."""

# What is drawn at random, after the seed: one number for each purpose.
SOFTMAX, ORDER, SAMPLES, DROPOUT = 1, 2, 3, 4


class Run:
    """One training.

    Args:
        trainer: The hyper-parameters.
        corpus: The text.
        seed: Seed of the random generators.
        name: Name of the embedding.
        init: The embedding to start from.
    """

    def __init__(
        self, trainer: "ELMo", corpus: "Corpus", seed: int, name: str, init: "ELMoEmbedding | None"
    ) -> None:
        if init is not None:
            trainer = replace(trainer, options=init.options)
        self.trainer, self.corpus, self.seed = trainer, corpus, seed
        self.name, self.init = name, init
        self.options = trainer.shape
        earlier = None if init is None else [*softmax_words(init)][len(MARKS) :]
        self.text = Text.prepare(trainer, corpus, seed, earlier or [])
        targets = self.text.targets
        n_samples = trainer.samples(len(targets))
        self.sampler = LogUniformSampler(len(targets), n_samples) if n_samples else None
        self.lanes = Lanes.for_training(
            self.text.trained.n_predictions, trainer.batch_size, trainer.steps
        )
        self.model = LanguageModel(
            self.options,
            steps=self.lanes.steps,
            n_samples=n_samples,
            learning_rate=trainer.learning_rate,
            clip_norm=trainer.clip_norm,
            dropout=trainer.dropout,
            mixed_precision=trainer.mixed_precision,
        )
        self.table = WordTable(corpus.vocabulary, self.options)
        self.batches = Batches(
            self.table, targets, self.lanes, Stream(self.text.trained), self.sampler
        )
        self.judged = self.held_out_batches()
        self.epoch = self.turn = 0
        self.losses: list[float] = []
        # The losses of each turn of this epoch; and what held-out text gave after each epoch.
        self.outcomes = np.zeros((self.lanes.turns, 2))
        self.perplexities = np.zeros((trainer.epochs, 2))
        self.seconds = 0.0
        self.started = time.perf_counter()
        self.identity = {
            "algorithm": "elmo",
            "text": corpus.fingerprint,
            "seed": seed,
            "init": None if init is None else fingerprint(init.weights),
            **asdict(trainer),
            "device": jax.default_backend(),
        }
        self.arrays: dict[str, NDArray[Any]] = {
            **self.model.first_state(
                self.first_weights(), self.lanes.lanes, trainer.initial_accumulator
            ),
            "outcomes": self.outcomes,
            "perplexities": self.perplexities,
        }
        self.state = device_state(self.arrays)
        self.last_good: dict[str, NDArray[np.float32]] | None = None

    def first_weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the network and the softmax to begin with."""
        random = np.random.default_rng([self.seed, SOFTMAX])
        words, dim = self.text.targets.words, self.options.projection_dim
        # Drawn as published: a normal distribution of the standard deviation 1 / sqrt(dim).
        matrix = random.standard_normal((len(words), dim), np.float32) / np.float32(dim**0.5)
        softmax = {"W": matrix, "b": np.zeros(len(words), np.float32)}
        if self.init is None:
            return random_weights(self.options, self.seed) | softmax
        if known := softmax_words(self.init):
            earlier = self.init.softmax or {}
            rows = [place for place, word in enumerate(words) if word in known]
            for name, array in softmax.items():
                array[rows] = earlier[name][[known[words[row]] for row in rows]]
        return dict(self.init.weights) | softmax

    def held_out_batches(self) -> Batches | None:
        """Return the batches of the text that is held out, if there is any."""
        stream = Stream(self.text.held_out)
        if not len(stream):
            return None
        lanes = Lanes.for_judging(len(stream), JUDGED_LANES, self.lanes.steps)
        return Batches(self.table, self.text.targets, lanes, stream, None)

    def resume(self, checkpoints: Checkpoints) -> None:
        """Go on from a checkpoint; without one, from the beginning with a warning."""
        position = checkpoints.read(self.identity, self.arrays)
        if position is None:
            return
        if position.epoch > self.trainer.epochs or position.turn > self.lanes.turns:
            raise checkpoints.damaged("it lies behind the end of the training")
        self.state = device_state(self.arrays)
        self.epoch, self.turn = position.epoch, position.turn
        self.losses = list(position.losses)
        self.seconds = position.seconds
        if self.epoch > 0 and self.turn == 0:
            self.last_good = weights_among(self.arrays)

    def train(self, checkpoints: Checkpoints | None, *, progress: bool) -> None:
        """Go through what is left of the epochs."""
        self.started = time.perf_counter() - self.seconds
        per_epoch = self.lanes.turns * self.lanes.lanes * self.lanes.steps
        total = float(per_epoch * self.trainer.epochs)
        with (
            memory_kept(),
            progress_bar("Training elmo", total, "tokens", show=progress) as advance,
            # Steps are taken on a thread of their own, where Ctrl-C cannot tear one apart.
            ThreadPoolExecutor(1) as steps,
            ThreadPoolExecutor(1) as maker,
        ):
            while self.epoch < self.trainer.epochs:
                self.begin_epoch()
                while self.turn < self.lanes.turns:
                    stop = threading.Event()
                    work = steps.submit(self.take_steps, maker, checkpoints, advance, stop)
                    try:
                        work.result()
                    except KeyboardInterrupt:
                        stop.set()
                        work.result()
                        self.write(checkpoints)
                        raise
                    if checkpoints and checkpoints.due():
                        self.write(checkpoints)
                self.end_epoch()

    def begin_epoch(self) -> None:
        """Put the documents into the order of this epoch."""
        order = np.random.default_rng([self.seed, ORDER, self.epoch])
        trained = self.text.trained
        self.batches.stream = Stream(trained.chosen(order.permutation(trained.n_units)))

    def take_steps(
        self,
        maker: ThreadPoolExecutor,
        checkpoints: Checkpoints | None,
        advance: Advance,
        stop: threading.Event,
    ) -> None:
        """Take steps until the epoch is over, a checkpoint is due or `stop` is set."""
        unread: deque[tuple[int, jax.Array]] = deque()
        for batch in self.made_ahead(maker):
            seed = np.random.SeedSequence([self.seed, DROPOUT, self.epoch, self.turn])
            self.state, losses = self.model.train(
                self.state, batch, seed.generate_state(2, np.uint32)
            )
            unread.append((self.turn, losses))
            self.turn += 1
            while len(unread) > BEHIND:
                self.note(*unread.popleft(), advance)
            if stop.is_set() or (checkpoints and checkpoints.due()):
                break
        while unread:
            self.note(*unread.popleft(), advance)

    def made_ahead(self, maker: ThreadPoolExecutor) -> "Iterator[Batch]":
        """Yield the batches of the turns that are left, made on another thread."""
        epoch, batches = self.epoch, self.batches

        def make(turn: int) -> "Batch":
            return batches.make(turn, np.random.default_rng([self.seed, SAMPLES, epoch, turn]))

        turns = iter(range(self.turn, self.lanes.turns))
        made = deque(maker.submit(make, turn) for turn in islice(turns, AHEAD))
        while made:
            batch = made.popleft().result()
            made.extend(maker.submit(make, turn) for turn in islice(turns, 1))
            yield batch

    def note(self, turn: int, losses: "jax.Array", advance: Advance) -> None:
        """Keep the losses of a turn, and show how far training has come."""
        self.outcomes[turn] = losses
        if not np.isfinite(self.outcomes[turn]).all():
            raise self.diverged(turn)
        done = self.epoch * self.lanes.turns + turn + 1
        recent = self.outcomes[max(0, turn - 99) : turn + 1].mean()
        shown = f"loss {recent:.2f}"
        if self.epoch and self.judged:
            shown += f", held-out perplexity {self.perplexity(self.epoch - 1).average:.1f}"
        advance(done * self.lanes.lanes * self.lanes.steps, shown)

    def perplexity(self, epoch: int) -> Perplexity:
        """Return what held-out text gave after an epoch."""
        return Perplexity(*self.perplexities[epoch].tolist())

    def end_epoch(self) -> None:
        """Note the epoch's loss and keep its weights."""
        mean = float(self.outcomes.mean())
        weights = host_copy(self.state.weights)
        if not all(np.isfinite(each).all() for each in weights.values()):
            raise self.diverged(self.lanes.turns)
        if self.judged:
            found = judge(self.model, self.state.weights, self.judged)
            self.perplexities[self.epoch] = found.forward, found.backward
        self.losses.append(mean)
        self.last_good = weights
        self.outcomes[:] = 0
        self.epoch += 1
        self.turn = 0
        memory = self.model.first_memory(self.lanes.lanes)
        self.state = self.state._replace(h=owned(memory["h"]), c=owned(memory["c"]))

    def write(self, checkpoints: Checkpoints | None) -> None:
        """Write a checkpoint, if there is a place for one."""
        if checkpoints:
            seconds = time.perf_counter() - self.started
            self.arrays |= {name: np.array(array) for name, array in named_arrays(self.state)}
            position = Position(self.epoch, self.turn, tuple(self.losses), seconds)
            checkpoints.write(self.identity, position, self.arrays)

    def diverged(self, turn: int) -> TrainingError:
        """Return the error that says where training broke down and with which settings."""
        settings = ", ".join(f"{name}={value!r}" for name, value in asdict(self.trainer).items())
        kept = (
            "No finished epoch is at hand, so nothing is kept."
            if self.last_good is None
            else f"The weights after epoch {self.epoch} are kept."
        )
        return TrainingError(
            f"Training elmo diverged (NaN or infinity) in epoch {self.epoch + 1} of "
            f"{self.trainer.epochs}, at step {turn + 1:,} of {self.lanes.turns:,}. Settings: "
            f"{settings}. Lower `learning_rate` (here {self.trainer.learning_rate:g}). {kept}",
            None if self.last_good is None else self.embedding(),
        )

    def embedding(self) -> "ELMoEmbedding":
        """Return the state after the last finished epoch as an embedding."""
        from wordloom.elmo.embedding import ELMoEmbedding

        if self.last_good is None:
            raise RuntimeError("no epoch is finished")
        network = {name: each for name, each in self.last_good.items() if name not in ("W", "b")}
        return ELMoEmbedding(
            self.options,
            network,
            name=self.name,
            tokenizer=self.corpus.tokenizer,
            vocabulary=self.text.targets.vocabulary,
            softmax={name: self.last_good[name] for name in ("W", "b")},
            report=self.report(),
        )

    def report(self) -> dict[str, object]:
        """Return what the training has measured, as JSON."""
        seconds = time.perf_counter() - self.started
        tokens = self.lanes.turns * self.lanes.lanes * self.lanes.steps * len(self.losses)
        report = TrainingReport(
            algorithm="elmo",
            settings=self.trainer.settings(),
            corpus_words=self.corpus.n_tokens,
            vocabulary=len(self.text.targets),
            epochs=len(self.losses),
            losses=tuple(self.losses),
            seconds=seconds,
            words_per_second=tokens / seconds,
            threads=processor_count(),  # JAX takes all on a CPU
            seed=self.seed,
            unit="tokens",
            units_per_second=tokens / seconds,
            init=None if self.init is None else {"name": self.init.name},
        )
        perplexities = [
            self.perplexity(epoch).to_json() for epoch in range(len(self.losses)) if self.judged
        ]
        return {
            **report.to_json(),
            "device": jax.default_backend(),
            "perplexities": perplexities,
            "held_out_tokens": self.text.held_out.n_predictions,
            "held_out_unknown": self.text.unknown_share(),
        }


def softmax_words(embedding: "ELMoEmbedding") -> dict[str, int]:
    """Return the words of an embedding's softmax and their rows; none where it has no softmax."""
    if embedding.softmax is None or embedding.vocabulary is None:
        return {}
    words = [*MARKS, *embedding.vocabulary.words]
    if len(words) != len(embedding.softmax["b"]):
        return {}
    return {word: row for row, word in enumerate(words)}


def device_state(arrays: Mapping[str, NDArray[Any]]) -> State:
    """Put the state onto the device."""
    groups: dict[str, dict[str, jax.Array]] = {"weights": {}, "squares": {}}
    for path, array in arrays.items():
        group, _, name = path.partition("/")
        if group in groups:
            groups[group][name] = owned(array)
    return State(groups["weights"], groups["squares"], owned(arrays["h"]), owned(arrays["c"]))


def owned(array: NDArray[Any]) -> "jax.Array":
    """Return a copy in memory of the device's own.

    A step reuses the buffers that it is given. On a CPU `jnp.array` may leave the numbers where
    NumPy has them, and later ones would be written there.
    """
    copied: jax.Array = jnp.copy(jnp.asarray(array)).block_until_ready()
    return copied


def named_arrays(state: State) -> Iterator[tuple[str, "jax.Array"]]:
    """Yield the arrays of a state by their names in a checkpoint."""
    for group in ("weights", "squares"):
        for name, array in getattr(state, group).items():
            yield f"{group}/{name}", array
    yield "h", state.h
    yield "c", state.c


def host_copy(weights: "dict[str, jax.Array]") -> dict[str, NDArray[np.float32]]:
    """Return copies of arrays of the device, whose buffers later steps reuse."""
    return {name: np.array(each, np.float32) for name, each in weights.items()}


def weights_among(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Return copies of the weights in a checkpoint's arrays."""
    return {
        path.removeprefix("weights/"): array.copy()
        for path, array in arrays.items()
        if path.startswith("weights/")
    }


def fingerprint(weights: Mapping[str, NDArray[np.float32]]) -> str:
    """Return a digest of weights."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name]).data)
    return digest.hexdigest()
