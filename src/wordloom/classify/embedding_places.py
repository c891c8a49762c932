"""Where a saved classifier keeps its embeddings: copies of them, or the paths where they lie."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from wordloom.classify.linear.dense import TextVectors
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.classify.saved_arrays import damaged
from wordloom.classify.sources import distinct_names
from wordloom.elmo.loading import load
from wordloom.elmo.published import find_published
from wordloom.errors import InputError

__all__ = ["checksum", "open_places", "store"]

FOLDER = "embeddings"
CARD = "README.md"


def checksum(path: Path) -> str:
    """Return a checksum of an embedding's file or folder.

    Args:
        path: The file (with the options beside it, if it is ELMo's HDF5); or a folder, of which
            every file counts but the model card, which people may edit.

    Returns:
        A SHA-256, 64 hexadecimal digits: of the file, or of the names and checksums of the files.

    Raises:
        InputError: Something in it cannot be read.
    """
    try:
        published = find_published(path) if path.is_file() else None
        if path.is_file() and published is None:
            return file_checksum(path)
        lines = []
        folder = path.parent if published else path
        for each in sorted(published or path.rglob("*")):
            name = each.relative_to(folder).as_posix()
            if each.is_file() and name != CARD:
                lines.append(f"{name}\0{file_checksum(each)}\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def file_checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def store(
    embeddings: Sequence[TextVectors | LearnedEmbedding],
    paths: Sequence[Path | None],
    folder: Path,
    how: Literal["copy", "reference"],
) -> list[dict[str, Any]]:
    """Write a classifier's embeddings into its folder, or note where they lie.

    Args:
        embeddings: The embeddings.
        paths: For each the path from which it was opened, or None.
        folder: The classifier's folder, which is being written.
        how: "copy" writes every embedding; "reference" notes paths and checksums.

    Returns:
        What `open_places` needs, ready for JSON.

    Raises:
        InputError: An embedding cannot be saved, or was not opened from a path.
    """
    if how not in ("copy", "reference"):
        raise InputError(f"Embeddings are saved by 'copy' or 'reference'. Received: {how!r}.")
    places: list[dict[str, Any]] = []
    names = distinct_names(embeddings)
    for number, (embedding, path) in enumerate(zip(embeddings, paths, strict=True)):
        if isinstance(embedding, LearnedEmbedding):
            places.append({"kind": "learned", **asdict(embedding)})
            continue
        name = names[number]
        if how == "reference":
            if path is None:
                raise InputError(
                    "A classifier can refer to embeddings that were given as paths. Received: "
                    f"the embedding {name!r} itself. Pass its path to TextClassifier, or save "
                    "with embeddings='copy'."
                )
            place = str(path)
        else:
            if not hasattr(embedding, "save"):
                raise InputError(
                    "A classifier is saved with its embedding. Received: an embedding of the type "
                    f"{type(embedding).__name__}, which has no `save`."
                )
            place = f"{FOLDER}/{number}"
            (folder / FOLDER).mkdir(exist_ok=True)
            embedding.save(folder / place)
        where = folder / place if how == "copy" else Path(place)
        places.append({"kind": how, "name": name, "path": place, "sha256": checksum(where)})
    return places


def open_places(
    places: object, folder: Path, moved: Mapping[str, str | os.PathLike[str]] | None
) -> tuple[tuple[TextVectors | LearnedEmbedding, ...], tuple[Path | None, ...]]:
    """Open a saved classifier's embeddings.

    Args:
        places: What `store` returned.
        folder: The classifier's folder.
        moved: Where embeddings that are referred to lie now, by name.

    Returns:
        The embeddings, and the paths of those that are referred to.

    Raises:
        InputError: An embedding is not where it was, or has changed since.
        FormatError: The classifier's folder is damaged.
    """
    if not isinstance(places, list):
        raise damaged("its embeddings are not a list")
    embeddings: list[TextVectors | LearnedEmbedding] = []
    paths: list[Path | None] = []
    names = {place.get("name") for place in places if isinstance(place, dict)}
    if unknown := sorted(set(moved or ()) - names):
        raise InputError(
            f"The classifier's embeddings are {', '.join(map(repr, sorted(map(str, names))))}. "
            f"Received: a path for {unknown[0]!r}."
        )
    for place in places:
        try:
            kind = place["kind"]
            if kind == "learned":
                settings = {name: place[name] for name in ("dim", "max_words", "name")}
                embeddings.append(LearnedEmbedding(**settings))
                paths.append(None)
                continue
            name, path, digest = (str(place[part]) for part in ("name", "path", "sha256"))
        except (KeyError, TypeError, InputError) as error:
            raise damaged(f"an embedding is not described as it should be ({error})") from None
        if kind == "copy":
            where = folder / path
            if not where.resolve().is_relative_to(folder.resolve()):
                raise damaged(f"the embedding {name!r} would lie outside of it, in {path}")
            embedding: TextVectors = load(where)
            if (found := checksum(where)) != digest:
                raise damaged(
                    f"its copy of the embedding {name!r} has the SHA-256 {found}, and had {digest}"
                )
            paths.append(None)
        elif kind == "reference":
            where = Path((moved or {}).get(name, path))
            embedding = open_reference(name, where, digest)
            paths.append(where.absolute())
        else:
            raise damaged(f"an embedding is of the kind {json.dumps(kind)}")
        embeddings.append(embedding)
    return tuple(embeddings), tuple(paths)


def open_reference(name: str, path: Path, digest: str) -> TextVectors:
    """Open an embedding that lies elsewhere, if it is the one that the classifier knows."""
    help_ = (
        f"Put it back, or name its place: load(folder, embeddings={{{name!r}: PATH}}); on the "
        f"command line --embedding {name}=PATH."
    )
    if not path.exists():
        raise InputError(
            f"The classifier's embedding {name!r} (SHA-256 {digest}) must lie where it did. "
            f"Received: {path}, which does not exist. {help_}"
        )
    found = checksum(path)
    if found != digest:
        raise InputError(
            f"The classifier's embedding {name!r} must be the one it was fitted with, of the "
            f"SHA-256 {digest}. Received: {path}, of the SHA-256 {found}. {help_}"
        )
    return load(path)
