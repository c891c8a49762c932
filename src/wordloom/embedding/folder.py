"""The module folder: an embedding on disk, for wordloom and for the Hugging Face ecosystem.

- `model.safetensors`: `embeddings`, (n_words + 1, dim), whose last row is zero and stands for
  unknown words; the vocabulary; where there are any, the common component, and the vectors of
  character n-grams: `ngrams`, (n_used, dim), and `ngram_buckets`, int32 (n_used,). Vectors are
  float32, float16 or int8; rows of int8 are multiplied by `weights`, float32 (n_words + 1,), and
  `ngram_weights`, float32 (n_used,). `mapping`, int64, is the row of each piece, for model2vec,
  where texts are split by a tokenizer.json of Hugging Face.
- `config.json`: all settings, the training report, the format's version.
- `tokenizer.json`, `modules.json`: what model2vec and sentence-transformers need.
- `vocabulary.txt`: words and counts, for people; not read back.
- `README.md`: the model card.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.model_card import model_card
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.stored_vectors import DTYPES, matrix_tensors, stored_matrix
from wordloom.embedding.subwords import Subwords
from wordloom.embedding.tokenizer_json import tokenizer_json
from wordloom.errors import FormatError, InputError
from wordloom.output import check_folder, explained, new_folder
from wordloom.safetensors_file import read_tensors, write_tensors
from wordloom.text.piece_tokenizer import PIECES, PieceTokenizer
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = [
    "FORMAT_VERSION",
    "check_finite",
    "check_place",
    "is_module_folder",
    "load",
    "save",
    "write_files",
]

FORMAT_VERSION = 2
"""The newest version of the folder that this wordloom reads. It writes 1 where all vectors are
float32 and their n-grams from UTF-8, which is all that versions before it know."""

CONFIG, TENSORS = "config.json", "model.safetensors"
ROWS_AT_ONCE = 1 << 16

WHAT = "the embedding"
Kind = TypeVar("Kind")


def save(
    embedding: StaticEmbedding, folder: str | os.PathLike[str], dtype: str = "float32"
) -> Path:
    """Save an embedding as a module folder.

    The folder is written under another name beside its place and renamed when it is complete.

    Args:
        embedding: What to save.
        folder: Where to; a module folder of wordloom that is there is replaced.
        dtype: The numbers' type on disk: "float32"; "float16", which halves the size; or "int8",
            with one float32 scale for each vector, which divides it by nearly four.

    Returns:
        The folder.

    Raises:
        InputError: Something else is there, the place cannot be written, a vector holds a number
            that is not finite or too large for the type, or there is no such type.

    Example:
        >>> import tempfile
        >>> embedding = StaticEmbedding(Vocabulary.from_words(["cough"]), [[1, 2]])
        >>> with tempfile.TemporaryDirectory() as place:
        ...     load(save(embedding, f"{place}/toy"))["cough"].tolist()
        [1.0, 2.0]
    """
    folder = Path(folder).resolve()
    check_finite(embedding)
    with new_folder(folder, WHAT, is_module_folder) as aside, explained(folder, WHAT):
        write_files(embedding, aside, dtype)
    return folder


def is_module_folder(folder: str | os.PathLike[str]) -> bool:
    """Tell whether a folder was written by `save` (its config says so)."""
    try:
        config = json.loads((Path(folder) / CONFIG).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(config, dict) and config.get("format") == "wordloom"


def load(folder: str | os.PathLike[str]) -> StaticEmbedding:
    """Open a module folder.

    Vectors of float32 stay on disk, mapped into memory: opening takes milliseconds, and a row is
    read when it is first used. Those of float16 and int8 become float32 in memory.

    Args:
        folder: A folder that `save` wrote.

    Returns:
        The embedding.

    Raises:
        InputError: There is no such folder.
        FormatError: The folder is damaged, incomplete or not wordloom's; the message says which
            file and what to do.
    """
    folder = Path(folder)
    if not folder.is_dir():
        reason = "a file" if folder.exists() else "which does not exist"
        raise InputError(
            f"An embedding is opened from a folder. Received: {folder}, {reason}. Check the path."
        )
    for name in (CONFIG, TENSORS):
        if not (folder / name).is_file():
            raise FormatError(
                f"A wordloom module folder holds {CONFIG} and {TENSORS}. Received: {folder}, "
                f"without {name}. Save the embedding again, or copy the whole folder."
            )
    try:
        return open_folder(folder, read_config(folder / CONFIG))
    except FormatError as error:
        raise FormatError(f"The module folder {folder} cannot be opened. {error}") from None


def open_folder(folder: Path, config: Mapping[str, object]) -> StaticEmbedding:
    """Return the embedding that a folder with these settings holds."""
    n_words, dim = checked_setting(config, "n_words", int), checked_setting(config, "dim", int)
    tensors = read_tensors(folder / TENSORS)
    dtype = vector_type(config)
    matrix = stored_matrix(tensors, "embeddings", "weights", (n_words + 1, dim), dtype)
    if np.any(matrix[n_words:]):
        raise damaged("the last row of 'embeddings', for unknown words, is not zero")
    common_component = None
    if "common_component" in tensors:
        common_component = float_tensor(tensors, "common_component", (dim,))
    report = None if config.get("report") is None else checked_setting(config, "report", dict)
    name, oov, pooling = (checked_setting(config, key, str) for key in ("name", "oov", "pooling"))
    try:
        return StaticEmbedding(
            Vocabulary.from_tensors(tensors),
            matrix[:n_words],
            name=name,
            tokenizer=open_tokenizer(folder, config.get("tokenizer")),
            oov=oov,
            pooling=pooling,
            report=report,
            common_component=common_component,
            subwords=open_subwords(tensors, config, dim, dtype),
        )
    except InputError as error:
        raise damaged(str(error)) from None


def open_tokenizer(folder: Path, settings: object) -> Tokenizer:
    """Return the tokenizer of saved settings, with the rest of them from `tokenizer.json`."""
    if isinstance(settings, Mapping) and settings.get("preset") == PIECES:
        try:
            description = (folder / "tokenizer.json").read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise damaged(f"tokenizer.json cannot be read ({error})") from None
        return PieceTokenizer(description)
    return Tokenizer.from_settings(settings)


def open_subwords(
    tensors: Mapping[str, NDArray[np.generic]], config: Mapping[str, object], dim: int, dtype: str
) -> Subwords | None:
    """Return the vectors of character n-grams, or None where the config tells of none."""
    if config.get("subwords") is None:
        return None
    sizes = checked_setting(config, "subwords", dict)
    min_n, max_n, n_buckets = (
        checked_setting(sizes, key, int) for key in ("min_n", "max_n", "n_buckets")
    )
    buckets = tensors.get("ngram_buckets")
    if buckets is None or buckets.dtype != np.int32 or buckets.ndim != 1:
        raise damaged(f"'ngram_buckets' in {TENSORS} should be int32 with one axis")
    vectors = stored_matrix(tensors, "ngrams", "ngram_weights", (len(buckets), dim), dtype)
    encoding = checked_setting(sizes, "encoding", str) if "encoding" in sizes else "utf-8"
    return Subwords(min_n, max_n, n_buckets, buckets, vectors, encoding)


def vector_type(config: Mapping[str, object]) -> str:
    """Return the type of numbers that vectors are stored in, by a folder's settings."""
    if config["format_version"] == 1:
        return "float32"
    dtype = checked_setting(config, "embedding_dtype", str)
    if dtype not in DTYPES:
        raise damaged(f"'embedding_dtype' in {CONFIG} should be one of {', '.join(DTYPES)}")
    return dtype


