"""Tables whose rows are documents: JSON lines, CSV, TSV and Parquet."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from wordloom.errors import FormatError, InputError, MissingExtraError
from wordloom.text.readers.members import Member
from wordloom.text.readers.plain import BYTE_ORDER_MARK
from wordloom.text.readers.streams import MAX_DOCUMENT, check_text, too_large

__all__ = [
    "MAX_CELL",
    "TEXT_COLUMNS",
    "choose_column",
    "choose_columns",
    "encode",
    "read_rows",
    "read_table",
]

TEXT_COLUMNS: Final = (
    "text", "string", "sentence", "review", "document", "content", "body", "abstract", "question",
    "comment", "message", "tweet", "title",
)  # fmt: skip
"""Names that stand for the text of a row; the first that a table has is taken."""

MAX_CELL: Final = 1 << 28
"""Characters that a cell of a .csv file may have: what an unclosed quote can swallow."""

Row = tuple[int, list[str]]
Choose = Callable[[list[str]], list[str]]


def read_table(member: Member, kind: str, columns: Sequence[str] | None) -> Iterator[bytes]:
    r"""Read the rows of a table as documents.

    Args:
        member: The table.
        kind: "jsonl", "csv", "tsv" or "parquet".
        columns: The columns that make up the text, joined by "\n"; None: the one whose name
            stands for text (see `TEXT_COLUMNS`).

    Yields:
        The text of each row, UTF-8.

    Raises:
        InputError: A column does not exist, or none can be recognised.
        FormatError: The table is damaged; the message names the line.
    """
    for _, cells in read_rows(member, kind, lambda names: choose_columns(names, columns, member)):
        yield encode("\n".join(filter(None, cells)))


def read_rows(member: Member, kind: str, choose: Choose) -> Iterator[Row]:
    """Read some cells of each row of a table.

    Args:
        member: The table.
        kind: "jsonl", "csv", "tsv" or "parquet".
        choose: Takes the names of all columns, returns those to read.

    Yields:
        The line number (the row number in Parquet) and the chosen cells of each row; a cell that is
        missing or null is "". Bytes that are not UTF-8 come as lone surrogates, as
        ``errors="surrogateescape"`` makes them.

    Raises:
        FormatError: The table is damaged; the message names the line.
    """
    if kind == "parquet":
        return parquet_rows(member, choose)
    stream = member.stream()
    check_text(stream.peek(1), member.label)
    readers = {"jsonl": json_rows, "csv": csv_rows, "tsv": tsv_rows}
    return readers[kind](stream, member.label, choose)


def choose_columns(names: list[str], columns: Sequence[str] | None, member: Member) -> list[str]:
    """Return the columns asked for, or the one that is recognised as text.

    Raises:
        InputError: One of them does not exist, or none can be recognised.
    """
    if columns is None:
        return [choose_column(names, TEXT_COLUMNS, "text", "columns", member.label)]
    for column in columns:
        if column not in names:
            raise InputError(
                f"A column must be one of the table's. Received: '{column}' for {member.label}, "
                f"which has {listed(names)}."
            )
    return list(columns)


def choose_column(
    names: Sequence[str], known: Sequence[str], what: str, argument: str, label: str
) -> str:
    """Return the column whose name is one of the known ones, in their order.

    Args:
        names: The columns of the table.
        known: Names in lower case, the likeliest first.
        what: What the column holds, for the message.
        argument: What the caller calls the argument that names the column.
        label: What messages call the table.

    Raises:
        InputError: There is none.
    """
    lower = {name.strip().lower(): name for name in reversed(names)}
    found = next((lower[name] for name in known if name in lower), None)
    if found is None and len(names) == 1 and what == "text":
        found = names[0]
    if found is None:
        raise InputError(
            f"A table's {what} column is recognised by its name: {', '.join(known)}. Received: "
            f"{label}, which has {listed(names)}. Name the column with {argument}."
        )
    return found


def encode(text: str) -> bytes:
    """Return a text as UTF-8, and the bytes that were not UTF-8 as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def listed(names: Sequence[str]) -> str:
    """Return the names of columns for a message."""
    shown = ", ".join(f"'{name}'" for name in names[:20])
    return f"the columns {shown}" + (", …" if len(names) > 20 else "") if names else "no columns"


