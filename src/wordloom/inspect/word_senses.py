"""The occurrences of a word in some texts, sorted into senses by their contextual vectors."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import InputError
from wordloom.inspect.context_neighbors import ContextNeighbor, ContextualEmbedding, parted
from wordloom.inspect.maps.clusters import find_clusters
from wordloom.inspect.queries import unit_vectors
from wordloom.text.batches import in_blocks

__all__ = ["WordSense", "word_senses"]

BLOCK_CHARACTERS = 1 << 16


@dataclass(frozen=True)
class WordSense:
    """Occurrences of a word whose vectors are alike.

    Attributes:
        count: How many there are.
        examples: Those nearest to their mean, the nearest first, with the cosine to it.
    """

    count: int
    examples: list[ContextNeighbor]


def word_senses(
    embedding: ContextualEmbedding,
    word: str,
    texts: Iterable[str],
    n_senses: int = 2,
    *,
    layer: int | None = None,
    n_examples: int = 5,
    max_occurrences: int = 1000,
    seed: int = 1,
) -> list[WordSense]:
    """Sort the occurrences of a word into senses, by k-means on their vectors.

    How many senses there are is not found out: with more than the word has, they differ in how it
    is used, as before a verb or behind one.

    Args:
        embedding: A contextual embedding, as ELMo.
        word: The word, in any case.
        texts: Where its occurrences are looked for; only texts that hold it are embedded.
        n_senses: Into how many.
        layer: Which layer, from 0; None takes the top one, as `context_neighbors` does.
        n_examples: How many occurrences of each sense to give.
        max_occurrences: Take so many occurrences, and no more.
        seed: What random numbers begin with.

    Returns:
        The senses, the most frequent first; fewer where there are fewer different occurrences.

    Raises:
        InputError: The word does not occur, or an argument is out of range.
        MissingExtraError: The package scikit-learn is not installed.
    """
    for name, value in (
        ("n_senses", n_senses),
        ("n_examples", n_examples),
        ("max_occurrences", max_occurrences),
    ):
        if value < 1:
            raise InputError(f"`{name}` is at least 1. Received: {value!r}.")
    layer = embedding.n_layers - 1 if layer is None else layer
    vectors, places = occurrences(embedding, word, texts, layer, max_occurrences)
    if not places:
        raise InputError(
            f"A word whose senses are looked at occurs in the texts. Received: {word!r}, which "
            "does not, as one token. Give more text, or another word."
        )
    units = unit_vectors(vectors)
    found = find_clusters(units, n_senses, seed).of_words
    senses = []
    for number in range(int(found.max()) + 1):
        rows = np.flatnonzero(found == number)
        (mean,) = unit_vectors(units[rows].mean(axis=0, keepdims=True))
        cosines = units[rows] @ mean
        examples = []
        for place in np.argsort(-cosines, kind="stable")[:n_examples].tolist():
            text, own, token, index = places[int(rows[place])]
            examples.append(
                ContextNeighbor(own[token], float(cosines[place]), *parted(text, own, token), index)
            )
        senses.append(WordSense(len(rows), examples))
    return senses


Place = tuple[str, list[str], int, int]
"""A text, its tokens, which of them it is, and the text's number."""


def occurrences(
    embedding: ContextualEmbedding, word: str, texts: Iterable[str], layer: int, most: int
) -> tuple[NDArray[np.float32], list[Place]]:
    """Return the vectors of a word's occurrences, float32 (n, dim), and where they stand."""
    sought = word.casefold()
    vectors: list[NDArray[np.float32]] = []
    places: list[Place] = []
    n_texts = 0
    for block in in_blocks(texts, BLOCK_CHARACTERS):
        chosen = [number for number, text in enumerate(block) if sought in text.casefold()]
        found = embedding.embed_tokens([block[number] for number in chosen], layer=layer)
        for place, number in enumerate(chosen):
            own = found[place]
            for token, spelled in enumerate(own.tokens):
                if spelled.casefold() == sought and len(places) < most:
                    vectors.append(own.vectors[token])
                    places.append((block[number], own.tokens, token, n_texts + number))
        n_texts += len(block)
        if len(places) == most:
            break
    return np.array(vectors, np.float32), places
