"""Where data sets lie on this machine."""

import os
import sys
from pathlib import Path

from wordloom.datasets.dataset import DataSet
from wordloom.errors import InputError

__all__ = ["cache_folder", "data_folder", "find_local"]


def data_folder() -> Path | None:
    """Return the user's folder of data sets, ``$WORDLOOM_DATA``; None where it is not set.

    Raises:
        InputError: It is set to something that is not a folder.
    """
    value = os.environ.get("WORDLOOM_DATA")
    if not value:
        return None
    if not Path(value).is_dir():
        raise InputError(
            f"WORDLOOM_DATA must name a folder. Received: {value}, which is not one. "
            "Correct or unset it."
        )
    return Path(value)


def cache_folder() -> Path:
    """Return where downloads are kept: ``$WORDLOOM_CACHE``, or the user's cache folder."""
    if value := os.environ.get("WORDLOOM_CACHE"):
        return Path(value)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "wordloom"
    variable = "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME"
    value = os.environ.get(variable)
    return (Path(value) if value else Path.home() / ".cache") / "wordloom"


def find_local(dataset: DataSet) -> Path | None:
    """Return the file or folder that holds a data set: in `data_folder`, else in `cache_folder`."""
    for root in filter(None, (data_folder(), cache_folder())):
        folder = root / dataset.name
        if any(next(folder.glob(part), None) for part in dataset.parts):
            return folder
        for pattern in dataset.files:
            found = sorted(folder.glob(pattern))
            if found:
                return found[0]
    return None
