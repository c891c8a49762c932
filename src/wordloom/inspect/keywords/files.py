"""Keyword lists from files: tables, lines of text, and folders with one file for each document."""

import json
import os
import warnings
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.inspect.keywords.lists import KeywordLists
from wordloom.inspect.keywords.rows import READERS, Row, text_lines
from wordloom.text.readers.members import Member, kind_of, walk

__all__ = [
    "ID_COLUMNS",
    "KEYWORD_COLUMNS",
    "SEPARATORS",
    "read_keyword_lists",
    "recognize_separator",
    "split_keywords",
]

KEYWORD_COLUMNS: Final = (
    "keywords", "keyword", "key words", "key_words", "author keywords", "author_keywords",
    "keyphrases", "keyphrase", "subjects", "subject", "descriptors", "tags", "tag", "terms",
    "mesh terms", "mesh_terms", "关键词", "关键字",
)  # fmt: skip
"""Names that stand for the keywords of a row; the first that a table has is taken."""

ID_COLUMNS: Final = (
    "id", "doc_id", "document_id", "docid", "document", "doc", "paper_id", "pmid", "doi",
    "arxiv_id", "identifier", "key", "name", "file", "title",
)  # fmt: skip
"""Names that stand for what a document is called."""

SEPARATORS: Final = ("\n", ";", "；", "|", "、", "，", ",", "_")
"""What may stand between keywords; of those that are about as frequent the first is taken."""

KEY_FILES: Final = (".key", ".keys", ".keywords", ".kw")

# A separator is as frequent as another one if it is in this share of the cells that have that one.
ABOUT_AS_FREQUENT = 0.8
ROWS_LOOKED_AT = 1000
# Characters of an ordinary keyword; the cells of a text have longer pieces between their commas.
KEYWORD_LENGTH = 40

Cell = str | list[str]


def read_keyword_lists(
    path: str | os.PathLike[str],
    column: str | None = None,
    id_column: str | None = None,
    separator: str | None = None,
) -> KeywordLists:
    r"""Read the keyword lists of documents.

    Args:
        path: A ``.jsonl``, ``.csv`` or ``.tsv`` file with a row for each document; a ``.txt`` file
            with a line for each; or a folder with a file for each, of a keyword a line, named
            ``.key``. Also with ``.gz``, or in a ``.zip``.
        column: The column of the keywords, by name or by number from 1; None: the one whose name
            stands for keywords, or, with a `DataWarning`, the one that looks like keywords in a
            table without header. A table has a header if its first line holds a name that stands
            for keywords, or one that is given here. JSON may hold lists of str.
        id_column: The column of what the documents are called; None: the one whose name stands for
            that, or the documents are numbered.
        separator: What stands between the keywords of a cell; None: what is recognised, one of
            `SEPARATORS`.

    Returns:
        The lists in the order of the file; a row without keywords has an empty one.

    Raises:
        InputError: There is no such path or column, or none is recognised.
        FormatError: The file is damaged, or not UTF-8; the message names the line.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "papers.tsv")
        ...     _ = path.write_text("id\tkeywords\np1\tdry cough; fever\np2\tfever\n")
        ...     lists = read_keyword_lists(path)
        >>> lists.ids, lists[0]
        (['p1', 'p2'], ['dry cough', 'fever'])
    """
    path = Path(path)
    check_separator(separator)
    if not path.exists():
        raise InputError(
            f"Keyword lists are read from a file or folder. Received: {path}, which does not "
            "exist. Check the path."
        )
    names: list[str] = []
    cells: list[Cell] = []
    n_tables = n_files = 0
    for member in walk(path, wanted=is_wanted):
        if is_key_file(member.name):
            n_files += 1
            names.append(Path(member.name).stem)
            cells.append([line for _, line in text_lines(member)])
        elif kind_of(member.name) in READERS:
            n_tables += 1
            names, cells = read_table(member, column, id_column)
        else:
            raise FormatError(
                "Keyword lists are read from .jsonl, .csv, .tsv, .txt and .key files (also .gz or "
                f".zip). Received: {path}, which is none of these."
            )
        if n_tables > 1 or (n_tables and n_files):
            raise InputError(
                "A folder or archive of keyword lists holds one table, or a .key file for each "
                f"document. Received: {path}, which holds more. Pass one of its files."
            )
    if not cells:
        raise FormatError(
            "Keyword lists are a table, lines of text or .key files, with at least one document. "
            f"Received: {path}, which holds none."
        )
    if separator is None:
        separator = recognize_separator([cell for cell in cells if isinstance(cell, str)])
    lists = [split_keywords(cell, separator) if isinstance(cell, str) else cell for cell in cells]
    return KeywordLists(lists, names or None)


