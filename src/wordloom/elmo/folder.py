"""wordloom's own folder of an ELMo embedding.

- `model.safetensors`: the tensors of the network by their published names; those of the vocabulary
  and of the softmax that training goes on with (`softmax/W`, `softmax/b`), where they are known.
- `config.json`: the options as in the published `options.json`, all settings, the training report,
  the format's version.
- `vocabulary.txt`: words and counts, for people; not read back.
- `README.md`: the model card.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.model_card import model_card
from wordloom.elmo.options import ELMoOptions
from wordloom.embedding.folder import (
    CONFIG,
    TENSORS,
    checked_setting,
    damaged,
    escaped,
    is_module_folder,
    write_json,
    write_text,
)
from wordloom.errors import FormatError, InputError
from wordloom.output import explained, new_folder
from wordloom.safetensors_file import read_tensors, write_tensors
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

__all__ = ["KIND", "is_elmo_folder", "load", "save"]

KIND = "elmo"
FORMAT_VERSION = 1
WHAT = "the embedding"
VOCABULARY, SOFTMAX = "vocabulary/", "softmax/"
LARGEST = 1e38


def save(embedding: ELMoEmbedding, folder: str | os.PathLike[str]) -> Path:
    """Save an ELMo embedding as a folder.

    The folder is written under another name beside its place and renamed when it is complete.

    Args:
        embedding: What to save.
        folder: Where to; an embedding of wordloom that is there is replaced.

    Returns:
        The folder.

    Raises:
        InputError: Something else is there, or the place cannot be written.

    Example:
        >>> import tempfile
        >>> from wordloom.elmo.network_at_random import random_weights
        >>> options = ELMoOptions(8, 4, character_dim=2, filters=((1, 4),), n_highway=1)
        >>> elmo = ELMoEmbedding(options, random_weights(options, seed=1))
        >>> with tempfile.TemporaryDirectory() as place:
        ...     again = load(save(elmo, f"{place}/toy"))
        >>> bool((again["cough"] == elmo["cough"]).all())
        True
    """
    folder = Path(folder).resolve()
    with new_folder(folder, WHAT, is_module_folder) as aside, explained(folder, WHAT):
        tensors: dict[str, NDArray[np.generic]] = dict(embedding.weights)
        words = embedding.vocabulary
        if words is not None:
            tensors |= {VOCABULARY + name: array for name, array in words.tensors().items()}
            lines = zip(words.words, words.counts.tolist(), strict=True)
            text = "".join(f"{escaped(word)}\t{count}\n" for word, count in lines)
            write_text(aside / "vocabulary.txt", text)
        if embedding.softmax is not None:
            tensors |= {SOFTMAX + name: array for name, array in embedding.softmax.items()}
        write_tensors(aside / TENSORS, tensors)
        config = {
            "format": "wordloom",
            "format_version": FORMAT_VERSION,
            "kind": KIND,
            "name": embedding.name,
            "dim": embedding.dim,
            "options": embedding.options.to_json(),
            "tokenizer": embedding.tokenizer.settings(),
            "sentences": embedding.sentences,
            "layer_weights": embedding.layer_weights.tolist(),
            "gamma": embedding.gamma,
            "pooling": embedding.pooling,
            "n_words": None if words is None else len(words),
            "n_outputs": None if embedding.softmax is None else len(embedding.softmax["b"]),
            "report": None if embedding.report is None else dict(embedding.report),
        }
        write_json(aside / CONFIG, config, indent=2)
        write_text(aside / "README.md", model_card(embedding))
    return folder


def is_elmo_folder(folder: str | os.PathLike[str]) -> bool:
    """Tell whether a folder was written by `save` (its config says so)."""
    try:
        config = json.loads((Path(folder) / CONFIG).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return (
        isinstance(config, dict)
        and config.get("format") == "wordloom"
        and config.get("kind") == KIND
    )


def load(folder: str | os.PathLike[str]) -> ELMoEmbedding:
    """Open a folder that `save` wrote.

    Args:
        folder: The folder.

    Returns:
        The embedding; its tensors stay on disk, mapped into memory, until they are used.

    Raises:
        InputError: There is no such folder.
        FormatError: The folder is damaged, incomplete or of a newer version.
    """
    folder = Path(folder)
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        if not is_elmo_folder(folder):
            raise FormatError(f"Its {CONFIG} is not that of an ELMo embedding of wordloom.")
        version = config.get("format_version")
        if version != FORMAT_VERSION:
            raise FormatError(
                f"This wordloom reads format version {FORMAT_VERSION} of ELMo embeddings. "
                f"Received: version {version!r}. Update wordloom."
            )
        return open_folder(config, read_tensors(folder / TENSORS))
    except OSError as error:
        raise InputError(f"{folder} cannot be opened: {error.strerror or error}.") from None
    except InputError as error:
        raise FormatError(f"The ELMo folder {folder} cannot be opened. {error}") from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{folder / CONFIG} is not JSON ({error}).") from None


def open_folder(
    config: Mapping[str, object], tensors: Mapping[str, NDArray[np.generic]]
) -> ELMoEmbedding:
    """Return the embedding that these settings and tensors make."""
    words = None
    if config.get("n_words") is not None:
        words = Vocabulary.from_tensors(part(tensors, VOCABULARY))
        if len(words) != checked_setting(config, "n_words", int):
            raise damaged(f"its vocabulary has {len(words):,} words, unlike its {CONFIG}")
    softmax = None
    if config.get("n_outputs") is not None:
        found = part(tensors, SOFTMAX)
        if any(array.dtype != np.float32 for array in found.values()):
            raise damaged("its softmax is not float32")
        softmax = {name: array.view(np.float32) for name, array in found.items()}
    layer_weights = checked_setting(config, "layer_weights", list)
    if not all(map(is_number, layer_weights)):
        raise damaged(f"'layer_weights' in {CONFIG} should hold numbers")
    gamma, sentences = config.get("gamma"), config.get("sentences")
    if not is_number(gamma):
        raise damaged(f"'gamma' in {CONFIG} should be a number")
    if not isinstance(sentences, bool):
        raise damaged(f"'sentences' in {CONFIG} should be true or false")
    report = None if config.get("report") is None else checked_setting(config, "report", dict)
    return ELMoEmbedding(
        ELMoOptions.from_json(config.get("options")),
        tensors,
        name=checked_setting(config, "name", str),
        tokenizer=Tokenizer.from_settings(config.get("tokenizer")),
        sentences=sentences,
        layer_weights=layer_weights,
        gamma=gamma,
        pooling=checked_setting(config, "pooling", str),
        vocabulary=words,
        softmax=softmax,
        report=report,
    )


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a setting is a number that float32 can hold; JSON knows larger ones."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -LARGEST < value < LARGEST
    )


def part(tensors: Mapping[str, NDArray[np.generic]], prefix: str) -> dict[str, NDArray[np.generic]]:
    """Return the tensors whose names begin with a prefix, without it."""
    return {
        name.removeprefix(prefix): array
        for name, array in tensors.items()
        if name.startswith(prefix)
    }