def check_finite(embedding: StaticEmbedding) -> None:
    """Refuse to save vectors with NaN or infinity.

    Args:
        embedding: What is to be saved.

    Raises:
        InputError: The vector of a word or of a character n-gram holds one.
    """
    row = first_not_finite(embedding.vectors)
    what = repr(embedding.vocabulary.word(row)) if row >= 0 else ""
    if row < 0 and embedding.subwords is not None:
        row = first_not_finite(embedding.subwords.vectors)
        what = "a character n-gram"
    if row >= 0:
        raise InputError(
            f"Only finite vectors are saved. Received: NaN or infinity in the vector of {what}. "
            "If training diverged, lower its learning rate."
        )


def first_not_finite(vectors: NDArray[np.float32]) -> int:
    """Return the first row with NaN or infinity, or -1; a stretch of rows at a time."""
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        finite = np.isfinite(vectors[start : start + ROWS_AT_ONCE]).all(axis=1)
        if not finite.all():
            return start + int(np.argmin(finite))
    return -1


def check_place(folder: Path) -> None:
    """Refuse to replace anything that is not a module folder.

    Args:
        folder: Where an embedding is to be saved.

    Raises:
        InputError: A file is there, or a folder that holds something else.
    """
    check_folder(folder, WHAT, is_module_folder)


