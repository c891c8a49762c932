"""CORD-19 papers, as the folders and archives of its releases hold them.

Releases of March 2020 keep papers in SUBSET/SUBSET/pdf_json/, later ones in
document_parses/pdf_json/ and pmc_json/, with archives inside the archive; papers are found by their
file names, so every layout is read. Format: L. L. Wang et al. (2020), CORD-19: The COVID-19 Open
Research Dataset.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from wordloom.errors import FormatError, InputError
from wordloom.text.readers.members import Member, files_in, kind_of, walk
from wordloom.text.readers.streams import Meter, open_stream
from wordloom.text.readers.tables import MAX_CELL, encode

__all__ = ["FIELDS", "is_part", "read_papers"]

FIELDS: Final = ("title", "authors", "abstract", "body", "references")
"""What can be read of a paper; "references" are the titles of the papers it cites."""

PAPER: Final = re.compile(r"(?:^|/)(?:[0-9a-f]{40}|PMC\d+(?:\.xml)?)\.json$")


def read_papers(
    path: Path, fields: Sequence[str] = FIELDS, meter: Meter | None = None
) -> Iterator[bytes]:
    r"""Read papers, each as one document.

    A paper id that occurred before is dropped. Many papers were parsed twice, from their PDF
    (`pdf_json`) and from PubMed Central's XML (`pmc_json`, without an abstract), under two ids. Of
    these the kind that comes first is kept, as far as `metadata.csv` tells which belong together:
    it must lie in the folder, or come before the papers in the archive. All PDF parses of one
    paper (its supplements) are kept.

    Args:
        path: The folder or archive of a release, or a part of it.
        fields: Which of `FIELDS` to read; they are joined by "\n" in the order of `FIELDS`.
        meter: Is told how many bytes were read from disk.

    Yields:
        The text of each paper, UTF-8.

    Raises:
        InputError: A field is unknown.
        FormatError: A paper is not in the format of CORD-19.
    """
    unknown = [field for field in fields if field not in FIELDS]
    if unknown or not fields:
        raise InputError(
            f"Fields of CORD-19 papers are: {', '.join(FIELDS)}. Received: {', '.join(unknown)}."
        )
    links: dict[str, str] = {}
    if path.is_dir():
        for file in files_in(path):
            if file.name == "metadata.csv":
                with open_stream(file) as stream:
                    links.update(read_links(stream))
    seen: set[str] = set()
    kinds: dict[str, str] = {}
    for member in walk(path, meter, is_part):
        if member.name.endswith("metadata.csv"):
            if not path.is_dir():
                links.update(read_links(member.stream()))
            continue
        paper = parse(member)
        paper_id = str(paper.get("paper_id") or Path(member.name).stem)
        kind = "pmc_json" if paper_id.startswith("PMC") else "pdf_json"
        if paper_id in seen or kinds.setdefault(links.get(paper_id, paper_id), kind) != kind:
            continue
        seen.add(paper_id)
        yield encode("\n".join(text for text in texts(paper, fields) if text))


def is_part(name: str) -> bool:
    """Tell papers, their metadata and the archives of papers from all else in a release."""
    if kind_of(name) == "tar":
        return "embeddings" not in name
    return PAPER.search(name) is not None or name.split("/")[-1] == "metadata.csv"


def read_links(stream: io.BufferedReader) -> dict[str, str]:
    """Return, for each paper id in metadata.csv, the id of the paper that all its parses share."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    links = {}
    text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="")
    try:
        for row in csv.DictReader(text):
            parses = [*(row.get("sha") or "").split(";"), row.get("pmcid") or ""]
            for paper_id in filter(None, map(str.strip, parses)):
                links[paper_id] = row.get("cord_uid") or paper_id
    except csv.Error as error:
        raise FormatError(
            f"The metadata.csv of CORD-19 must be comma-separated values ({error}). Remove it, and "
            "papers that were parsed twice are read twice."
        ) from None
    finally:
        text.detach()
    return links


def parse(member: Member) -> dict[str, object]:
    """Return a paper as JSON has it."""
    try:
        paper = json.loads(member.read())
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        paper = None
    if not isinstance(paper, dict):
        raise FormatError(
            f"A CORD-19 paper must be a JSON object. Received: {member.label}, which is not. "
            "Download it again, or remove it."
        )
    return paper


def texts(paper: dict[str, object], fields: Sequence[str]) -> Iterator[str]:
    """Read the fields of a paper, in the order of `FIELDS`; what is missing is passed over."""
    metadata = paper.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if "title" in fields:
        yield string(metadata.get("title"))
    if "authors" in fields:
        yield ", ".join(map(author, entries(metadata.get("authors"))))
    if "abstract" in fields:
        yield from (string(part.get("text")) for part in entries(paper.get("abstract")))
    if "body" in fields:
        yield from (string(part.get("text")) for part in entries(paper.get("body_text")))
    if "references" in fields:
        cited = paper.get("bib_entries")
        cited = list(cited.values()) if isinstance(cited, dict) else []
        yield from (string(part.get("title")) for part in entries(cited))


def author(person: dict[str, object]) -> str:
    """Return an author's full name."""
    middle = person.get("middle")
    names = [person.get("first"), *(middle if isinstance(middle, list) else []), person.get("last")]
    return " ".join(filter(None, map(string, names)))


def entries(value: object) -> list[dict[str, object]]:
    """Return the objects in a JSON list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    """Return a JSON string without space around it; "" for all else."""
    return value.strip() if isinstance(value, str) else ""
