"""The data sets that wordloom knows by name, and how to open them.

A data set is found in this order: a path given by the user; ``$WORDLOOM_DATA/NAME/``; the cache; a
download, whose checksum is verified. Files that the user put there are used as they are.
"""

from pathlib import Path
from typing import Final

from wordloom.datasets.bbc import BBC
from wordloom.datasets.cache import cache_folder, find_local
from wordloom.datasets.cord19 import CORD19
from wordloom.datasets.dataset import DataSet
from wordloom.datasets.download import fetch
from wordloom.datasets.imdb import IMDB
from wordloom.datasets.labelled import LabelledTexts
from wordloom.datasets.python_docs import PYTHON_DOCS, standard_library
from wordloom.datasets.scicite import SCICITE
from wordloom.datasets.wordsim import WORDSIM
from wordloom.errors import InputError
from wordloom.text.sources import Source

__all__ = ["find", "get", "list_datasets", "lookup", "open_labelled", "open_source", "path"]

DATASETS: Final = {set_.name: set_ for set_ in (PYTHON_DOCS, IMDB, SCICITE, BBC, CORD19, WORDSIM)}

BY_HAND: Final = "It cannot be downloaded: put its files there."


def list_datasets() -> list[DataSet]:
    """Return all data sets.

    Example:
        >>> [dataset.name for dataset in list_datasets()]
        ['python-docs', 'imdb', 'scicite', 'bbc', 'cord19', 'wordsim']
    """
    return list(DATASETS.values())


def lookup(name: str) -> DataSet:
    """Return what is known of a data set.

    Raises:
        InputError: There is none of that name.
    """
    if name not in DATASETS:
        raise InputError(f"Data sets are: {', '.join(DATASETS)}. Received: '{name}'.")
    return DATASETS[name]


def find(name: str) -> Path | None:
    """Return the file or folder that holds a data set on this machine; None where there is none.

    Raises:
        InputError: There is no data set of that name.
    """
    dataset = lookup(name)
    return standard_library() if dataset is PYTHON_DOCS else find_local(dataset)


def path(name: str) -> Path:
    """Return the file or folder that holds a data set on this machine.

    Raises:
        InputError: There is no data set of that name, or it is not here yet.
    """
    found = find(name)
    if found is None:
        advice = f"Get it with: wordloom data get {name}" if lookup(name).download else BY_HAND
        raise InputError(
            f"The data set '{name}' is not on this machine: neither in $WORDLOOM_DATA/{name}/ nor "
            f"in {cache_folder() / name}. {advice}"
        )
    return found


def get(name: str, *, progress: bool = False) -> Path:
    """Return the file or folder that holds a data set, downloaded where it is not here yet.

    Args:
        name: The name of the data set.
        progress: Show a progress bar on stderr while downloading.

    Raises:
        InputError: There is no data set of that name, or no network; the message says where to put
            the file by hand.
        FormatError: What came has a wrong checksum.
    """
    dataset = lookup(name)
    found = find(name)
    if found is not None:
        return found
    if dataset.download is None:
        return path(name)
    return fetch(dataset.download, cache_folder() / name, progress=progress, name=name)


def open_source(name: str, at: str | Path | None = None, *, progress: bool = False) -> Source:
    """Open the texts of a data set that embeddings may be trained on; never a test text.

    Args:
        name: "imdb" (the 75,000 training reviews, with and without labels), "scicite" and "bbc"
            (the training texts), "cord19" (all fields of all papers) or "python-docs" (all texts
            but the test texts).
        at: Where the data set lies; None: where it is found, or it is downloaded.
        progress: Show a progress bar on stderr while downloading.

    Raises:
        InputError: There is no data set of that name, no such path, or no network.
        FormatError: The data are damaged.
    """
    return lookup(name).read_source(locate(name, at, progress))


def open_labelled(
    name: str, split: str = "train", at: str | Path | None = None, *, progress: bool = False
) -> LabelledTexts:
    """Read a split of a data set with labels.

    Args:
        name: "imdb", "scicite", "bbc" or "python-docs".
        split: "train" or "test"; for scicite also "dev".
        at: Where the data set lies; None: where it is found, or it is downloaded.
        progress: Show a progress bar on stderr while downloading.

    Raises:
        InputError: There is no data set or split of that name, no such path, or no network.
        FormatError: The data are damaged.
    """
    dataset = lookup(name)
    if dataset.splits and split not in dataset.splits:
        raise InputError(
            f"Splits of '{name}' are: {', '.join(dataset.splits)}. Received: split='{split}'."
        )
    return dataset.read_labelled(locate(name, at, progress), split)


def locate(name: str, at: str | Path | None, progress: bool) -> Path:
    """Return where a data set lies, given by the user or not."""
    if at is None:
        return get(name, progress=progress)
    if not Path(at).exists():
        raise InputError(f"There must be a file or folder at the given path. Received: {at}.")
    return Path(at)
