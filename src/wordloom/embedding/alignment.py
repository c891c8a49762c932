"""Turning one embedding's space so that it lies on another's: orthogonal Procrustes.

Two trainings of the same kind of text give spaces that differ by a rotation at least. A rotation
(or reflection) keeps all cosines and lengths: an aligned embedding is as good as before, and its
vectors can be compared with the other's word by word.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError

__all__ = ["align", "shared_words"]

ROWS_AT_ONCE = 1 << 14


def align(
    embedding: StaticEmbedding, to: StaticEmbedding, words: Iterable[str] | None = None
) -> StaticEmbedding:
    """Turn an embedding so that the words it shares with another lie as near as they can.

    The orthogonal map with the greatest sum of cosines between both vectors of each shared word
    (Schönemann 1966; for vectors of length one, as Xing et al. 2015 and Artetxe et al. 2016 take
    them, so that each word counts the same). Nothing is centred: post-process both first where
    that is wanted.

    Args:
        embedding: The embedding to turn.
        to: The embedding that stays.
        words: The words to go by; None takes all that both have. Those that one lacks are passed
            over.

    Returns:
        A new embedding with the words and settings of `embedding`; its n-grams and its common
        component turn along.

    Raises:
        InputError: The dimensions differ, or fewer words are shared than there are dimensions.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["cough", "fever"])
        >>> before = StaticEmbedding(vocabulary, [[1, 1], [1, 2]])
        >>> turned = StaticEmbedding(vocabulary, [[-1, 1], [-2, 1]])
        >>> align(turned, before).vectors.round(6).tolist()
        [[1.0, 1.0], [1.0, 2.0]]
    """
    if embedding.dim != to.dim:
        raise InputError(
            "Only embeddings of the same dimension can be aligned. Received: "
            f"{embedding.dim} and {to.dim}. Bring the longer one down with reduce_dimensions."
        )
    own, others = shared_words(embedding, to, words)
    if len(own) < embedding.dim:
        raise InputError(
            f"Aligning needs at least as many shared words as dimensions, {embedding.dim}. "
            f"Received: {len(own)}. Compare embeddings of the same language and spelling."
        )
    products = np.zeros((embedding.dim, embedding.dim))
    for start in range(0, len(own), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        products += unit_rows(embedding.vectors[own[part]]).T @ unit_rows(to.vectors[others[part]])
    if not np.isfinite(products).all():
        raise InputError("Aligning needs finite vectors. Received: NaN or infinity.")
    left, _, right = np.linalg.svd(products)
    turn = left @ right
    grams, component = embedding.subwords, embedding.common_component
    if grams is not None:
        grams = grams.with_vectors(turned(grams.vectors, turn))
    return embedding.replaced(
        vectors=turned(embedding.vectors, turn),
        subwords=grams,
        common_component=None if component is None else component @ turn,
    )


def shared_words(
    left: StaticEmbedding, right: StaticEmbedding, words: Iterable[str] | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the ids of the words that two embeddings have in common.

    Args:
        left: One embedding.
        right: Another.
        words: Only these words; None takes all.

    Returns:
        int32 (n_shared,), the words' ids in the left embedding, and their ids in the right one; by
        rising left id.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> left = StaticEmbedding(Vocabulary.from_words(["a", "b", "c"]), [[1], [2], [3]])
        >>> right = StaticEmbedding(Vocabulary.from_words(["c", "b"]), [[3], [2]])
        >>> [ids.tolist() for ids in shared_words(left, right)]
        [[1, 2], [1, 0]]
    """
    vocabulary = left.vocabulary
    if isinstance(words, str):
        raise InputError(f"A list of words is needed. Received: {words!r}. Write [word].")
    # Bytes are compared, so that not one word needs to be decoded.
    in_right = right.vocabulary.find(vocabulary.data, vocabulary.offsets)
    kept = in_right >= 0
    if words is not None:
        wanted = np.zeros(len(left), np.bool_)
        ids = vocabulary.ids(list(words))
        wanted[ids[ids >= 0]] = True
        kept &= wanted
    own = np.flatnonzero(kept).astype(np.int32)
    return own, in_right[own]


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return vectors of length one, in float64; a zero vector stays zero."""
    # The squares of any float32 fit into float64.
    exact = vectors.astype(np.float64)
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    units: NDArray[np.float64] = exact / np.where(lengths > 0, lengths, 1.0)
    return units


def turned(vectors: NDArray[np.float32], turn: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return vectors after an orthogonal map."""
    moved = np.empty_like(vectors)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        moved[part] = vectors[part].astype(np.float64) @ turn
    return moved
