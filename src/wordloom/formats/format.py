"""What a foreign format is to the rest of wordloom: how it is recognised, read and written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.stored_vectors import DTYPES
from wordloom.errors import InputError
from wordloom.formats.content import Content

__all__ = ["Format", "ReadOptions", "WriteOptions"]


@dataclass(frozen=True)
class ReadOptions:
    """What of a file is read, and how.

    Attributes:
        words: Only these words; None reads all.
        limit: Only this many words from the start of the file; None reads all.
        encoding: How the file encodes its words.
        memory_map: Leave large tables on disk where the format allows it, and read rows when they
            are used.
        progress: Show a progress bar on stderr.

    Raises:
        InputError: A limit below 1, or an encoding that Python does not know.
    """

    words: Sequence[str] | None = None
    limit: int | None = None
    encoding: str = "utf-8"
    memory_map: bool = False
    progress: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.words, str):
            raise InputError(f"`words` is a list of words. Received: {self.words!r}.")
        if self.limit is not None and self.limit < 1:
            raise InputError(f"`limit` is at least 1. Received: {self.limit}.")
        try:
            "".encode(self.encoding)
        except (LookupError, ValueError):
            raise InputError(
                f"The encoding is one that Python knows, as 'utf-8' or 'latin-1'. "
                f"Received: {self.encoding!r}."
            ) from None


@dataclass(frozen=True)
class WriteOptions:
    """How an embedding is written.

    Attributes:
        dtype: The numbers' type, one of `DTYPES`, where the format leaves a choice.

    Raises:
        InputError: There is no such type.
    """

    dtype: str = "float32"

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise InputError(
                f"Vectors are stored as one of {', '.join(DTYPES)}. Received: {self.dtype!r}."
            )


@dataclass(frozen=True)
class Format:
    """A way in which embeddings lie on disk.

    Attributes:
        name: What the user calls it, as in ``--format glove``.
        title: What it is, in a few words.
        endings: The endings of names that choose it when an embedding is written; may be empty.
        recognises: Tells from the content (see `Content.start`, `Content.names`) whether it is of
            this format. It never raises, whatever it is given.
        read: Returns the embedding; raises `FormatError` with the line or byte where it cannot.
        write: Writes the embedding, whose numbers are finite, to a path that is renamed into its
            place afterwards; None where the format is only read.
        folder: Whether it is a folder; `write` is then given a folder that exists and is empty.
        dtypes: The number types that `write` can store.
        ngrams: Whether the vectors of character n-grams are written too.
        is_own: Tells whether a folder is of the kind that `write` makes, so that another may
            replace it; None: whatever is recognised is.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    recognises: Callable[[Content], bool]
    read: Callable[[Content, ReadOptions], StaticEmbedding]
    write: Callable[[StaticEmbedding, Path, WriteOptions], None] | None = None
    folder: bool = False
    dtypes: tuple[str, ...] = ("float32",)
    ngrams: bool = False
    is_own: Callable[[Path], bool] | None = None
