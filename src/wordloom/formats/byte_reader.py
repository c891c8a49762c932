"""Reading binary files in order: what is declared is checked before memory is taken for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError
from wordloom.formats.content import Content
from wordloom.progress import Advance, progress_bar
from wordloom.text.readers.streams import Meter

__all__ = ["ByteReader", "open_reader"]

BLOCK: Final = 1 << 20
GROWTH: Final = 1.125


class ByteReader:
    """Reads a file from its start on; see `open_reader`.

    Attributes:
        name: What messages call the file.
        size: How many bytes it has; None where only reading on can tell.
        position: How many bytes were read so far.
    """

    def __init__(
        self, content: Content, stream: BufferedReader, meter: Meter, advance: Advance
    ) -> None:
        self.name = content.name
        self.size = content.size
        self.position = 0
        self.stream = stream
        self.meter = meter
        self.advance = advance
        # What was read from the stream and is still ahead: buffer[start:end].
        self.buffer = np.empty(BLOCK, np.uint8)
        self.start = self.end = 0

    def ahead(self, n_bytes: int = BLOCK) -> NDArray[np.uint8]:
        """Look at what comes next.

        Args:
            n_bytes: How many bytes are needed; more come where they are at hand.

        Returns:
            uint8: as many bytes, fewer at the file's end; valid until the reader is used again.
        """
        if self.end - self.start < n_bytes:
            rest = self.buffer[self.start : self.end].copy()
            if len(self.buffer) < n_bytes:
                self.buffer = np.empty(n_bytes, np.uint8)
            self.buffer[: len(rest)] = rest
            self.start, self.end = 0, len(rest)
            self.end += self.stream.readinto(self.buffer[self.end :].data)
            self.advance(self.meter.bytes)
        return self.buffer[self.start : self.end]

    def skip(self, n_bytes: int) -> None:
        """Go on behind bytes that `ahead` has shown."""
        self.start += n_bytes
        self.position += n_bytes

    def take(self, n_bytes: int, what: str) -> bytes:
        """Return the next few bytes.

        Args:
            n_bytes: How many.
            what: What they are, as in "its header".

        Raises:
            FormatError: The file ends before.
        """
        self.check_room(n_bytes, what)
        data = self.ahead(n_bytes)[:n_bytes].tobytes()
        if len(data) < n_bytes:
            raise self.cut_short(what)
        self.skip(n_bytes)
        return data

    def check_room(self, n_bytes: int, what: str) -> None:
        """Refuse a declared size that the file cannot hold, as far as the file's size is known."""
        if self.size is not None and n_bytes > self.size - self.position:
            raise FormatError(
                f"{self.name} has {self.size:,} bytes, and {what} would take {n_bytes:,} from byte "
                f"{self.position:,} on: it is cut short or damaged. Copy or download it again."
            )

    def cut_short(self, what: str) -> FormatError:
        """Return the error for a file that ends too early."""
        end = self.position + self.end - self.start
        return FormatError(
            f"{self.name} ends at byte {end:,}, within {what}: it is cut short. Copy or download "
            "it again."
        )

    def damaged(self, reason: str) -> FormatError:
        """Return the error for a file that contradicts itself, with the place."""
        return FormatError(
            f"{self.name} is damaged, or of another format: {reason} (before byte "
            f"{self.position:,}). Copy or download it again."
        )

    def fill(self, memory: NDArray[np.generic], what: str) -> None:
        """Read into an array, to its last byte.

        Args:
            memory: A contiguous array.
            what: What is read.

        Raises:
            FormatError: The file ends before.
        """
        target = memory.reshape(-1).view(np.uint8)
        first = min(len(target), self.end - self.start)
        target[:first] = self.buffer[self.start : self.start + first]
        self.skip(first)
        for start in range(first, len(target), BLOCK):
            piece = target[start : start + BLOCK]
            count = self.stream.readinto(piece.data)
            self.position += count
            self.advance(self.meter.bytes)
            if count < len(piece):
                raise self.cut_short(what)

    def bytes_array(self, n_bytes: int, what: str) -> NDArray[np.uint8]:
        """Read many bytes; see `matrix`.

        Args:
            n_bytes: How many.
            what: What they are.

        Returns:
            uint8 (n_bytes,).

        Raises:
            FormatError: The file ends before.
        """
        self.check_room(n_bytes, what)
        parts = [np.empty(0, np.uint8)]
        for start in range(0, n_bytes, BLOCK):
            parts.append(np.empty(min(BLOCK, n_bytes - start), np.uint8))
            self.fill(parts[-1], what)
        return np.concatenate(parts)

    def matrix(self, n_rows: int, dim: int, what: str) -> NDArray[np.float32]:
        """Read a matrix of float32, row by row.

        Args:
            n_rows: How many rows.
            dim: How many numbers a row has.
            what: What they are.

        Returns:
            float32 (n_rows, dim). Where the file's size is not known, as with compressed ones,
            memory grows as data comes.

        Raises:
            FormatError: The file ends before, or a number is not finite.
        """
        self.check_room(4 * n_rows * dim, what)
        at_once = max(1, BLOCK // (4 * dim))
        matrix = np.empty((min(n_rows, at_once) if self.size is None else n_rows, dim), np.float32)
        for start in range(0, n_rows, at_once):
            end = min(start + at_once, n_rows)
            if end > len(matrix):
                grown = min(n_rows, max(end, int(GROWTH * len(matrix))))
                matrix.resize((grown, dim), refcheck=False)
            self.fill(matrix[start:end], what)
            finite = np.isfinite(matrix[start:end])
            if not finite.all():
                row = start + int(np.argmin(finite.all(axis=1)))
                raise self.damaged(f"row {row:,} of {what} holds NaN or infinity")
        return matrix


@contextmanager
def open_reader(content: Content, *, progress: bool = False) -> Iterator[ByteReader]:
    """Open a file to read it from its start on.

    Args:
        content: The file; a compressed one is unpacked on the way.
        progress: Whether to show a progress bar on stderr.

    Yields:
        The reader.

    Raises:
        InputError: The file cannot be read.
        FormatError: It is damaged (while it is read).

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from wordloom.formats.content import open_content
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "toy.bin")
        ...     _ = path.write_bytes(b"ab" + np.float32([1, 2]).tobytes())
        ...     with open_reader(open_content(path)) as reader:
        ...         reader.take(2, "its name"), reader.matrix(1, 2, "its vectors").tolist()
        (b'ab', [[1.0, 2.0]])
    """
    meter = Meter()
    total = content.path.stat().st_size
    with (
        content.stream(meter) as stream,
        progress_bar(f"Reading {content.stem}", total, "bytes", show=progress) as advance,
    ):
        yield ByteReader(content, stream, meter, advance)
