"""Files as byte streams: counted for progress bars, and decompressed where they are gzip."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from wordloom.errors import FormatError, InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = [
    "MAX_DOCUMENT",
    "Meter",
    "Readable",
    "buffered",
    "check_text",
    "decompressed",
    "open_stream",
    "read_document",
    "too_large",
    "unreadable",
]

BLOCK: Final = 1 << 18
"""Bytes read from a file at a time. Larger blocks are no faster on the IMDB archive."""

MAX_DOCUMENT: Final = 1 << 30
"""Bytes that one document may have, so that no file and no archive can exhaust memory."""

GZIP_MAGIC: Final = b"\x1f\x8b"

FOREIGN: Final = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR",
    b"%PDF-": "PDF",
    b"\x89HDF": "HDF5",
    b"\x89PNG": "PNG",
}


class Readable(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end."""
        ...


class Meter:
    """How many bytes of the files behind a source have been read so far."""

    def __init__(self) -> None:
        self.bytes = 0


class RawFile(io.RawIOBase):
    """Lets `io.BufferedReader` read from anything, and counts the bytes."""

    def __init__(self, file: Readable, meter: Meter) -> None:
        super().__init__()
        self.file = file
        self.meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        data = self.file.read(len(view))
        view[: len(data)] = data
        self.meter.bytes += len(data)
        return len(data)


class GzipFile(io.RawIOBase):
    """What a gzip stream holds; several members in a row are read as one.

    The standard library's `gzip` does the same in Python calls for every read; here the calls go
    straight to zlib, which also checks the checksums, and reads are left to `io.BufferedReader`.
    """

    def __init__(self, file: Readable, name: str) -> None:
        super().__init__()
        self.file = file
        self.name = name
        self.pending = b""
        self.inflate = zlib.decompressobj(wbits=31)
        self.between_members = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        while True:
            if not self.pending:
                self.pending = self.file.read(BLOCK)
            if self.between_members:
                # Zeros may pad the end of a member (as on tapes); gzip ignores them as well.
                self.pending = self.pending.lstrip(b"\0")
                if not self.pending and not self._more():
                    return 0
                self.between_members = False
            if not self.pending:
                raise FormatError(
                    f"A gzip file must end with its checksum. Received: {self.name}, which is cut "
                    "short. Download or copy it again."
                )
            try:
                data = self.inflate.decompress(self.pending, len(view))
            except zlib.error as error:
                raise FormatError(
                    f"{self.name} is damaged: zlib reports {error}. Download or copy it again."
                ) from None
            self.pending = self.inflate.unconsumed_tail
            if self.inflate.eof:
                self.pending = self.inflate.unused_data
                self.inflate = zlib.decompressobj(wbits=31)
                self.between_members = True
            if data:
                view[: len(data)] = data
                return len(data)

    def _more(self) -> bool:
        """Read on until something other than zeros comes; False at the end of the file."""
        while block := self.file.read(BLOCK):
            self.pending = block.lstrip(b"\0")
            if self.pending:
                return True
        return False


def buffered(file: Readable, meter: Meter | None = None) -> io.BufferedReader:
    """Return a buffered stream over anything that bytes can be read from.

    Args:
        file: Where the bytes come from.
        meter: Is told how many were read; None: nobody is.
    """
    return io.BufferedReader(RawFile(file, meter or Meter()), BLOCK)


def decompressed(file: io.BufferedReader, name: str) -> io.BufferedReader:
    """Return what a stream holds: itself, or its content where it is gzip.

    Args:
        file: The stream, at its start.
        name: What messages call it.

    Raises:
        FormatError: The stream is of a kind that is known but not read, as xz or PDF.
    """
    start = file.peek(8)
    if start.startswith(GZIP_MAGIC):
        return io.BufferedReader(GzipFile(file, name), 1 << 20)
    for magic, kind in FOREIGN.items():
        if start.startswith(magic):
            raise FormatError(
                f"Text is read from plain, gzip, tar and zip files. Received: {name}, which is "
                f"{kind}. Unpack it or convert it to text first."
            )
    return file


@contextmanager
def open_stream(path: Path, meter: Meter | None = None) -> Iterator[io.BufferedReader]:
    """Open a file as a stream of bytes, decompressed where it is gzip, whatever its name.

    Args:
        path: The file.
        meter: Is told how many bytes of the file (as it lies on disk) were read; None: nobody is.

    Yields:
        A buffered binary stream.

    Raises:
        InputError: There is no such file, or it must not be read.
        FormatError: The file is of a kind that is known but not read; or, while it is read, that it
            is cut short or damaged.
    """
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise unreadable(path, error) from None
    with file:
        yield decompressed(buffered(file, meter), str(path))


def read_document(file: Readable, name: str) -> bytes:
    """Read the whole of a stream as one document.

    Raises:
        InputError: It is larger than a document may be.
    """
    block = file.read(BLOCK)
    if len(block) < BLOCK:
        # A read comes back short only at the end, so that a small file takes one.
        return block
    blocks = []
    size = 0
    while block:
        size += len(block)
        if size > MAX_DOCUMENT:
            raise too_large(name)
        blocks.append(block)
        block = file.read(BLOCK)
    return b"".join(blocks)


def unreadable(path: Path, error: OSError) -> InputError:
    """Return the error for a path that cannot be opened."""
    return InputError(
        f"A source must be a file or folder that can be read. Received: {path} "
        f"({error.strerror}). Check the path."
    )


def too_large(name: str) -> InputError:
    """Return the error for a document that is larger than `MAX_DOCUMENT`."""
    return InputError(
        f"A document may have {MAX_DOCUMENT >> 20} MiB. Received: {name}, which has a larger one. "
        "Break it into lines, and read it with document='line'."
    )


def check_text(start: bytes, name: str) -> None:
    """Refuse what looks binary.

    Args:
        start: The first bytes of the stream, as `peek` gives them.
        name: What messages call it.

    Raises:
        FormatError: There are NUL bytes among them.
    """
    if b"\0" in start:
        raise FormatError(
            f"Text must not hold NUL bytes. Received: {name}, which does: it is a binary file, or "
            "text in UTF-16. Convert it to UTF-8 text, or pass only text files."
        )
