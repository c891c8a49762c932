"""All formats that wordloom knows, and which of them something is, by its content."""

from collections.abc import Iterator
from importlib import import_module

from wordloom.errors import FormatError, InputError
from wordloom.formats.content import Content
from wordloom.formats.format import Format

__all__ = ["detect", "format_for_ending", "format_named", "known_formats"]

# From the one whose content is most telling to the one whose content could be nearly anything.
MODULES = (
    "module_folder",
    "tensorflow.saved_model",
    "static_model",
    "gensim.native",
    "fasttext.binary",
    "parquet",
    "onnx",
    "numpy_arrays",
    "text.projector",
    "word2vec_binary",
    "text.word2vec",
    "text.glove",
)


def known_formats() -> Iterator[Format]:
    """Yield all formats, in the order in which content is compared with them.

    A format's module is imported when its turn comes, so that what is recognised early opens fast.
    """
    for module in MODULES:
        yield from import_module(f"wordloom.formats.{module}").FORMATS


def detect(content: Content) -> Format:
    """Tell which format something is, by its content.

    Args:
        content: The file or folder.

    Returns:
        The format.

    Raises:
        FormatError: It is of none; the message tells what it looks like.
    """
    for format_ in known_formats():
        if format_.recognises(content):
            return format_
    if content.is_folder:
        shown = ", ".join(sorted(content.names)[:8]) or "nothing"
        what = f"a folder that holds {shown}"
    else:
        what = f"a file that starts with {content.start[:40]!r}" if content.start else "empty"
    kind = "folders" if content.is_folder else "files"
    titles = "; ".join(
        format_.title for format_ in known_formats() if format_.folder == content.is_folder
    )
    raise FormatError(
        f"No known format of embeddings was recognised. Received: {content.name}, {what}. "
        f"Known {kind} are: {titles}. If it is one of them, name it: `wordloom convert --from "
        "FORMAT`, or format=… in Python."
    )


def format_named(name: str) -> Format:
    """Return the format of a name.

    Raises:
        InputError: There is none.
    """
    for format_ in known_formats():
        if format_.name == name:
            return format_
    names = ", ".join(format_.name for format_ in known_formats())
    raise InputError(f"The format is one of {names}. Received: {name!r}.")


def format_for_ending(name: str) -> Format:
    """Return the format that a file's name asks for when it is written.

    Args:
        name: The file's name; ``.gz`` behind an ending is ignored.

    Returns:
        The format that has this ending; for a name without an ending the module folder.

    Raises:
        InputError: The ending stands for none.
    """
    bare = name.lower().removesuffix(".gz")
    for format_ in known_formats():
        if format_.write is not None and any(bare.endswith(ending) for ending in format_.endings):
            return format_
    if "." not in bare.lstrip("."):
        return next(known_formats())
    endings = ", ".join(
        f"{ending} ({format_.name})" for format_ in known_formats() for ending in format_.endings
    )
    raise InputError(
        f"The ending of the name chooses the format: {endings}; none for a module folder. "
        f"Received: {name!r}. Rename it, or name the format."
    )
