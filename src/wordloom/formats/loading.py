"""Opening embeddings of any format."""

import os
from collections.abc import Sequence
from pathlib import Path

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError
from wordloom.formats.content import open_content
from wordloom.formats.format import ReadOptions
from wordloom.formats.registry import detect, format_named
from wordloom.text.tokenizer import Tokenizer

__all__ = ["load"]

HUB = "hub:"


def load(
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    words: Sequence[str] | None = None,
    limit: int | None = None,
    encoding: str = "utf-8",
    memory_map: bool = False,
    tokenizer: Tokenizer | None = None,
    progress: bool = False,
) -> StaticEmbedding:
    r"""Open an embedding of any format that wordloom knows, recognised by its content.

    Args:
        path: A file or folder, also a .gz or .zip file, or ``archive.zip/name``; or
            ``hub:USER/NAME`` for one on the Hugging Face Hub (extra ``hub``).
        format: The format's name where the content cannot tell, as "glove".
        words: Only these words.
        limit: Only the first so many words.
        encoding: How the file encodes its words; those that it does not fit get escapes.
        memory_map: Leave the tables of a fastText file on disk, and read rows when they are used.
            A module folder of wordloom always does.
        tokenizer: What splits texts; None takes the embedding's own, or one that fits.
        progress: Show a progress bar on stderr.

    Returns:
        The embedding.

    Raises:
        InputError: The path or an argument is wrong.
        FormatError: The content is damaged or of no known format; the message tells where.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "toy.txt")
        ...     _ = path.write_text("cough 1 2\nfever 3 4\n")
        ...     load(path)["fever"].tolist()
        [3.0, 4.0]
    """
    options = ReadOptions(words, limit, encoding, memory_map, progress)
    hub_name = str(path).removeprefix(HUB) if str(path).startswith(HUB) else None
    if hub_name is not None:
        from wordloom.formats.hub import pull

        path = pull(hub_name)
    content = open_content(Path(path))
    chosen = detect(content) if format is None else format_named(format)
    if chosen.folder and not content.is_folder:
        raise FormatError(
            f"The format '{chosen.name}' is a folder. Received: {content.name}, a file."
        )
    embedding = chosen.read(content, options)
    if hub_name is not None and embedding.name == content.stem:
        # In the cache, a repository's folder is named by its commit.
        embedding = embedding.replaced(name=hub_name.rpartition("/")[2])
    if tokenizer is not None:
        embedding = embedding.replaced(tokenizer=tokenizer)
    return embedding
