"""The most similar documents of each document, and the most similar pairs, in bounded memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations_with_replacement
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from wordloom.inspect.keywords.tiles import Tile
from wordloom.kernels.keyword_similarity import keep_best
from wordloom.parallel import one_blas_thread, processor_count
from wordloom.progress import progress_bar

__all__ = ["NO_NAME", "Heaps", "nearest_documents", "nearest_pairs", "score_matrix"]

NO_NAME = np.iinfo(np.int64).max
"""What stands where there were not enough documents."""

MAX_THREADS = 8
"""Each thread keeps a heap for each document."""

TilePairs = list[tuple[Tile, Tile]]
Keep = Callable[[Tile, Tile, NDArray[np.float32], "Heaps"], None]


class Heaps:
    """The best scores of each of some documents so far.

    Args:
        rows: How many documents.
        count: How many scores each keeps.

    Attributes:
        scores: float32 (rows, count), -infinity where there is none yet.
        names: int64 (rows, count), what they belong to; `NO_NAME` where there is none yet.
    """

    def __init__(self, rows: int, count: int) -> None:
        self.scores = np.full((rows, count), -np.inf, np.float32)
        self.names = np.full((rows, count), NO_NAME, np.int64)

    def merged(self, others: "list[Heaps]") -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the best scores of all, the best first, and their names; both (rows, count)."""
        count = self.scores.shape[1]
        scores = np.concatenate([self.scores, *(other.scores for other in others)], axis=1)
        names = np.concatenate([self.names, *(other.names for other in others)], axis=1)
        order = np.lexsort((names, -scores))[:, :count]
        return np.take_along_axis(scores, order, 1), np.take_along_axis(names, order, 1)


def nearest_documents(
    tiles: list[Tile],
    count: int,
    queries: list[Tile] | None = None,
    *,
    threads: int | None = None,
    progress: bool = False,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Find the most similar documents of each document or query, exactly.

    Each pair of documents is scored once, for both of them.

    Args:
        tiles: All documents.
        count: How many to find.
        queries: Tiles of other lists, which are compared with all documents; None compares the
            documents with each other, and none with itself.
        threads: How many threads share the work; None takes one for each core, at most 8. The
            result does not depend on it.
        progress: Show a progress bar on stderr.

    Returns:
        The similarities, float32 (n_queries, count), the greatest first, and the documents'
        numbers, int64 of the same shape. Equal ones are in the order of their numbers. Where
        fewer documents have anything in common with the query, the similarity is -infinity.
    """
    asking = tiles if queries is None else queries
    n_asking = sum(tile.size for tile in asking)
    if queries is None:
        pairs = list(combinations_with_replacement(tiles, 2))
    else:
        pairs = [(query, tile) for query in queries for tile in tiles]

    def keep(left: Tile, right: Tile, scores: NDArray[np.float32], heaps: Heaps) -> None:
        rows = slice(left.first, left.first + left.size)
        # The second direction of each pair is for documents among themselves alone.
        others = slice(right.first, right.first + right.size) if queries is None else slice(0, 0)
        keep_best(
            scores,
            left.first if queries is None else -1,
            right.first,
            0,
            False,
            heaps.scores[rows],
            heaps.names[rows],
            heaps.scores[others],
            heaps.names[others],
        )

    return run(pairs, Heaps(n_asking, count), keep, threads, progress)


def nearest_pairs(
    tiles: list[Tile], count: int, *, threads: int | None = None, progress: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Find the most similar pairs of documents, exactly.

    Args:
        tiles: All documents.
        count: How many pairs to find.
        threads: As for `nearest_documents`.
        progress: Show a progress bar on stderr.

    Returns:
        The similarities, float32 (n_found,), the greatest first, and the two documents' numbers,
        int64 (n_found, 2), the smaller first.
    """
    n_documents = sum(tile.size for tile in tiles)
    nothing = Heaps(0, count)

    def keep(left: Tile, right: Tile, scores: NDArray[np.float32], heaps: Heaps) -> None:
        keep_best(
            scores,
            left.first,
            right.first,
            n_documents,
            True,
            heaps.scores,
            heaps.names,
            nothing.scores,
            nothing.names,
        )

    pairs = list(combinations_with_replacement(tiles, 2))
    scores, names = run(pairs, Heaps(1, count), keep, threads, progress)
    found = scores[0] > -np.inf
    left, right = np.divmod(names[0][found], n_documents)
    return scores[0][found], np.stack([left, right], axis=1)


def score_matrix(tiles: list[Tile]) -> NDArray[np.float32]:
    """Return how similar each document is to each, float32 (n_documents, n_documents)."""
    n_documents = sum(tile.size for tile in tiles)
    matrix = np.empty((n_documents, n_documents), np.float32)
    for left, right in combinations_with_replacement(tiles, 2):
        rows = slice(left.first, left.first + left.size)
        columns = slice(right.first, right.first + right.size)
        scores = left.scores(right)
        if left is right:
            # The two directions are rounded differently; ranking takes the upper half as well.
            scores = np.triu(scores) + np.triu(scores, 1).T
        matrix[rows, columns] = scores
        matrix[columns, rows] = scores.T
    return matrix


def run(
    pairs: TilePairs,
    heaps: Heaps,
    keep: Keep,
    threads: int | None,
    progress: bool,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Score all pairs of tiles on several threads, each with heaps of its own, and merge these."""
    workers = max(1, min(threads or min(processor_count(), MAX_THREADS), len(pairs)))
    own = [Heaps(*heaps.scores.shape) for _ in range(workers)]
    waiting: Iterator[tuple[Tile, Tile]] = iter(pairs)
    lock = Lock()
    done = 0
    total = sum(left.size * right.size for left, right in pairs)
    with progress_bar("Comparing", total, "pairs", show=progress) as advance, one_blas_thread():

        def work(mine: Heaps) -> None:
            nonlocal waiting, done
            while True:
                with lock:
                    pair = next(waiting, None)
                if pair is None:
                    return
                left, right = pair
                keep(left, right, left.scores(right), mine)
                with lock:
                    done += left.size * right.size
                    advance(done)

        with ThreadPoolExecutor(workers) as pool:
            try:
                for future in [pool.submit(work, mine) for mine in own]:
                    future.result()
            finally:
                # After an error or Ctrl-C the threads stop at their next tiles.
                with lock:
                    waiting = iter(())
    return heaps.merged(own)
