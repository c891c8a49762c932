"""The experiments that are run together, and about how long each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import wordloom
from wordloom.recipes.index_page import Entry
from wordloom.recipes.page import Figure
from wordloom.recipes.reading import Reading

__all__ = ["EXPERIMENTS", "RECORD", "Job"]

EXPERIMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cord19": "CORD-19 Swivel vectors, and what papers are cited for",
        "keywords": "Keyword lists: from Jaccard to embeddings",
        "bbc": "Dynamic meta-embeddings on BBC news",
        "imdb": "The textbook's experiments on IMDB",
    }
)
"""What each experiment is, by the name that the command line gives it."""

SECONDS: Final[Mapping[tuple[str, Reading], float]] = MappingProxyType(
    {
        ("cord19", "published"): 290.0,
        ("cord19", "corrected"): 110.0,
        ("keywords", "published"): 200.0,
        ("keywords", "corrected"): 150.0,
        ("bbc", "published"): 420.0,
        ("bbc", "corrected"): 330.0,
        ("imdb", "published"): 200.0,
        ("imdb", "corrected"): 390.0,
    }
)
"""How long each takes on one core; tells which to begin with, and the time left."""

RECORD: Final = "entry.json"
"""What the index shows of an experiment, beside its page; it is written last."""


@dataclass(frozen=True)
class Job:
    """An experiment in one of its readings.

    Attributes:
        name: Which of `EXPERIMENTS`.
        reading: How it is done.
    """

    name: str
    reading: Reading

    @property
    def folder(self) -> str:
        """What its folder is called."""
        return f"{self.name}-{self.reading}"

    def __str__(self) -> str:
        return f"{self.name}, {'as ' * (self.reading == 'published')}{self.reading}"

    @property
    def cost(self) -> float:
        """About how many seconds it takes on one core."""
        return SECONDS[self.name, self.reading]

    @property
    def settings(self) -> dict[str, str]:
        """What must be the same for a result to be kept."""
        return {"name": self.name, "reading": self.reading, "version": wordloom.__version__}

    def entry(self, record: Mapping[str, Any]) -> Entry:
        """Return its part of the index."""
        title = EXPERIMENTS[self.name]
        return Entry(
            self.name,
            f"{title}, {'as ' * (self.reading == 'published')}{self.reading}",
            f"{self.folder}/report.html",
            [Figure(**figure) for figure in record.get("figures", [])],
            record["seconds"],
            record.get("error"),
        )
