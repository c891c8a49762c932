"""``wordloom embed``: texts in, vectors out."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from wordloom.cli.options import (
    Verbs,
    add_embedding,
    add_source_options,
    add_verb,
    counted,
    open_embedding,
    print_json,
    print_lines,
    read_texts,
    source_from,
    whole_number,
)
from wordloom.errors import InputError, MissingExtraError
from wordloom.output import check_writable, new_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.embedding.protocol import TokenVectors
    from wordloom.embedding.static import StaticEmbedding

__all__ = ["add_verbs"]

TEXTS_AT_ONCE = 256


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``embed``."""
    parser = add_verb(
        verbs,
        "embed",
        run_embed,
        "turn texts into vectors",
        "wordloom embed my-vectors texts.txt -o vectors.npy",
    )
    add_embedding(parser)
    parser.add_argument(
        "source",
        nargs="*",
        default=["-"],
        metavar="SOURCE",
        help="texts to embed, one a line, or files, folders, archives, data:NAME; standard input "
        "unless given",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=".npy, .parquet or .jsonl; unless given, JSON lines on standard output",
    )
    parser.add_argument(
        "--pooling",
        choices=("mean", "sum", "sqrtn", "max", "idf", "sif"),
        help="how word vectors become a text vector; the embedding's own choice unless given",
    )
    parser.add_argument(
        "--tokens", action="store_true", help="a vector for each token instead, as JSON lines"
    )
    parser.add_argument(
        "--layer",
        type=whole_number(0),
        metavar="N",
        help="with --tokens, of ELMo: which layer, from 0; the weighted sum unless given",
    )
    add_source_options(parser)


class Writer(Protocol):
    """Takes texts and their vectors, batch by batch."""

    def write(self, texts: list[str], vectors: "NDArray[np.float32]") -> None:
        """Write a batch; vectors are float32 (n_texts, dim)."""

    def close(self) -> None:
        """Write what belongs to the end; the file itself stays open."""


class JSONLines:
    """One object with ``text`` and ``vector`` a line."""

    def __init__(self, file: IO[bytes], dim: int) -> None:
        self.file = file

    def write(self, texts: list[str], vectors: "NDArray[np.float32]") -> None:
        """Write a batch."""
        for text, vector in zip(texts, vectors, strict=True):
            row = {"text": text, "vector": numbers(vector)}
            self.file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        """Nothing is left to write."""


def numbers(vector: "NDArray[np.float32]") -> list[float]:
    """Return a vector for JSON, with the seven digits that float32 holds."""
    return [float(f"{value:.7g}") for value in vector.tolist()]


class NumpyFile:
    """A float32 array (n_texts, dim) whose length is known only at the end."""

    def __init__(self, file: IO[bytes], dim: int) -> None:
        self.file = file
        self.dim = dim
        self.rows = 0
        self.write_header()

    def write_header(self) -> None:
        """Write the header for the rows so far; NumPy pads it so that the length can grow."""
        import numpy as np

        np.lib.format.write_array_header_1_0(
            self.file, {"descr": "<f4", "fortran_order": False, "shape": (self.rows, self.dim)}
        )

    def write(self, texts: list[str], vectors: "NDArray[np.float32]") -> None:
        """Write a batch."""
        self.file.write(vectors.astype("<f4").tobytes())
        self.rows += len(vectors)

    def close(self) -> None:
        """Write the header again, now with the true length."""
        self.file.seek(0)
        self.write_header()


class ParquetFile:
    """Columns ``text`` and ``vector`` (a list of float32)."""

    def __init__(self, file: IO[bytes], dim: int) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError:
            raise MissingExtraError("pyarrow", "parquet", "writing .parquet files") from None
        self.arrow = pyarrow
        self.schema = pyarrow.schema(
            [("text", pyarrow.string()), ("vector", pyarrow.list_(pyarrow.float32(), dim))]
        )
        self.writer: Any = parquet.ParquetWriter(file, self.schema)

    def write(self, texts: list[str], vectors: "NDArray[np.float32]") -> None:
        """Write a batch as a row group."""
        flat = self.arrow.array(vectors.reshape(-1))
        lists = self.arrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
        table = self.arrow.table({"text": texts, "vector": lists}, schema=self.schema)
        self.writer.write_table(table)

    def close(self) -> None:
        """Write the footer."""
        self.writer.close()


WRITERS: Final[dict[str, Callable[[IO[bytes], int], Writer]]] = {
    ".npy": NumpyFile,
    ".parquet": ParquetFile,
    ".jsonl": JSONLines,
}


@contextmanager
def open_writer(path: str, dim: int) -> Iterator[Writer]:
    """Open a file by its ending; it is written aside and renamed when it is complete."""
    place = Path(path)
    with new_file(place, "the vectors") as aside, aside.open("wb") as file:
        writer = WRITERS[place.suffix](file, dim)
        yield writer
        writer.close()


