r"""Reading SavedModels of text embeddings without TensorFlow: nothing in the graph is run.

The folder holds ``saved_model.pb`` (the graph), ``assets/`` (the vocabulary, a word in each line)
and ``variables/`` (the vectors, then a row for each bucket of unknown words). What only the graph
says is told from the operations in it: modules made by TensorFlow Hub's exporter delete
``\pP``, split at spaces, and pool by SparseSegmentSqrtN. What wordloom wrote has its settings
beside the graph; see `wordloom.formats.tensorflow.write`.
"""

import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, InputError
from wordloom.formats.file_words import recoded, warn_of_odd_words
from wordloom.formats.mapped import mapped_bytes
from wordloom.formats.tensorflow.tensor_bundle import Bundle
from wordloom.formats.tensorflow.write import COUNTS, EXTRA, SETTINGS
from wordloom.safetensors_file import read_tensors
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["GRAPH", "read_folder"]

GRAPH: Final = "saved_model.pb"
"""The file that makes a folder a SavedModel."""

ROWS_AT_ONCE: Final = 1 << 16
# A vocabulary whose words are longer in the mean is none, and is not read.
MAX_WORD_BYTES: Final = 1 << 10

# What tells how a graph splits, and how it pools: a pattern, and names of operations.
PUNCTUATION: Final = rb"\pP"
POOLINGS: Final = MappingProxyType(
    {
        b"SparseSegmentSqrtN": "sqrtn",
        b"SparseSegmentMean": "mean",
        b"SparseSegmentSum": "sum",
    }
)
MARKS: Final = re.compile(b"|".join(map(re.escape, (PUNCTUATION, *POOLINGS))))


def read_folder(folder: Path, name: str, encoding: str = "utf-8") -> StaticEmbedding:
    """Return the embedding in a SavedModel's folder.

    Args:
        folder: The folder.
        name: What the embedding is called unless the folder tells.
        encoding: How the vocabulary is encoded.

    Returns:
        The embedding; its vectors are mapped into memory where that is possible.

    Raises:
        InputError: A file cannot be read.
        FormatError: A file is damaged, or the model is no table of word vectors.
    """
    index = folder / "variables" / "variables.index"
    if not index.is_file():
        raise FormatError(
            f"A SavedModel with word vectors holds variables/variables.index. Received: {folder}, "
            "without it. Download the module again; one with its own code (tfhub_module.pb alone) "
            "must be saved by TensorFlow 2 first."
        )
    bundle = Bundle(index.with_suffix(""))
    candidates = [key for key, variable in bundle.variables.items() if variable.is_matrix]
    # A module may have dense layers behind its vectors; the exporter's name for these is this.
    candidates = [key for key in candidates if key.startswith("embeddings")] or candidates
    if len(candidates) != 1:
        shown = ", ".join(candidates[:5]) or "none"
        raise FormatError(
            f"A SavedModel is read if one table of floats in it holds word vectors. Received: "
            f"{folder}, where these might: {shown}. wordloom reads text modules that look words "
            "up, not networks."
        )
    matrix = bundle.matrix(candidates[0])
    data, offsets = read_words(folder, len(matrix))
    data, offsets, n_odd = recoded(data, offsets, encoding)
    warn_of_odd_words(str(folder), n_odd, encoding)
    n_words = len(offsets) - 1
    vectors = matrix[:n_words]
    check_finite(folder, vectors, data, offsets)
    try:
        if (folder / EXTRA / SETTINGS).is_file():
            return our_embedding(folder, data, offsets, vectors)
        embedding = foreign_embedding(
            folder, Vocabulary(data, offsets, np.zeros(n_words, np.int64)), vectors
        )
        _ = embedding.vocabulary.slots  # refuses repeated words, which TensorFlow does not allow
    except InputError as error:
        raise FormatError(f"The SavedModel {folder} is damaged. {error}") from None
    if np.any(matrix[n_words:]):
        warnings.warn(
            f"{folder}: unknown words share {len(matrix) - n_words:,} vectors by hash in this "
            "module; here they have none, and count as zero vectors.",
            DataWarning,
            stacklevel=2,
        )
    return embedding.replaced(name=name)


