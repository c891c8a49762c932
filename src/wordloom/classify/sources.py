"""The embeddings that a classifier is given: objects, or paths to them."""

import os
from collections.abc import Sequence
from pathlib import Path

from wordloom.classify.linear.dense import TextVectors
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.errors import InputError

__all__ = ["Embeddings", "Source", "distinct_names", "open_embeddings"]

Source = TextVectors | LearnedEmbedding | str | os.PathLike[str]
"""One embedding: itself, a path to it, or the wish to learn one."""

Embeddings = Source | Sequence[Source] | None
"""What `TextClassifier` takes."""


def distinct_names(embeddings: Sequence[object]) -> tuple[str, ...]:
    """Return what embeddings are called, so that no two are called the same.

    Args:
        embeddings: The embeddings; one without a name is called by its number.

    Returns:
        Their names, with a number behind each that others had before.

    Example:
        >>> distinct_names([LearnedEmbedding(8), LearnedEmbedding(16)])
        ('learned', 'learned-2')
    """
    names: list[str] = []
    for number, embedding in enumerate(embeddings):
        name = first = str(getattr(embedding, "name", number))
        copies = 1
        while name in names:
            copies += 1
            name = f"{first}-{copies}"
        names.append(name)
    return tuple(names)


def open_embeddings(
    embeddings: Embeddings,
) -> tuple[tuple[TextVectors | LearnedEmbedding, ...], tuple[Path | None, ...]]:
    """Open the embeddings that are given as paths.

    Args:
        embeddings: One or several, or None.

    Returns:
        The embeddings, and for each the path from which it was opened, or None.

    Raises:
        InputError: A path cannot be opened, or something else is no embedding.

    Example:
        >>> open_embeddings(LearnedEmbedding(8))
        ((LearnedEmbedding(dim=8, max_words=10000, name='learned'),), (None,))
    """
    if embeddings is None:
        return (), ()
    listed: Sequence[Source] = (
        embeddings if isinstance(embeddings, list | tuple) else [embeddings]  # type: ignore[list-item]
    )
    opened: list[TextVectors | LearnedEmbedding] = []
    paths: list[Path | None] = []
    for each in listed:
        if isinstance(each, str | os.PathLike):
            from wordloom.elmo.loading import load

            opened.append(load(each))
            paths.append(Path(each).absolute())
        elif isinstance(each, LearnedEmbedding) or hasattr(each, "embed"):
            opened.append(each)
            paths.append(None)
        else:
            raise InputError(
                "A classifier takes embeddings, paths to them, and LearnedEmbedding. Received: "
                f"{each!r}, of the type {type(each).__name__}."
            )
    return tuple(opened), tuple(paths)
