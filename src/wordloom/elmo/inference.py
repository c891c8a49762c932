"""The two language models over sentences, on the CPU and without Keras.

Sentences of about the same length go through the layers together. They are packed: a sentence that
has ended takes no part in further steps, so nothing is padded. The two directions and the batches
run on all cores.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.options import DIRECTIONS, ELMoOptions
from wordloom.kernels.compile import read_only
from wordloom.kernels.projected_lstm import projected_lstm
from wordloom.parallel import one_blas_thread, processor_count

__all__ = ["LanguageModels", "States"]

# More rows make the products faster, as each reads all weights; more than these gain nothing.
MOST_ROWS = 384
MOST_POSITIONS = 1 << 15

States = list[list[tuple[NDArray[np.float32], NDArray[np.float32]]]]
"""For each direction and layer the cell states and the outputs after the last step, float32
(n_sequences, lstm_dim) and (n_sequences, projection_dim)."""


@dataclass(frozen=True)
class Cell:
    """The tensors of one LSTM layer, as the kernel takes them."""

    w_input: NDArray[np.float32]
    w_state: NDArray[np.float32]
    bias: NDArray[np.float32]
    projection: NDArray[np.float32]


class LanguageModels:
    """The forward and the backward language model.

    Args:
        options: The shape of the network.
        weights: Its tensors by published name.
    """

    def __init__(self, options: ELMoOptions, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.options = options
        self.cells = [
            [
                self.cell(weights, options.cell_name(direction, layer))
                for layer in range(options.n_layers)
            ]
            for direction in range(len(DIRECTIONS))
        ]

    def cell(self, weights: Mapping[str, NDArray[np.float32]], name: str) -> Cell:
        """Return a layer's tensors; the input's weights lie above the state's."""
        both = weights[f"{name}/W_0"]
        middle = len(both) - self.options.projection_dim
        parts = both[:middle], both[middle:], weights[f"{name}/B"], weights[f"{name}/W_P_0"]
        return Cell(*(read_only(np.ascontiguousarray(part)) for part in parts))

    def first_states(self, n_sequences: int) -> States:
        """Return states of zero."""
        options = self.options
        sizes = (options.lstm_dim, options.projection_dim)
        return [
            [
                tuple(np.zeros((n_sequences, size), np.float32) for size in sizes)  # type: ignore[misc]
                for _ in range(options.n_layers)
            ]
            for _ in DIRECTIONS
        ]

    def layers(
        self,
        token_vectors: NDArray[np.float32],
        marks: NDArray[np.float32],
        ids: NDArray[np.int64],
        splits: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Run both models over sentences, each from states of zero.

        Args:
            token_vectors: float32 (n_words, projection_dim), the words' vectors.
            marks: float32 (2, projection_dim), those of the marks around each sentence.
            ids: int64 (n_tokens,), the word of each token.
            splits: int64 (n_sentences + 1,), where each sentence starts and the last one ends.

        Returns:
            float32 (n_layers + 1, n_tokens, 2 * projection_dim): the words' vectors, twice side by
            side, and the outputs of each layer, forward and backward side by side.
        """
        layers = self.with_token_layer(token_vectors, ids)
        table = np.concatenate([token_vectors, marks])
        lengths = np.diff(splits)
        order = np.argsort(-lengths, kind="stable")
        order = order[: np.count_nonzero(lengths)]  # a sentence without tokens has no outputs
        tasks = [
            (direction, batch)
            for batch in batches(lengths[order])
            for direction in range(len(DIRECTIONS))
        ]

        def work(task: tuple[int, slice]) -> None:
            direction, batch = task
            chosen = order[batch]
            # What follows the mark at the end is of no use to anybody.
            packed = pack(splits[chosen], lengths[chosen], direction, last_step=False)
            states = self.first_states(len(chosen))
            self.run(direction, packed, table, ids, states, layers)

        with one_blas_thread(), ThreadPoolExecutor(processor_count()) as pool:
            for _ in pool.map(work, tasks):
                pass
        return layers

    def layers_in_turn(
        self,
        token_vectors: NDArray[np.float32],
        marks: NDArray[np.float32],
        ids: NDArray[np.int64],
        splits: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Run both models over sentences one after the other, each from where the last one ended.

        Arguments and result are those of `layers`. The published program does so, with one
        sentence at a time.
        """
        layers = self.with_token_layer(token_vectors, ids)
        table = np.concatenate([token_vectors, marks])
        states = self.first_states(1)
        for start, end in pairwise(splits):
            for direction in range(len(DIRECTIONS)):
                packed = pack(start[None], (end - start)[None], direction, last_step=True)
                self.run(direction, packed, table, ids, states, layers)
        return layers

    def with_token_layer(
        self, token_vectors: NDArray[np.float32], ids: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return an array for all layers whose first one is filled in."""
        options = self.options
        layers = np.empty((options.n_layers + 1, len(ids), options.dim), np.float32)
        for direction in range(len(DIRECTIONS)):
            np.take(token_vectors, ids, axis=0, out=self.half(layers[0], direction), mode="clip")
        return layers

    def half(self, layer: NDArray[np.float32], direction: int) -> NDArray[np.float32]:
        """Return a direction's part of a layer, a view."""
        size = self.options.projection_dim
        return layer[:, direction * size : (direction + 1) * size]

    def run(
        self,
        direction: int,
        packed: "Packed",
        table: NDArray[np.float32],
        ids: NDArray[np.int64],
        states: States,
        layers: NDArray[np.float32],
    ) -> None:
        """Run one model over packed sentences and fill in its part of the layers."""
        options = self.options
        tokens = packed.tokens
        inside = tokens >= 0
        # Marks have the negative numbers -2 and -1, which are the last two rows of the table.
        rows = np.where(inside, ids[np.maximum(tokens, 0)], tokens)
        x = table[rows]
        cell_clip, projection_clip = (
            np.float32(clip or np.inf) for clip in (options.cell_clip, options.projection_clip)
        )
        for layer, cell in enumerate(self.cells[direction]):
            outputs = np.empty((len(tokens), options.projection_dim), np.float32)
            c, h = states[direction][layer]
            projected_lstm(
                read_only(x),
                read_only(packed.starts),
                cell.w_input,
                cell.w_state,
                cell.bias,
                cell.projection,
                cell_clip,
                projection_clip,
                c,
                h,
                outputs,
            )
            if options.skip_connections and layer > 0:
                outputs += x
            self.half(layers[layer + 1], direction)[tokens[inside]] = outputs[inside]
            x = outputs


@dataclass(frozen=True)
class Packed:
    """Which token each row of packed sentences is.

    Attributes:
        tokens: int64 (n_positions,), the number of the token; -2 for the mark before a sentence, -1
            for the one behind it.
        starts: int64 (n_steps + 1,), where each step's rows start and the last one's end.
    """

    tokens: NDArray[np.int64]
    starts: NDArray[np.int64]


def pack(
    firsts: NDArray[np.int64], lengths: NDArray[np.int64], direction: int, *, last_step: bool
) -> Packed:
    """Pack sentences.

    Args:
        firsts: int64 (n_sentences,), the first token of each.
        lengths: int64 (n_sentences,), how many tokens they have, falling.
        direction: 0 reads forwards, 1 backwards.
        last_step: Whether the mark at the end is read as well.

    Returns:
        The rows.

    Example:
        >>> packed = pack(np.array([2, 0]), np.array([3, 2]), 1, last_step=False)
        >>> packed.tokens.tolist(), packed.starts.tolist()
        ([-1, -1, 4, 1, 3, 0, 2], [0, 2, 4, 6, 7])
    """
    n_steps = int(lengths[0]) + 1 + last_step
    step = np.arange(n_steps)[:, None]
    there = step <= lengths + last_step
    tokens = firsts + (step - 1 if direction == 0 else lengths - step)
    begin, end = (-2, -1) if direction == 0 else (-1, -2)
    tokens = np.where(step == 0, begin, np.where(step > lengths, end, tokens))
    starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
    return Packed(tokens[there], starts)


def batches(lengths: NDArray[np.int64]) -> list[slice]:
    """Cut sentences of falling length into batches that are neither too wide nor too long.

    Example:
        >>> batches(np.array([30_000, 3, 2]))
        [slice(0, 1, None), slice(1, 3, None)]
    """
    found = []
    first = 0
    while first < len(lengths):
        n = min(MOST_ROWS, max(1, MOST_POSITIONS // (int(lengths[first]) + 2)))
        found.append(slice(first, min(first + n, len(lengths))))
        first = found[-1].stop
    return found
