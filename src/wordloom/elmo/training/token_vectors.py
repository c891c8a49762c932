"""From characters to token vectors with JAX, with a gradient that skips what the maximum dropped.

Each filter's result is the largest value along the word, so its gradient comes from one window of
each word; convolutions as libraries have them go back through all windows. Here a filter is seen as
a table with a value for each character and place in the window, and gradients are added up in that
table: exact, and five times faster on a CPU.
"""

from typing import Any

import jax
import jax.numpy as jnp

from wordloom.elmo.options import ELMoOptions

__all__ = ["largest_scores", "token_vectors"]

Array = Any
"""An array of JAX."""


@jax.custom_vjp
def largest_scores(characters: Array, table: Array, filters: Array) -> Array:
    """Return the largest score of each filter along each word.

    Args:
        characters: int32 (n_words, n_characters), rows of the table.
        table: (n, character_dim), the characters' vectors.
        filters: (width, character_dim, n_filters).

    Returns:
        (n_words, n_filters).
    """
    return forward(characters, table, filters)[0]


def forward(characters: Array, table: Array, filters: Array) -> tuple[Array, tuple[Array, ...]]:
    """Return the scores, and which windows they come from."""
    width, dim, n_filters = filters.shape
    n_words, n_windows = characters.shape[0], characters.shape[1] - width + 1
    vectors = table[characters]
    windows = jnp.concatenate([vectors[:, k : k + n_windows] for k in range(width)], -1)
    scores = windows.reshape(-1, width * dim) @ filters.reshape(width * dim, n_filters)
    scores = scores.reshape(n_words, n_windows, n_filters)
    largest = scores.max(1)
    places = jnp.arange(n_windows, dtype=jnp.int32)[:, None]
    # The first window that has it; several times faster on a CPU than `argmax`. NaN has none.
    first = jnp.where(scores == largest[:, None], places, n_windows - 1).min(1)
    return largest, (characters, table, filters, first)


def backward(kept: tuple[Array, ...], slopes: Array) -> tuple[None, Array, Array]:
    """Return the gradients of the table and the filters."""
    characters, table, filters, first = kept
    width, _, n_filters = filters.shape
    read = jnp.stack([jnp.take_along_axis(characters, first + k, 1) for k in range(width)])
    by_character = jnp.zeros((width, len(table), n_filters), slopes.dtype)
    by_character = by_character.at[
        jnp.arange(width)[:, None, None], read, jnp.arange(n_filters)
    ].add(slopes)
    d_filters = jnp.einsum("ce,kcf->kef", table, by_character)
    d_table = jnp.einsum("kcf,kef->ce", by_character, filters)
    return None, d_table, d_filters


largest_scores.defvjp(forward, backward)


def token_vectors(options: ELMoOptions, weights: dict[str, Array], characters: Array) -> Array:
    """Return the vectors of words, as `wordloom.elmo.network.characters` does.

    Args:
        options: The shape of the network.
        weights: Its tensors by their published names.
        characters: int32 (n_words, n_characters).

    Returns:
        (n_words, projection_dim).
    """
    found = [
        largest_scores(characters, weights["char_embed"], weights[f"CNN/W_cnn_{place}"][0])
        + weights[f"CNN/b_cnn_{place}"]
        for place in range(len(options.filters))
    ]
    x = jnp.concatenate(found, -1)
    x = jax.nn.relu(x) if options.activation == "relu" else jnp.tanh(x)
    for place in range(options.n_highway):
        name = f"CNN_high_{place}"
        gate = jax.nn.sigmoid(x @ weights[f"{name}/W_carry"] + weights[f"{name}/b_carry"])
        new = jax.nn.relu(x @ weights[f"{name}/W_transform"] + weights[f"{name}/b_transform"])
        x = gate * new + (1 - gate) * x
    return x @ weights["CNN_proj/W_proj"] + weights["CNN_proj/b_proj"]
