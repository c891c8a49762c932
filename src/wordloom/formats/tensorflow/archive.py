"""SavedModels packed as .tar.gz, as TensorFlow Hub serves them."""

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from wordloom.errors import FormatError, InputError
from wordloom.formats.content import Content
from wordloom.formats.tensorflow.read import GRAPH

__all__ = ["is_packed", "unpack"]

FOLDERS: Final = ("assets", "assets.extra", "variables")
TAR_MAGIC: Final = (257, b"ustar")
# A text module has about five files; a disk must not be filled with names.
MAX_MEMBERS: Final = 1000


def is_packed(start: bytes) -> bool:
    """Tell whether a file is a tar archive: no other format of embeddings is packed so.

    Args:
        start: Its first bytes, decompressed.
    """
    place, magic = TAR_MAGIC
    return start[place:].startswith(magic)


def unpack(content: Content, folder: Path) -> None:
    """Copy the files that make a SavedModel out of a tar archive, and nothing else.

    They may lie in one folder there. Links, devices and names that lead elsewhere are never
    followed: a file's place is made of a known folder and a bare name.

    Args:
        content: The archive.
        folder: An empty folder.

    Raises:
        FormatError: The archive is damaged, expands too much, or holds no SavedModel.
        InputError: The folder cannot hold it.
    """
    roots = set()
    try:
        with content.stream() as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, member in enumerate(archive):
                if count >= MAX_MEMBERS:
                    raise FormatError(
                        f"A packed SavedModel holds at most {MAX_MEMBERS} files. "
                        f"Received: {content.name}, with more."
                    )
                root, place = split_name(member.name)
                # The holes of a sparse file take no bytes of the archive, and could fill the disk.
                plain = member.isreg() and not member.issparse()
                packed = archive.extractfile(member) if place and plain else None
                if packed is not None:
                    roots.add(root)
                    target = folder.joinpath(*place)
                    target.parent.mkdir(exist_ok=True)
                    with target.open("wb") as file:
                        shutil.copyfileobj(packed, file, 1 << 20)
    except InputError:
        raise
    except (tarfile.TarError, EOFError, zlib.error, ValueError) as error:
        raise FormatError(
            f"{content.name} cannot be unpacked: {error}. Download it again."
        ) from None
    except OSError as error:
        raise InputError(
            f"{content.name} cannot be unpacked to {folder}: {error.strerror or error}. Make room, "
            "or set TMPDIR to a folder that has it."
        ) from None
    if not (folder / GRAPH).is_file() or len(roots) != 1:
        raise FormatError(
            f"A tar archive is read if it holds one SavedModel. Received: {content.name}, without "
            f"or with more than one {GRAPH}. Unpack it, and pass the folder or file of vectors."
        )


def split_name(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split a name in an archive into the folder that the SavedModel lies in, and the rest.

    Returns:
        The folder's name, if any, and a place in a SavedModel; both empty for other names.

    Example:
        >>> split_name("./swivel/assets/tokens.txt")
        (('swivel',), ('assets', 'tokens.txt'))
        >>> split_name("assets/../../.profile")
        ((), ())
    """
    parts = PurePosixPath(name).parts
    place = parts[-1:] if parts[-1:] == (GRAPH,) else parts[-2:]
    root = parts[: -len(place)] if place else ()
    known = place == (GRAPH,) or (len(place) == 2 and place[0] in FOLDERS)
    if not known or len(root) > 1 or ".." in parts or PurePosixPath(name).is_absolute():
        return (), ()
    return root, place
