"""What is known of a data set before it is read: its files, and where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wordloom.datasets.labelled import LabelledTexts
from wordloom.text.sources import Source

__all__ = ["DataSet", "Download"]


@dataclass(frozen=True)
class Download:
    """A file on the network.

    Attributes:
        url: Its address.
        file_name: What it is called on disk.
        size: Its size in bytes.
        sha256: Its SHA-256 checksum, 64 hexadecimal digits; None where none was published.
    """

    url: str
    file_name: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class DataSet:
    """A data set that wordloom knows by name.

    Attributes:
        name: Its name, as in ``data:imdb``.
        summary: What it is, in one line.
        files: What the one file or folder that holds it is called, as patterns for `Path.glob`.
        parts: Files and folders whose presence says that the folder they lie in holds the set.
        download: Where it comes from; None for a set that is on every machine.
        splits: The splits that have labels, as ("train", "test").
        read_source: Takes the path and returns the texts to train embeddings on.
        read_labelled: Takes the path and a split and returns its labelled texts.
    """

    name: str
    summary: str
    files: tuple[str, ...]
    parts: tuple[str, ...]
    download: Download | None
    splits: tuple[str, ...]
    read_source: Callable[[Path], Source]
    read_labelled: Callable[[Path, str], LabelledTexts]
