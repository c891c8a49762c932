"""A part of a corpus in memory, with an index of where each word occurs."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wordloom.cooccurrence.stripes import Stripes
from wordloom.cooccurrence.threads import Desk
from wordloom.errors import InputError
from wordloom.kernels.compile import read_only
from wordloom.kernels.cooccurrence import count_rows
from wordloom.kernels.cooccurrence_index import GAP, append_tokens, count_places, place_occurrences
from wordloom.kernels.negative_sampling import aligned_zeros

if TYPE_CHECKING:
    from wordloom.text.corpus import Corpus

__all__ = ["BLOCK", "ENTRY_BYTES", "Index"]

ENTRY_BYTES = 8
"""What a token takes in memory: its place, and its position in the index."""

# Tokens that are read at a time.
BLOCK = 1 << 18

# Occurrences that are counted before a thread looks up.
GROUP = 1 << 20


class Index:
    """A part of a corpus, one after the other.

    Args:
        corpus: The corpus.
        stripes: How its words are dealt to stripes.
        capacity: How many tokens, and gaps between documents, to hold at most.
        weights: uint64 (window + 1,), the weight of each distance.
        symmetric: Whether words to the right count as those to the left.
        threads: How many threads make the index.
    """

    def __init__(
        self,
        corpus: "Corpus",
        stripes: Stripes,
        capacity: int,
        weights: NDArray[np.uint64],
        symmetric: bool,
        threads: int,
    ) -> None:
        self.corpus = corpus
        self.stripes = stripes
        self.capacity = capacity
        self.weights = weights
        self.window = len(weights) - 1
        self.symmetric = symmetric
        self.threads = threads
        self.text = whole_numbers(capacity + 2 * self.window + 2)
        self.room = whole_numbers(capacity)[0]
        self.occurrences = self.room[:0]
        self.starts = np.zeros(stripes.n_words + 1, np.int64)

    def read(self, start: int) -> int:
        """Read the part that begins at a token, as far as there is room; return its end."""
        documents = self.corpus.documents
        self.text[0, 0] = GAP
        # Words just outside the part are neighbours, but occur in another one.
        begin = int(documents[np.searchsorted(documents, start, "right") - 1])
        _, first = self.append(max(begin, start - self.window), start, 1, len(self.text[0]))
        end, last = self.append(start, self.corpus.n_tokens, first, first + self.capacity)
        stop = int(documents[np.searchsorted(documents, end)])
        _, length = self.append(end, min(stop, end + self.window), last, len(self.text[0]))
        self.text[0, length] = GAP
        self.index(first, last)
        return end

    def size(self, stripe: int) -> int:
        """Return how often the words of a stripe occur."""
        first, end = self.starts[self.stripes.firsts[stripe : stripe + 2]]
        return int(end - first)

    def append(self, start: int, stop: int, length: int, end: int) -> tuple[int, int]:
        """Append tokens ``start`` to ``stop``; return how far it came and the text's length."""
        corpus = self.corpus
        while start < stop:
            block = min(stop, start + BLOCK)
            path = corpus.folder / "tokens.npy"
            tokens = piece(path, corpus.tokens, start, block)
            if tokens.min() < 0 or tokens.max() >= self.stripes.n_words:
                raise changed(path)
            first, last = np.searchsorted(corpus.documents, [start, block])
            documents = piece(
                corpus.folder / "documents.npy", corpus.documents, int(first), int(last)
            )
            appended, length = append_tokens(
                tokens, documents, start, self.stripes.places, self.text[0], length, end
            )
            start += appended
            if appended < len(tokens):
                break
        return start, length

    def index(self, first: int, last: int) -> None:
        """Index the text's positions ``first`` to ``last``, each thread a part of them."""
        text = read_only(self.text[0])
        bounds = np.linspace(first, last, self.threads + 1).astype(np.int64).tolist()
        counts = np.zeros((self.threads, self.stripes.n_words), np.int64)

        def count(part: int) -> None:
            count_places(text[bounds[part] : bounds[part + 1]], counts[part])

        def write(part: int) -> None:
            begin, end = bounds[part : part + 2]
            place_occurrences(text[begin:end], begin, nexts[part], self.occurrences)

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(count, range(self.threads)))
            np.cumsum(counts.sum(0), out=self.starts[1:])
            self.occurrences = self.room[: self.starts[-1]]
            # Where each thread writes its first occurrence of each word.
            nexts = np.cumsum(counts, 0) - counts + self.starts[:-1]
            list(pool.map(write, range(self.threads)))

    def add(self, desk: Desk, rows: tuple[int, int], origin: int, columns: tuple[int, int]) -> int:
        """Add rows' cells to those of a desk.

        Args:
            desk: Its cells become more.
            rows: First row, and end.
            origin: The row with which the desk's `cells.row_ends` begins.
            columns: First column to keep, and end.

        Returns:
            How far it came: the first row itself where the desk has no room for its cells.
        """
        first, end = rows
        group = np.searchsorted(self.starts, self.starts[first] + GROUP, "right") - 1
        reached, desk.length = count_rows(
            read_only(self.text),
            read_only(self.occurrences),
            read_only(self.starts),
            read_only(self.weights),
            self.symmetric,
            (first, min(end, max(int(group), first + 1)), origin),
            columns,
            desk.row,
            desk.cells,
            desk.length,
        )
        return int(reached)


def whole_numbers(length: int) -> NDArray[np.int32]:
    """Return int32 zeros (1, length) that are fast to read at random."""
    return aligned_zeros(1, length).view(np.int32)


def piece(path: Path, array: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
    """Read a piece of a mapped array from its file: mapped pages would take memory as well."""
    try:
        offset = path.stat().st_size - array.nbytes + start * array.itemsize
        content = np.fromfile(path, array.dtype, stop - start, offset=offset)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}. Build the corpus again.") from None
    if len(content) < stop - start:
        raise changed(path)
    return content


def changed(path: Path) -> InputError:
    """Return the error for a file that is no longer what was opened."""
    return InputError(f"{path} has changed since the corpus was opened. Open the corpus again.")
