"""What a path is: by its name, by the layout of a folder, or by a file's first bytes."""

from pathlib import Path

from wordloom.text.readers.members import kind_of
from wordloom.text.readers.streams import open_stream

__all__ = ["recognise"]


def recognise(path: Path) -> str:
    """Return the kind of a path: a value of `KINDS`, "folder", or a data set of its own layout."""
    name = path.name.lower()
    if path.is_dir():
        if (path / "train" / "unsup").is_dir() or (path / "aclImdb" / "train").is_dir():
            return "imdb"
        layouts = ("pdf_json", "*/pdf_json", "*/*/pdf_json", "*/*/*/pdf_json")
        papers = any(next(path.glob(layout), None) for layout in layouts)
        return "cord19" if papers or (path / "document_parses.tar.gz").is_file() else "folder"
    kind = kind_of(path.name)
    if kind in ("tar", "zip"):
        if name.startswith("aclimdb"):
            return "imdb"
        return "cord19" if name.startswith(("cord-19", "cord19", "document_parses")) else kind
    return kind or sniff(path)


def sniff(path: Path) -> str:
    """Return the kind of a file whose name does not tell, by its first bytes."""
    with open_stream(path) as stream:
        start = stream.peek(512)
    if start[257:262] == b"ustar":
        return "tar"
    if start.startswith(b"PK\3\4"):
        return "zip"
    return "parquet" if start.startswith(b"PAR1") else "text"