def split_keywords(text: str, separator: str | None = None) -> list[str]:
    """Return the keywords in a text.

    Args:
        text: The keywords, with separators between them.
        separator: What stands between them; None: what is recognised.

    Returns:
        The keywords without white space around them, empty ones left out.

    Raises:
        InputError: The separator is empty.

    Example:
        >>> split_keywords("fever; diabetes, type 2"), split_keywords("word_embedding, topic_model")
        (['fever', 'diabetes, type 2'], ['word_embedding', 'topic_model'])
    """
    check_separator(separator)
    if separator is None:
        separator = recognize_separator([text])
    pieces = [text] if separator is None else text.split(separator)
    return [piece.strip() for piece in pieces if piece.strip()]


def check_separator(separator: str | None) -> None:
    """Refuse a separator that is empty."""
    if separator == "":
        raise InputError("A separator has at least one character. Received: an empty one.")


def recognize_separator(cells: Sequence[str]) -> str | None:
    """Return what stands between the keywords of cells; None where nothing does.

    Args:
        cells: Some keyword lists as written.

    Example:
        >>> recognize_separator(["干燥_咳嗽", "发热"]), recognize_separator(["cough"])
        ('_', None)
    """
    looked_at = [cell.strip() for cell in cells[:ROWS_LOOKED_AT]]
    counts = [sum(separator in cell for cell in looked_at) for separator in SEPARATORS]
    enough = ABOUT_AS_FREQUENT * max(counts)
    if not any(counts):
        return None
    return next(s for s, count in zip(SEPARATORS, counts, strict=True) if count >= enough)


def is_key_file(name: str) -> bool:
    """Tell whether a file holds the keywords of one document, by its name."""
    return name.lower().removesuffix(".gz").endswith(KEY_FILES)


def is_wanted(name: str) -> bool:
    """Tell which files in folders and archives are read: text lines may be anything there."""
    return is_key_file(name) or kind_of(name) in {"jsonl", "csv", "tsv"}


def read_table(
    member: Member, column: str | None, id_column: str | None
) -> tuple[list[str], list[Cell]]:
    """Return the ids (none: numbered) and the keyword cells of a table's rows."""
    kind = kind_of(member.name) or ""
    rows = READERS[kind](member)
    if kind == "text":
        if column or id_column:
            raise InputError(
                f"Columns are named for tables. Received: a column for {member.label}, whose lines "
                "are keyword lists. Leave it out."
            )
        return [], [str(cells[0]) for _, cells in rows]
    start = list(islice(rows, ROWS_LOOKED_AT))
    if not start:
        return [], []
    width = len(start[0][1])
    names = [str(cell) for cell in start[0][1]]
    if kind == "jsonl" or is_header(names, column, id_column):
        del start[0]
    else:
        names = []
    place, id_place = places_of(names, column, id_column, start, width, member.label)
    ids: list[str] = []
    cells: list[Cell] = []
    for line, row in chain(start, rows):
        if len(row) != width:
            raise FormatError(
                f"Each row has as many cells as the first. Received: {member.label}, whose line "
                f"{line} has {len(row)} where the first has {width}."
            )
        cells.append(keyword_cell(row[place], line, member.label))
        if id_place is not None:
            ids.append("" if row[id_place] is None else str(row[id_place]).strip())
    return ids, cells


