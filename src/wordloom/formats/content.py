"""What lies behind a path: a folder, a file, or one inside a .gz or .zip, as a stream of bytes."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from wordloom.errors import FormatError, InputError
from wordloom.text.readers.streams import GZIP_MAGIC, Meter, Readable, buffered, decompressed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["START_BYTES", "Content", "check_expansion", "open_content"]

START_BYTES: Final = 1 << 16
"""How many of a file's first bytes formats are recognised by."""

ZIP_MAGIC: Final = b"PK\x03\x04"

# No table of vectors shrinks to less than a hundredth; archives made to exhaust memory do.
MAX_EXPANSION: Final = 200
ALWAYS_ALLOWED: Final = 1 << 26

# What names of files end in; not a part of the embedding's name.
ENDINGS: Final = (
    ".gz",
    ".txt",
    ".vec",
    ".bin",
    ".ftbin",
    ".ftz",
    ".kv",
    ".model",
    ".npz",
    ".npy",
    ".parquet",
    ".glove",
    ".w2v",
    ".tsv",
)

# What zipfile raises for damage, forged headers, passwords and unknown kinds of compression.
UNPACKING_ERRORS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class Content:
    """A file or folder that an embedding is read from.

    Attributes:
        path: Where it lies on disk.
        member: The file's name inside the archive `path`; None where it is no archive.
        compressed: Whether the file is gzip or in an archive, so that it can only be streamed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "vectors.txt")
        ...     _ = path.write_text("cough 1 2")
        ...     content = open_content(path)
        ...     content.is_folder, content.size, content.start
        (False, 9, b'cough 1 2')
    """

    path: Path
    member: str | None = None
    compressed: bool = False

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.path) if self.member is None else f"{self.path}/{self.member}"

    @property
    def stem(self) -> str:
        """The file's name without folder and endings, as a name for the embedding."""
        name = Path(self.member or self.path).name
        for ending in ENDINGS:
            name = name.removesuffix(ending) or name
        return name

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.member is None and self.path.is_dir()

    @property
    def size(self) -> int | None:
        """How many bytes the file has; None for a folder, or where only reading on can tell."""
        return None if self.compressed or self.is_folder else self.path.stat().st_size

    @cached_property
    def start(self) -> bytes:
        """The first bytes of the file, at most `START_BYTES`; empty for a folder."""
        if self.is_folder:
            return b""
        with self.stream() as stream:
            return stream.read(START_BYTES)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in the folder; empty for a file."""
        return (
            frozenset(item.name for item in self.path.iterdir()) if self.is_folder else frozenset()
        )

    @contextmanager
    def stream(self, meter: Meter | None = None) -> Iterator[io.BufferedReader]:
        """Open the file as a stream of bytes, decompressed.

        Args:
            meter: Is told how many bytes of the file (as it lies on disk) were read.

        Yields:
            A buffered binary stream.

        Raises:
            InputError: The file cannot be read.
            FormatError: It is damaged, or expands beyond what vectors can (while it is read).
        """
        meter = meter or Meter()
        try:
            file = self.path.open("rb", buffering=0)
        except OSError as error:
            raise unreadable(self.path, error) from None
        with file:
            if self.member is None:
                counted = buffered(file, meter)
                if not self.compressed:
                    yield counted
                else:
                    yield guarded(decompressed(counted, self.name), meter, self.name)
                return
            with unpacking(self.name):
                archive = zipfile.ZipFile(file)
                member = archive.open(self.member)
            with archive, member:
                inner = buffered(ZipMember(member, file, meter, self.name))
                if inner.peek(2).startswith(GZIP_MAGIC):
                    inner = decompressed(inner, self.name)
                yield guarded(inner, meter, self.name)


@contextmanager
def unpacking(name: str) -> Iterator[None]:
    """Turn what goes wrong with an archive into an error that names it."""
    try:
        yield
    except UNPACKING_ERRORS as error:
        raise FormatError(
            f"{name} cannot be unpacked: {error}. Unpack it with another program, or download it "
            "again."
        ) from None


def unreadable(path: Path, error: OSError) -> InputError:
    """Return the error for a path that cannot be opened."""
    missing = isinstance(error, FileNotFoundError)
    reason = "which does not exist" if missing else error.strerror or error
    return InputError(
        f"An embedding is read from a file or folder. Received: {path}, {reason}. Check the path; "
        "one on the Hugging Face Hub is called hub:USER/NAME."
    )


class ZipMember:
    """A file in a zip archive; tells a meter how far the archive was read."""

    def __init__(self, member: Readable, archive: IO[bytes], meter: Meter, name: str) -> None:
        self.name = name
        self.member = member
        self.archive = archive
        self.meter = meter
        self.origin = archive.tell()

    def read(self, size: int = -1, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end."""
        with unpacking(self.name):
            data = self.member.read(size)
        self.meter.bytes = max(self.archive.tell() - self.origin, 0)
        return data


