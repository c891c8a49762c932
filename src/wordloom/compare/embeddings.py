"""The embeddings of a comparison: their names and paths, and how workers open them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from wordloom.classify.embedding_places import checksum
from wordloom.classify.sources import Source, distinct_names
from wordloom.compare.candidates import Candidate
from wordloom.compare.pool import Pool
from wordloom.errors import InputError

__all__ = ["ComparedEmbedding", "fingerprint", "list_embeddings", "open_all", "without_failed"]


@dataclass(frozen=True)
class ComparedEmbedding:
    """One embedding, and what is known of it once a worker has opened it.

    Attributes:
        name: What reports call it; no two are called the same.
        path: From where workers best open it.
        given: The path that was given; None if an object was.
        kind: Its type.
        dim: How many numbers a vector has.
        words: How many words it knows; None where it has no vocabulary.
        known_tokens: The share of tokens that are words it knows, 0 to 1; None likewise.
        error: Why it could not be opened.
    """

    name: str
    path: str
    given: str | None
    kind: str | None = None
    dim: int | None = None
    words: int | None = None
    known_tokens: float | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what reports tell as what JSON knows."""
        return {
            "name": self.name,
            "path": self.given,
            "kind": self.kind,
            "dim": self.dim,
            "words": self.words,
            "known_tokens": self.known_tokens,
            "error": self.error,
        }


def list_embeddings(embeddings: Sequence[Source], vectors: Path) -> list[ComparedEmbedding]:
    """Name embeddings; those that are objects are saved, so that workers can open them.

    Args:
        embeddings: Embeddings or paths to them.
        vectors: The folder to save to.

    Raises:
        InputError: An object cannot be saved, or a path is there twice.
    """
    found = []
    paths = [os.path.realpath(each) for each in embeddings if isinstance(each, str | os.PathLike)]
    for place, path in enumerate(paths):
        if path in paths[:place]:
            raise InputError(f"Embeddings must differ. Received: {path} twice. Name it once.")
    for number, each in enumerate(embeddings):
        if isinstance(each, str | os.PathLike):
            path = str(each)
            found.append(ComparedEmbedding(path_name(path), path, path))
            continue
        save = getattr(each, "save", None)
        if save is None:
            raise InputError(
                "Embeddings are compared by worker processes, which open them. Received: "
                f"one of the type {type(each).__name__}, which has no `save`. Pass a path."
            )
        target = vectors / f"given-{number + 1}"
        save(target)
        name = str(getattr(each, "name", number + 1))
        found.append(ComparedEmbedding(name, str(target), None))
    names = distinct_names(found)
    return [replace(each, name=name) for each, name in zip(found, names, strict=True)]


def path_name(path: str) -> str:
    """Return what an embedding at a path is called.

    Example:
        >>> path_name("vectors/glove.6B.50d.txt"), path_name("my-vectors/")
        ('glove.6B.50d', 'my-vectors')
    """
    name = Path(path).name
    ending = Path(name).suffix.lower()
    return name.removesuffix(ending) if ending in (".txt", ".vec", ".bin", ".gz") else name


def fingerprint(path: str) -> str:
    """Return what tells an embedding from others: a checksum, or the path of what is not here."""
    try:
        return checksum(Path(path)) if os.path.lexists(path) else path
    except InputError:
        return path


def open_all(
    pool: Pool, embeddings: Sequence[ComparedEmbedding], vectors: Path
) -> list[ComparedEmbedding]:
    """Let workers open each embedding, so that one that is broken harms no other.

    Args:
        pool: The workers.
        embeddings: Those of `list_embeddings`.
        vectors: Where files are written again as folders, which all workers map into memory.

    Returns:
        The embeddings, with what is known of them or why they could not be opened.
    """

    def task(number: int) -> Mapping[str, Any]:
        store = str(vectors / str(number + 1))
        return {"do": "open", "path": embeddings[number].path, "store": store}

    opened = list(embeddings)
    tasks = [(str(number), partial(task, number)) for number in range(len(embeddings))]
    for number, result, error in pool.run(tasks):
        changes = {"error": error} if result is None else result
        opened[int(number)] = replace(opened[int(number)], **changes)
    return opened


def without_failed(
    candidates: Iterable[Candidate], embeddings: Sequence[ComparedEmbedding]
) -> tuple[list[Candidate], dict[str, str]]:
    """Take embeddings that could not be opened out of the rows.

    Args:
        candidates: The rows.
        embeddings: Those of `open_all`.

    Returns:
        The rows, and by their ids why some of them cannot be fitted: for want of their only
        embedding, or because one is left where several are to be combined, which has a row anyway.
    """
    kept, errors = [], {}
    for candidate in candidates:
        good = tuple(n for n in candidate.embeddings if embeddings[n].error is None)
        if len(good) == len(candidate.embeddings):
            kept.append(candidate)
            continue
        if good:
            if len(good) == 1 and candidate.id != "default":
                errors[candidate.id] = "Only one embedding could be opened."
            candidate = replace(candidate, embeddings=good)
        elif len(candidate.embeddings) == 1:
            errors[candidate.id] = embeddings[candidate.embeddings[0]].error or "unknown"
        else:
            errors[candidate.id] = "No embedding could be opened."
        kept.append(candidate)
    return kept, errors