def write_files(embedding: StaticEmbedding, folder: Path, dtype: str = "float32") -> None:
    """Write all files of a module folder.

    Args:
        embedding: What to save.
        folder: A folder that is there.
        dtype: The numbers' type on disk, one of `wordloom.embedding.stored_vectors.DTYPES`.

    Raises:
        InputError: A vector is too large for the type, or there is no such type.
    """
    vectors = embedding.vectors
    tensors = {
        **matrix_tensors("embeddings", "weights", vectors, dtype, unknown=1),
        **embedding.vocabulary.tensors(),
    }
    if embedding.common_component is not None:
        tensors["common_component"] = embedding.common_component
    subwords = embedding.subwords
    sizes: dict[str, object] | None = None
    version = 1 if dtype == "float32" else 2
    if subwords is not None:
        tensors |= matrix_tensors("ngrams", "ngram_weights", subwords.vectors, dtype)
        tensors["ngram_buckets"] = subwords.buckets
        sizes = {key: getattr(subwords, key) for key in ("min_n", "max_n", "n_buckets")}
        if subwords.encoding != "utf-8":
            sizes["encoding"] = subwords.encoding
            version = 2
    tokenizer = embedding.tokenizer
    if isinstance(tokenizer, PieceTokenizer):
        version = 2
        rows = row_of_pieces(tokenizer, embedding.vocabulary)
        # model2vec takes scales by piece and not by row.
        if dtype != "int8" or np.array_equal(rows, np.arange(len(rows))):
            tensors["mapping"] = rows
    write_tensors(folder / TENSORS, tensors)
    words = embedding.vocabulary.words
    config = {
        "format": "wordloom",
        "format_version": version,
        "kind": "static",
        "name": embedding.name,
        "dim": embedding.dim,
        "n_words": len(embedding),
        # What a tokenizer.json describes stands there.
        "tokenizer": {k: v for k, v in tokenizer.settings().items() if k != "description"},
        "oov": embedding.oov,
        "subwords": sizes,
        "pooling": embedding.pooling,
        "report": None if embedding.report is None else dict(embedding.report),
        # For model2vec: texts of any length, vectors as they are.
        "max_length": None,
        "normalize": False,
        "embedding_dtype": dtype,
    }
    modules = [
        {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}
    ]
    write_json(folder / CONFIG, config, indent=2)
    write_json(folder / "modules.json", modules, indent=2)
    write_json(folder / "tokenizer.json", tokenizer_json(tokenizer, words))
    write_text(
        folder / "vocabulary.txt",
        "".join(
            f"{escaped(word)}\t{count}\n"
            for word, count in zip(words, embedding.vocabulary.counts.tolist(), strict=True)
        ),
    )
    write_text(folder / "README.md", model_card(embedding, dtype))


def row_of_pieces(tokenizer: PieceTokenizer, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """Return the row of each piece that a tokenizer knows, for model2vec; the last for no row."""
    ids = vocabulary.find(tokenizer.pieces.data, tokenizer.pieces.offsets)
    return np.where(ids < 0, len(vocabulary), ids).astype(np.int64)


def write_json(path: Path, content: object, indent: int | None = None) -> None:
    """Write what JSON knows."""
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The name and the training report must fit into JSON. Received: a report that does "
            f"not ({error}). Leave out what is not a number, a text, a list or a dict."
        ) from None
    write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with the same line ends on every system."""
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(text)


def escaped(word: str) -> str:
    """Return a word without the characters that would break a line of `vocabulary.txt`."""
    for character, escape in (("\\", r"\\"), ("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t")):
        word = word.replace(character, escape)
    return word


def read_config(path: Path) -> Mapping[str, object]:
    """Return a module folder's settings if they are wordloom's and of a version that we read."""
    try:
        config = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise damaged(f"{CONFIG} is not JSON ({error})") from None
    if not isinstance(config, dict) or config.get("format") != "wordloom":
        raise FormatError(
            f'Its {CONFIG} lacks "format": "wordloom": another program wrote it. Open it with that '
            "program."
        )
    version = config.get("format_version")
    if type(version) is not int or not 1 <= version <= FORMAT_VERSION:
        raise FormatError(
            f"This wordloom reads module folders of format version 1 to {FORMAT_VERSION}. "
            f"Received: version {version!r}. Update wordloom."
        )
    if config.get("kind") == "elmo":
        raise FormatError(
            "Word vectors are asked for. Received: an ELMo network, which has vectors of words in "
            "their context. Make a table with `wordloom.load(folder).static(words)`."
        )
    if config.get("kind") != "static":
        raise FormatError(
            "This wordloom opens embeddings of the kind 'static'. "
            f"Received: the kind {config.get('kind')!r}. Update wordloom."
        )
    return config


def checked_setting(config: Mapping[str, object], key: str, kind: type[Kind]) -> Kind:
    """Return a setting of the config if it is of the type that it should be."""
    value = config.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise damaged(f"'{key}' in {CONFIG} should be of type {kind.__name__}, not {value!r}")
    return value


def float_tensor(
    tensors: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return a float32 tensor if it has the shape that follows from the config."""
    tensor = tensors.get(name)
    if tensor is None or tensor.dtype != np.float32 or tensor.shape != shape:
        found = "nothing" if tensor is None else f"{tensor.dtype} of shape {tensor.shape}"
        raise damaged(
            f"by {CONFIG}, '{name}' in {TENSORS} should be float32 of shape {shape}, not {found}"
        )
    return tensor.view(np.float32)


def damaged(reason: str) -> FormatError:
    """Return the error for files that are damaged or do not fit each other."""
    return FormatError(f"It is damaged: {reason}. Save the embedding again, or copy it anew.")
