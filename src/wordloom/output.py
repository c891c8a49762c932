"""Files and folders that appear whole or not at all: written aside, then renamed into place."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wordloom.errors import InputError

__all__ = ["check_folder", "check_writable", "explained", "new_file", "new_folder"]


@contextmanager
def explained(path: Path, what: str) -> Iterator[None]:
    """Turn what the file system refuses into an error that names the place.

    Args:
        path: What is written.
        what: What it is, as in "the embedding".

    Raises:
        InputError: The block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{what[0].upper()}{what[1:]} cannot be saved to {path}: {error.strerror or error}. "
            "Choose a folder that exists, can be written and has room."
        ) from None


@contextmanager
def new_file(path: Path, what: str = "the file") -> Iterator[Path]:
    """Give a path beside a file's place; what is written there takes that place at the end.

    Args:
        path: The file; one that exists is replaced when the block ends without an error.
        what: What it is, for error messages.

    Yields:
        The path to write to, in the same folder.

    Raises:
        InputError: The file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with new_file(Path(folder, "note.txt")) as aside:
        ...         _ = aside.write_text("done")
        ...     Path(folder, "note.txt").read_text()
        'done'
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with explained(path, what):
            yield aside
            with aside.open("rb+") as file:
                # Else a power failure might leave the name with nothing behind it.
                os.fsync(file.fileno())
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def new_folder(folder: Path, what: str, is_earlier: Callable[[Path], bool]) -> Iterator[Path]:
    """Give a new folder beside a folder's place, which it takes at the end.

    Args:
        folder: The place; its parents are made where they are missing.
        what: What is saved, for error messages, as in "the embedding".
        is_earlier: Tells whether a folder that is there is an earlier one of the kind, which may
            be replaced when the block ends without an error.

    Yields:
        The empty folder to write to, with the same parent.

    Raises:
        InputError: Something else is there, or the place cannot be written. Errors of the block
            itself pass unchanged.
    """
    folder = folder.resolve()
    with explained(folder, what):
        check_folder(folder, what, is_earlier)
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
        # A process that was killed may have had the same number.
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
    try:
        yield aside
        with explained(folder, what):
            put_in_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def put_in_place(complete: Path, folder: Path) -> None:
    """Rename a complete folder into its place; what was there stays if that fails."""
    if not folder.exists():
        complete.rename(folder)
        return
    earlier = folder.with_name(f".{folder.name}.{os.getpid()}.earlier")
    folder.rename(earlier)
    try:
        complete.rename(folder)
    except BaseException:
        earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def check_folder(folder: Path, what: str, is_earlier: Callable[[Path], bool]) -> None:
    """Refuse to replace anything but an empty folder or an earlier one of the kind.

    Args:
        folder: Where something is to be saved.
        what: What is saved, for error messages.
        is_earlier: Tells whether a folder is an earlier one of the kind.

    Raises:
        InputError: A file is there, or a folder that holds something else.
    """
    rule = f"{what[0].upper()}{what[1:]} is saved to a new or empty folder, or over an earlier one"
    if folder.is_dir():
        if any(folder.iterdir()) and not is_earlier(folder):
            raise InputError(
                f"{rule}. Received: {folder}, which holds other files. Choose another name."
            )
    elif os.path.lexists(folder):
        raise InputError(f"{rule}. Received: {folder}, a file. Choose another name.")


def check_writable(path: Path, *, make_folders: bool = False) -> None:
    """Refuse an output that cannot be written, before the work begins.

    Args:
        path: Where something is to be written.
        make_folders: Whether the folder that it goes to is made where it is missing.

    Raises:
        InputError: Its folder is missing, a file, or must not be written.
    """
    folder = path.absolute().parent
    while make_folders and not os.path.lexists(folder):
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK):
        return
    if folder.is_dir():
        reason = "must not be written"
    else:
        reason = "is a file" if os.path.lexists(folder) else "does not exist"
    raise InputError(
        f"An output needs a folder that can be written. Received: {path}, but {folder} {reason}. "
        "Make the folder, or choose another."
    )
