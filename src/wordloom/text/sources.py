"""Sources: where the text of a corpus comes from, handed on in batches of whole documents."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal, Protocol

from wordloom.errors import FormatError, InputError
from wordloom.text.batches import TextBatch
from wordloom.text.readers.cord19 import FIELDS, is_part, read_papers
from wordloom.text.readers.gather import gather
from wordloom.text.readers.imdb import read_reviews
from wordloom.text.readers.members import KINDS, Member, files_in, kind_of, walk
from wordloom.text.readers.plain import BYTE_ORDER_MARK, read_lines
from wordloom.text.readers.recognise import recognise
from wordloom.text.readers.streams import Meter, buffered, check_text, decompressed
from wordloom.text.readers.tables import read_table

__all__ = [
    "DocumentSource",
    "Source",
    "chain_sources",
    "imdb_documents",
    "is_text",
    "open_source",
    "size_of",
]

Documents = Iterator[bytes | TextBatch]
"""What readers yield: a document as UTF-8, or a run of documents."""

SPECIAL: Final = ("imdb", "cord19")


class Source(Protocol):
    """Anything that gives text in batches.

    Attributes:
        name: What messages and saved corpora call it.
        total_bytes: Bytes of the files behind it, as they lie on disk; None when it is not known.
    """

    @property
    def name(self) -> str:
        """What messages and saved corpora call it."""
        ...

    @property
    def total_bytes(self) -> int | None:
        """Bytes of the files behind it, for progress bars; None when it is not known."""
        ...

    def batches(self, batch_bytes: int = 1 << 20) -> Iterator[TextBatch]:
        """Yield whole documents, about ``batch_bytes`` of text at a time."""
        ...


@dataclass(frozen=True)
class DocumentSource:
    """A source made of a function that yields documents.

    Attributes:
        name: What messages and saved corpora call it.
        total_bytes: Bytes of the files behind it; None when it is not known.
        documents: Takes a meter, to be told how many bytes of the files were read, and yields
            documents. It is called anew for each pass.
        keep_empty: Whether empty documents keep their place; else they are left out.

    Example:
        >>> source = DocumentSource("two texts", None, lambda meter: iter([b"one", b"two"]))
        >>> [batch.texts() for batch in source.batches()]
        [['one', 'two']]
    """

    name: str
    total_bytes: int | None
    documents: Callable[[Meter], Documents]
    keep_empty: bool = False

    def batches(self, batch_bytes: int = 1 << 20) -> Iterator[TextBatch]:
        """Yield the documents in batches.

        Args:
            batch_bytes: Text in a batch, in bytes; a document that has more is a batch of its own.

        Yields:
            The batches. `source_bytes` says how far the reader has come in `total_bytes`.

        Raises:
            InputError: There is no text, or a file cannot be read.
            FormatError: A file is damaged or of another format.
        """
        meter = Meter()
        found = False
        documents = self.documents(meter)
        for batch in gather(documents, batch_bytes, meter, keep_empty=self.keep_empty):
            found = True
            yield batch
        if not found:
            raise InputError(
                f"A source must hold at least one text that is not empty. Received: {self.name}, "
                "which holds none. Check the path."
            )


def open_source(
    paths: str | Path | Sequence[str | Path],
    *,
    document: Literal["line", "file"] = "line",
    columns: Sequence[str] | None = None,
    fields: Sequence[str] = FIELDS,
    kind: str | None = None,
    keep_empty: bool = False,
) -> Source:
    r"""Open files, folders, archives or standard input as one source of text.

    What a path is, is recognised by its name: plain text (also with a suffix that is not known),
    ``.jsonl``, ``.csv``, ``.tsv``, each also with ``.gz``; ``.parquet``; ``.tar``, ``.tar.gz``,
    ``.tgz`` and ``.zip`` archives of these; folders of these, searched in depth and sorted; the
    IMDB review data set (an archive whose name starts with "aclImdb", or its folder; the 75,000
    training reviews, with and without labels) and CORD-19 releases (an archive whose name starts
    with "cord-19", "cord19" or "document_parses", or a folder with ``pdf_json`` in it). Gzip is
    recognised by content. In folders and archives, hidden files and files with other suffixes are
    passed over. Nothing is unpacked to disk, and memory does not grow with the size of the files.

    Args:
        paths: One path or several; "-" is standard input.
        document: What a document of plain text is: a line or a file.
        columns: Columns of a table that make up the text, joined by "\n"; None: the one whose name
            stands for text, as "text" or "abstract".
        fields: Fields of CORD-19 papers to read.
        kind: What all paths are, where their names do not tell: "text", "jsonl", "csv", "tsv",
            "parquet", "tar", "zip", "imdb" or "cord19".
        keep_empty: Keep empty lines, cells and files as empty documents, so that what is made of
            the documents can be matched with them line by line.

    Returns:
        The source. Paths are checked now, contents while they are read.

    Raises:
        InputError: There is no such path, nothing in it can be read, or an argument is unknown.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "notes.txt")
        ...     _ = path.write_text("first note\n\nsecond note\n")
        ...     [batch.texts() for batch in open_source(path).batches()]
        [['first note', 'second note']]
    """
    if document not in ("line", "file"):
        raise InputError(f"A document is 'line' or 'file'. Received: document={document!r}.")
    if kind is not None and kind not in (*KINDS.values(), *SPECIAL):
        known = ", ".join(sorted({*KINDS.values(), *SPECIAL}))
        raise InputError(f"A kind of source is one of {known}. Received: kind={kind!r}.")
    if isinstance(columns, str):
        columns = [columns]
    options = Options(document, columns, fields, keep_empty)
    paths = [paths] if isinstance(paths, (str, Path)) else list(paths)
    return chain_sources([open_path(path, kind, options) for path in paths])


def chain_sources(sources: Sequence[Source]) -> Source:
    """Return one source that reads several, one after the other.

    Raises:
        InputError: There is none.
    """
    if not sources:
        raise InputError("At least one source is needed. Received: none. Pass a path, or '-'.")
    if len(sources) == 1:
        return sources[0]
    return ChainedSource(tuple(sources))


@dataclass(frozen=True)
class ChainedSource:
    """Several sources as one."""

    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """The names of the sources."""
        return ", ".join(source.name for source in self.sources)

    @property
    def total_bytes(self) -> int | None:
        """Bytes of the files behind all sources; None when it is not known of one of them."""
        totals = [source.total_bytes for source in self.sources]
        known = [total for total in totals if total is not None]
        return sum(known) if len(known) == len(totals) else None

    def batches(self, batch_bytes: int = 1 << 20) -> Iterator[TextBatch]:
        """Yield the batches of each source."""
        done = 0
        for source in self.sources:
            for batch in source.batches(batch_bytes):
                yield TextBatch(batch.data, batch.offsets, done + batch.source_bytes)
            done += source.total_bytes or 0


@dataclass(frozen=True)
class Options:
    """How the files of a source are read."""

    document: str
    columns: Sequence[str] | None
    fields: Sequence[str]
    keep_empty: bool


def open_path(path: str | Path, kind: str | None, options: Options) -> Source:
    """Open one path as a source."""
    if str(path) == "-":
        read_input = StandardInput(kind or "text", options)
        return DocumentSource("standard input", None, read_input, options.keep_empty)
    path = Path(path)
    if not path.exists():
        raise InputError(
            f"A source must be a file or folder that can be read. Received: {path}, which does not "
            "exist. Check the path."
        )
    if not path.is_file() and not path.is_dir():
        raise InputError(
            f"A source must be a file, a folder or '-'. Received: {path}, which is neither. "
            "Pass '-' and redirect it to standard input."
        )
    kind = kind or recognise(path)
    if kind == "imdb":
        return DocumentSource(str(path), size_of(path, is_text), partial(imdb_documents, path))
    if kind == "cord19":
        fields = options.fields
        return DocumentSource(
            str(path), size_of(path, is_part), lambda meter: read_papers(path, fields, meter)
        )
    return DocumentSource(
        str(path),
        size_of(path, is_known),
        partial(file_documents, path, kind, options),
        options.keep_empty,
    )


def imdb_documents(path: Path, meter: Meter) -> Documents:
    """Read the training reviews of IMDB."""
    for _, review in read_reviews(path, meter=meter):
        yield review


def file_documents(path: Path, kind: str, options: Options, meter: Meter) -> Documents:
    """Read the documents of a file, or of all files in a folder or archive."""
    single = kind not in ("folder", "tar", "zip")
    for member in walk(path, meter, is_known, kind):
        yield from member_documents(member, kind if single else kind_of(member.name), options)


def member_documents(member: Member, kind: str | None, options: Options) -> Documents:
    """Read the documents of one file."""
    if kind in ("jsonl", "csv", "tsv", "parquet"):
        return iter(read_table(member, kind, options.columns))
    if kind in ("tar", "zip"):
        raise FormatError(
            f"A zip archive inside an archive cannot be read. Received: {member.label}. "
            "Unpack the outer archive and pass the folder."
        )
    if options.document == "line":
        stream = member.stream()
        check_text(stream.peek(1), member.label)
        return read_lines(stream, member.label)
    text = member.read().removeprefix(BYTE_ORDER_MARK)
    check_text(text[:BINARY_CHECK], member.label)
    return iter([text])


BINARY_CHECK: Final = 1 << 16


@dataclass
class StandardInput:
    """Reads standard input, once."""

    kind: str
    options: Options
    used: bool = False

    def __call__(self, meter: Meter) -> Documents:
        """Yield the documents of standard input."""
        if self.used:
            raise InputError(
                "Standard input can be read only once. Save it to a file and pass the file."
            )
        if sys.stdin is None:
            raise InputError(
                "A source must be there to be read. Received: '-', but standard input is closed. "
                "Redirect a file or a pipe to it."
            )
        self.used = True
        # Python aborts at exit when a thread still waits for the buffered stream, as after Ctrl-C.
        unbuffered = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        stream = decompressed(buffered(unbuffered, meter), "standard input")
        member = Member("-", "standard input", stream)
        return member_documents(member, self.kind, self.options)


def is_known(name: str) -> bool:
    """Tell whether a file in a folder or archive is read."""
    return kind_of(name) is not None


def is_text(name: str) -> bool:
    """Tell whether a file is plain text by its name."""
    return name.endswith(".txt")


def size_of(path: Path, wanted: Callable[[str], bool]) -> int:
    """Return the bytes of a file, or of the files in a folder that are read."""
    if path.is_file():
        return path.stat().st_size
    files = files_in(path)
    chosen = [file for file in files if wanted(file.relative_to(path).as_posix())]
    if not chosen:
        found = f"{len(files):,} others, as {files[0].name}" if files else "no file"
        raise InputError(
            f"A folder must hold a file that can be read: {', '.join(filter(None, KINDS))}, or one "
            f"without suffix. Received: {path}, which holds {found}. Check the path."
        )
    return sum(file.stat().st_size for file in chosen)
