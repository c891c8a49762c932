"""The Large Movie Review Dataset (aclImdb), as archive or folder.

A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng and C. Potts (2011), Learning Word Vectors
for Sentiment Analysis.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from wordloom.text.readers.members import walk
from wordloom.text.readers.streams import Meter

__all__ = ["TRAINING_PARTS", "read_reviews"]

TRAINING_PARTS: Final = ("train/neg", "train/pos", "train/unsup")
"""All that may be trained on: 25,000 labelled reviews and 50,000 without label."""


def read_reviews(
    path: Path, parts: Sequence[str] = TRAINING_PARTS, meter: Meter | None = None
) -> Iterator[tuple[str, bytes]]:
    """Read reviews in the order of the archive or, from a folder, sorted by path.

    Args:
        path: The archive as published, or the folder that it unpacks to.
        parts: Which folders of reviews to read, as in "train/pos".
        meter: Is told how many bytes were read from disk.

    Yields:
        The part and the review, UTF-8, in which each HTML line break ``<br />`` is a space.
    """

    def part_of(name: str) -> str:
        return "/".join(name.split("/")[-3:-1])

    def wanted(name: str) -> bool:
        return name.endswith(".txt") and part_of(name) in chosen

    chosen = frozenset(parts)
    for member in walk(path, meter, wanted):
        part = part_of(member.name)
        # A path that is a file but no archive comes as it is.
        if part in chosen:
            yield part, member.read().replace(b"<br />", b" ")
