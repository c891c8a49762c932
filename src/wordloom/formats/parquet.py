"""Parquet: a column of words, one of vectors, and perhaps one of counts (extra ``parquet``).

Columns are known by their names, or where only one can be meant by their types: words are text,
vectors are lists of numbers of one length. Without such lists, all columns of floats together are
the matrix, as pandas writes a table with the words as its index.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError, InputError, MissingExtraError, WordloomError
from wordloom.formats.content import Content, check_expansion
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.word_rows import WordRows
from wordloom.progress import progress_bar
from wordloom.text.batches import TextBatch

if TYPE_CHECKING:
    from pyarrow import Array, DataType, RecordBatch, Schema
    from pyarrow.parquet import ParquetFile

__all__ = ["FORMATS"]

MAGIC = b"PAR1"
WORDS = ("word", "words", "token", "term", "key", "text", "__index_level_0__", "index")
VECTORS = ("vector", "vectors", "embedding", "embeddings")
COUNTS = ("count", "counts", "frequency", "freq")

ROWS_AT_ONCE = 1 << 13
READ_AT_ONCE = 1 << 20
ROWS_IN_GROUP = 1 << 16


def arrow() -> tuple[ModuleType, ModuleType]:
    """Return the packages pyarrow and pyarrow.parquet."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        purpose = "reading and writing .parquet files"
        raise MissingExtraError("pyarrow", "parquet", purpose) from None
    return pyarrow, pyarrow.parquet


def recognises(content: Content) -> bool:
    """Tell whether a file starts as Parquet does."""
    return content.start.startswith(MAGIC)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what pyarrow raises into an error that names the file."""
    try:
        yield
    except WordloomError:
        raise
    except Exception as error:  # A forged file makes pyarrow raise nearly anything.
        reason = " ".join(str(error).split())[:200]
        raise FormatError(
            f"{name} is no complete Parquet file of words and vectors: {reason}. Write it again."
        ) from None


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read words and vectors, a few thousand rows at a time."""
    pyarrow, parquet = arrow()
    with explained(content.name):
        if content.size is None:
            with content.stream() as stream:
                source = pyarrow.BufferReader(stream.read())
        else:
            source = pyarrow.OSFile(str(content.path))
        with parquet.ParquetFile(source, pre_buffer=False, buffer_size=READ_AT_ONCE) as file:
            columns = Columns(file.schema_arrow, content.name)
            check_columns(file, source.size(), content.name)
            return read_rows(file, columns, content, options)


def read_rows(
    file: "ParquetFile", columns: "Columns", content: Content, options: ReadOptions
) -> StaticEmbedding:
    """Read the rows that are wanted."""
    rows: WordRows | None = None
    if not columns.words_are_bytes:
        options = replace(options, encoding="utf-8")
    n_rows, place = file.metadata.num_rows, 0
    with progress_bar("Reading", n_rows, "words", show=options.progress) as advance:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns.all, use_threads=False):
            words = columns.words_of(batch, place)
            vectors = columns.vectors_of(batch, place)
            if rows is None:
                rows = WordRows(vectors.shape[1], options, content.name, n_rows, "row")
            elif vectors.shape[1] != rows.dim:
                uneven(content.name, place + 1, vectors.shape[1], rows.dim)
            places = np.arange(place + 1, place + len(words) + 1)
            rows.add(words.data, words.offsets, vectors, places, columns.counts_of(batch))
            place += len(words)
            advance(place)
            if rows.complete:
                break
    if rows is None:
        raise FormatError(f"A file of vectors holds at least one word. Received: {content.name}.")
    return rows.finish(content.stem)


def check_columns(file: "ParquetFile", size: int, name: str) -> None:
    """Refuse a file whose columns would take far more room than it."""
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    values = sum(
        max(group.column(index).num_values, 0)
        for group in groups
        for index in range(group.num_columns)
    )
    needed = max(4 * values, sum(group.total_byte_size for group in groups))
    check_expansion(name, size, needed)


def uneven(name: str, row: int, found: int, dim: int) -> NoReturn:
    """Raise the error for vectors of different sizes."""
    raise FormatError(
        f"All vectors have the same size. Received: {name}, row {row:,}, with {found:,} numbers "
        f"where the first row has {dim:,}."
    )


