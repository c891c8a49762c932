"""Tar archives read in one pass, without unpacking.

Archives of many small texts are the rule here (the IMDB archive holds 100,000), and for them the
standard library's `tarfile` spends most of its time on making an object of every header. The loop
below reads the same 512-byte headers, and hands every archive that holds something it does not know
(sparse files, types of other vendors) to `tarfile`. Format: POSIX.1-2017, pax; GNU tar manual,
"Basic Tar Format".
"""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import BufferedReader
from typing import Final, NoReturn

from wordloom.errors import FormatError
from wordloom.text.readers.streams import Readable

__all__ = ["TarMembers"]

BLOCK: Final = 512
MAX_HEADER: Final = 1 << 20
"""Bytes that a long name or a pax header may have."""


Reopen = Callable[[], AbstractContextManager[BufferedReader]]


class UnknownHeaderError(Exception):
    """The archive holds a header that only `tarfile` can be trusted with."""


class TarMembers:
    """The files in a tar archive, one after the other.

    Iterating gives the name of each regular file; `read` then gives that file's bytes. What is not
    read is skipped.

    Args:
        file: The archive as a stream of bytes, at its start.
        name: What messages call it.
        reopen: Opens the same stream once more, for archives that `tarfile` has to read; None where
            that is not possible.

    Raises:
        FormatError: While iterating: the archive is cut short, damaged or not a tar archive.
    """

    def __init__(self, file: Readable, name: str, reopen: Reopen | None = None) -> None:
        self.file = file
        self.name = name
        self.reopen = reopen
        self.left = 0
        self.padding = 0

    def __iter__(self) -> Iterator[str]:
        done = 0
        try:
            for name in self._headers():
                done += 1
                yield name
        except UnknownHeaderError as reason:
            yield from self._by_tarfile(done, str(reason))

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` more bytes of the file whose name came last; -1: all that is left.

        Raises:
            FormatError: The archive ends before the file does.
        """
        size = self.left if size < 0 else min(size, self.left)
        data = self.file.read(size)
        if len(data) < size:
            self._cut_short()
        self.left -= size
        return data

    def _headers(self) -> Iterator[str]:
        """Walk the headers; the name of each regular file."""
        long_name: str | None = None
        long_size: int | None = None
        first = True
        while header := self.file.read(BLOCK):
            if len(header) < BLOCK:
                self._cut_short()
            if not header.rstrip(b"\0"):
                return
            self._check(header, first)
            first = False
            kind = header[156:157]
            size = number(header[124:136])
            if size < 0:
                self._damaged("a header without a size")
            if kind in b"LKxg":
                long_name, long_size = self._extension(kind, size, long_name, long_size)
                continue
            if kind not in b"01234567\0":
                raise UnknownHeaderError(f"a member of type {kind!r}")
            name = member_name(header) if long_name is None else long_name
            # Old writers mark a folder by the end of its name alone.
            is_file = kind in b"07" or (kind == b"\0" and not name.endswith("/"))
            # Links, devices and folders have no content, whatever the size says (as in tarfile).
            self._enter((size if long_size is None else long_size) if kind in b"07\0" else 0)
            long_name = long_size = None
            if is_file:
                yield name
            self._skip()

    def _extension(
        self, kind: bytes, size: int, name: str | None, long_size: int | None
    ) -> tuple[str | None, int | None]:
        """Read a header that says more of the next member; its name and size so far."""
        if size > MAX_HEADER:
            self._damaged(f"a header of {size:,} bytes")
        self._enter(size)
        content = self.read()
        self._skip()
        if kind == b"L":
            return content.rstrip(b"\0").decode("utf-8", "surrogateescape"), long_size
        return self._pax(content, name) if kind == b"x" else (name, long_size)

    def _check(self, header: bytes, first: bool) -> None:
        """Compare a header's checksum: the sum of its bytes, those of the checksum as spaces."""
        stated = number(header[148:156])
        # Most bytes are zero: dropping them first makes the sum five times faster.
        actual = sum((header[:148] + header[156:]).translate(None, b"\0")) + 8 * 32
        if stated != actual:
            if first:
                raise FormatError(
                    "A tar archive must start with a valid header. Received: "
                    f"{self.name}, which does not. Check what kind of file it is."
                )
            self._damaged("a header with a wrong checksum")

    def _pax(self, content: bytes, name: str | None) -> tuple[str | None, int | None]:
        """Return what a pax header says of the next member: its path and size."""
        size: int | None = None
        while content:
            length_text, _, _ = content.partition(b" ")
            length = decimal(length_text)
            if length is None or not 5 <= length <= len(content):
                self._damaged("a pax header that cannot be read")
            record, content = content[:length], content[length:]
            key, _, value = record[len(length_text) + 1 : -1].partition(b"=")
            if key == b"path":
                name = value.decode("utf-8", "surrogateescape")
            elif key == b"size":
                size = decimal(value)
                if size is None:
                    self._damaged("a pax header whose size is not a number")
            elif key.startswith(b"GNU.sparse"):
                raise UnknownHeaderError("a sparse file")
        return name, size

    def _enter(self, size: int) -> None:
        """Note that a content of ``size`` bytes begins here."""
        self.left, self.padding = size, -size % BLOCK

    def _skip(self) -> None:
        """Read on to the next header."""
        left = self.left + self.padding
        while left:
            got = len(self.file.read(min(left, 1 << 20)))
            if not got:
                # Some writers leave out the padding after the last file.
                if left > self.padding:
                    self._cut_short()
                break
            left -= got
        self.left = self.padding = 0

    def _by_tarfile(self, done: int, reason: str) -> Iterator[str]:
        """Read the archive again with `tarfile`, from regular file number ``done`` on."""
        if self.reopen is None:
            raise FormatError(
                f"An archive inside an archive must be a plain one. Received: {self.name} with "
                f"{reason}. Unpack it and pass the folder."
            )
        try:
            with (
                self.reopen() as stream,
                tarfile.open(fileobj=stream, mode="r|", errorlevel=0) as archive,
            ):
                for member in archive:
                    if not member.isfile():
                        continue
                    if done:
                        done -= 1
                        continue
                    if content := archive.extractfile(member):
                        self.file, self.left = content, member.size
                        yield member.name
        except tarfile.TarError as error:
            self._damaged(str(error))

    def _cut_short(self) -> NoReturn:
        raise FormatError(
            f"A tar archive must end with a whole member. Received: {self.name}, which is cut "
            "short. Download or copy it again."
        )

    def _damaged(self, what: str) -> NoReturn:
        raise FormatError(f"{self.name} is damaged: {what}. Download or copy it again.")


def number(field: bytes) -> int:
    """Return a header's number: octal digits, or (GNU) base 256 after a set bit; -1: none."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        return -1


def decimal(digits: bytes) -> int | None:
    """Return the number that a pax header writes; None: none that a file could have."""
    return int(digits) if digits.isdigit() and len(digits) < 20 else None


def member_name(header: bytes) -> str:
    """Return the name in a header, with the ustar prefix where there is one."""
    name = header[:100].partition(b"\0")[0]
    if header[257:263] == b"ustar\0" and header[345] != 0:
        name = header[345:500].partition(b"\0")[0] + b"/" + name
    return name.decode("utf-8", "surrogateescape")