def check_file(path: str) -> None:
    """Refuse an output file that cannot be written, before the work begins."""
    if Path(path).suffix not in WRITERS:
        raise InputError(
            f"Vectors are written to a file that ends in {', '.join(WRITERS)}. Received: {path}. "
            "Choose one of these endings."
        )
    if Path(path).is_dir():
        raise InputError(
            f"Vectors are written to a file. Received: {path}, a folder. Choose another name."
        )
    check_writable(Path(path))


def run_embed(options: argparse.Namespace) -> None:
    """Embed the source batch by batch, so that memory stays flat."""
    from wordloom.embedding.static import StaticEmbedding

    if options.output is not None:
        check_file(options.output)
    check_token_options(options)
    embedding = open_embedding(options.embedding)
    # Empty lines are kept, so that vectors can be matched with lines.
    source = source_from(options.source, options, keep_empty=True)
    # Without a file, the vectors themselves show how far it is.
    slow = not isinstance(embedding, StaticEmbedding)
    parts = read_texts(
        source,
        "Embedding",
        progress=options.output is not None,
        batch_bytes=1 << (16 if slow else 20),
    )
    # Closed at once on errors and Ctrl-C, so that the progress bar ends before the message.
    with closing(parts):
        if options.tokens:
            embed_tokens(embedding, parts, options)
            return
        batches = ((texts, embedding.embed(texts, pooling=options.pooling)) for texts in parts)
        if options.output is not None:
            answer = save_vectors(batches, options.output, embedding.dim)
        elif options.json:
            rows = [numbers(vector) for _, vectors in batches for vector in vectors]
            answer = {"dim": embedding.dim, "texts": len(rows), "vectors": rows}
        else:
            lines = JSONLines(sys.stdout.buffer, embedding.dim)
            for texts, vectors in batches:
                lines.write(texts, vectors)
            return
    if options.json:
        print_json(answer)
    else:
        number = counted(answer["texts"], "text")
        print_lines(f"{number} × {answer['dim']} saved to {answer['output']}")


def check_token_options(options: argparse.Namespace) -> None:
    """Refuse options that do not go with tokens, or only with them."""
    if options.layer is not None and not options.tokens:
        raise InputError("--layer chooses among the layers of tokens. Add --tokens.")
    if not options.tokens:
        return
    if options.pooling is not None:
        raise InputError("--pooling makes one vector of a text, --tokens many. Leave one out.")
    if options.json or Path(options.output or "x.jsonl").suffix != ".jsonl":
        raise InputError(
            "Vectors of tokens are JSON lines: on standard output, or in a file that ends in "
            ".jsonl. Received: --json or another ending. Leave it out."
        )


def embed_tokens(
    embedding: "StaticEmbedding | ELMoEmbedding",
    parts: Iterable[list[str]],
    options: argparse.Namespace,
) -> None:
    """Write the tokens of each text and their vectors, a text a line."""
    from wordloom.embedding.static import StaticEmbedding

    tokens_of: Callable[[list[str]], TokenVectors]
    if not isinstance(embedding, StaticEmbedding):
        tokens_of = partial(embedding.embed_tokens, layer=options.layer)
    elif options.layer is None:
        tokens_of = embedding.embed_tokens
    else:
        raise InputError(
            f"Only ELMo has layers. Received: --layer {options.layer} for {options.embedding}, a "
            "table of word vectors. Leave it out."
        )
    n_texts = n_tokens = 0
    with ExitStack() as stack:
        file: IO[bytes] = sys.stdout.buffer
        if options.output is not None:
            aside = stack.enter_context(new_file(Path(options.output), "the vectors"))
            file = stack.enter_context(aside.open("wb"))
        for texts in parts:
            # Vectors of tokens take much more room than their text.
            for start in range(0, len(texts), TEXTS_AT_ONCE):
                found = tokens_of(texts[start : start + TEXTS_AT_ONCE])
                for number, text in enumerate(texts[start : start + TEXTS_AT_ONCE]):
                    own = found[number]
                    vectors = [numbers(vector) for vector in own.vectors]
                    row = {"text": text, "tokens": own.tokens, "vectors": vectors}
                    file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                n_tokens += len(found.tokens)
            n_texts += len(texts)
    if options.output is not None:
        size = f"{counted(n_tokens, 'token')} × {embedding.dim}"
        print_lines(f"{size} of {counted(n_texts, 'text')} saved to {options.output}")


def save_vectors(
    batches: "Iterable[tuple[list[str], NDArray[np.float32]]]", path: str, dim: int
) -> dict[str, Any]:
    """Write vectors to a file; return how many there are, and where."""
    count = 0
    with open_writer(path, dim) as writer:
        for texts, vectors in batches:
            writer.write(texts, vectors)
            count += len(texts)
    return {"dim": dim, "texts": count, "output": path}
