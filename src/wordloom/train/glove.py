"""GloVe (Pennington, Socher, Manning 2014)."""

from dataclasses import dataclass

import numpy as np

from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.kernels.compile import read_only
from wordloom.kernels.glove import Cells, glove_rates, make_glove_table, train_glove_block
from wordloom.text.corpus import Corpus
from wordloom.train.checks import check_number
from wordloom.train.cooccurrence_trainer import (
    CooccurrenceTask,
    CooccurrenceTrainer,
)
from wordloom.train.start import Start
from wordloom.train.task import Outcome, Work

__all__ = ["GloVe"]


@dataclass(frozen=True)
class GloVe(CooccurrenceTrainer):
    """GloVe: inner products of word vectors learn the logarithms of co-occurrence counts.

    The loss is the mean over all cells of f(X) (w·w̃ + b + b̃ - log X)² / 2, where X is the count of
    a word w beside a word w̃, b and b̃ are their biases, and f(X) = min(1, X / x_max) ** alpha
    (Pennington, Socher, Manning 2014, "GloVe: Global Vectors for Word Representation", EMNLP; the
    half, which the paper leaves out, is that of the authors' tool, so that costs compare). A word's
    vector is w + w̃. Settings and defaults are those of that tool, but `dim`, which is 50 there.
    Steps are AdaGrad's, one cell at a time, in the tool's arithmetic. Each epoch visits the blocks
    of the counts in a new order, and each block's cells in a new order.

    The result is the same bit for bit for any number of threads.

    Attributes:
        dim: Length of a vector.
        epochs: How many times to go through the cells; the paper takes 50 for dim < 300, else 100.
        learning_rate: First step size of the vectors; biases have 1, as in the tool.
        window: How far apart two words may stand to be counted, in words. The paper takes 10.
        symmetric: Count both sides of a word; False counts the words that stand left of it.
        x_max: From which count on a cell has full weight. Small texts do better with less: the
            authors' newer vectors (2024) were trained with 10.
        alpha: How fast the weight falls below that count.

    Example:
        >>> from wordloom.text.corpus import Corpus
        >>> corpus = Corpus.from_texts(["red wine and white wine"] * 20, min_count=1)
        >>> embedding = GloVe(dim=8, epochs=5).train(corpus)
        >>> embedding.vectors.shape
        (4, 8)
    """

    epochs: int = 25
    learning_rate: float = 0.05
    window: int = 15
    x_max: float = 100.0
    alpha: float = 0.75

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number(self, "x_max", above=0)
        check_number(self, "alpha", most=10)

    def prepare(
        self,
        text: Corpus | Cooccurrences,
        start: Start,
        seed: int,
        threads: int,
        progress: bool,
    ) -> "tuple[Cooccurrences, GloVeTask]":
        """Set up a training; see `Trainer.prepare`."""
        counts = self.counted(text, threads, progress)
        return counts, GloVeTask(self, counts, start, seed)


class GloVeTask(CooccurrenceTask):
    """GloVe at work on one matrix of counts.

    As in the tool, vectors and biases begin uniform in ±0.5 / (dim + 1). A word that `start` knows
    begins with half of its vector as row and half as column: they add up to it.

    Args:
        trainer: The hyper-parameters.
        counts: The cells.
        start: Which vectors the words begin with.
        seed: Seed of the random generators.
    """

    def __init__(self, trainer: GloVe, counts: Cooccurrences, start: Start, seed: int) -> None:
        n_words, dim = len(counts.vocabulary), trainer.dim
        random = np.random.default_rng(seed)
        order = counts.stripes.words
        tables = []
        for side in (0, 1):
            vectors = random.random((n_words, dim + 1), np.float32)
            vectors -= 0.5
            vectors /= dim + 1
            start.fill(vectors, counts.vocabulary, share=0.5)
            tables.append(make_glove_table(vectors[order], side))
        rows, columns = tables
        super().__init__(trainer, counts, rows, columns, seed)
        self.weighting = np.float32(np.log(trainer.x_max)), np.float32(trainer.alpha)
        self.rates = glove_rates(dim, trainer.learning_rate)

    def make_worker(self) -> Work:
        """Return what one thread trains with."""
        counts, bounds = self.counts, self.bounds
        largest = int(np.diff(counts.block_starts).max())
        logarithms, weights = np.zeros(largest, np.float32), np.zeros(largest, np.float32)
        order = np.zeros(largest, np.int32)
        log_x_max, alpha = self.weighting

        def work(epoch: int, turn: int) -> Outcome:
            block = int(self.blocks[turn])
            row, column = divmod(block, self.together)
            start, end = (int(bound) for bound in counts.block_starts[block : block + 2])
            size = end - start
            cells = Cells(
                read_only(counts.rows[start:end]),
                read_only(counts.columns[start:end]),
                logarithms[:size],
                weights[:size],
            )
            # NumPy's logarithm and exponential are vectorised; a kernel's are not.
            np.log(counts.counts[start:end], out=cells.logarithms)
            np.subtract(cells.logarithms, log_x_max, out=cells.weights)
            np.multiply(cells.weights, alpha, out=cells.weights)
            np.minimum(cells.weights, 0, out=cells.weights)
            np.exp(cells.weights, out=cells.weights)
            loss, probe = train_glove_block(
                cells,
                self.rows[bounds[row] : bounds[row + 1]],
                self.columns[bounds[column] : bounds[column + 1]],
                self.rates,
                self.seeds[turn],
                order[:size],
            )
            return Outcome(loss, size, probe)

        return work
