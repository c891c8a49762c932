"""What each step of a training reads, made from a stream on the processor."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.characters import PADDING, character_ids, sentence_marks, used_characters
from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.training.language_model import Batch
from wordloom.elmo.training.log_uniform import LogUniformSampler
from wordloom.elmo.training.streams import Stream
from wordloom.elmo.training.target_words import TargetWords
from wordloom.text.batches import TextBatch
from wordloom.text.vocabulary import Vocabulary

__all__ = ["Batches", "Lanes", "WordTable"]

SHORT = 14
"""Words of up to so many characters, their two marks included, are encoded apart from longer ones,
with fewer columns: they are nine of ten."""

TRIALS = 24
"""How many steps are looked at to find out how many different words a step has."""


class Lanes(NamedTuple):
    """How a stream is cut: into lanes that are read side by side, some steps at a time.

    Attributes:
        lanes: How many there are.
        steps: How many positions of each are read at a time.
        length: How many positions a lane has.
    """

    lanes: int
    steps: int
    length: int

    @classmethod
    def for_training(cls, size: int, lanes: int, steps: int) -> "Lanes":
        """Cut a stream to be trained on: at least ten times in a row, so that little is left over.

        Args:
            size: How long the stream is.
            lanes: How many lanes there should be.
            steps: How many steps to read at a time.
        """
        steps = min(steps, size)
        lanes = max(1, min(lanes, size // (10 * steps)))
        return cls(lanes, steps, size // lanes)

    @classmethod
    def for_judging(cls, size: int, lanes: int, steps: int) -> "Lanes":
        """Cut a stream so that every position of it is read once."""
        lanes = max(1, min(lanes, size // (10 * steps)))
        return cls(lanes, steps, -(-size // lanes))

    @property
    def turns(self) -> int:
        """How many whole turns of `steps` positions there are."""
        return self.length // self.steps

    def positions(self, turn: int) -> NDArray[np.int64]:
        """Return the positions of a turn, int64 (steps, lanes)."""
        steps = np.arange(turn * self.steps, (turn + 1) * self.steps)
        return steps[:, None] + np.arange(self.lanes) * self.length


class WordTable:
    """The characters of all that a stream can hold.

    Args:
        words: The corpus's words.
        options: The shape of the network.
    """

    def __init__(self, words: Vocabulary, options: ELMoOptions) -> None:
        self.options = options
        most = options.max_characters
        marks = sentence_marks(most)
        text = TextBatch(words.data, words.offsets)
        self.characters = np.concatenate([marks, character_ids(text, most)]).astype(np.uint16)
        sizes = np.minimum(np.diff(words.offsets) + 2, most)
        self.is_long = np.concatenate([[False, False], sizes > SHORT])
        self.columns = (used_characters(options, SHORT), most)

    def split(self, numbers: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the different numbers among some: of short words, and of long ones."""
        different = np.unique(numbers)
        long = self.is_long[different]
        return different[~long], different[long]

    def read(self, numbers: NDArray[np.int32], size: int, columns: int) -> NDArray[np.int32]:
        """Return the characters of some words, with rows of padding behind them."""
        characters = np.full((size, columns), PADDING, np.int32)
        characters[: len(numbers)] = self.characters[numbers, :columns]
        return characters


class Sizes(NamedTuple):
    """How many rows the arrays of a step have: what fits most steps, so that XLA compiles once."""

    short: int
    long: int
    targets: int


class Batches:
    """The batches of a stream.

    Args:
        table: The characters of its words.
        targets: The words that are predicted.
        lanes: How many lanes are read side by side, and how far at a time.
        stream: The stream by which sizes are chosen, and that is read first.
        sampler: Draws the sample of the softmax; None for the full softmax.
    """

    def __init__(
        self,
        table: WordTable,
        targets: TargetWords,
        lanes: Lanes,
        stream: Stream,
        sampler: LogUniformSampler | None,
    ) -> None:
        self.table, self.targets, self.lanes, self.sampler = table, targets, lanes, sampler
        self.stream = stream
        most = 2 * lanes.lanes * lanes.steps
        self.largest = Sizes(most + 2, most, most)
        turns = max(-(-len(stream) // (lanes.lanes * lanes.steps)), 1)
        looked_at = np.unique(np.linspace(0, turns - 1, TRIALS).astype(np.int64))
        found = np.array([self.sizes_of(int(turn)) for turn in looked_at]).max(0)
        self.usual = Sizes(*(rounded(int(size)) for size in found))

    def sizes_of(self, turn: int) -> Sizes:
        """Return how large the arrays of a turn would have to be."""
        inputs, targets, _ = self.read(turn)
        short, long = self.table.split(inputs)
        return Sizes(len(short), len(long), len(np.unique(targets)))

    def read(self, turn: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        """Return inputs and rows of targets, (2, steps, lanes), and weights, of a turn."""
        positions = self.lanes.positions(turn)
        ends = np.minimum((np.arange(self.lanes.lanes) + 1) * self.lanes.length, len(self.stream))
        there = positions < ends
        reading = self.stream.read(np.minimum(positions, len(self.stream) - 1))
        return reading.inputs, self.targets.rows[reading.targets], there.astype(np.float32)

    def make(self, turn: int, random: np.random.Generator | None = None) -> Batch:
        """Make the batch of a turn.

        Args:
            turn: Which turn, from 0.
            random: The generator that the sample is drawn with; None where there is none.
        """
        inputs, targets, weights = self.read(turn)
        short, long = self.table.split(inputs)
        sizes = [
            usual if count <= usual else rounded(count)
            for count, usual in zip((len(short), len(long)), self.usual, strict=False)
        ]
        places = np.empty(len(self.table.characters), np.int32)
        places[short] = np.arange(len(short))
        places[long] = np.arange(len(long)) + sizes[0]
        words = tuple(
            self.table.read(numbers, size, columns)
            for numbers, size, columns in zip((short, long), sizes, self.table.columns, strict=True)
        )
        rows = np.zeros(0, np.int32)
        corrections = np.zeros(0, np.float32)
        if self.sampler and random:
            rows, corrections, targets = self.sampled(targets, self.sampler, random)
        return Batch(words, places[inputs], rows, corrections, targets, weights)

    def sampled(
        self, targets: NDArray[np.int32], sampler: LogUniformSampler, random: np.random.Generator
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
        """Return the rows that take part, their corrections, and the targets' places among them."""
        sample, tries = sampler.draw(random)
        places = np.full(sampler.n_rows, -1, np.int32)
        places[sample] = np.arange(len(sample))
        others = np.unique(targets)
        others = others[places[others] < 0]
        places[others] = np.arange(len(others)) + len(sample)
        usual = self.usual.targets
        n_others = usual if len(others) <= usual else rounded(len(others))
        rows = np.arange(len(sample) + n_others, dtype=np.int32) + sampler.n_rows
        rows[: len(sample)] = sample
        rows[len(sample) : len(sample) + len(others)] = others
        corrections = np.zeros(len(rows), np.float32)
        taken = len(sample) + len(others)
        corrections[:taken] = sampler.log_expected_counts(rows[:taken], tries)
        return rows, corrections, places[targets]


def rounded(size: int) -> int:
    """Return a size with some room, of a few that there are."""
    step = 16
    while 16 * step < size:
        step *= 2
    return max(-(-size // step) * step, 16) if size else 0