def json_rows(stream: io.BufferedReader, label: str, choose: Choose) -> Iterator[Row]:
    """Read JSON lines; empty lines are passed over."""
    columns: list[str] | None = None
    for number, line in numbered_lines(stream, label):
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError) as error:
            raise FormatError(
                f"Each line must hold one JSON object. Received: {label}, whose line {number} does "
                f"not ({error}). Write one object to a line (JSON lines)."
            ) from None
        if not isinstance(value, dict):
            raise FormatError(
                f"Each line must hold one JSON object. Received: {label}, whose line {number} "
                f'holds a {type(value).__name__}. Write it as {{"text": …}}.'
            )
        if columns is None:
            columns = choose(list(value))
        yield number, [json_cell(value.get(column), column, number, label) for column in columns]


def json_cell(value: object, column: str, number: int, label: str) -> str:
    """Return a JSON value as the text of a cell."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    raise FormatError(
        f"A cell must be a text or a number. Received: a {type(value).__name__} in column "
        f"'{column}', line {number} of {label}. Choose another column."
    )


def tsv_rows(stream: io.BufferedReader, label: str, choose: Choose) -> Iterator[Row]:
    """Read tab-separated values: a line is a row, and quotes matter only around a whole cell."""
    lines = numbered_lines(stream, label)
    header = [tsv_cell(cell) for cell in split_tabs(next(lines, (1, b""))[1])]
    places = [header.index(column) for column in choose(header)]
    for number, line in lines:
        cells = split_tabs(line)
        if len(cells) != len(header):
            if not line.strip():
                continue
            raise wrong_width(label, number, len(cells), len(header), "tabs or line ends")
        yield number, [tsv_cell(cells[place]) for place in places]


def split_tabs(line: bytes) -> list[bytes]:
    """Return the cells of a line."""
    return line.removesuffix(b"\n").removesuffix(b"\r").split(b"\t")


def tsv_cell(cell: bytes) -> str:
    """Return a cell as text, without the quotes that some programs put around it."""
    text = cell.decode("utf-8", "surrogateescape")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def csv_rows(stream: io.BufferedReader, label: str, choose: Choose) -> Iterator[Row]:
    """Read comma-separated values as RFC 4180 has them."""
    # The csv module refuses cells above 128 KiB unless told otherwise, for the whole process.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    text = io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="")
    try:
        rows = csv.reader(text)
        header = next(rows, [])
        places = [header.index(column) for column in choose(header)]
        for cells in rows:
            if len(cells) != len(header):
                if not cells:
                    continue
                raise wrong_width(label, rows.line_num, len(cells), len(header), "commas")
            yield rows.line_num, [cells[place] for place in places]
    except csv.Error as error:
        raise FormatError(
            f"A .csv file must be comma-separated values. Received: {label}, whose line "
            f"{rows.line_num} is not ({error}). Look for a quote that is never closed."
        ) from None
    finally:
        # Else the wrapper would close the stream, which is not its own.
        text.detach()


def wrong_width(label: str, number: int, found: int, expected: int, what: str) -> FormatError:
    """Return the error for a row with too few or too many cells."""
    return FormatError(
        f"Each row must have as many cells as the header. Received: {label}, whose line {number} "
        f"has {found} where the header has {expected}. Look for {what} inside a text there."
    )


def numbered_lines(stream: io.BufferedReader, label: str) -> Iterator[tuple[int, bytes]]:
    """Read lines with their numbers, from 1."""
    number = 1
    line = stream.readline(MAX_DOCUMENT).removeprefix(BYTE_ORDER_MARK)
    while line:
        if len(line) == MAX_DOCUMENT:
            raise too_large(label)
        yield number, line
        line = stream.readline(MAX_DOCUMENT)
        number += 1


def parquet_rows(member: Member, choose: Choose) -> Iterator[Row]:
    """Read a Parquet file in batches of rows."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet", "reading .parquet files") from None
    if member.path is None:
        raise InputError(
            f"A .parquet file is read from disk, not from an archive. Received: {member.label}. "
            "Unpack it and pass the file."
        )
    try:
        with pyarrow.parquet.ParquetFile(member.path) as table:
            columns = choose(list(table.schema_arrow.names))
            number = 0
            for batch in table.iter_batches(batch_size=4096, columns=columns):
                lists = [batch.column(column).to_pylist() for column in columns]
                for values in zip(*lists, strict=True):
                    number += 1
                    yield (
                        number,
                        [
                            json_cell(value, column, number, member.label)
                            for value, column in zip(values, columns, strict=True)
                        ],
                    )
    except (pyarrow.ArrowException, OSError) as error:
        raise FormatError(
            f"{member.label} is not a Parquet file, or damaged ({error}). Write it again."
        ) from None
