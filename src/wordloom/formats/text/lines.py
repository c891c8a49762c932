"""One line of word vectors, and a block of them: a word, then its numbers.

Between fields are spaces or tabs; spaces at the end of a line and a carriage return do not matter.
The word may hold spaces: the last `dim` fields are the numbers, all before them is the word ("new
york 0.1 0.2", as in glove.840B). Where the field before the numbers is a number like them, the line
is taken for one with too many.

A kernel reads blocks. A line that it does not understand goes to `LineParser.parse_line`, which is
the rule in plain Python.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError
from wordloom.kernels.compile import read_only
from wordloom.kernels.vector_text import parse_rows

__all__ = ["LineParser", "ParsedBlock", "blank_line", "shown", "trailing_numbers"]

FIELD = re.compile(rb"[^ \t]+")
DECIMAL = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NOT_FINITE = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
FRACTION = re.compile(rb"[.eE]")


@dataclass(frozen=True)
class ParsedBlock:
    """What a block of lines holds.

    Attributes:
        first_line: The number of its first line.
        vectors: float32 (n_rows, dim).
        words: uint8, the words end to end.
        offsets: int64 (n_rows + 1,), where each starts and the last one ends.
        counts: int64 (n_rows,), how often each word occurs; None where it is not known.
        blank: The number of a blank line after which the block holds nothing else; 0 for none.
        error: What is wrong with the line behind the last row; None where nothing is.
    """

    first_line: int
    vectors: NDArray[np.float32]
    words: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    blank: int = 0
    error: FormatError | None = None
    counts: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class LineParser:
    """Reads lines that hold a word and `dim` numbers.

    Attributes:
        name: What messages call the file.
        dim: How many numbers a line holds.
        has_words: Whether it begins with a word.
        known_from: Where `dim` was learned, for messages.
    """

    name: str
    dim: int
    has_words: bool = True
    known_from: str = "as most of its first lines do"

    def parse_line(self, line: bytes, number: int) -> tuple[bytes, NDArray[np.float32]]:
        r"""Read one line; the kernel does the same for those that it understands.

        Args:
            line: The line, without its newline.
            number: Its number, for messages.

        Returns:
            The word, and its vector as float32 (dim,), infinite where a number is too large.

        Raises:
            FormatError: There are more or fewer numbers, or what should be one is none.

        Example:
            >>> LineParser("toy.txt", 2).parse_line(b"new york 1 .5\r", 7)
            (b'new york', array([1. , 0.5], dtype=float32))
        """
        line = line.removesuffix(b"\r")
        starts = [match.start() for match in FIELD.finditer(line)]
        # A line that begins with a space may be that of the empty word.
        n_words = int(self.has_words and not line.startswith((b" ", b"\t")))
        if len(starts) < self.dim + n_words or (not self.has_words and len(starts) > self.dim):
            raise self.wrong_count(number, len(starts) - n_words)
        first = starts[-self.dim]
        fields = FIELD.findall(line[first:])
        word = line[:first].strip(b" \t")
        if len(starts) > self.dim + 1:
            last = line[starts[-self.dim - 1] : first].rstrip(b" \t")
            alike = FRACTION.search(last) or not any(map(FRACTION.search, fields))
            if alike and DECIMAL.fullmatch(last):
                raise self.wrong_count(number, trailing_numbers(line))
        for place, field in enumerate(fields, len(starts) - self.dim + 1):
            if not (DECIMAL.fullmatch(field) or NOT_FINITE.fullmatch(field)):
                raise FormatError(
                    "A line of vectors holds "
                    f"{'a word, then numbers' if self.has_words else 'numbers'}. Received: "
                    f"{self.name}, line {number:,}, where field {place:,} is {shown(field)}. "
                    "Correct the line or delete it."
                )
        with np.errstate(over="ignore"):
            return word, np.array([float(field) for field in fields]).astype(np.float32)

    def wrong_count(self, number: int, found: int) -> FormatError:
        """Return the error for a line with too many or too few numbers."""
        return FormatError(
            f"Each line of {self.name} holds {self.dim:,} numbers, {self.known_from}. Received: "
            f"line {number:,}, with {max(found, 0):,}. Correct the line or delete it; if it is the "
            "last, the file was cut short."
        )

    def parse(self, block: bytes, first_line: int) -> ParsedBlock:
        """Read a block of whole lines, the last of which ends with a newline too."""
        text = np.frombuffer(block, np.uint8)
        # A number and what is before or behind it take two bytes at least.
        room = min(block.count(b"\n"), len(block) // (2 * self.dim))
        vectors = np.empty((room, self.dim), np.float32)
        words = np.empty(len(block), np.uint8)
        offsets = np.zeros(room + 1, np.int64)
        n_rows, position, blank = 0, 0, 0
        error = None
        while True:
            n_rows, position = parse_rows(
                read_only(text), position, self.has_words, n_rows, vectors, words, offsets
            )
            if position >= len(block):
                break
            end = block.index(b"\n", position)
            line = block[position:end]
            number = first_line + n_rows
            if not line.strip(b" \t\r"):
                blank = number
                if block[end:].strip(b" \t\r\n"):
                    error = blank_line(self.name, blank)
                break
            try:
                word, vectors[n_rows] = self.parse_line(line, number)
            except FormatError as wrong:
                error = wrong
                break
            start = int(offsets[n_rows])
            words[start : start + len(word)] = np.frombuffer(word, np.uint8)
            n_rows += 1
            offsets[n_rows] = start + len(word)
            position = end + 1
        return ParsedBlock(first_line, vectors[:n_rows], words, offsets[: n_rows + 1], blank, error)


def blank_line(name: str, number: int) -> FormatError:
    """Return the error for a blank line with others behind it."""
    return FormatError(
        f"Blank lines may only end a file of vectors. Received: {name}, where line {number:,} is "
        "blank and others follow. Delete the line."
    )


def shown(field: bytes) -> str:
    """Return how messages show a field."""
    text = repr(field[:40].decode("utf-8", "backslashreplace"))
    return text if len(field) <= 40 else f"{text} …"


def trailing_numbers(line: bytes) -> int:
    """Return how many numbers a line ends with; its first field is a word even if it is one too."""
    fields = FIELD.findall(line.removesuffix(b"\r"))
    if not line.startswith((b" ", b"\t")):
        del fields[:1]
    count = 0
    for field in reversed(fields):
        if not (DECIMAL.fullmatch(field) or NOT_FINITE.fullmatch(field)):
            break
        count += 1
    return count
