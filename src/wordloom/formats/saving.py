"""Writing embeddings in any format, and converting one into another."""

import gzip
import os
import shutil
from pathlib import Path

from wordloom.embedding.folder import check_finite
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError
from wordloom.formats.content import Content
from wordloom.formats.format import Format, WriteOptions
from wordloom.formats.registry import format_for_ending, format_named
from wordloom.formats.selection import without_ngrams
from wordloom.output import check_folder, explained, new_file, new_folder

__all__ = ["check_target", "save"]

WHAT = "the embedding"


def save(
    embedding: StaticEmbedding,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    dtype: str = "float32",
) -> Path:
    r"""Write an embedding in any format that wordloom can write.

    It is written under another name beside its place and renamed when it is complete.

    Args:
        embedding: What to write.
        path: Where to; its ending chooses the format unless one is named (no ending: a module
            folder), and ``.gz`` behind it compresses a file. What is there is replaced if it is
            of the same format (a folder), or a file.
        format: The format's name, as "glove".
        dtype: The numbers' type where the format leaves a choice: "float32", "float16" or "int8".

    Returns:
        The path.

    Raises:
        InputError: The format or the type is unknown or does not fit, a number is not finite, or
            the place cannot be written.

    Example:
        >>> import tempfile
        >>> from wordloom.text.vocabulary import Vocabulary
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough"]), [[1, 0.5]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(embedding, f"{folder}/toy.vec").read_text()
        '1 2\ncough 1 0.5\n'
    """
    path = Path(path)
    chosen = check_target(path, format, dtype)
    options = WriteOptions(dtype)
    check_finite(embedding)
    if len(embedding) == 0:
        raise InputError(
            f"An embedding that is saved has at least one word. Received: '{embedding.name}', "
            "without any."
        )
    if not chosen.ngrams:
        embedding = without_ngrams(embedding, chosen.title)
    if chosen.write is None:  # check_target has refused it
        raise AssertionError(chosen.name)
    if chosen.folder:
        with (
            new_folder(path, WHAT, lambda folder: may_be_replaced(folder, chosen)) as aside,
            explained(path, WHAT),
        ):
            chosen.write(embedding, aside, options)
        return path
    with new_file(path, WHAT) as aside:
        if path.suffix.lower() != ".gz":
            chosen.write(embedding, aside, options)
            return path
        plain = aside.with_suffix(".plain")
        try:
            chosen.write(embedding, plain, options)
            # No name and no time of day, so that the same embedding gives the same file.
            with (
                plain.open("rb") as source,
                aside.open("wb") as target,
                gzip.GzipFile("", "wb", 6, target, mtime=0) as packed,
            ):
                shutil.copyfileobj(source, packed, 1 << 20)
        finally:
            plain.unlink(missing_ok=True)
    return path


def check_target(path: Path, name: str | None, dtype: str = "float32") -> Format:
    """Return the format that a path and a name stand for, if an embedding can be written so.

    Args:
        path: Where the embedding will be written.
        name: The format's name; None leaves the choice to the path's ending.
        dtype: The type of numbers that is asked for.

    Raises:
        InputError: The format is unknown or only read, or cannot hold such numbers; or a folder
            would replace something else.
    """
    chosen = format_for_ending(path.name) if name is None else format_named(name)
    if chosen.write is None:
        raise InputError(f"The format '{chosen.name}' is read only. Choose another for {path}.")
    if WriteOptions(dtype).dtype not in chosen.dtypes:
        raise InputError(
            f"The format '{chosen.name}' stores {' or '.join(chosen.dtypes)}. "
            f"Received: dtype={dtype!r}. Choose one of these, or a module folder."
        )
    if chosen.folder and path.suffix.lower() == ".gz":
        raise InputError(f"Only single files are compressed as .gz. Received: {path}, a folder.")
    if chosen.folder:
        check_folder(path, WHAT, lambda folder: may_be_replaced(folder, chosen))
    return chosen


def may_be_replaced(folder: Path, format_: Format) -> bool:
    """Tell whether a folder holds an embedding of a format, and so may give way to another."""
    if format_.is_own is not None:
        return format_.is_own(folder)
    return format_.recognises(Content(folder))
