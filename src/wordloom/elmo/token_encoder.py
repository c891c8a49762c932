"""Words to the vectors that the language model reads, from their characters alone.

On the CPU and without Keras: each distinct word is worked out once, and only as far as its
characters reach; what convolutions make of nothing but padding is known beforehand.
"""

from collections.abc import Mapping
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.characters import PADDING, character_ids, sentence_marks
from wordloom.elmo.options import ELMoOptions
from wordloom.text.batches import TextBatch
from wordloom.text.vocabulary import Vocabulary

__all__ = ["TokenEncoder", "encode_characters"]

WORDS_AT_ONCE = 512
CACHE_BYTES = 1 << 28
# One for all, since an encoder that had its own could not be copied or pickled.
LOCK = Lock()


def encode_characters(
    options: ELMoOptions, weights: Mapping[str, NDArray[np.float32]], ids: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Run the character network: convolutions, maximum, highway layers, projection.

    Args:
        options: The shape of the network.
        weights: Its tensors by published name.
        ids: int32 (n_words, max_characters), as `character_ids` makes them.

    Returns:
        float32 (n_words, projection_dim).
    """
    ends = np.argmax(ids == PADDING, axis=1)
    ends[~(ids == PADDING).any(axis=1)] = ids.shape[1]
    vectors = np.empty((len(ids), options.projection_dim), np.float32)
    order = np.argsort(ends, kind="stable")
    for start in range(0, len(ids), WORDS_AT_ONCE):
        chosen = order[start : start + WORDS_AT_ONCE]
        convolved = convolutions(options, weights, ids[chosen], int(ends[chosen[-1]]))
        vectors[chosen] = project(options, weights, convolved)
    return vectors


def convolutions(
    options: ELMoOptions,
    weights: Mapping[str, NDArray[np.float32]],
    ids: NDArray[np.int32],
    end: int,
) -> NDArray[np.float32]:
    """Return the maxima of all filters, float32 (n_words, n_filters).

    From `end` on there is padding only; one window of it stands for all.
    """
    table = weights["char_embed"]
    results = []
    for place, (width, count) in enumerate(options.filters):
        used = min(end + width, ids.shape[1])
        characters = table[ids[:, :used]]
        windows = np.lib.stride_tricks.sliding_window_view(characters, width, axis=1)
        n_words, n_windows = windows.shape[:2]
        flat = windows.transpose(0, 1, 3, 2).reshape(n_words * n_windows, -1)
        filters = weights[f"CNN/W_cnn_{place}"].reshape(-1, count)
        found = (flat @ filters).reshape(n_words, n_windows, count).max(axis=1)
        found += weights[f"CNN/b_cnn_{place}"]
        results.append(found)
    joined: NDArray[np.float32] = np.concatenate(results, axis=1)
    if options.activation == "relu":
        return np.maximum(joined, np.float32(0), out=joined)
    return np.tanh(joined, out=joined)


def project(
    options: ELMoOptions, weights: Mapping[str, NDArray[np.float32]], x: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Run the highway layers (Srivastava et al. 2015) and the projection."""
    for place in range(options.n_highway):
        name = f"CNN_high_{place}"
        carry = x @ weights[f"{name}/W_carry"] + weights[f"{name}/b_carry"]
        gate = np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * carry))
        changed = np.maximum(x @ weights[f"{name}/W_transform"] + weights[f"{name}/b_transform"], 0)
        x = gate * changed + (1 - gate) * x
    vectors: NDArray[np.float32] = x @ weights["CNN_proj/W_proj"] + weights["CNN_proj/b_proj"]
    return vectors


class TokenEncoder:
    """Gives words their vectors, and remembers them.

    Args:
        options: The shape of the network.
        weights: Its tensors by published name.

    Attributes:
        marks: float32 (2, projection_dim), the vectors of the marks before and behind a sentence.
    """

    def __init__(self, options: ELMoOptions, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.options = options
        self.weights = weights
        self.marks = encode_characters(options, weights, sentence_marks(options.max_characters))
        self.rows: dict[bytes, int] = {}
        # Has room for more words than it holds, so that it is seldom copied.
        self.table = np.empty((0, options.projection_dim), np.float32)

    def encode(self, words: Vocabulary) -> NDArray[np.float32]:
        """Return the vectors of words.

        Args:
            words: Different words.

        Returns:
            float32 (n_words, projection_dim).
        """
        data, offsets = words.data.tobytes(), words.offsets.tolist()
        spelled = [data[start:end] for start, end in pairwise(offsets)]
        vectors = np.empty((len(words), self.options.projection_dim), np.float32)
        with LOCK:
            places = np.array([self.rows.get(word, -1) for word in spelled], np.int64)
            vectors[places >= 0] = self.table[places[places >= 0]]
        missing = np.flatnonzero(places < 0)
        if len(missing):
            batch = TextBatch(words.data, words.offsets).chosen(missing)
            ids = character_ids(batch, self.options.max_characters)
            vectors[missing] = encode_characters(self.options, self.weights, ids)
            with LOCK:
                self.remember([spelled[place] for place in missing.tolist()], vectors[missing])
        return vectors

    def remember(self, words: list[bytes], vectors: NDArray[np.float32]) -> None:
        """Keep vectors for the next time; what is there is forgotten when it becomes too much."""
        most = CACHE_BYTES // (4 * self.options.projection_dim)
        if len(self.rows) + len(words) > most:
            self.rows = {}
        if len(words) > most:
            return
        # Another thread may have remembered the same words meanwhile.
        new = [place for place, word in enumerate(words) if word not in self.rows]
        first, last = len(self.rows), len(self.rows) + len(new)
        if last > len(self.table):
            larger = np.empty((min(2 * last, most), vectors.shape[1]), np.float32)
            larger[:first] = self.table[:first]
            self.table = larger
        self.table[first:last] = vectors[new]
        self.rows.update(zip((words[place] for place in new), range(first, last), strict=True))
