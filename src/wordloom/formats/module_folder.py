"""wordloom's own module folder; see `wordloom.embedding.folder`."""

from pathlib import Path

from wordloom.embedding.folder import is_module_folder, load, write_files
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.stored_vectors import DTYPES
from wordloom.formats.content import Content
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.selection import select

__all__ = ["FORMATS"]


def recognises(content: Content) -> bool:
    """Tell whether wordloom wrote a folder: its config says so, or files that none other has.

    With a config that is damaged or gone, opening it tells what is wrong.
    """
    own = {"model.safetensors", "vocabulary.txt"} <= content.names
    return own or (content.is_folder and is_module_folder(content.path))


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Open the folder, mapped into memory."""
    return select(load(content.path), options)


def write(embedding: StaticEmbedding, folder: Path, options: WriteOptions) -> None:
    """Write the folder's files."""
    write_files(embedding, folder, options.dtype)


FORMATS = (
    Format(
        "wordloom",
        "module folder of wordloom",
        (),
        recognises,
        read,
        write,
        folder=True,
        dtypes=DTYPES,
        ngrams=True,
        is_own=is_module_folder,
    ),
)
