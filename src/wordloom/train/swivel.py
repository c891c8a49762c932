"""Swivel (Shazeer, Doherty, Evans and Waterson 2016, arXiv 1602.02215)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.errors import InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.negative_sampling import aligned_zeros
from wordloom.kernels.simd import padded
from wordloom.kernels.swivel import Cells, Rule, Side, make_space, train_swivel_block
from wordloom.text.corpus import Corpus
from wordloom.train.cooccurrence_trainer import (
    CooccurrenceTask,
    CooccurrenceTrainer,
)
from wordloom.train.start import Start
from wordloom.train.task import Outcome, Task, Work

__all__ = ["VARIANTS", "Swivel", "SwivelTask", "Variant"]


class Variant(NamedTuple):
    """The constants of one variant of Swivel.

    Attributes:
        learning_rate: Step size.
        first_square: What the optimizer's squared gradients begin with.
        first_length: Length of the first vectors, on average.
        rule: Weights of cells and the optimizer's rule.
    """

    learning_rate: float
    first_square: float
    first_length: float
    rule: Rule


def variant(
    learning_rate: float,
    first_square: float,
    first_length: float,
    *,
    confidence: tuple[float, float],
    optimizer: tuple[float, float, float],
) -> Variant:
    """Return a variant whose rule has the kernel's types."""
    rule = Rule(*map(np.float32, (*confidence, *optimizer)))
    return Variant(learning_rate, first_square, first_length, rule)


VARIANTS = {
    "paper": variant(1.0, 0.1, 1.0, confidence=(0.1, 0.25), optimizer=(1, 1, 0)),
    "2017": variant(0.1, 1.0, 1.0, confidence=(0, 1), optimizer=(0.1, 0.9, 1e-10)),
    "adaptive": variant(0.05, 1e-8, 0.1, confidence=(0.1, 0.25), optimizer=(1, 1, 0)),
}
"""The constants of the two releases, by name: those of 2016 with AdaGrad, which the paper has, and
those of the rewrite for distributed training (2017) with RMSProp; and a variant of our own. With
the published ones, gradients on a text of millions of words stay far below the 0.1 that AdaGrad's
sums begin with: steps never adapt, and rare words keep most of their first, random vector. With
sums from nearly zero and short first vectors, 10 epochs on the reviews of IMDB score as 20 do (MEN
.59 and .55, RW .38 and .36)."""

DEVICES = ("auto", "cpu", "gpu")


@dataclass(frozen=True)
class Swivel(CooccurrenceTrainer):
    """Swivel: vectors whose inner products approach the pointwise mutual information of words.

    Strong on rare words: every pair of words is trained, also those that never stand together. An
    observed cell's squared error counts by its confidence, 0.1 + 0.25 sqrt(x) ("paper") or sqrt(x)
    ("2017"); the others are only kept from scores above that of a count of 1. The time of an epoch
    grows with the square of the vocabulary and hardly with the text. Settings and defaults are the
    original's (its `dim` is 300).

    Attributes:
        dim: Length of a vector.
        epochs: How many times to go through all cells.
        learning_rate: Step size; 0 takes the variant's: 1.0 for "paper", 0.1 for "2017", 0.05 for
            "adaptive".
        window: How far apart two words may stand to be counted, in words.
        symmetric: Count both sides of a word; False counts the words that stand left of it.
        variant: "paper" for the constants and optimizer (AdaGrad) of the paper and the release of
            2016, "2017" for those of the release of 2017 (RMSProp); "adaptive", which is ours, for
            those of the paper with an optimizer that needs half of the epochs or fewer.
        device: "cpu"; "gpu", which needs JAX with CUDA; "auto" takes a GPU where JAX finds one.
            The results are the same up to rounding.

    Example:
        >>> corpus = Corpus.from_texts(["red wine and white wine"] * 20, min_count=1)
        >>> embedding = Swivel(dim=8, epochs=5).train(corpus, threads=1)
        >>> embedding.vectors.shape
        (4, 8)
    """

    epochs: int = 40
    learning_rate: float = 0
    variant: str = "paper"
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            names = ", ".join(VARIANTS)
            raise InputError(f"`variant` must be one of {names}. Received: {self.variant!r}.")
        if self.device not in DEVICES:
            raise InputError(f"`device` must be 'auto', 'cpu' or 'gpu'. Received: {self.device!r}.")
        super().__post_init__()

    @property
    def rate(self) -> float:
        """The step size: `learning_rate`, or the variant's where that is 0."""
        return self.learning_rate or VARIANTS[self.variant].learning_rate

    def prepare(
        self, text: Corpus | Cooccurrences, start: Start, seed: int, threads: int, progress: bool
    ) -> tuple[Cooccurrences, Task]:
        """Set up a training; see `Trainer.prepare`."""
        gpu = None
        if self.device != "cpu":
            from wordloom.train.swivel_jax import SwivelJaxTask, find_gpu

            gpu = find_gpu(required=self.device == "gpu")
        counts = self.counted(text, threads, progress)
        task = SwivelTask(self, counts, start, seed)
        return counts, task if gpu is None else SwivelJaxTask(task, gpu)


