"""NumPy's own files: an .npz archive with words and vectors, or a .npy matrix with a list of words.

- ``.npz``: an array of texts `words` (n_words,), a matrix `vectors` (n_words, dim), and perhaps
  `counts`, int (n_words,). Other names are fine where only one array can be the words, and only one
  matrix the vectors. Arrays of objects are pickles, and refused.
- ``X.npy``: the matrix; the words are read from the first of the files ``X.txt``, ``X.vocab``,
  ``X.words``, ``vocab.txt``, ``words.txt`` and ``vocabulary.txt`` that lies beside it, one on each
  line, with a tab and its count behind it or not.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.stored_vectors import matrix_tensors
from wordloom.errors import FormatError, InputError
from wordloom.formats.content import ZIP_MAGIC, Content
from wordloom.formats.format import Format, ReadOptions, WriteOptions
from wordloom.formats.npy import NPY_MAGIC, map_npy, read_npy
from wordloom.formats.npz import read_npz
from wordloom.formats.whole_table import embedding_of
from wordloom.text.batches import TextBatch

__all__ = ["FORMATS"]

WORDS = ("words", "vocab", "vocabulary", "tokens", "index_to_key", "keys", "labels")
VECTORS = ("vectors", "embeddings", "embedding", "matrix", "weights")
COUNTS = ("counts", "count", "frequencies")
# The longest word takes its room for every word.
MAX_WORD_BYTES = 1 << 31


def recognises(content: Content) -> bool:
    """Tell whether a file is an array of NumPy, or an archive of such arrays alone."""
    if content.start.startswith(NPY_MAGIC):
        return True
    # Archives of anything else were opened to what is in them.
    return content.member is None and content.start.startswith(ZIP_MAGIC)


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read words and vectors from an archive, or a matrix and the list of words beside it."""
    if not content.start.startswith(NPY_MAGIC):
        return read_archive(content, options)
    if content.size is None:
        with content.stream() as stream:
            matrix = read_npy(stream, None, content.name)
    else:
        matrix = map_npy(content.path)
    path = list_beside(content)
    words, counts = read_list(path)
    name = f"{content.name} with {path.name}"
    return embedding_of(words, matrix, counts, options, name, called=content.stem)


def read_archive(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read the words, vectors and counts of an archive."""
    if content.compressed:
        with content.stream() as stream:
            arrays = read_npz(content.path, stream.read())
    else:
        arrays = read_npz(content.path)
    texts = {name: array for name, array in arrays.items() if array.dtype.kind in "US"}
    matrices = {name: a for name, a in arrays.items() if a.dtype.kind in "fiu" and a.ndim == 2}
    words = chosen(content, texts, WORDS, "array of words")
    vectors = chosen(content, matrices, VECTORS, "matrix of vectors")
    if words.ndim != 1:
        raise FormatError(f"Words have one axis. Received: {content.name}, {words.ndim} of them.")
    counts = next((arrays[name] for name in COUNTS if name in arrays), None)
    if counts is not None and (counts.dtype.kind not in "iu" or counts.ndim != 1):
        raise FormatError(
            f"Counts are whole numbers, one for each word. Received: {content.name}, with "
            f"{counts.dtype} of shape {counts.shape}."
        )
    return embedding_of(
        texts_of(words, content.name),
        vectors,
        None if counts is None else np.maximum(counts.astype(np.int64), 0),
        options,
        content.name,
        called=content.stem,
    )


def chosen(
    content: Content, arrays: Mapping[str, NDArray[np.generic]], names: tuple[str, ...], what: str
) -> NDArray[np.generic]:
    """Return the array of one of these names, or the only one."""
    for name in names:
        if name in arrays:
            return arrays[name]
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    found = ", ".join(sorted(arrays)[:8]) or "none"
    raise FormatError(
        f"An .npz archive holds one {what}, or one that is called {names[0]!r}. "
        f"Received: {content.name}, with {found}. Save it with "
        f"numpy.savez(path, words=…, vectors=…), the words not as objects."
    )


def list_beside(content: Content) -> Path:
    """Return the list of words that belongs to a matrix."""
    path = content.path
    stem = path.name.removesuffix(".gz").removesuffix(".npy")
    names = [f"{stem}{ending}" for ending in (".txt", ".vocab", ".words")]
    names += ["vocab.txt", "words.txt", "vocabulary.txt"]
    if content.member is None:
        for name in names:
            if path.with_name(name).is_file():
                return path.with_name(name)
    raise FormatError(
        f"A matrix of vectors needs a list of its words beside it, one on each line. Received: "
        f"{content.name} without {', '.join(names[:-1])} or {names[-1]}. Write one of these."
    )


def texts_of(words: NDArray[np.generic], name: str) -> list[str] | TextBatch:
    """Return an array of texts as a list, one of bytes as they are."""
    if words.dtype.kind == "S":
        return packed(words.tolist())
    try:
        return list(words.tolist())
    except (ValueError, SystemError):
        raise FormatError(f"Words are Unicode. Received: {name}, with other numbers.") from None


def packed(words: list[bytes]) -> TextBatch:
    """Lay words end to end."""
    offsets = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in words], out=offsets[1:])
    return TextBatch(np.frombuffer(b"".join(words), np.uint8), offsets)


def read_list(path: Path) -> tuple[TextBatch, NDArray[np.int64] | None]:
    """Return the words of a list, and their counts if every line has one."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    if lines[-1] == b"":
        lines.pop()
    lines = [line.removesuffix(b"\r") for line in lines]
    parts = [line.rpartition(b"\t") for line in lines]
    if not all(tab and count.isdigit() and len(count) < 19 for _, tab, count in parts):
        return packed(lines), None
    return packed([word for word, _, _ in parts]), np.array([int(part[2]) for part in parts])


def write(embedding: StaticEmbedding, path: Path, options: WriteOptions) -> None:
    """Write an .npz archive."""
    words = embedding.vocabulary.words
    longest = max(map(len, words), default=0)
    if longest * 4 * len(words) > MAX_WORD_BYTES:
        raise InputError(
            f"An array of texts of NumPy takes the room of the longest word for every word. "
            f"Received: {len(words):,} words, one of {longest:,} characters. Write Parquet, or a "
            "module folder."
        )
    if any(word.endswith("\0") for word in words):
        raise InputError(
            "Texts of NumPy lose zeros at their ends. Received: a word that ends in one. Write "
            "Parquet, or a module folder."
        )
    arrays = matrix_tensors("vectors", "", embedding.vectors, options.dtype)
    if embedding.vocabulary.counts.any():
        arrays["counts"] = embedding.vocabulary.counts
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, words=np.array(words, str), **arrays)


FORMATS = (
    Format(
        "numpy",
        "NumPy .npz with words and vectors, or .npy with a list of words beside it",
        (".npz",),
        recognises,
        read,
        write,
        dtypes=("float32", "float16"),
    ),
)
