"""The map of an embedding: words on a plane, with their neighbours and clusters."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.inspect.maps.clusters import find_clusters
from wordloom.inspect.maps.neighbor_graph import neighbor_graph
from wordloom.inspect.maps.projection import (
    GRAPH_NEIGHBORS,
    best_method,
    check_installed,
    finite_units,
    project,
)
from wordloom.inspect.queries import unknown_word
from wordloom.output import new_file
from wordloom.text.vocabulary import Vocabulary

__all__ = ["MAX_WORDS", "WordMap", "make_map", "save_map"]

MAX_WORDS = 200_000
"""With more words than this a browser would no longer move the map smoothly."""

MAX_CLUSTERS = 24
NEIGHBORS_SHOWN = 8


@dataclass(frozen=True)
class WordMap:
    """Words on a plane; whatever has a row for each word has them in the order of `words`.

    Attributes:
        name: The embedding's name.
        method: How the words were laid out: "pca", "tsne" or "umap".
        words: The words, the most frequent first.
        counts: int64 (n_words,), how often each occurs in the text that was learned from; all 0
            where that is not known.
        positions: float32 (n_words, 2), where each lies; the unit is arbitrary.
        neighbors: int32 (n_words, n_neighbors), the nearest other words of the map, by the cosine
            of their vectors, the nearest first.
        similarities: float32 (n_words, n_neighbors), these cosines.
        clusters: int32 (n_words,), the cluster of each word; all 0 where there are none.
        cluster_words: The most central words of each cluster, which name it.
        highlighted: Words that are marked, as rows.
    """

    name: str
    method: str
    words: list[str]
    counts: NDArray[np.int64]
    positions: NDArray[np.float32]
    neighbors: NDArray[np.int32]
    similarities: NDArray[np.float32]
    clusters: NDArray[np.int32]
    cluster_words: list[list[str]]
    highlighted: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.words)

    def save(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Save the map as a page or a picture; see `save_map`."""
        return save_map(path, self, title=title)


def make_map(
    embedding: StaticEmbedding,
    words: Sequence[str] | None = None,
    *,
    count: int = 10_000,
    method: str | None = None,
    clusters: int = 12,
    highlight: Sequence[str] = (),
    seed: int = 1,
    threads: int | None = None,
    progress: bool = False,
) -> WordMap:
    """Lay words out on a plane, so that words that mean alike lie near each other.

    Args:
        embedding: The word vectors.
        words: The words, as the vocabulary spells them (or others, if the OOV policy is
            "subwords"); None takes the most frequent ones.
        count: How many of the most frequent words are taken.
        method: "pca", "tsne" (needs the extra `tsne`) or "umap" (needs the extra `umap`); None
            takes t-SNE where it is installed, else PCA.
        clusters: How many clusters words are sorted into, by k-means; 0 makes none.
        highlight: Words that are marked and labelled before all others, and are on the map
            whether frequent or not.
        seed: What random numbers begin with; the same seed gives the same map.
        threads: How many threads t-SNE uses; None takes one for each core. The layout does not
            depend on it.
        progress: Show progress, with the time left, on stderr.

    Returns:
        The map.

    Raises:
        InputError: A word has no vector, there is none or are too many, or an argument is out of
            range.
        MissingExtraError: The method's package is not installed.

    Example:
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> vocabulary = Vocabulary.from_words(["Rome", "cough", "fever"])
        >>> embedding = StaticEmbedding(vocabulary, [[-1, 0], [3, 0], [3, 4]])
        >>> found = make_map(embedding, clusters=0)
        >>> found.method, [found.words[row] for row in found.neighbors[:, 0]]
        ('pca', ['fever', 'fever', 'cough'])
    """
    if not 1 <= count <= MAX_WORDS:
        raise InputError(f"A map has from 1 to {MAX_WORDS:,} words. Received: count={count:,}.")
    if not 0 <= clusters <= MAX_CLUSTERS:
        raise InputError(f"A map has from 0 to {MAX_CLUSTERS} clusters. Received: {clusters}.")
    chosen = chosen_words(embedding, words, count, highlight)
    vectors, known = embedding.word_vectors(chosen)
    if not known.all():
        raise unknown_word(embedding, chosen[int(np.argmin(known))])
    method = best_method(len(chosen)) if method is None else method
    check_installed(method)
    ids = embedding.vocabulary.ids(chosen)
    counts = np.where(ids >= 0, embedding.vocabulary.counts[ids], 0)
    part = StaticEmbedding(Vocabulary.from_words(chosen, counts), vectors)
    units = finite_units(part)
    wanted = NEIGHBORS_SHOWN if method == "pca" else GRAPH_NEIGHBORS
    graph = neighbor_graph(part, wanted, progress=progress)
    positions = project(part, method, graph=graph, seed=seed, threads=threads, progress=progress)
    found = find_clusters(units, clusters, seed)
    nearest = graph.nearest(NEIGHBORS_SHOWN)
    rows = {word: row for row, word in enumerate(chosen)}
    return WordMap(
        name=embedding.name,
        method=method,
        words=chosen,
        counts=counts,
        positions=positions,
        neighbors=nearest.ids,
        similarities=nearest.similarities,
        clusters=found.of_words,
        cluster_words=[[chosen[row] for row in name] for name in found.names],
        highlighted=[rows[word] for word in dict.fromkeys(highlight)],
    )


