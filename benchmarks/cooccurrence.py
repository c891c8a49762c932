"""Counting co-occurrences in the IMDB reviews; `growth` has longer texts."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row, median_seconds
from wordloom.cooccurrence.cooccurrences import Cooccurrences
from wordloom.datasets.registry import open_source
from wordloom.text.corpus import Corpus

__all__ = ["run"]

# GloVe's `cooccur` and `shuffle` (C, window 10) took so long for the same 17.4 million tokens on a
# machine with two cores.
GLOVE_SECONDS = 34.0

WINDOW = 10


def run(seeds: int) -> list[Row]:
    """Measure the speed."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        corpus = Corpus.build(open_source("imdb"), place / "corpus")

        def count() -> None:
            Cooccurrences.count(corpus, place / "counts", window=WINDOW, threads=2)

        seconds = median_seconds(count, 5)
        cells = Cooccurrences.load(place / "counts").n_cells
    return [
        Row(
            "co-occurrence counts, two threads",
            seconds,
            "s",
            peer=GLOVE_SECONDS,
            peer_name="GloVe cooccur + shuffle",
            higher_is_better=False,
            note=f"{corpus.n_tokens:,} tokens, {cells:,} cells, median of 5",
        )
    ]