class Columns:
    """Which columns of a table hold the words, the vectors and the counts.

    Args:
        schema: The table's columns and their types.
        name: What messages call the file.

    Raises:
        FormatError: It cannot be told, or there are none.
    """

    def __init__(self, schema: "Schema", name: str) -> None:
        from pyarrow import types

        self.name = name

        def is_bytes(kind: "DataType") -> bool:
            return bool(types.is_binary(kind) or types.is_large_binary(kind))

        def is_text(kind: "DataType") -> bool:
            if types.is_dictionary(kind):
                kind = kind.value_type
            return bool(types.is_string(kind) or types.is_large_string(kind) or is_bytes(kind))

        def is_number(kind: "DataType") -> bool:
            return bool(types.is_floating(kind) or types.is_integer(kind))

        def is_vector(kind: "DataType") -> bool:
            lists = (types.is_list, types.is_large_list, types.is_fixed_size_list)
            return any(is_list(kind) for is_list in lists) and is_number(kind.value_type)

        kinds = {field.name: field.type for field in schema}
        self.words = self.chosen([key for key in kinds if is_text(kinds[key])], WORDS, "words")
        lists = [key for key in kinds if is_vector(kinds[key])]
        floats = [key for key in kinds if types.is_floating(kinds[key])]
        if lists or len(floats) < 2:
            self.vectors = [self.chosen(lists, VECTORS, "vectors")]
        else:
            self.vectors = floats
        self.in_lists = bool(lists)
        counts = [key for key in kinds if key in COUNTS and types.is_integer(kinds[key])]
        self.counts = counts[0] if counts else None
        self.words_are_bytes = is_bytes(kinds[self.words])

    @property
    def all(self) -> list[str]:
        """The names of all columns that are needed."""
        return [self.words, *self.vectors, *([self.counts] if self.counts is not None else [])]

    def chosen(self, fitting: list[str], names: tuple[str, ...], what: str) -> str:
        """Return the column of one of these names, or the only one of the type."""
        for wanted in names:
            for key in fitting:
                if key.lower() == wanted:
                    return key
        if len(fitting) == 1:
            return fitting[0]
        found = ", ".join(fitting[:8]) or "none"
        raise FormatError(
            f"A Parquet file of vectors has one column of {what}, or one called {names[0]!r}. "
            f"Received: {self.name}, where {found} would fit. Rename the column."
        )

    def words_of(self, batch: "RecordBatch", place: int) -> TextBatch:
        """Return the words of some rows."""
        import pyarrow

        column = batch.column(self.words)
        self.refuse_missing(column, place)
        if pyarrow.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        column = column.cast(pyarrow.large_binary())
        _, offsets, data = column.buffers()
        starts = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
        raw = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
        return TextBatch(raw[starts[0] : starts[-1]], starts - starts[0])

    def vectors_of(self, batch: "RecordBatch", place: int) -> NDArray[np.floating]:
        """Return the vectors of some rows, (n_rows, dim)."""
        if not self.in_lists:
            columns = [batch.column(name) for name in self.vectors]
            for column in columns:
                self.refuse_missing(column, place)
            return np.stack([column.to_numpy(zero_copy_only=False) for column in columns], axis=1)
        column = batch.column(self.vectors[0])
        self.refuse_missing(column, place)
        lengths = column.value_lengths().to_numpy(zero_copy_only=False)
        if np.any(lengths != lengths[0]):
            row = int(np.argmax(lengths != lengths[0]))
            uneven(self.name, place + row + 1, int(lengths[row]), int(lengths[0]))
        values = column.flatten()
        if values.null_count:
            row = place + int(np.argmax(values.is_null())) // int(lengths[0])
            self.refuse(row)
        return np.asarray(values.to_numpy(zero_copy_only=False)).reshape(len(column), -1)

    def counts_of(self, batch: "RecordBatch") -> NDArray[np.int64] | None:
        """Return how often each word of some rows occurs, where the file tells."""
        if self.counts is None:
            return None
        counts = batch.column(self.counts).fill_null(0).to_numpy(zero_copy_only=False)
        return np.asarray(np.maximum(counts.astype(np.int64), 0))

    def refuse_missing(self, column: "Array", place: int) -> None:
        """Refuse a column with missing values."""
        if column.null_count:
            self.refuse(place + int(np.argmax(column.is_null())))

    def refuse(self, row: int) -> NoReturn:
        """Raise the error for a missing value."""
        raise FormatError(
            f"Every row has a word and all numbers of a vector. Received: {self.name}, row "
            f"{row + 1:,}, where one is missing. Drop that row."
        )


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write a file with the columns word, vector and, where it is known, count."""
    pyarrow, parquet = arrow()
    vocabulary, dim = embedding.vocabulary, embedding.dim
    vectors = embedding.vectors
    numbers = pyarrow.float16() if options.dtype == "float16" else pyarrow.float32()
    fields = [("word", pyarrow.string()), ("vector", pyarrow.list_(numbers, dim))]
    counted = bool(vocabulary.counts.any())
    if counted:
        fields.append(("count", pyarrow.int64()))
    schema = pyarrow.schema(fields)
    with parquet.ParquetWriter(path, schema, compression="zstd", use_dictionary=False) as file:
        for start in range(0, len(vocabulary), ROWS_IN_GROUP):
            end = min(start + ROWS_IN_GROUP, len(vocabulary))
            block = vectors[start:end]
            if options.dtype == "float16" and np.abs(block).max() > np.finfo(np.float16).max:
                raise InputError(
                    "Numbers of float16 reach 65,504. Received: larger ones. Write float32."
                )
            flat = pyarrow.array(block.astype(options.dtype, copy=False).reshape(-1))
            columns = [
                pyarrow.array([vocabulary.word(row) for row in range(start, end)]),
                pyarrow.FixedSizeListArray.from_arrays(flat, dim),
            ]
            if counted:
                columns.append(pyarrow.array(vocabulary.counts[start:end]))
            file.write_table(pyarrow.table(columns, schema=schema))


FORMATS = (
    Format(
        "parquet",
        "Parquet with columns of words and vectors",
        (".parquet",),
        recognises,
        read,
        write,
        dtypes=("float32", "float16"),
    ),
)
