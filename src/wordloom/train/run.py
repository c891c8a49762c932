"""One training with negative sampling: its tables, its threads, and what it has measured so far."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, TrainingError
from wordloom.kernels.negative_sampling import Tables, aligned_zeros
from wordloom.kernels.simd import padded
from wordloom.progress import Advance
from wordloom.text.corpus import Corpus
from wordloom.train.report import TrainingReport
from wordloom.train.sampling import make_sampler

if TYPE_CHECKING:
    from wordloom.train.negative_sampling import NegativeSampling, TrainBlock

__all__ = ["BLOCK_WORDS", "Run"]

BLOCK_WORDS = 20_000
"""Tokens in one call of a kernel: some 5 ms, so that progress, Ctrl-C and the learning rate are
fine-grained, yet long enough that handing blocks to threads costs nothing."""


class Run:
    """One training.

    Args:
        trainer: The hyper-parameters and the kernel.
        corpus: The text.
        threads: How many threads train.
        seed: Seed of the random generators.
        name: Name of the embedding.
    """

    def __init__(
        self, trainer: "NegativeSampling", corpus: Corpus, threads: int, seed: int, name: str
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
        # More threads than blocks would have nothing to do but hold buffers.
        threads = min(threads, -(-corpus.n_tokens // BLOCK_WORDS) or 1)
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

        def work(worker: "TrainBlock") -> None:
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
        vectors = self.vectors()
        if not np.isfinite(vectors).all():
            # The last step of a word may overflow where no later score shows it.
            raise self.diverged(epoch, (epoch + 1) * tokens)
        self.losses.append(loss / pairs)
        self.last_good = vectors

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


def block_seed(seed: int, epoch: int, start: int) -> np.uint64:
    """Return the seed of a block's generator, whichever thread trains it."""
    return np.uint64(np.random.SeedSequence([seed, epoch, start]).generate_state(1, np.uint64)[0])


def initial_tables(n_words: int, dim: int, seed: int) -> Tables:
    """Return word2vec.c's first state: inputs uniform in ±0.5 / dim, outputs zero."""
    tables = Tables(aligned_zeros(n_words, padded(dim)), aligned_zeros(n_words, padded(dim)))
    random = np.random.default_rng(seed)
    tables.input[:, :dim] = (random.random((n_words, dim), np.float32) - 0.5) / dim
    return tables