class Guard(io.RawIOBase):
    """Stops a stream that holds far more than its compressed form can honestly stand for."""

    def __init__(self, stream: io.BufferedReader, meter: Meter, name: str) -> None:
        super().__init__()
        self.stream = stream
        self.meter = meter
        self.name = name
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = self.stream.readinto1(buffer)
        self.given += count
        check_expansion(self.name, self.meter.bytes, self.given)
        return count


def check_expansion(name: str, stored: int, expanded: int) -> None:
    """Refuse vectors that would take far more room than they are stored in.

    Args:
        name: What messages call the file.
        stored: The bytes they are stored in.
        expanded: The bytes that they would take, or take so far.

    Raises:
        FormatError: That is more than vectors can honestly shrink by.

    Example:
        >>> check_expansion("vectors.zip", 1_000, 5_000)
    """
    if expanded > ALWAYS_ALLOWED + MAX_EXPANSION * stored:
        raise FormatError(
            f"Compressed vectors hold at most {MAX_EXPANSION} times their bytes. Received: {name}, "
            f"of which {stored:,} bytes expand to {expanded:,} and more. If you trust it, unpack "
            "it first."
        )


def guarded(stream: io.BufferedReader, meter: Meter, name: str) -> io.BufferedReader:
    """Return a stream that stops when it expands too much."""
    return io.BufferedReader(Guard(stream, meter, name), 1 << 20)


def open_content(path: str | Path) -> Content:
    """Find what lies behind a path; ``archive.zip/name`` is a file in an archive.

    Args:
        path: A file, a folder, a .gz or .zip file with one file of vectors in it, or a file in an
            archive of several.

    Returns:
        What formats are recognised by and read from.

    Raises:
        InputError: There is no such path, or an archive holds several files.
        FormatError: An archive is damaged.
    """
    path = Path(path)
    if path.is_dir():
        return Content(path)
    for parent in path.parents:
        if parent.is_file() and magic_of(parent).startswith(ZIP_MAGIC):
            return Content(parent, chosen_member(parent, path.relative_to(parent).as_posix()), True)
    magic = magic_of(path)
    if magic.startswith(ZIP_MAGIC):
        names = members(path)
        if not names or not all(name.endswith(".npy") for name in names):
            return Content(path, chosen_member(path, None), True)
    return Content(path, None, magic.startswith(GZIP_MAGIC))


def magic_of(path: Path) -> bytes:
    """Return the first bytes of a file."""
    try:
        if path.is_fifo() or path.is_char_device():
            raise InputError(
                "An embedding is read from a file, in several passes. Received: "
                f"{path}, a stream. Save it to a file first."
            )
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise unreadable(path, error) from None


def members(path: Path) -> list[str]:
    """Return the names of the files in an archive, but for hidden ones."""
    with unpacking(str(path)), zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    return [
        name
        for name in names
        if not any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
    ]


def chosen_member(path: Path, wanted: str | None) -> str:
    """Return the member of an archive that was asked for, or its only one."""
    names = members(path)
    if wanted in names:
        return str(wanted)
    if wanted is None and len(names) == 1:
        return names[0]
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    if wanted is not None:
        raise InputError(f"{path} holds no file {wanted!r}. It holds: {shown or 'nothing'}.")
    raise InputError(
        f"An archive of vectors holds one file, or the path names one. Received: {path}, which "
        f"holds {len(names)}: {shown or 'none'}. Write {path}/NAME."
    )
