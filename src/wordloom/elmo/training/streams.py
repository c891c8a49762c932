"""Sentences laid end to end, for a language model that reads them forward and one backward.

As in Peters et al. 2018 (arXiv 1802.05365): a sentence stands between two marks. The forward model
begins with the first mark and predicts each word, then the last mark; the backward model reads the
sentence from its end. Nothing is predicted from one sentence to the next, but what the models
remember is carried over.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BEGIN", "END", "FIRST_WORD", "Reading", "Sentences", "Stream", "draw_held_out"]

BEGIN, END = 0, 1
"""The numbers of the two marks in a stream."""

FIRST_WORD = 2
"""The number of the corpus's word 0 in a stream."""

FEWEST_DOCUMENTS = 20
# With fewer, held-out text is drawn by the sentence: a document would be too large a share.


class Reading(NamedTuple):
    """What both models read, and what they should have predicted.

    Attributes:
        inputs: int32 (2, …), a number for each position: forward, backward.
        targets: int32 (2, …), the same for what comes next.
    """

    inputs: NDArray[np.int32]
    targets: NDArray[np.int32]


class Sentences(NamedTuple):
    """Sentences of a corpus.

    Attributes:
        tokens: int32 (n_tokens,), word ids of all the corpus.
        starts: int64 (n_sentences,), where in `tokens` each sentence starts.
        lengths: int64 (n_sentences,), how many tokens it has.
        units: int64 (n_units + 1,), where among the sentences each unit starts and the last one
            ends. Units are what is put into random order: documents, each with its sentences.
    """

    tokens: NDArray[np.int32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    units: NDArray[np.int64]

    @classmethod
    def of(
        cls, tokens: NDArray[np.int32], splits: NDArray[np.int64], documents: NDArray[np.int64]
    ) -> "Sentences":
        """Take the sentences of a corpus.

        Args:
            tokens: int32 (n_tokens,), word ids.
            splits: int64 (n_sentences + 1,), where sentences start and the last one ends.
            documents: int64 (n_documents + 1,), the same for documents.

        Returns:
            The sentences; a document without tokens is left out.
        """
        units = np.unique(np.searchsorted(splits, documents))
        return cls(tokens, splits[:-1], np.diff(splits), units.astype(np.int64))

    @property
    def n_units(self) -> int:
        """How many units there are."""
        return len(self.units) - 1

    @property
    def n_predictions(self) -> int:
        """How many predictions each model makes: one for each word, one for each sentence."""
        return int(self.lengths.sum()) + len(self.lengths)

    def chosen(self, units: NDArray[np.int64]) -> "Sentences":
        """Return some units, in the order given."""
        sizes = np.diff(self.units)[units]
        ends = np.cumsum(sizes)
        first = np.repeat(self.units[units] - (ends - sizes), sizes)
        sentences = first + np.arange(len(first))
        bounds = np.concatenate([[0], ends]).astype(np.int64)
        return Sentences(self.tokens, self.starts[sentences], self.lengths[sentences], bounds)

    def counts(self, n_words: int) -> NDArray[np.int64]:
        """Return how often each word occurs in these sentences, int64 (n_words,)."""
        within = np.arange(int(self.lengths.sum())) - np.repeat(
            np.cumsum(self.lengths) - self.lengths, self.lengths
        )
        return np.bincount(
            self.tokens[np.repeat(self.starts, self.lengths) + within], minlength=n_words
        )


def draw_held_out(
    sentences: Sentences, share: float, most: int, seed: int
) -> tuple[Sentences, Sentences]:
    """Set some text aside, of which a model is then never trained on a word.

    Args:
        sentences: All of them.
        share: How much to set aside, as a share of all predictions.
        most: How many predictions to set aside at most.
        seed: Seed of the draw.

    Returns:
        What is trained on, and what is held out: documents, or sentences where there are few
        documents. At least one unit is held out, unless `share` is 0 or there is only one.
    """
    if sentences.n_units < FEWEST_DOCUMENTS:
        every = np.arange(len(sentences.lengths) + 1)
        sentences = sentences._replace(units=every)
    order = np.random.default_rng([seed, 0]).permutation(sentences.n_units)
    wanted = min(share * sentences.n_predictions, most)
    ends = np.concatenate([[0], np.cumsum(sentences.lengths + 1)])[sentences.units]
    sizes = np.diff(ends)[order]
    # The first units that together reach what is wanted.
    n_held_out = int(np.searchsorted(np.cumsum(sizes), wanted)) + 1 if wanted > 0 else 0
    n_held_out = min(n_held_out, sentences.n_units - 1)
    held_out, trained = order[:n_held_out], order[n_held_out:]
    return sentences.chosen(np.sort(trained)), sentences.chosen(np.sort(held_out))


class Stream:
    """Sentences end to end, of which any positions can be read.

    Args:
        sentences: The sentences, in order.

    Example:
        >>> two = Sentences.of(np.array([0, 1, 2], np.int32), np.array([0, 2, 3]), np.array([0, 3]))
        >>> reading = Stream(two).read(np.arange(5))
        >>> reading.inputs.tolist(), reading.targets.tolist()
        ([[0, 2, 3, 0, 4], [1, 3, 2, 1, 4]], [[2, 3, 1, 4, 1], [3, 2, 0, 4, 0]])
    """

    def __init__(self, sentences: Sentences) -> None:
        self.sentences = sentences
        self.ends = np.cumsum(sentences.lengths + 1)

    def __len__(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def read(self, positions: NDArray[np.int64]) -> Reading:
        """Return what stands at some positions.

        Args:
            positions: int64 (…), from 0 to the length of the stream.

        Returns:
            Inputs and targets, int32 (2, …).
        """
        sentence = np.searchsorted(self.ends, positions, "right")
        length = self.sentences.lengths[sentence]
        start = self.sentences.starts[sentence]
        place = positions - (self.ends[sentence] - length - 1)
        first, last = place == 0, place == length
        # Where a mark stands there is no token to read; any will do.
        words = self.sentences.tokens
        before = np.where(first, 0, place - 1)
        here = np.where(last, 0, place)
        forward_in = np.where(first, BEGIN, words[start + before] + FIRST_WORD)
        forward_out = np.where(last, END, words[start + here] + FIRST_WORD)
        backward_in = np.where(first, END, words[start + length - 1 - before] + FIRST_WORD)
        backward_out = np.where(last, BEGIN, words[start + length - 1 - here] + FIRST_WORD)
        return Reading(
            np.stack([forward_in, backward_in]).astype(np.int32),
            np.stack([forward_out, backward_out]).astype(np.int32),
        )
