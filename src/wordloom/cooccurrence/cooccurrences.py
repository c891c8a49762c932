"""Co-occurrence counts: how often, and how closely, words of a corpus stand together."""

import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wordloom.cooccurrence.counter import write_cooccurrences
from wordloom.cooccurrence.files import (
    DESCRIPTION,
    check_cells,
    damaged,
    map_array,
    read_description,
)
from wordloom.cooccurrence.memory import parse_memory
from wordloom.cooccurrence.stripes import Stripes
from wordloom.errors import InputError
from wordloom.parallel import processor_count
from wordloom.safetensors_file import read_tensors
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from wordloom.text.corpus import Corpus

__all__ = ["WIDEST_WINDOW", "Cooccurrences"]

WIDEST_WINDOW = 255


@dataclass(frozen=True, eq=False, repr=False)
class Cooccurrences:
    """The co-occurrence matrix of a corpus, sparse, in blocks; made by `count`, opened by `load`.

    The count of row word i and column word j is the sum of 1 / distance over all their pairs that
    are at most `window` words apart in a document (Pennington et al. 2014). Words are dealt to
    stripes by modulus: word ``i`` is number ``i // n_stripes`` of stripe ``i % n_stripes``. The
    cells whose row is in stripe r and whose column is in stripe c are block ``r * n_stripes + c``,
    sorted by row, then column.

    Attributes:
        folder: Where it lies.
        window: Widest distance of two words that are counted.
        symmetric: Whether the column word may stand on both sides of the row word; else it stands
            left of it.
        n_stripes: How many stripes there are.
        block_starts: int64 (n_stripes**2 + 1,), where each block starts and the last one ends.
        rows: uint16 (n_cells,), the number of each cell's row word in its stripe; read-only and
            memory-mapped, as all arrays of cells.
        columns: uint16 (n_cells,), the number of each cell's column word in its stripe.
        counts: float32 (n_cells,), the counts, above 0.
        row_sums: float64 (n_words,), the sum of the counts of each word's row.
        column_sums: float64 (n_words,), the sum of the counts of each word's column.
        vocabulary: The words by falling count, with their counts.
        tokenizer: What split the text.
        n_tokens: How many tokens the corpus has, those of dropped words not counted.
        source: The name of what was read.
        fingerprint: A digest of the corpus, the window and the sides that count.

    Example:
        >>> from wordloom.text.corpus import Corpus
        >>> corpus = Corpus.from_texts(["a rose is a rose"], min_count=1)
        >>> counts = Cooccurrences.count(corpus, window=2, threads=1)
        >>> counts.n_stripes, counts.n_cells, counts.vocabulary.words
        (3, 6, ['a', 'rose', 'is'])
        >>> block = slice(*counts.block_starts[1:3])  # row word "a", column word "rose"
        >>> counts.rows[block].tolist(), counts.columns[block].tolist(), counts.counts[block]
        ([0], [0], array([2.5], dtype=float32))
    """

    folder: Path
    window: int
    symmetric: bool
    n_stripes: int
    block_starts: NDArray[np.int64]
    rows: NDArray[np.uint16]
    columns: NDArray[np.uint16]
    counts: NDArray[np.float32]
    row_sums: NDArray[np.float64]
    column_sums: NDArray[np.float64]
    vocabulary: Vocabulary
    tokenizer: Tokenizer
    n_tokens: int
    source: str
    fingerprint: str

    @property
    def n_cells(self) -> int:
        """How many cells there are: pairs of a row word and a column word that were counted."""
        return len(self.counts)

    @property
    def stripes(self) -> Stripes:
        """How words are dealt to stripes."""
        return Stripes(len(self.vocabulary), self.n_stripes)

    def __repr__(self) -> str:
        return (
            f"Cooccurrences({self.source}: window {self.window}, {self.n_cells:,} cells of "
            f"{len(self.vocabulary):,} words)"
        )

    @classmethod
    def count(
        cls,
        corpus: "Corpus",
        folder: str | os.PathLike[str] | None = None,
        *,
        window: int = 10,
        symmetric: bool = True,
        memory: str | int = "4GB",
        threads: int | None = None,
        progress: bool = False,
    ) -> "Cooccurrences":
        """Count the co-occurrences of a corpus, and write them.

        The result is the same bit for bit for any memory and any number of threads.

        Args:
            corpus: The corpus. Windows never cross its documents.
            folder: The folder to write; counts that are there are replaced. None takes a temporary
                folder that goes away with the object.
            window: Widest distance of two words that are counted, 1 to 255 (10 as in GloVe and
                Swivel).
            symmetric: Count words on both sides; else only those to the left of the row word.
            memory: How much memory to count with, as "4GB", "500MB", "2GiB" or in bytes, beside
                what the program and the vocabulary take. A corpus that needs more (about 8 bytes
                for a token) is counted in parts, which lie in the folder on disk until they are
                added up.
            threads: How many threads count; None takes one for each processor. Fewer, where the
                memory is too little for all.
            progress: Show a progress bar on stderr.

        Returns:
            The counts.

        Raises:
            InputError: A setting is out of range, the memory is too little, no two words stand side
                by side, or the folder holds something else, cannot be written or is full.
        """
        if type(window) is not int or not 1 <= window <= WIDEST_WINDOW:
            raise InputError(
                f"`window` must be a whole number from 1 to {WIDEST_WINDOW}. Received: {window!r}."
            )
        if threads is not None and (type(threads) is not int or threads < 1):
            raise InputError(f"`threads` must be a whole number from 1. Received: {threads!r}.")
        memory_bytes = parse_memory(memory)
        temporary = None
        if folder is None:
            temporary = Path(tempfile.mkdtemp(prefix="wordloom-"))
            folder = temporary / "cooccurrences"
        try:
            write_cooccurrences(
                corpus,
                Path(folder),
                window=window,
                symmetric=bool(symmetric),
                memory=memory_bytes,
                threads=threads or processor_count(),
                progress=progress,
            )
            counts = open_folder(Path(folder))
        except BaseException:
            if temporary:
                shutil.rmtree(temporary, ignore_errors=True)
            raise
        if temporary:
            weakref.finalize(counts, shutil.rmtree, temporary, ignore_errors=True)
        return counts

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "Cooccurrences":
        """Open a folder with counts; the arrays of cells are memory-mapped.

        Args:
            folder: The folder.

        Returns:
            The counts.

        Raises:
            InputError: There is no such folder.
            FormatError: The folder does not hold counts, is damaged or of a newer version.
        """
        found = open_folder(Path(folder))
        check_cells(
            found.folder,
            found.stripes,
            found.block_starts,
            found.rows,
            found.columns,
            found.counts,
            found.row_sums,
            found.column_sums,
        )
        return found