def places_of(
    names: list[str],
    column: str | None,
    id_column: str | None,
    rows: list[Row],
    width: int,
    label: str,
) -> tuple[int, int | None]:
    """Return which columns hold the keywords and the ids; `names` is empty without a header."""
    if names or column is not None:
        place = place_of(names, column, KEYWORD_COLUMNS, "keywords", label, width)
    else:
        place = looks_like_keywords([cells for _, cells in rows], label)
        warnings.warn(
            f"The first line of {label} names no keywords: it is read as a document, and column "
            f"{place + 1} of {width} as the keywords, which it looks like. Name the column to "
            "choose.",
            DataWarning,
            stacklevel=2,
        )
    if id_column is None and recognized(names, ID_COLUMNS) is None:
        return place, None
    return place, place_of(names, id_column, ID_COLUMNS, "id", label, width)


def keyword_cell(value: object, line: int, label: str) -> Cell:
    """Return a cell that holds keywords: a text, or a list of texts from JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if isinstance(value, str | int | float):
        return str(value)
    raise FormatError(
        f"Keywords are a text or a list of texts. Received: {label}, whose line {line} holds "
        f"{json.dumps(value)[:60]}. Choose another column."
    )


def is_header(first: list[str], column: str | None, id_column: str | None) -> bool:
    """Tell whether the first row of a table holds names."""
    return recognized(first, KEYWORD_COLUMNS) is not None or any(
        name is not None and name in first for name in (column, id_column)
    )


def recognized(names: Sequence[str], known: Sequence[str]) -> int | None:
    """Return the place of the first of the known names that is there."""
    lower = [name.strip().lower() for name in names]
    return next((lower.index(name) for name in known if name in lower), None)


def place_of(
    names: list[str],
    wanted: str | None,
    known: Sequence[str],
    what: str,
    label: str,
    width: int,
) -> int:
    """Return the place of a column that is given by name or number, or recognised by name."""
    if wanted is None:
        found = recognized(names, known)
        if found is not None:
            return found
        shown = ", ".join(known[:8])
        rule = f"The column of the {what} is recognised by its name: {shown} and such."
        received = "none of these"
    else:
        if wanted in names:
            return names.index(wanted)
        if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= width:
            return int(wanted) - 1
        rule = f"The column of the {what} is given by its name or its number from 1."
        received = f"{wanted!r}"
    has = f"the columns {', '.join(map(repr, names[:20]))}" if names else f"{width} columns"
    raise InputError(f"{rule} Received: {received} for {label}, which has {has}. Name one.")


def looks_like_keywords(rows: list[list[Any]], label: str) -> int:
    """Return the column of a table without header whose cells are lists of short pieces."""
    best, best_share, best_length = -1, 0.0, 0.0
    for place in range(len(rows[0])):
        cells = [str(row[place]) for row in rows if place < len(row)]
        separator = recognize_separator(cells)
        if separator is None:
            continue
        lists = [split_keywords(cell, separator) for cell in cells]
        good = [
            len(pieces) > 1 and all(len(piece) <= KEYWORD_LENGTH for piece in pieces)
            for pieces in lists
        ]
        share = sum(good) / len(good)
        length = sum(map(len, cells)) / max(sum(map(len, lists)), 1)
        # The clauses of Chinese sentences are hardly longer than a keyword may be.
        if (share, -length) > (best_share, -best_length):
            best, best_share, best_length = place, share, length
    if best_share < 0.5:
        raise InputError(
            "The column of the keywords is recognised by the table's header (keywords, keyphrases, "
            f"subjects, tags, …) or by its content. Received: {label}, which has "
            f"{len(rows[0])} columns and none that is. Give its name or its number from 1."
        )
    return best
