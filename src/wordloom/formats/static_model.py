"""Folders of static embeddings that model2vec and sentence-transformers wrote.

- model2vec: `model.safetensors` with `embeddings` and perhaps `mapping` (the row of each piece) and
  `weights` (a factor for each piece), `tokenizer.json`, `config.json`.
- sentence-transformers: the same with `embedding.weight`, in the folder itself or in
  `0_StaticEmbedding`.

With the package tokenizers (extra ``tokenizers``) texts are split as those programs do, so that
`embed` gives the mean that model2vec's `encode` gives, but for its scaling to length 1 and for
texts that it cuts. Pieces of words are spelled as `wordloom.text.piece_tokenizer.piece_names` says.
wordloom's own folder opens in both programs; this format is only read.
"""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import DataWarning, FormatError, InputError, MissingExtraError, WordloomError
from wordloom.formats.content import Content, check_expansion
from wordloom.formats.format import Format, ReadOptions
from wordloom.formats.whole_table import checked_matrix, embedding_of
from wordloom.safetensors_file import open_file, read_tensors
from wordloom.text.piece_tokenizer import PieceTokenizer, piece_names
from wordloom.text.tokenizer import Tokenizer

__all__ = ["FORMATS"]

TENSORS, TOKENIZER = "model.safetensors", "tokenizer.json"
INNER = "0_StaticEmbedding"
TABLES = ("embeddings", "embedding.weight")


def recognises(content: Content) -> bool:
    """Tell whether a folder holds one table of vectors and a tokenizer."""
    folder = home(content)
    if folder is None:
        return False
    try:
        header, _ = open_file(folder / TENSORS)
    except WordloomError:
        return False
    return any(name in header for name in TABLES)


def home(content: Content) -> Path | None:
    """Return the folder in which the files lie."""
    if content.is_folder:
        for folder in (content.path, content.path / INNER):
            if (folder / TENSORS).is_file() and (folder / TOKENIZER).is_file():
                return folder
    return None


def read(content: Content, options: ReadOptions) -> StaticEmbedding:
    """Read the pieces, their vectors, and how texts are split."""
    folder = home(content)
    if folder is None:
        raise FormatError(
            f"A folder of model2vec or sentence-transformers holds {TENSORS} and {TOKENIZER}. "
            f"Received: {content.name}. Copy the whole folder."
        )
    try:
        description = (folder / TOKENIZER).read_text("utf-8")
    except OSError as error:
        raise InputError(f"{folder / TOKENIZER} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise FormatError(f"{folder / TOKENIZER} is not UTF-8. Copy it again.") from None
    names, _ = piece_names(description)
    matrix = vectors_by_piece(folder)
    known = [index for index in range(len(matrix)) if index in names]
    if len(known) < len(matrix):
        matrix = matrix[known]
    tokenizer, difference = tokenizer_of(description)
    differences = [difference, *other_differences(content.path)]
    if any(differences):
        warnings.warn(
            f"{content.name}: text vectors differ from those of model2vec: "
            f"{'; '.join(filter(None, differences))}.",
            DataWarning,
            stacklevel=3,
        )
    words = [names[index] for index in known]
    called = content.path.resolve().name
    return embedding_of(
        words, matrix, None, options, content.name, called=called, tokenizer=tokenizer
    )


def vectors_by_piece(folder: Path) -> NDArray[np.generic]:
    """Return the vector of each piece, with what shares and scales them applied."""
    name = str(folder / TENSORS)
    tensors = read_tensors(folder / TENSORS)
    found = next((tensors[table] for table in TABLES if table in tensors), None)
    matrix = checked_matrix(found, name)
    mapping, weights = tensors.get("mapping"), tensors.get("weights")
    if mapping is not None:
        if mapping.ndim != 1 or mapping.dtype.kind not in "iu" or len(mapping) == 0:
            raise FormatError(f"{name}: 'mapping' should be the row of each piece. Copy it again.")
        if mapping.min() < 0 or mapping.max() >= len(matrix):
            raise FormatError(f"{name}: 'mapping' names rows that are not there. Copy it again.")
        check_expansion(name, matrix.nbytes, len(mapping) * matrix.shape[1] * 4)
        matrix = matrix[mapping.astype(np.int64)]
    if weights is not None:
        if weights.shape != (len(matrix),) or weights.dtype.kind != "f":
            raise FormatError(
                f"{name}: 'weights' should be one number for each of {len(matrix):,} pieces, not "
                f"{weights.dtype} of shape {weights.shape}. Copy it again."
            )
        with np.errstate(over="ignore"):
            matrix = matrix.astype(np.float32) * weights.astype(np.float32)[:, None]
    return matrix


def tokenizer_of(description: str) -> tuple[Tokenizer, str]:
    """Return what splits texts, and how it differs from what the description says, if it does."""
    try:
        return PieceTokenizer(description), ""
    except MissingExtraError as error:
        rules = json.loads(description)
        preset = (
            "spaces" if "WhitespaceSplit" in json.dumps(rules.get("pre_tokenizer")) else "words"
        )
        normalizers = json.dumps(rules.get("normalizer"))
        lowercase = '"Lowercase"' in normalizers or '"lowercase": true' in normalizers
        tokenizer = Tokenizer(preset, lowercase)
        return tokenizer, f"texts are split into whole words alone ({error})"


def other_differences(folder: Path) -> list[str]:
    """Say what model2vec does to texts beside taking the mean of their pieces' vectors."""
    config = parsed(folder / "config.json")
    longest = config.get("max_length") if isinstance(config, Mapping) else None
    scaled = isinstance(config, Mapping) and bool(config.get("normalize"))
    modules = parsed(folder / "modules.json")
    for module in modules if isinstance(modules, list) else []:
        kind = module.get("type") if isinstance(module, Mapping) else None
        scaled = scaled or (isinstance(kind, str) and kind.endswith("Normalize"))
    return [
        "it scales them to length 1" if scaled else "",
        f"it cuts texts after {longest} pieces" if type(longest) is int else "",
    ]


def parsed(path: Path) -> object:
    """Return what a JSON file holds, None if it cannot be read: nothing depends on it."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


FORMATS = (
    Format(
        "model2vec",
        "folder of model2vec or sentence-transformers",
        (),
        recognises,
        read,
        folder=True,
    ),
)
