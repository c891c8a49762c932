"""What ELMo makes of tokens, layer by layer, and of texts: pooled vectors, TF-Hub's outputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.pooling import divisor
from wordloom.errors import InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.pool import pool_max, pool_sum

__all__ = ["POOLINGS", "TokenLayers", "check_layer", "check_pooling", "hub_outputs", "pool"]

POOLINGS = ("mean", "sum", "sqrtn", "max")
"""How a text's token vectors become one: those ways that need no counts of words."""


@dataclass(frozen=True)
class TokenLayers:
    """What each layer makes of each token of many texts.

    Attributes:
        layers: float32 (n_layers, n_tokens, dim): the character network's vector (twice side by
            side), then the outputs of each LSTM layer, forward and backward side by side.
        row_splits: int64 (n_texts + 1,), the token where each text starts and the last one ends.
        tokens: The n_tokens tokens.
    """

    layers: NDArray[np.float32]
    row_splits: NDArray[np.int64]
    tokens: list[str]


def pool(
    vectors: NDArray[np.float32],
    splits: NDArray[np.int64],
    pooling: str,
    pooled: NDArray[np.float32],
) -> None:
    """Make one vector of the token vectors of each text.

    Args:
        vectors: float32 (n_tokens, dim).
        splits: int64 (n_texts + 1,), the token where each text starts and the last one ends.
        pooling: One of `POOLINGS`.
        pooled: float32 (n_texts, dim), written; zero for a text without a token.
    """
    ids = read_only(np.arange(len(vectors), dtype=np.int32))
    vectors, splits = read_only(vectors), read_only(splits)
    none = read_only(np.zeros((0, vectors.shape[1]), np.float32))
    if pooling == "max":
        pool_max(ids, splits, vectors, none, False, pooled)
        return
    weights = read_only(np.zeros(0, np.float32))
    pool_sum(ids, splits, vectors, none, weights, 1.0, False, divisor(pooling), pooled)


def check_pooling(pooling: str) -> str:
    """Return the name of a way of pooling if ELMo has it.

    Raises:
        InputError: It has not.
    """
    if pooling not in POOLINGS:
        raise InputError(f"ELMo pools by one of {', '.join(POOLINGS)}. Received: {pooling!r}.")
    return pooling


def check_layer(layer: int, n_layers: int) -> int:
    """Return the number of a layer if there is one.

    Raises:
        InputError: There is none.
    """
    whole = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
    if not whole or not 0 <= layer < n_layers:
        raise InputError(f"Layers are numbered from 0 to {n_layers - 1}. Received: {layer!r}.")
    return int(layer)


def hub_outputs(
    found: TokenLayers, mixed: NDArray[np.float32], projection_dim: int
) -> dict[str, NDArray[Any]]:
    """Return the outputs of TensorFlow Hub's ELMo modules by name.

    Args:
        found: The layers of all tokens.
        mixed: float32 (n_tokens, dim), their weighted sum.
        projection_dim: Size of an LSTM's output.

    Returns:
        As `ELMoEmbedding.outputs` says.
    """
    lengths = np.diff(found.row_splits)
    there = np.arange(lengths.max(initial=0)) < lengths[:, None]

    def padded(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = np.zeros((*there.shape, vectors.shape[1]), np.float32)
        rows[there] = vectors
        return rows

    pooled = np.empty((len(lengths), mixed.shape[1]), np.float32)
    pool(mixed, found.row_splits, "mean", pooled)
    return {
        "word_emb": padded(found.layers[0, :, :projection_dim]),
        **{
            f"lstm_outputs{layer}": padded(found.layers[layer])
            for layer in range(1, len(found.layers))
        },
        "elmo": padded(mixed),
        "default": pooled,
        "sequence_len": lengths.astype(np.int32),
    }