class SwivelTask(CooccurrenceTask):
    """Swivel at work on one text's counts.

    Every occurrence of a word counts as 1 beside itself as well, as in the original.

    Args:
        trainer: The hyper-parameters.
        counts: The cells.
        start: Which vectors the words begin with.
        seed: Seed of the random generators.

    Attributes:
        row_sides: What the kernel takes for each stripe of rows.
        column_sides: The same for columns.
    """

    trainer: Swivel

    def __init__(self, trainer: Swivel, counts: Cooccurrences, start: Start, seed: int) -> None:
        self.constants = VARIANTS[trainer.variant]
        self.order = counts.stripes.words
        random = np.random.default_rng(seed)
        rows, columns = (self.first_table(trainer.dim, counts, start, random) for _ in range(2))
        super().__init__(trainer, counts, rows, columns, seed)
        self.size = len(rows) ** 2
        row_squares, column_squares = np.empty_like(rows), np.empty_like(rows)
        row_squares[:] = column_squares[:] = self.constants.first_square
        self.state |= {"row_squares": row_squares, "column_squares": column_squares}

        itself = counts.vocabulary.counts
        row_sums, column_sums = counts.row_sums + itself, counts.column_sums + itself
        row_biases = np.log1p(row_sums) - np.log1p(row_sums.sum())
        self.row_sides = self.sides(rows, row_squares, row_biases)
        self.column_sides = self.sides(columns, column_squares, np.log1p(column_sums))
        self.diagonal = [
            with_itself(
                self.observed(stripe * (self.together + 1)), itself[stripe :: self.together]
            )
            for stripe in range(self.together)
        ]

    def first_table(
        self, dim: int, counts: Cooccurrences, start: Start, random: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return vectors to begin with, stripe by stripe: normal, with variance length² / dim."""
        n_words = len(counts.vocabulary)
        drawn = random.standard_normal((n_words, dim), np.float32)
        drawn *= np.float32(self.constants.first_length / np.sqrt(dim))
        # A word's vector is the sum of two.
        start.fill(drawn, counts.vocabulary, share=0.5)
        table = aligned_zeros(n_words, padded(dim))
        table[:, :dim] = drawn[self.order]
        return table

    def sides(
        self,
        vectors: NDArray[np.float32],
        squares: NDArray[np.float32],
        biases: NDArray[np.float64],
    ) -> list[Side]:
        """Return each stripe's part of the parameters and, put in the stripes' order, of biases."""
        ordered = read_only(biases[self.order].astype(np.float32))
        return [
            Side(vectors[first:end], squares[first:end], ordered[first:end])
            for first, end in zip(self.bounds[:-1], self.bounds[1:], strict=True)
        ]

    def observed(self, block: int) -> Cells:
        """Return the cells of a block that were counted."""
        counts = self.counts
        part = slice(int(counts.block_starts[block]), int(counts.block_starts[block + 1]))
        return Cells(
            read_only(counts.rows[part]),
            read_only(counts.columns[part]),
            read_only(counts.counts[part]),
        )

    def cells(self, block: int) -> Cells:
        """Return the cells of a block that are not zero, those of words beside themselves too."""
        row_stripe, column_stripe = divmod(block, self.together)
        return self.diagonal[row_stripe] if row_stripe == column_stripe else self.observed(block)

    def make_worker(self) -> Work:
        """Return what one thread trains with."""
        widest = int(np.diff(self.bounds).max())
        space = make_space(widest, self.rows.shape[1])

        def work(epoch: int, turn: int) -> Outcome:
            block = int(self.blocks[turn])
            row_stripe, column_stripe = divmod(block, self.together)
            rows, columns = self.row_sides[row_stripe], self.column_sides[column_stripe]
            rate, rule = self.learning_rate(epoch, turn), self.constants.rule
            loss = train_swivel_block(rows, columns, self.cells(block), rate, rule, space)
            return Outcome(loss, len(rows.vectors) * len(columns.vectors), loss)

        return work


def with_itself(cells: Cells, itself: NDArray[np.int64]) -> Cells:
    """Add to a block on the diagonal how often each word stands beside itself.

    Args:
        cells: The block's cells.
        itself: int64 (n_rows,), what to add to each cell (i, i).

    Returns:
        The cells with (i, i) for all i.

    Example:
        >>> cells = Cells(np.uint16([0, 1]), np.uint16([1, 1]), np.float32([3, 4]))
        >>> with_itself(cells, np.array([10, 20])).counts.tolist()
        [10.0, 3.0, 24.0]
    """
    width = len(itself)
    places = cells.rows.astype(np.int64) * width + cells.columns
    own = np.arange(width) * (width + 1)
    every = np.union1d(places, own)
    counts = np.zeros(len(every), np.float32)
    counts[np.searchsorted(every, places)] = cells.counts
    counts[np.searchsorted(every, own)] += itself.astype(np.float32)
    rows, columns = np.divmod(every, width)
    return Cells(
        read_only(rows.astype(np.uint16)), read_only(columns.astype(np.uint16)), read_only(counts)
    )
