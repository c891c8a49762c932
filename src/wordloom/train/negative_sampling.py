"""What skip-gram, CBOW and FastText share: negative sampling's settings and its turns."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.negative_sampling import Sampler, Settings, Tables, aligned_zeros
from wordloom.kernels.simd import padded
from wordloom.text.corpus import Corpus
from wordloom.train.checks import check_number, check_whole_numbers
from wordloom.train.sampling import keep_probabilities, make_sampler, negative_weights
from wordloom.train.start import Start
from wordloom.train.task import Outcome, Task, Work
from wordloom.train.trainer import Trainer

__all__ = [
    "BLOCK_WORDS",
    "NegativeSampling",
    "NegativeSamplingTask",
    "TrainBlock",
    "initial_tables",
]

BLOCK_WORDS = 20_000
"""Tokens in one call of a kernel: some 5 ms, so that progress, Ctrl-C and the learning rate are
fine-grained, yet long enough that handing blocks to threads costs nothing."""

LARGEST_STEP = 0.5
"""How far the summed steps of a chunk may move one row, in units of the rows they come from. With 1
to 100 words, sums of 1 still train everywhere; of 2, some settings diverge."""

LARGEST_REPEAT = 0.6
"""How often a word may be a center in one chunk, in units of 1 / (learning rate × pairs of a
center). With 0.2 to 0.6, full texts of papers with long tables train alike; with 1.2, skip-gram's
loss is higher and CBOW diverges."""

TrainBlock = Callable[[int, int, float, np.uint64], tuple[float, int, float]]
"""Trains on tokens start to end with a learning rate and a random seed; see the kernels."""


@dataclass(frozen=True)
class NegativeSampling(Trainer[Corpus]):
    """What `SkipGram`, `CBOW` and `FastText` have in common; defaults of word2vec.c.

    Attributes:
        dim: Length of a vector.
        epochs: How many times to go through the corpus.
        learning_rate: First step size; it falls linearly to a ten-thousandth of it.
        window: Widest context, in words each side; each center word draws 1 .. window.
        negative: Negative samples for each training pair.
        subsample: Words more frequent than this share of the corpus are thinned out; a word of
            share f is kept with probability sqrt(subsample / f) + subsample / f. 0 keeps all.
        negative_exponent: Negative words are drawn in proportion to count ** negative_exponent.
        chunk: How many consecutive center words are trained together, from the same state, at most;
            fewer where the vocabulary is so small that their steps would add up to too much.
        shared_negatives: How many negative words such a chunk draws; all its pairs share them, each
            with the weight that keeps `negative` samples for a pair.
    """

    window: int = 5
    negative: int = 5
    subsample: float = 1e-3
    negative_exponent: float = 0.75
    chunk: int = 48
    shared_negatives: int = 24

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole_numbers(self, "window", "negative", "chunk", "shared_negatives")
        check_number(self, "subsample")
        check_number(self, "negative_exponent", most=10)

    @property
    def pairs_per_center(self) -> int:
        """How many training pairs one center word makes, on average."""
        return 1

    @abstractmethod
    def prepare(
        self, text: Corpus, start: Start, seed: int, threads: int, progress: bool
    ) -> tuple[Corpus, "NegativeSamplingTask"]:
        """Set up a training; see `Trainer.prepare`."""

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
        repeats = max(1, int(LARGEST_REPEAT / (self.learning_rate * self.pairs_per_center)))
        return Settings(self.window, self.negative, chunk, self.shared_negatives, repeats)


class NegativeSamplingTask(Task):
    """Negative sampling at work on one corpus.

    Args:
        trainer: The hyper-parameters.
        corpus: The text.
        tables: The parameters.
        seed: Seed of the random generators.
        make_train_block: Returns the function with which one thread trains a block; it owns that
            thread's buffers.
    """

    def __init__(
        self,
        trainer: NegativeSampling,
        corpus: Corpus,
        tables: Tables,
        seed: int,
        make_train_block: Callable[[Sampler, Settings], TrainBlock],
    ) -> None:
        self.trainer = trainer
        self.corpus = corpus
        self.tables = tables
        self.seed = seed
        self.make_train_block = make_train_block
        self.sampler = make_sampler(
            corpus.vocabulary.counts, trainer.subsample, trainer.negative_exponent
        )
        self.settings = trainer.safe_settings(corpus.vocabulary.counts)
        self.unit = "words"
        self.size = corpus.n_tokens
        self.turns = self.together = -(-corpus.n_tokens // BLOCK_WORDS)
        self.state = {"input": tables.input, "output": tables.output}
        # A hundred times that of the first state, in which every score is zero.
        self.largest_loss = 100 * (1 + trainer.negative) * math.log(2)
        self.order = np.arange(self.turns)

    def begin_epoch(self, epoch: int) -> None:
        """Put the blocks of the corpus in a new order.

        Text is often sorted (by class, by source); a new order each epoch keeps the vectors from
        following the text that happens to stand last.
        """
        self.order = np.random.default_rng([self.seed, epoch]).permutation(self.turns)

    def make_worker(self) -> Work:
        """Return what one thread trains with."""
        train_block = self.make_train_block(self.sampler, self.settings)

        def work(epoch: int, turn: int) -> Outcome:
            start = int(self.order[turn]) * BLOCK_WORDS
            end = min(start + BLOCK_WORDS, self.size)
            seed = block_seed(self.seed, epoch, start)
            return Outcome(*train_block(start, end, self.learning_rate(epoch, turn), seed))

        return work

    def learning_rate(self, epoch: int, turn: int) -> float:
        """Return the step size at a turn: falling linearly, never below 1e-4 of the first."""
        done = epoch * self.size + turn * BLOCK_WORDS
        share = 1 - done / (self.size * self.trainer.epochs)
        return self.trainer.learning_rate * max(share, 1e-4)

    def vectors(self) -> NDArray[np.float32]:
        """Return a copy of the input vectors without their padding."""
        return self.tables.input[:, : self.trainer.dim].copy()

    def nothing_to_train(self) -> str:
        """Return the message for an epoch without a single pair."""
        return (
            "Training needs documents in which at least two words of the vocabulary stand "
            f"side by side. Received: {self.size:,} words in {self.corpus.n_documents:,} "
            "documents, and no pair after subsampling. Use longer documents, a lower "
            "`min_count` or subsample=0."
        )


def block_seed(seed: int, epoch: int, start: int) -> np.uint64:
    """Return the seed of a block's generator, whichever thread trains it."""
    return np.uint64(np.random.SeedSequence([seed, epoch, start]).generate_state(1, np.uint64)[0])


def initial_tables(corpus: Corpus, start: Start, dim: int, seed: int) -> Tables:
    """Return word2vec.c's first state: inputs uniform in ±0.5 / dim, outputs zero.

    Inputs of words that `start` knows begin with its vectors. Their outputs, which an embedding
    does not keep, follow within the first steps: the inputs stand still as long as they are zero.
    """
    n_words = len(corpus.vocabulary)
    tables = Tables(aligned_zeros(n_words, padded(dim)), aligned_zeros(n_words, padded(dim)))
    random = np.random.default_rng(seed)
    tables.input[:, :dim] = (random.random((n_words, dim), np.float32) - 0.5) / dim
    start.fill(tables.input, corpus.vocabulary)
    return tables
