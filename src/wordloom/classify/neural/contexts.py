"""What ELMo makes of tokens in their texts: vectors that no table of words can hold.

Frozen, each token's layers are worked out once, before training. If training changes the LSTMs,
only the words' vectors from the character network are, and the LSTMs are part of the network.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.classify.neural.settings import NeuralSettings
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.errors import InputError
from wordloom.progress import progress_bar
from wordloom.text.batches import TextBatch
from wordloom.text.vocabulary import Vocabulary

__all__ = ["input_shape", "layer_statistics", "token_layers", "training_layers"]

# Above this, the layers of the training texts are kept as float16. On SciCite's dev split (1,500
# training texts, "mean-dense", two seeds) accuracy was 0.656 and 0.646 so, 0.661 and 0.646 in
# float32: at most four of 916 texts.
MOST_FLOAT32_BYTES = 1 << 30
# How many tokens go through ELMo at once, and how many tell the size of its numbers.
BLOCK_TOKENS = 1 << 14
SAMPLE_TOKENS = 1 << 13


def input_shape(embedding: Any, settings: NeuralSettings) -> tuple[int, ...]:  # noqa: ANN401
    """Return the shape of what a network is given of each token.

    Args:
        embedding: The embedding.
        settings: Whether training changes embeddings, and how ELMo's layers are mixed.

    Returns:
        (dim,) for a vector; (n_layers, dim) for ELMo's layers, of which there is one if their mix
        is fixed; (projection_dim,) for what its LSTMs read in the network.
    """
    if not isinstance(embedding, ELMoEmbedding):
        return (int(embedding.dim),)
    if settings.trainable:
        return (embedding.options.projection_dim,)
    return (embedding.n_layers if settings.mix == "learned" else 1, embedding.dim)


def token_layers(
    elmo: ELMoEmbedding,
    words: Vocabulary,
    ids: NDArray[np.int32],
    splits: NDArray[np.int64],
    *,
    mixed: bool,
) -> NDArray[np.float32]:
    """Return what ELMo makes of each token.

    Args:
        elmo: The embedding.
        words: The different words, and maybe others.
        ids: int32 (n_tokens,), the word of each token, from 1 on.
        splits: int64 (n_texts + 1,), where each text starts and the last one ends.
        mixed: Return the embedding's own weighted sum of the layers in place of all of them.

    Returns:
        float32 (n_tokens, n_layers, dim), or (n_tokens, 1, dim).

    Raises:
        InputError: A number is not finite.
    """
    chosen, places = np.unique(ids, return_inverse=True)
    batch = TextBatch(words.data, words.offsets).chosen(chosen.astype(np.int64) - 1)
    present = Vocabulary(batch.data, batch.offsets, np.zeros(len(batch), np.int64))
    layers = elmo.word_layers(present, places, splits)
    found = elmo.mixed(layers)[:, None] if mixed else np.moveaxis(layers, 0, 1)
    if not np.isfinite(found).all():
        raise InputError(
            "The vectors of all tokens must be finite. Received: NaN or infinity from the "
            f"embedding {elmo.name!r}. If its training diverged, train it with a lower learning "
            "rate."
        )
    return found


def training_layers(
    elmo: ELMoEmbedding,
    words: Vocabulary,
    ids: NDArray[np.int32],
    splits: NDArray[np.int64],
    *,
    mixed: bool,
    progress: bool = False,
) -> NDArray[np.floating[Any]]:
    """Work out the layers of all tokens, for all epochs.

    Args:
        elmo: The embedding.
        words: The different words.
        ids: int32 (n_tokens,), the word of each token, from 1 on.
        splits: int64 (n_texts + 1,), where each text starts and the last one ends.
        mixed: As for `token_layers`.
        progress: Show a progress bar on stderr.

    Returns:
        (n_tokens, n_layers, dim), or (n_tokens, 1, dim) if mixed: float32, or float16 where that
        would take more than 1 GiB.

    Raises:
        InputError: A number is not finite, or the memory does not suffice.
    """
    shape = (len(ids), 1 if mixed else elmo.n_layers, elmo.dim)
    n_bytes = 4 * int(np.prod(shape, dtype=np.int64))
    dtype = np.float32 if n_bytes <= MOST_FLOAT32_BYTES else np.float16
    size = f"{n_bytes * np.dtype(dtype).itemsize / 4 / 1e6:,.0f} MB"
    try:
        layers = np.empty(shape, dtype)
    except MemoryError:
        raise InputError(
            f"The layers of all tokens of the training texts are held in memory. Received: "
            f"{len(ids):,} tokens, whose layers take {size}. Take fewer texts, a lower max_tokens, "
            "or mix='fixed', which keeps one vector a token."
        ) from None
    with progress_bar(f"{elmo.name} ({size})", len(ids), "tokens", show=progress) as advance:
        for first, last in pairwise(text_bounds(splits)):
            start, end = splits[first], splits[last]
            layers[start:end] = token_layers(
                elmo, words, ids[start:end], splits[first : last + 1] - start, mixed=mixed
            )
            advance(int(end))
    if dtype == np.float16 and not np.isfinite(layers).all():
        raise InputError(
            f"The layers of the embedding {elmo.name!r} take {size} as float16, which holds "
            "numbers up to 65,504. Received: larger ones. Take fewer texts or mix='fixed'."
        )
    return layers


def text_bounds(splits: NDArray[np.int64]) -> list[int]:
    """Return where blocks of texts start and the last one ends.

    Example:
        >>> text_bounds(np.array([0, 9, 20_000, 20_001]))
        [0, 2, 3]
    """
    starts = np.arange(BLOCK_TOKENS, splits[-1], BLOCK_TOKENS)
    places = np.searchsorted(splits, starts)
    bounds: list[int] = np.unique(np.concatenate([[0], places, [len(splits) - 1]])).tolist()
    return bounds


def layer_statistics(
    elmo: ELMoEmbedding,
    words: Vocabulary,
    ids: NDArray[np.int32],
    splits: NDArray[np.int64],
    *,
    mixed: bool,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean and the standard deviation of each number of the layers.

    They are measured on a few thousand tokens, of texts from first to last.

    Args:
        elmo: The embedding.
        words: The different words.
        ids: int32 (n_tokens,), the word of each token, from 1 on.
        splits: int64 (n_texts + 1,), where each text starts and the last one ends.
        mixed: As for `token_layers`.

    Returns:
        float32 (n_layers, dim) each, or (1, dim); a deviation of 0 becomes 1.
    """
    lengths = np.diff(splits)
    step = -(-int(lengths.sum()) // SAMPLE_TOKENS)
    texts = np.arange(0, len(lengths), max(step, 1))
    chosen = np.concatenate([ids[splits[text] : splits[text + 1]] for text in texts.tolist()])
    starts = np.concatenate([[0], np.cumsum(lengths[texts])])
    layers = token_layers(elmo, words, chosen, starts, mixed=mixed)
    if not len(chosen):
        shape = layers.shape[1:]
        return np.zeros(shape, np.float32), np.ones(shape, np.float32)
    deviations = layers.std(axis=0)
    return layers.mean(axis=0), np.where(deviations > 0, deviations, np.float32(1))
