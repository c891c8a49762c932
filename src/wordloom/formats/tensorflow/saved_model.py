"""TensorFlow SavedModels that turn texts into vectors, such as TensorFlow Hub's text modules."""

import tempfile
from pathlib import Path

import numpy as np

from wordloom.embedding.static import StaticEmbedding
from wordloom.formats.content import Content
from wordloom.formats.format import Format, ReadOptions
from wordloom.formats.selection import select
from wordloom.formats.tensorflow.archive import is_packed, unpack
from wordloom.formats.tensorflow.read import GRAPH, read_folder
from wordloom.formats.tensorflow.write import EXTRA, SETTINGS, write

__all__ = ["FORMATS"]


def recognises(content: Content) -> bool:
    """Tell whether a folder is a SavedModel."""
    return content.is_folder and GRAPH in content.names


def is_own(folder: Path) -> bool:
    """Tell whether wordloom wrote a SavedModel; nobody's network is replaced by word vectors."""
    return (folder / EXTRA / SETTINGS).is_file()


def recognises_archive(content: Content) -> bool:
    """Tell whether a file is a tar archive, in which a SavedModel may be packed."""
    return is_packed(content.start)


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read a SavedModel; large tables stay on disk, mapped into memory."""
    return select(read_folder(content.path, content.stem, options.encoding), options)


def read_archive(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read a SavedModel that is packed as .tar.gz; it is unpacked to a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="wordloom-") as place:
        name = content.stem.removesuffix(".tgz").removesuffix(".tar").strip(".") or "module"
        folder = Path(place, name)
        folder.mkdir()
        unpack(content, folder)
        embedding = select(read_folder(folder, name, options.encoding), options)
        # The file behind the vectors is about to go.
        return embedding.replaced(vectors=np.array(embedding.vectors))


FORMATS = (
    Format(
        "saved-model",
        "TensorFlow SavedModel of a text embedding",
        (),
        recognises,
        read,
        write,
        folder=True,
        is_own=is_own,
    ),
    Format(
        "saved-model-archive",
        "TensorFlow SavedModel packed as .tar.gz",
        (),
        recognises_archive,
        read_archive,
    ),
)
