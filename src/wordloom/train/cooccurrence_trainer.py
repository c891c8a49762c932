"""What GloVe and Swivel share: counts instead of text, and turns that share no rows.

The matrix of co-occurrence counts is cut into blocks by stripes of words: block (r, c) holds the
cells whose row is in stripe r and whose column is in stripe c. With G stripes, the blocks
(r, (r + k) mod G) of all r share neither rows nor columns: they are a round. The blocks of a round
run at the same time in any order with the same result, bit for bit (DSGD: Gemulla et al. 2011,
"Large-scale matrix factorization with distributed stochastic gradient descent", KDD). An epoch is
G rounds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.errors import InputError
from wordloom.text.corpus import Corpus
from wordloom.train.checks import check_whole_numbers
from wordloom.train.task import Task
from wordloom.train.trainer import Trainer

__all__ = ["CooccurrenceTask", "CooccurrenceTrainer"]


@dataclass(frozen=True)
class CooccurrenceTrainer(Trainer[Corpus | Cooccurrences]):
    """What `GloVe` and `Swivel` have in common.

    Attributes:
        dim: Length of a vector.
        epochs: How many times to go through the cells.
        learning_rate: Step size.
        window: How far apart two words may stand to be counted, in words.
        symmetric: Count both sides of a word; False counts the words that stand left of it.
    """

    window: int = 10
    symmetric: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole_numbers(self, "window")
        if not isinstance(self.symmetric, bool):
            raise InputError(f"`symmetric` must be True or False. Received: {self.symmetric!r}.")

    def counted(self, text: Corpus | Cooccurrences, threads: int, progress: bool) -> Cooccurrences:
        """Return the counts to train on.

        Args:
            text: What `train` got. A corpus is counted into a temporary folder.
            threads: How many threads count.
            progress: Show a progress bar on stderr.

        Returns:
            The counts.

        Raises:
            InputError: The counts are of another window or symmetry.
        """
        if isinstance(text, Corpus):
            return Cooccurrences.count(
                text,
                window=self.window,
                symmetric=self.symmetric,
                threads=threads,
                progress=progress,
            )
        if (text.window, text.symmetric) != (self.window, self.symmetric):
            raise InputError(
                "The trainer and the counts must have the same window and symmetry. Received: "
                f"window={self.window}, symmetric={self.symmetric}, and counts with "
                f"window={text.window}, symmetric={text.symmetric}. Train with those, or count "
                "the corpus anew."
            )
        return text


class CooccurrenceTask(Task):
    """Blocks of co-occurrence counts, and the two tables of vectors that they train.

    A subclass adds `make_worker`; turn t of an epoch is block `blocks[t]`, with `seeds[t]` for what
    it draws at random.

    Args:
        trainer: The hyper-parameters.
        counts: The cells.
        rows: float32 (n_words, at least dim): one row for each word, stripe by stripe (see
            `Stripes.words`), that begins with its vector; what else it holds is the subclass's.
        columns: The same for words as columns.
        seed: Seed of the random generators.

    Attributes:
        blocks: int64 (turns,), the block of each turn of the epoch: row stripe * G + column stripe.
        seeds: uint64 (turns,), a random seed for each turn of the epoch.
        bounds: int64 (G + 1,): stripe s has the rows `bounds[s]` to `bounds[s + 1]` of the tables.
    """

    def __init__(
        self,
        trainer: CooccurrenceTrainer,
        counts: Cooccurrences,
        rows: NDArray[np.float32],
        columns: NDArray[np.float32],
        seed: int,
    ) -> None:
        self.trainer = trainer
        self.counts = counts
        self.rows = rows
        self.columns = columns
        self.seed = seed
        self.unit = "cells"
        self.size = counts.n_cells
        self.turns = counts.n_stripes**2
        self.together = counts.n_stripes
        self.state = {"rows": rows, "columns": columns}
        self.bounds = counts.stripes.firsts
        self.blocks = np.zeros(self.turns, np.int64)
        self.seeds = np.zeros(self.turns, np.uint64)

    def begin_epoch(self, epoch: int) -> None:
        """Put the rounds in a new order, and draw a seed for each turn."""
        random = np.random.default_rng([self.seed, epoch])
        stripes = np.arange(self.together)
        shifts = random.permutation(self.together)
        partners = (stripes + shifts[:, None]) % self.together
        self.blocks = (stripes * self.together + partners).reshape(-1)
        self.seeds = random.integers(0, 2**64, self.turns, np.uint64)

    def learning_rate(self, epoch: int, turn: int) -> float:
        """Return the step size, always the same: the accumulators make steps smaller."""
        return self.trainer.rate

    def vectors(self) -> NDArray[np.float32]:
        """Return the sum of each word's vectors as a row and as a column, as both papers do."""
        dim = self.trainer.dim
        vectors = np.empty((len(self.rows), dim), np.float32)
        vectors[self.counts.stripes.words] = self.rows[:, :dim] + self.columns[:, :dim]
        return vectors

    def nothing_to_train(self) -> str:
        """Return the message for counts without a cell."""
        return (
            "Training needs documents in which at least two words of the vocabulary stand side "
            f"by side. Received: {self.counts.n_tokens:,} words, and no such pair. Use longer "
            "documents or a lower `min_count`."
        )
