"""The rows of tables with keyword lists, checked line by line."""

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from wordloom.errors import FormatError
from wordloom.text.readers.members import Member
from wordloom.text.readers.plain import BYTE_ORDER_MARK
from wordloom.text.readers.streams import MAX_DOCUMENT, too_large
from wordloom.text.readers.tables import MAX_CELL

__all__ = ["READERS", "Row", "text_lines"]

Row = tuple[int, list[Any]]
"""The number of a line and its cells; str, but for those of JSON, which hold what JSON holds."""


def json_table(member: Member) -> Iterator[Row]:
    """Yield the names of the first object's fields, then the fields of each as cells."""
    names: list[str] | None = None
    for number, line in text_lines(member):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = str(error).partition(":")[0]
            raise FormatError(
                f"Each line holds one JSON object. Received: {member.label}, whose line {number} "
                f"does not ({reason}). Write one object to a line (JSON lines)."
            ) from None
        if not isinstance(value, dict):
            raise FormatError(
                f"Each line holds one JSON object. Received: {member.label}, whose line {number} "
                f'holds a {type(value).__name__}. Write it as {{"keywords": […]}}.'
            )
        if names is None:
            names = list(value)
            yield number, [*names]
        yield number, [value.get(name) for name in names]


def tsv_table(member: Member) -> Iterator[Row]:
    """Yield the cells of each line of tab-separated values."""
    for number, line in text_lines(member):
        if line:
            yield number, [tsv_cell(cell) for cell in line.split("\t")]


def tsv_cell(cell: str) -> str:
    """Return a cell without the quotes that some programs put around it."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def csv_table(member: Member) -> Iterator[Row]:
    """Yield the cells of each row of comma-separated values, as RFC 4180 has them."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    rows = csv.reader(f"{line}\n" for _, line in text_lines(member))
    try:
        for cells in rows:
            if cells:
                yield rows.line_num, list(cells)
    except csv.Error as error:
        raise FormatError(
            f"A .csv file holds comma-separated values. Received: {member.label}, whose line "
            f"{rows.line_num} does not ({error}). Look for a quote that is never closed."
        ) from None


def text_table(member: Member) -> Iterator[Row]:
    """Yield each line as one cell."""
    for number, line in text_lines(member):
        yield number, [line]


def text_lines(member: Member) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file, checked, without their ends, with their numbers from 1."""
    stream = member.stream()
    number = 0
    while line := stream.readline(MAX_DOCUMENT):
        number += 1
        if len(line) == MAX_DOCUMENT:
            raise too_large(member.label)
        if number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        if b"\0" in line:
            raise FormatError(
                f"Text holds no NUL bytes. Received: {member.label}, whose line {number} does: it "
                "is a binary file, or text in UTF-16. Convert it to UTF-8."
            )
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(
                f"Keyword lists are UTF-8. Received: {member.label}, whose line {number} is not "
                f"(byte {error.start + 1} of it is {line[error.start]:#04x}). Convert the file, as "
                "with: iconv -f gb18030 -t utf-8"
            ) from None
        yield number, text.removesuffix("\n").removesuffix("\r")


READERS: Final[dict[str, Callable[[Member], Iterator[Row]]]] = {
    "jsonl": json_table,
    "csv": csv_table,
    "tsv": tsv_table,
    "text": text_table,
}
"""What reads each kind of table; the first row may hold names, in JSON lines it does."""