def read_words(folder: Path, n_rows: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the words of the asset whose lines fit a table of `n_rows` rows.

    Returns:
        uint8 (n_bytes,), the words end to end; int64 (n_words + 1,), where each starts and the
        last one ends.
    """
    places = sorted(path for path in (folder / "assets").glob("*") if path.is_file())
    best: tuple[NDArray[np.uint8], NDArray[np.int64]] | None = None
    found = []
    for place in places:
        content = mapped_bytes(place)
        if len(content) > MAX_WORD_BYTES * (n_rows + 1):
            found.append(f"{place.name} of {len(content):,} bytes")
            continue
        lines = split_lines(np.frombuffer(content, np.uint8))
        n_lines = len(lines[1]) - 1
        found.append(f"{place.name} with {n_lines:,} lines")
        if max(n_rows, 1) <= 2 * n_lines <= 2 * n_rows and (
            best is None or n_lines > len(best[1]) - 1
        ):
            best = lines
    if best is None:
        raise FormatError(
            f"The vocabulary of a text module is a file in assets/ with a word in each line, about "
            f"as many as the table has rows ({n_rows:,}). Received: {folder}, with "
            f"{', '.join(found) or 'no asset'}. wordloom reads text modules that look words up."
        )
    return best


def split_lines(data: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    r"""Return the lines of a file as TensorFlow reads them: a ``\r`` before the end goes too.

    Example:
        >>> data, offsets = split_lines(np.frombuffer(b"dry\r\ncough", np.uint8))
        >>> data.tobytes(), offsets.tolist()
        (b'drycough', [0, 3, 8])
    """
    kept = data != ord("\n")
    ends = np.flatnonzero(~kept)
    if len(data) and kept[-1]:
        ends = np.append(ends, len(data))
    before = np.maximum(ends - 1, 0)
    carriage = (ends > 0) & (data[before] == ord("\r"))
    kept[before[carriage]] = False
    return data[kept], np.append(0, ends - np.arange(len(ends)) - np.cumsum(carriage))


def check_finite(
    folder: Path,
    vectors: NDArray[np.floating],
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
) -> None:
    """Refuse NaN, infinity, and numbers too large for float32."""
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        with np.errstate(over="ignore"):
            rows = vectors[start : start + ROWS_AT_ONCE].astype(np.float32, copy=False)
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            word = data[offsets[row] : offsets[row + 1]].tobytes().decode("utf-8", "replace")
            raise FormatError(
                f"The numbers of a vector are finite. Received: {folder}, where the vector of "
                f"{word[:60]!r}, line {row + 1:,} of the vocabulary, holds others. Train again."
            )


def foreign_embedding(
    folder: Path, vocabulary: Vocabulary, vectors: NDArray[np.floating]
) -> StaticEmbedding:
    """Return the embedding of a module that another program made."""
    marks = set(re.findall(MARKS, mapped_bytes(folder / GRAPH)))
    deletes_punctuation = PUNCTUATION in marks
    poolings = [pooling for mark, pooling in POOLINGS.items() if mark in marks]
    tokenizer = Tokenizer("tfhub" if deletes_punctuation else "spaces")
    if not deletes_punctuation or not poolings:
        warnings.warn(
            f"{folder}: its graph is not that of TensorFlow Hub's exporter, so that its way of "
            f"splitting or pooling is not known. Taken are the tokenizer {tokenizer.preset!r} and "
            f"the pooling {(poolings or ['sqrtn'])[0]!r}; compare with its documentation.",
            DataWarning,
            stacklevel=3,
        )
    return StaticEmbedding(
        vocabulary,
        vectors,
        tokenizer=tokenizer,
        oov="zero",
        pooling=(poolings or ["sqrtn"])[0],
    )


def our_embedding(
    folder: Path,
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    vectors: NDArray[np.floating],
) -> StaticEmbedding:
    """Return an embedding that wordloom wrote, with all of its settings."""
    try:
        settings = json.loads((folder / EXTRA / SETTINGS).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FormatError(f"{EXTRA}/{SETTINGS} is not JSON ({error}).") from None
    if not isinstance(settings, Mapping) or settings.get("format_version") != 1:
        raise FormatError(
            f"{EXTRA}/{SETTINGS} is not of format version 1, which this wordloom reads. Update it."
        )
    tensors = read_tensors(folder / EXTRA / COUNTS)
    component = tensors.get("common_component")
    report = settings.get("report")
    return StaticEmbedding(
        Vocabulary.from_tensors(
            {**tensors, "vocabulary.bytes": data, "vocabulary.offsets": offsets}
        ),
        vectors,
        name=str(settings.get("name")),
        tokenizer=Tokenizer.from_settings(settings.get("tokenizer")),
        oov=str(settings.get("oov")),
        pooling=str(settings.get("pooling")),
        report=report if isinstance(report, dict) else None,
        common_component=None if component is None else component.astype(np.float32),
    )
