"""Opening an embedding, whatever it is: word vectors of any format, or ELMo."""

import os
from pathlib import Path
from typing import Any

from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError, InputError
from wordloom.formats.loading import HUB
from wordloom.formats.loading import load as load_static

__all__ = ["is_elmo", "load"]


def is_elmo(path: str | os.PathLike[str]) -> bool:
    """Tell whether an ELMo network lies at a path: our folder, or the published files.

    Args:
        path: A file or folder, or anything else.

    Example:
        >>> is_elmo("vectors.txt")
        False
    """
    from wordloom.elmo.folder import is_elmo_folder
    from wordloom.elmo.published import find_published

    return is_elmo_folder(path) or find_published(path) is not None


def load(path: str | os.PathLike[str], **options: Any) -> StaticEmbedding | ELMoEmbedding:  # noqa: ANN401
    r"""Open an embedding of any kind and format that wordloom knows, recognised by its content.

    Args:
        path: A file or folder; or ``hub:USER/NAME`` for one on the Hugging Face Hub (extra
            ``hub``). ELMo is a folder that wordloom wrote, a folder with a published
            `options.json` and its HDF5 file, or that file.
        options: For word vectors those of `wordloom.formats.loading.load`: format, words, limit,
            encoding, memory_map, progress. For all: `tokenizer`, what splits texts; None takes the
            embedding's own, or one that fits.

    Returns:
        Word vectors, or ELMo.

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
    if str(path).startswith(HUB):
        from wordloom.formats.hub import pull

        folder = Path(pull(str(path).removeprefix(HUB)))
        found = open_elmo(folder, options) if is_elmo(folder) else load_static(folder, **options)
        # In the cache, a repository's folder is named by its commit.
        named = isinstance(found, StaticEmbedding) and found.name != folder.stem
        return found if named else found.replaced(name=str(path).rpartition("/")[2])
    if is_elmo(path):
        return open_elmo(Path(path), options)
    check_options_are_there(Path(path))
    return load_static(path, **options)


def check_options_are_there(path: Path) -> None:
    """Refuse weights of ELMo without their options."""
    from wordloom.elmo.published import is_hdf5

    try:
        alone = is_hdf5(path)
    except OSError:
        return
    if alone:
        raise FormatError(
            "The weights of an ELMo network in HDF5 need its options beside them, options.json. "
            f"Received: {path} without. Put both into one folder."
        )


def open_elmo(path: Path, options: dict[str, Any]) -> ELMoEmbedding:
    """Open an ELMo network that is there."""
    from wordloom.elmo.folder import is_elmo_folder
    from wordloom.elmo.folder import load as load_folder
    from wordloom.elmo.published import find_published, read_published

    chosen = {name for name, value in options.items() if value} - {"tokenizer", "progress"}
    if chosen:
        raise InputError(
            f"`{min(chosen)}` is for word vectors. Received: {path}, an ELMo network. Leave it out."
        )
    if is_elmo_folder(path):
        elmo = load_folder(path)
    else:
        files = find_published(path)
        assert files is not None  # noqa: S101
        elmo = read_published(*files)
    tokenizer = options.get("tokenizer")
    return elmo if tokenizer is None else elmo.replaced(tokenizer=tokenizer)
