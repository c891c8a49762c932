"""The files behind a path: one file, or those in a folder or archive, archives inside them too."""

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Final

from wordloom.errors import FormatError, InputError
from wordloom.text.readers.streams import (
    Meter,
    Readable,
    buffered,
    decompressed,
    open_stream,
    read_document,
    unreadable,
)
from wordloom.text.readers.tar import TarMembers

__all__ = ["KINDS", "Member", "files_in", "kind_of", "walk"]

KINDS: Final = {
    "": "text",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".rst": "text",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".tar": "tar",
    ".tgz": "tar",
    ".zip": "zip",
}
"""What a file's name says of its kind; ".gz" may follow each of them."""

MAX_DEPTH: Final = 3
"""How deep archives may lie in archives."""


@dataclass
class Member:
    """A file, open for reading until the next one is asked for.

    Attributes:
        name: Its path inside the folder or archive, with "/" between the parts.
        label: What messages call it.
        file: Its bytes as they are stored.
        path: Where it lies on disk; None for a file in an archive.
    """

    name: str
    label: str
    file: Readable
    path: Path | None = None

    def read(self) -> bytes:
        """Return the whole file, decompressed where its name ends in ".gz"."""
        if self.path is None and self.name.endswith(".gz"):
            return read_document(self.stream(), self.label)
        return read_document(self.file, self.label)

    def stream(self) -> BufferedReader:
        """Return the file as a buffered stream, decompressed where it is gzip."""
        if isinstance(self.file, BufferedReader):
            return self.file
        return decompressed(buffered(self.file), self.label)


def kind_of(name: str) -> str | None:
    """Return the kind of file that a name stands for: a value of `KINDS`, or None.

    Example:
        >>> kind_of("papers/all.TSV.gz"), kind_of("picture.png")
        ('tsv', None)
    """
    # Plain string work: an archive has a hundred thousand names, and pathlib takes 5 µs for each.
    base = name.rpartition("/")[2].lower().removesuffix(".gz")
    dot = base.rfind(".")
    return KINDS.get(base[dot:] if dot > 0 else "")


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder and its sub-folders, sorted by path; hidden ones are left out.

    Raises:
        InputError: The folder, or one in it, must not be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(
            f"A folder must be one that can be read. Received: {error.filename} "
            f"({error.strerror}). Check its permissions."
        )

    found = []
    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in files if not name.startswith(".")]
    return sorted(path for path in found if path.is_file())


def walk(
    path: Path,
    meter: Meter | None = None,
    wanted: Callable[[str], bool] = lambda name: kind_of(name) is not None,
    kind: str | None = None,
) -> Iterator[Member]:
    """Open the files behind a path, one after the other.

    Folders and archives are searched, archives in them too; nothing is unpacked to disk.

    Args:
        path: A file, an archive or a folder.
        meter: Is told how many bytes were read from disk.
        wanted: Says by name which files in folders and archives to open.
        kind: What a single file is; None: what its name says.

    Yields:
        Each file, to be read before the next is asked for. A single file is always yielded; in
        a folder sorted by path, in an archive in its own order.

    Raises:
        InputError: There is no such path, or it must not be read.
        FormatError: A file is damaged, cut short or of a kind that is not read.
    """
    meter = meter or Meter()
    if not path.is_dir():
        yield from walk_file(path, path.name, meter, wanted, kind or kind_of(path.name))
        return
    for file in files_in(path):
        name = file.relative_to(path).as_posix()
        if wanted(name):
            yield from walk_file(file, name, meter, wanted, kind_of(name))


def walk_file(
    path: Path, name: str, meter: Meter, wanted: Callable[[str], bool], kind: str | None
) -> Iterator[Member]:
    """Open a single file, or the files in it where it is an archive."""
    if kind == "zip":
        yield from walk_zip(path, meter, wanted)
        return
    with open_stream(path, meter) as stream:
        if kind == "tar":
            members = TarMembers(stream, str(path), lambda: open_stream(path))
            yield from walk_tar(members, str(path), wanted, 1)
        else:
            yield Member(name, str(path), stream, path)


def walk_tar(
    members: TarMembers, label: str, wanted: Callable[[str], bool], depth: int
) -> Iterator[Member]:
    """Open the files in a tar archive, and in the tar archives in it."""
    for name in members:
        if not wanted(name) or hidden(name):
            continue
        inner = f"{label}: {name}"
        if kind_of(name) == "tar":
            if depth == MAX_DEPTH:
                raise FormatError(
                    f"Archives may lie {MAX_DEPTH} deep in archives. Received: {inner}. "
                    "Unpack the outer ones."
                )
            stream = decompressed(buffered(members), inner)
            yield from walk_tar(TarMembers(stream, inner), inner, wanted, depth + 1)
        else:
            yield Member(name, inner, members)


def walk_zip(path: Path, meter: Meter, wanted: Callable[[str], bool]) -> Iterator[Member]:
    """Open the files in a zip archive."""
    with refuse_bad_zip(path), zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir() or not wanted(info.filename) or hidden(info.filename):
                continue
            label = f"{path}: {info.filename}"
            with archive.open(info) as file:
                share = info.compress_size / max(info.file_size, 1)
                member = Member(info.filename, label, ZipMember(file, path, meter, share))
                if kind_of(info.filename) == "tar":
                    stream = member.stream()
                    yield from walk_tar(TarMembers(stream, label), label, wanted, 2)
                else:
                    yield member


class ZipMember:
    """A file in a zip archive whose errors are wordloom's."""

    def __init__(self, file: IO[bytes], path: Path, meter: Meter, share: float) -> None:
        self.file = file
        self.path = path
        self.meter = meter
        self.share = share
        self.start = meter.bytes
        self.done = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""
        with refuse_bad_zip(self.path):
            data = self.file.read(size)
        self.done += len(data)
        # What is read is the content: its share in the archive is what the meter counts.
        self.meter.bytes = self.start + int(self.done * self.share)
        return data


@contextmanager
def refuse_bad_zip(path: Path) -> Iterator[None]:
    """Turn what `zipfile` raises into errors that say what to do."""
    try:
        yield
    except InputError:
        raise
    # A header with a wrong number or name shows as whatever zipfile meets when it uses it.
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        struct.error,
        EOFError,
        ValueError,
    ) as error:
        raise FormatError(
            f"{path} is a damaged zip archive ({error}). Download or copy it again."
        ) from None
    except (RuntimeError, NotImplementedError) as error:
        raise FormatError(
            "A zip archive must open without a password and use common methods. Received: "
            f"{path} ({error}). Unpack it and pass the folder."
        ) from None
    except OSError as error:
        raise unreadable(path, error) from None


def hidden(name: str) -> bool:
    """Tell whether a path in an archive leads through a hidden folder or file."""
    if "." not in name[:1] and "/." not in name and "__MACOSX" not in name:
        return False
    parts = name.split("/")
    return any(part.startswith((".", "__MACOSX")) and part not in {".", ".."} for part in parts)
