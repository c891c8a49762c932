"""Which words mean something else in another embedding: of another time, field or source."""

from dataclasses import dataclass

import numpy as np

from wordloom.embedding.alignment import align, shared_words, unit_rows
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.neighbors import Neighbor, NeighborIndex, as_neighbors

__all__ = ["MovedWord", "moved_words"]

ROWS_AT_ONCE = 1 << 14


@dataclass(frozen=True)
class MovedWord:
    """A word that two embeddings have, and what it is near to in each.

    Attributes:
        word: The word.
        similarity: Cosine of its two vectors after alignment, from -1 to 1.
        before: Its nearest words in the first embedding.
        after: Its nearest words in the second one.
    """

    word: str
    similarity: float
    before: list[Neighbor]
    after: list[Neighbor]


def moved_words(
    before: StaticEmbedding,
    after: StaticEmbedding,
    count: int = 20,
    *,
    min_count: int | None = None,
    max_rank: int | None = None,
    neighbors: int = 5,
) -> list[MovedWord]:
    """Find the shared words whose vectors differ most once the spaces are aligned.

    After Hamilton, Leskovec and Jurafsky 2016. Rare words move most, because their vectors are
    least certain: set `min_count`, or `max_rank` where there are no counts.

    Args:
        before: The first embedding.
        after: The second one, which is turned onto the first by all words that both have.
        count: How many words to give.
        min_count: Only words that occur at least this often in each embedding's text, as
            neighbours too.
        max_rank: Only words among this many of the most frequent ones of each embedding, as
            neighbours too.
        neighbors: How many of its nearest words to give for each word.

    Returns:
        The words, those that moved most first.

    Raises:
        InputError: The embeddings cannot be aligned (see `wordloom.embedding.alignment.align`), a
            number is out of range, or no shared word passes the filters.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> words = Vocabulary.from_words(["cough", "fever", "lung", "rome", "paris", "virus"])
        >>> old = [[1, 0], [2, 1], [1, 1], [-1, 2], [-2, 3], [0, 3]]
        >>> new = [[1, 0], [2, 1], [1, 1], [-1, 2], [-2, 3], [1, -2]]
        >>> embeddings = StaticEmbedding(words, old), StaticEmbedding(words, new)
        >>> [moved.word for moved in moved_words(*embeddings, count=1)]
        ['virus']
    """
    for name, number in (("count", count), ("neighbors", neighbors)):
        if number < 1:
            raise InputError(f"`{name}` is at least 1. Received: {number}.")
    turned = align(after, to=before)
    indexes = [
        NeighborIndex(embedding, max_rank, min_count=min_count) for embedding in (before, after)
    ]
    ids = np.array(shared_words(before, turned))
    # A zero vector means nothing, so that it cannot mean something else.
    kept = [
        np.isin(own, index.candidates[index.scales > 0])
        for own, index in zip(ids, indexes, strict=True)
    ]
    ids = ids[:, kept[0] & kept[1]]
    if not ids.size:
        raise InputError(
            "No word that both embeddings have passes the filters. "
            f"Received: min_count={min_count}, max_rank={max_rank}. Lower the one or raise the "
            "other."
        )
    cosines = np.concatenate(
        [
            np.einsum("ij,ij->i", unit_rows(before.vectors[old]), unit_rows(turned.vectors[new]))
            for old, new in (
                ids[:, start : start + ROWS_AT_ONCE]
                for start in range(0, ids.shape[1], ROWS_AT_ONCE)
            )
        ]
    )
    moved = np.argsort(cosines, kind="stable")[:count]
    near = [
        as_neighbors(
            index.embedding,
            *index.nearest(index.embedding.vectors[own[moved]], neighbors, own[moved, None]),
        )
        for own, index in zip(ids, indexes, strict=True)
    ]
    return [
        MovedWord(before.vocabulary.word(word), float(np.clip(cosine, -1, 1)), old, new)
        for word, cosine, old, new in zip(
            ids[0, moved].tolist(), cosines[moved].tolist(), *near, strict=True
        )
    ]
