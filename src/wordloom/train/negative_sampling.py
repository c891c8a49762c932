"""Training with negative sampling: the loop that skip-gram and CBOW share."""

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, TrainingError
from wordloom.kernels.negative_sampling import Sampler, Settings, Tables, aligned_zeros
from wordloom.kernels.simd import padded
from wordloom.progress import Advance, progress_bar
from wordloom.text.corpus import Corpus
from wordloom.train.report import TrainingReport

__all__ = ["NegativeSampling", "alias_table", "keep_probabilities"]

BLOCK_WORDS = 20_000
"""Tokens in one call of a kernel: some 5 ms, so that progress, Ctrl-C and the learning rate are
fine-grained, yet long enough that handing blocks to threads costs nothing."""

LARGEST_STEP = 0.5
"""How far the summed steps of a chunk may move one row, in units of the rows they come from. Sums
of 1 still train, of 2 diverge, in vocabularies of 1 to 100 words."""

UNIT = 2**32
"""Kernels compare probabilities with 32 random bits."""

Block = Callable[[Tables, int, int, float, np.uint64], tuple[float, int, float]]
"""Trains on tokens start to end with a learning rate and a random seed; see the kernels."""


@dataclass(frozen=True)
class NegativeSampling:
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
    chunk: int = 32
    shared_negatives: int = 16

    def __post_init__(self) -> None:
        for name in ("dim", "window", "negative", "epochs", "chunk", "shared_negatives"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InputError(f"`{name}` must be a whole number from 1. Received: {value!r}.")
        for name in ("learning_rate", "subsample", "negative_exponent"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                raise InputError(f"`{name}` must be a finite number from 0. Received: {value!r}.")
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

    def make_worker(self, corpus: Corpus, sampler: Sampler, settings: Settings) -> Block:
        """Return the function with which one thread trains a block; it owns the thread's buffers."""
        raise NotImplementedError

    def safe_settings(self, counts: NDArray[np.int64]) -> Settings:
        """Return the numbers that the kernels take, the chunk small enough for a vocabulary.

        All gradients of a chunk are taken from the same state and then added. Where one word makes
        up much of the text, its row collects so many that their sum would overshoot. The chunk is
        therefore cut so that no row's summed weight, times the learning rate, exceeds
        `LARGEST_STEP`; with a vocabulary of thousands this changes nothing.
        """
        kept = counts * keep_probabilities(counts, self.subsample)
        drawn = counts.astype(np.float64) ** self.negative_exponent
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


class Run:
    """One training: its tables, its threads' buffers, and what it has measured so far."""

    def __init__(
        self, trainer: NegativeSampling, corpus: Corpus, threads: int, seed: int, name: str
    ) -> None:
        self.trainer = trainer
        self.corpus = corpus
        self.seed = seed
        self.name = name
        self.started = time.perf_counter()
        self.tables = initial_tables(len(corpus.vocabulary), trainer.dim, seed)
        sampler = make_sampler(
            corpus.vocabulary.counts, trainer.subsample, trainer.negative_exponent
        )
        settings = trainer.safe_settings(corpus.vocabulary.counts)
        self.workers = [trainer.make_worker(corpus, sampler, settings) for _ in range(threads)]
        self.losses: list[float] = []
        self.last_good: NDArray[np.float32] | None = None

    def train_epoch(self, epoch: int, advance: Advance) -> None:
        """Go through the corpus once; threads take blocks of it in turn."""
        tokens = self.corpus.n_tokens
        # Text is often sorted (by class, by source); blocks in a new order each epoch keep the
        # vectors from following the text that happens to stand last.
        order = np.random.default_rng([self.seed, epoch]).permutation(-(-tokens // BLOCK_WORDS))
        blocks = enumerate(order.tolist())
        lock = threading.Lock()
        totals = np.zeros(2)
        stop = threading.Event()

        def work(worker: Block) -> None:
            while not stop.is_set():
                with lock:
                    turn, block = next(blocks, (0, None))
                if block is None:
                    return
                start = block * BLOCK_WORDS
                done = epoch * tokens + turn * BLOCK_WORDS
                loss, pairs, probe = worker(
                    self.tables,
                    start,
                    min(start + BLOCK_WORDS, tokens),
                    self.learning_rate(done),
                    block_seed(self.seed, epoch, start),
                )
                if not math.isfinite(probe) or not math.isfinite(loss):
                    stop.set()
                    raise self.diverged(epoch, done)
                with lock:
                    totals[:] += loss, pairs
                    advance(done)

        with ThreadPoolExecutor(len(self.workers)) as pool:
            futures = [pool.submit(work, worker) for worker in self.workers]
            try:
                for future in futures:
                    future.result()
            finally:
                stop.set()
        loss, pairs = totals
        if pairs == 0:
            raise InputError(
                "Training needs documents in which at least two words of the vocabulary stand "
                f"side by side. Received: {tokens:,} words in {self.corpus.n_documents:,} "
                "documents, and no pair after subsampling. Use longer documents, a lower "
                "`min_count` or subsample=0."
            )
        self.losses.append(loss / pairs)
        self.last_good = self.vectors()

    def learning_rate(self, done: int) -> float:
        """Return the step size after ``done`` words: falling linearly, never below 1e-4 of it."""
        share = 1 - done / (self.corpus.n_tokens * self.trainer.epochs)
        return self.trainer.learning_rate * max(share, 1e-4)

    def vectors(self) -> NDArray[np.float32]:
        """Return a copy of the input vectors without their padding."""
        return self.tables.input[:, : self.trainer.dim].copy()

    def diverged(self, epoch: int, done: int) -> TrainingError:
        """Return the error that says where training broke down and with which settings."""
        settings = ", ".join(
            f"{field.name}={getattr(self.trainer, field.name)!r}" for field in fields(self.trainer)
        )
        kept = (
            f"The vectors after epoch {epoch} are kept."
            if epoch
            else "No epoch was finished, so nothing is kept."
        )
        return TrainingError(
            f"Training {self.trainer.algorithm} overflowed (NaN or infinity) in epoch {epoch + 1} "
            f"of {self.trainer.epochs}, after {done:,} words, at learning rate "
            f"{self.learning_rate(done):.4g}. Settings: {settings}. Lower `learning_rate` "
            f"(the default is {type(self.trainer)().learning_rate:g}). {kept}",
            self.embedding() if epoch else None,
        )

    def embedding(self) -> StaticEmbedding:
        """Return the state after the last finished epoch as an embedding."""
        seconds = time.perf_counter() - self.started
        words = self.corpus.n_tokens * len(self.losses)
        report = TrainingReport(
            algorithm=self.trainer.algorithm,
            settings=asdict(self.trainer),
            corpus_words=self.corpus.n_tokens,
            vocabulary=len(self.corpus.vocabulary),
            epochs=len(self.losses),
            losses=tuple(self.losses),
            seconds=seconds,
            words_per_second=words / seconds,
            threads=len(self.workers),
            seed=self.seed,
        )
        return StaticEmbedding(
            self.corpus.vocabulary,
            self.vectors() if self.last_good is None else self.last_good,
            name=self.name,
            tokenizer=self.corpus.tokenizer,
            report=report.to_json(),
        )


def processor_count() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS on the calling thread: our threads are the parallel ones, and products are small."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


def block_seed(seed: int, epoch: int, start: int) -> np.uint64:
    """Return the seed of a block's generator, whichever thread trains it."""
    return np.random.SeedSequence([seed, epoch, start]).generate_state(1, np.uint64)[0]


def initial_tables(n_words: int, dim: int, seed: int) -> Tables:
    """Return word2vec.c's first state: inputs uniform in ±0.5 / dim, outputs zero."""
    tables = Tables(aligned_zeros(n_words, padded(dim)), aligned_zeros(n_words, padded(dim)))
    random = np.random.default_rng(seed)
    tables.input[:, :dim] = (random.random((n_words, dim), np.float32) - 0.5) / dim
    return tables


def make_sampler(counts: NDArray[np.int64], subsample: float, exponent: float) -> Sampler:
    """Return the tables from which the kernels draw."""
    if counts.sum() <= 0:
        raise InputError(
            "Training needs word counts. Received: a vocabulary whose counts are all 0. Build the "
            "corpus again."
        )
    threshold, alias = alias_table(counts.astype(np.float64) ** exponent)
    keep = np.minimum(keep_probabilities(counts, subsample) * UNIT, UNIT - 1).astype(np.uint32)
    return Sampler(keep, threshold, alias)


def keep_probabilities(counts: NDArray[np.int64], subsample: float) -> NDArray[np.float64]:
    """Return the probability with which each word survives subsampling, as word2vec.c computes it.

    Args:
        counts: int64 (n_words,).
        subsample: The threshold t; 0 keeps all.

    Returns:
        float64 (n_words,): sqrt(t / f) + t / f for share f, at most 1.

    Example:
        >>> keep_probabilities(np.array([9_999, 1]), 1e-4).round(4).tolist()
        [0.0101, 1.0]
    """
    if subsample == 0:
        return np.ones(len(counts))
    ratio = subsample * counts.sum() / np.maximum(counts, 1)
    return np.minimum(np.sqrt(ratio) + ratio, 1.0)


def alias_table(weights: NDArray[np.float64]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Return the alias table of a discrete distribution (Vose 1991).

    Args:
        weights: float64 (n,), in proportion to the probabilities.

    Returns:
        uint32 (n,), with which probability (in units of 2^-32) a slot stands for itself, and int32
        (n,), for what it stands otherwise.

    Example:
        >>> threshold, alias = alias_table(np.array([3.0, 1.0]))
        >>> (threshold / 2**32).round(3).tolist(), alias.tolist()
        ([1.0, 0.5], [0, 0])
    """
    share = weights * (len(weights) / weights.sum())
    alias = np.arange(len(weights), dtype=np.int32)
    small = np.flatnonzero(share < 1).tolist()
    large = np.flatnonzero(share >= 1).tolist()
    # What falls through the two lists is 1 up to rounding, and stands for itself.
    probability = np.ones(len(weights))
    while small and large:
        less, more = small.pop(), large[-1]
        probability[less] = share[less]
        alias[less] = more
        share[more] -= 1 - share[less]
        if share[more] < 1:
            small.append(large.pop())
    return np.minimum(probability * UNIT, UNIT - 1).astype(np.uint32), alias
