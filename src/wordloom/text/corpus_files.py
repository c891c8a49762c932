"""The files of a corpus folder, opened and checked: nothing in them is believed before."""

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from wordloom import array_file
from wordloom.array_file import blocks
from wordloom.errors import FormatError

__all__ = ["FORMAT", "VERSION", "check_arrays", "damaged", "map_array", "read_description"]

FORMAT = "wordloom corpus"
VERSION = 1


def damaged(folder: Path, reason: str) -> NoReturn:
    """Raise the error for a folder that cannot be trusted."""
    raise FormatError(f"{folder} is not a complete corpus: {reason}. Build the corpus again.")


def read_description(folder: Path) -> dict[str, Any]:
    """Return what corpus.json says, each entry of the type it should have.

    Raises:
        FormatError: It is missing, damaged, of another format or a newer version.
    """
    try:
        facts = json.loads((folder / "corpus.json").read_text("utf-8"))
    except OSError as error:
        damaged(folder, f"its corpus.json cannot be read ({error.strerror or error})")
    except (ValueError, RecursionError) as error:
        damaged(folder, f"its corpus.json is not JSON ({error})")
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        damaged(folder, f"its corpus.json does not say 'format': '{FORMAT}'")
    if facts.get("version") != VERSION:
        raise FormatError(
            f"{folder} is a corpus of version {facts.get('version')!r}, and this wordloom reads "
            f"version {VERSION}. Update wordloom, or build the corpus again."
        )
    for name in ("min_count", "n_words", "n_documents", "n_tokens", "n_raw_tokens"):
        if type(facts.get(name)) is not int or facts[name] < 0:
            damaged(folder, f"'{name}' in its corpus.json is no whole number")
    notes = facts.get("notes")
    if not isinstance(facts.get("source"), str) or not isinstance(notes, list):
        damaged(folder, "its corpus.json has no 'source' or no 'notes'")
    facts["notes"] = [str(note) for note in notes]
    return facts


def map_array(path: Path, dtype: str, length: int) -> NDArray[Any]:
    """Map an array of a corpus folder; see `wordloom.array_file.map_array`."""
    return array_file.map_array(path, dtype, length, "corpus.json", damaged)


def check_arrays(
    folder: Path, tokens: NDArray[np.int32], documents: NDArray[np.int64], n_words: int
) -> None:
    """Check each document offset and word id: kernels use them unchecked.

    The files are read once, through a small buffer, at the speed of the disk.

    Args:
        folder: The corpus folder.
        tokens: int32 (n_tokens,), its mapped tokens.
        documents: int64 (n_documents + 1,), its mapped document offsets.
        n_words: How many words its vocabulary has.

    Raises:
        FormatError: An offset falls or lies outside the tokens, an id outside the vocabulary.
    """
    last = 0
    first = True
    for block in blocks(folder / "documents.npy", documents):
        if (first and block[0] != 0) or block[0] < last or np.any(block[1:] < block[:-1]):
            damaged(folder, "its document offsets do not start at 0 or fall")
        first, last = False, int(block[-1])
    if last != len(tokens):
        damaged(folder, f"its documents end at {last} of {len(tokens)} tokens")
    for block in blocks(folder / "tokens.npy", tokens):
        if block.min() < 0 or block.max() >= n_words:
            damaged(folder, f"its tokens hold ids that are not among its {n_words} words")