def open_folder(folder: Path) -> Cooccurrences:
    """Open counts whose arrays may be of any content."""
    if not folder.is_dir():
        raise InputError(
            f"Co-occurrence counts are a folder. Received: {folder}, which is none. Count them."
        )
    facts = read_description(folder)
    n_words, n_stripes, n_cells = facts["n_words"], facts["n_stripes"], facts["n_cells"]
    try:
        vocabulary = Vocabulary.from_tensors(read_tensors(folder / "vocabulary.safetensors"))
        tokenizer = Tokenizer.from_settings(facts.get("tokenizer"))
    except InputError as error:
        damaged(folder, str(error).rstrip("."))
    if len(vocabulary) != n_words:
        damaged(folder, f"its vocabulary and its {DESCRIPTION} count different words")
    if n_words < 1 or n_stripes != Stripes.of(n_words).n_stripes:
        damaged(folder, f"{n_words} words are not dealt to {n_stripes} stripes")
    return Cooccurrences(
        folder=folder,
        window=facts["window"],
        symmetric=facts["symmetric"],
        n_stripes=n_stripes,
        block_starts=map_array(folder / "block_starts.npy", "<i8", n_stripes**2 + 1),
        rows=map_array(folder / "rows.npy", "<u2", n_cells),
        columns=map_array(folder / "columns.npy", "<u2", n_cells),
        counts=map_array(folder / "counts.npy", "<f4", n_cells),
        row_sums=map_array(folder / "row_sums.npy", "<f8", n_words),
        column_sums=map_array(folder / "column_sums.npy", "<f8", n_words),
        vocabulary=vocabulary,
        tokenizer=tokenizer,
        n_tokens=facts["n_tokens"],
        source=facts["source"],
        fingerprint=facts["fingerprint"],
    )
