"""The trainer that skip-gram and CBOW share: negative sampling's settings and its `train`."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.kernels.negative_sampling import Sampler, Settings, Tables
from wordloom.parallel import one_blas_thread, processor_count
from wordloom.progress import progress_bar
from wordloom.text.corpus import Corpus
from wordloom.train.run import Run
from wordloom.train.sampling import keep_probabilities, negative_weights

__all__ = ["NegativeSampling", "TrainBlock"]

LARGEST_STEP = 0.5
"""How far the summed steps of a chunk may move one row, in units of the rows they come from. With 1
to 100 words, sums of 1 still train everywhere; of 2, some settings diverge."""

TrainBlock = Callable[[Tables, int, int, float, np.uint64], tuple[float, int, float]]
"""Trains on tokens start to end with a learning rate and a random seed; see the kernels."""


@dataclass(frozen=True)
class NegativeSampling(ABC):
    """What `SkipGram` and `CBOW` have in common; defaults of word2vec.c.

    Attributes:
        dim: Length of a vector.
        window: Widest context, in words each side; each center word draws 1 .. window.
        negative: Negative samples for each training pair.
        epochs: How many times to go through the corpus.
        learning_rate: First step size; it falls linearly to a ten-thousandth of it.
        subsample: Words more frequent than this share of the corpus are thinned out; a word of
            share f is kept with probability sqrt(subsample / f) + subsample / f. 0 keeps all.
        negative_exponent: Negative words are drawn in proportion to count ** negative_exponent.
        chunk: How many consecutive center words are trained together, from the same state, at most;
            fewer where the vocabulary is so small that their steps would add up to too much.
        shared_negatives: How many negative words such a chunk draws; all its pairs share them, each
            with the weight that keeps `negative` samples for a pair.
    """

    dim: int = 100
    window: int = 5
    negative: int = 5
    epochs: int = 5
    learning_rate: float = 0.025
    subsample: float = 1e-3
    negative_exponent: float = 0.75
    chunk: int = 48
    shared_negatives: int = 24

    def __post_init__(self) -> None:
        for name in ("dim", "window", "negative", "epochs", "chunk", "shared_negatives"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InputError(f"`{name}` must be a whole number from 1. Received: {value!r}.")
        for name in ("learning_rate", "subsample", "negative_exponent"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise InputError(f"`{name}` must be a finite number from 0. Received: {value!r}.")
        if self.negative_exponent > 10:
            raise InputError(
                f"`negative_exponent` must be at most 10. Received: {self.negative_exponent!r}."
            )
        if self.learning_rate == 0:
            raise InputError("`learning_rate` must be above 0. Received: 0.")

    @property
    def algorithm(self) -> str:
        """The trainer's name in reports."""
        return type(self).__name__.lower()

    @property
    def pairs_per_center(self) -> int:
        """How many training pairs one center word makes, on average."""
        return 1

    @abstractmethod
    def make_worker(self, corpus: Corpus, sampler: Sampler, settings: Settings) -> TrainBlock:
        """Return the function with which one thread trains a block; it owns that thread's buffers.

        Args:
            corpus: The text.
            sampler: What the kernels draw from.
            settings: What `safe_settings` returned.
        """

    def safe_settings(self, counts: NDArray[np.int64]) -> Settings:
        """Return the numbers that the kernels take, the chunk small enough for a vocabulary.

        All gradients of a chunk are taken from the same state and then added. Where one word makes
        up much of the text, its row collects so many that their sum would overshoot. The chunk is
        therefore cut so that no row's summed weight, times the learning rate, exceeds
        `LARGEST_STEP`; with a vocabulary of thousands this changes nothing.
        """
        kept = counts * keep_probabilities(counts, self.subsample)
        drawn = negative_weights(counts, self.negative_exponent)
        terms = self.pairs_per_center * max(
            (1 + self.negative) * kept.max() / kept.sum(), self.negative * drawn.max() / drawn.sum()
        )
        chunk = max(1, min(self.chunk, int(LARGEST_STEP / (self.learning_rate * terms))))
        return Settings(self.window, self.negative, chunk, self.shared_negatives)

    def train(
        self,
        corpus: Corpus,
        *,
        threads: int | None = None,
        seed: int = 1,
        progress: bool = False,
        name: str | None = None,
    ) -> StaticEmbedding:
        """Train an embedding on a corpus.

        Args:
            corpus: The text. Windows never cross its documents.
            threads: How many threads train; None takes one for each processor. One thread gives
                the same result bit for bit for the same seed; several update shared tables without
                locks, so that runs differ a little.
            seed: Seed of the random generators, from 0.
            progress: Show a progress bar on stderr.
            name: Name of the embedding; None takes the algorithm's.

        Returns:
            The embedding; its `report` is a `TrainingReport` as JSON.

        Raises:
            InputError: A setting is out of range, or the corpus has no two words side by side.
            TrainingError: A number overflowed. The message names the step and the settings, and the
                error's `embedding` holds the state after the last good epoch, if there was one.
        """
        workers = processor_count() if threads is None else threads
        if workers < 1:
            raise InputError(f"`threads` must be at least 1. Received: {threads}.")
        if seed < 0:
            raise InputError(f"`seed` must be at least 0. Received: {seed}.")
        run = Run(self, corpus, workers, seed, name or self.algorithm)
        total = float(corpus.n_tokens * self.epochs)
        with (
            one_blas_thread(),
            progress_bar(f"Training {self.algorithm}", total, "words", show=progress) as advance,
        ):
            for epoch in range(self.epochs):
                run.train_epoch(epoch, advance)
        return run.embedding()