def chosen_words(
    embedding: StaticEmbedding, words: Sequence[str] | None, count: int, highlight: Sequence[str]
) -> list[str]:
    """Return the words of the map, all different, the most frequent first."""
    if isinstance(words, str) or isinstance(highlight, str):
        raise InputError("A map needs a list of words. Received: one string. Write [word].")
    vocabulary = embedding.vocabulary
    if words is None:
        frequent = np.argsort(-vocabulary.counts, kind="stable")[:count]
        if not len(frequent):
            raise InputError(
                f"A map needs words. Received: the embedding '{embedding.name}', which has none."
            )
        found = [vocabulary.word(row) for row in frequent.tolist()]
        return list(dict.fromkeys([*found, *highlight]))
    found = list(dict.fromkeys([*words, *highlight]))
    if not 1 <= len(found) <= MAX_WORDS:
        raise InputError(f"A map has from 1 to {MAX_WORDS:,} words. Received: {len(found):,}.")
    ids = vocabulary.ids(found)
    counts = np.where(ids >= 0, vocabulary.counts[ids], -1)
    return [found[row] for row in np.argsort(-counts, kind="stable").tolist()]


def save_map(path: str | os.PathLike[str], word_map: WordMap, *, title: str | None = None) -> Path:
    """Save a map as one interactive page or as a picture; the file's ending says which.

    The page (.html) holds everything that it needs and fetches nothing. The file is written under
    another name in the same folder and renamed when it is complete.

    Args:
        path: The file, ending in .html, .png or .svg; one that exists is replaced.
        word_map: The map.
        title: What stands above; the embedding's name unless given.

    Returns:
        The file.

    Raises:
        InputError: The ending is unknown, or the file cannot be written.
        MissingExtraError: A picture is asked for and matplotlib is not installed.
    """
    path = Path(path)
    ending = path.suffix.lower().removeprefix(".")
    content: bytes
    if ending in ("html", "htm"):
        from wordloom.inspect.maps.page import map_page

        # A title from the command line may hold what UTF-8 cannot.
        content = map_page(word_map, title=title).encode(errors="replace")
    elif ending in ("png", "svg"):
        from wordloom.inspect.maps.picture import draw_map

        content = draw_map(word_map, title=title, file_format=ending)
    else:
        raise InputError(f"A map's file ends in .html, .png or .svg. Received: {path}.")
    with new_file(path, "the map") as aside:
        aside.write_bytes(content)
    return path
