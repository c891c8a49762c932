"""Embeddings on the Hugging Face Hub: push a module folder, pull what `wordloom.load` opens.

Only files that hold vectors and their settings are pulled, never pickles or code. Tokens, the cache
and HF_ENDPOINT, HF_HUB_OFFLINE are those of the package huggingface_hub.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wordloom.embedding.folder import check_finite, is_module_folder, write_files
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["pull", "push"]

NAME: Final = re.compile(r"([\w.-]+/[\w.-]+)(?:@([^/@]+))?(?:/([^@]+))?")

# What module folders of wordloom, model2vec and sentence-transformers are read from.
SETTINGS: Final = ("config.json", "modules.json", "README.md")
PULLED: Final = (
    *SETTINGS,
    "model.safetensors",
    "tokenizer.json",
    "0_StaticEmbedding/model.safetensors",
    "0_StaticEmbedding/tokenizer.json",
)
PUSHED: Final = (*SETTINGS, "model.safetensors", "tokenizer.json", "vocabulary.txt")

LOG_IN: Final = "run 'hf auth login', set HF_TOKEN, or pass token=…"


def pull(
    name: str,
    *,
    revision: str | None = None,
    cache: str | Path | None = None,
    token: str | None = None,
) -> Path:
    """Download an embedding from the Hub, or find it in the cache.

    Without a network, what the cache has is taken.

    Args:
        name: "USER/NAME" for a module folder; "USER/NAME/FILE" for a single file, as
            "facebook/fasttext-en-vectors/model.bin"; with "@REVISION" behind NAME if wanted.
        revision: A branch, tag or commit, if the name has none; None takes the newest.
        cache: The folder that keeps what was downloaded; None takes the Hub's own.
        token: What proves who you are; None takes the one that you logged in with.

    Returns:
        The folder or file, for `wordloom.load`. Do not change it: it is the cache's.

    Raises:
        InputError: There is no such repository, file or revision, or nothing in it that wordloom
            reads; or the Hub cannot be reached. The message says what to do.
        MissingExtraError: The package huggingface_hub is not installed.
    """
    repository, found, file = split_name(name)
    revision = revision or found
    api = hub_api(token)
    with explained(repository, revision, "pulled"):
        if file is not None:
            return Path(api.hf_hub_download(repository, file, revision=revision, cache_dir=cache))
        # The settings first: a network's weights may have gigabytes.
        folder = Path(
            api.snapshot_download(
                repository, revision=revision, cache_dir=cache, allow_patterns=list(SETTINGS)
            )
        )
        check_kind(repository, folder)
        folder = Path(
            api.snapshot_download(
                repository, revision=revision, cache_dir=cache, allow_patterns=list(PULLED)
            )
        )
        if any(folder.rglob("model.safetensors")):
            return folder
        files = api.list_repo_files(repository, revision=revision)
    shown = ", ".join(files[:10]) + (", …" if len(files) > 10 else "")
    raise InputError(
        f"A repository is pulled as a whole if it is a module folder, with model.safetensors. "
        f"Received: {repository}, which holds {shown or 'nothing'}. Name one of its files: "
        f"{repository}/FILE."
    )


def push(
    source: StaticEmbedding | str | os.PathLike[str],
    repository: str,
    *,
    private: bool = False,
    token: str | None = None,
    message: str | None = None,
    revision: str | None = None,
    dtype: str | None = None,
) -> str:
    """Upload an embedding to the Hub as a module folder, with its model card.

    The licence is left to you: add a line such as ``license: cc-by-4.0`` to the head of README.md.

    Args:
        source: An embedding, or a path that `wordloom.load` opens.
        repository: "USER/NAME"; it is made if there is none.
        private: Whether a new repository is visible to you alone.
        token: What proves who you are; None takes the one that you logged in with.
        message: What the commit is called.
        revision: The branch; None takes the main one.
        dtype: The numbers' type, "float32", "float16" or "int8"; None takes a module folder as it
            lies there, and float32 for all else.

    Returns:
        The address of the repository.

    Raises:
        InputError: You may not write there, or the Hub cannot be reached. The message says what
            to do.
        MissingExtraError: The package huggingface_hub is not installed.
    """
    name, _, file = split_name(repository)
    if name != repository or file is not None:
        raise InputError(f"A repository is called USER/NAME. Received: {repository!r}.")
    api = hub_api(token)
    with tempfile.TemporaryDirectory(prefix="wordloom-") as place:
        folder = Path(place)
        if not isinstance(source, StaticEmbedding) and dtype is None and is_module_folder(source):
            folder = Path(source)
        else:
            embedding = opened(source)
            check_finite(embedding)
            write_files(embedding, folder, dtype or "float32")
        with explained(repository, revision, "pushed to"):
            url = api.create_repo(repository, private=private, exist_ok=True)
            api.upload_folder(
                repo_id=repository,
                folder_path=folder,
                commit_message=message or "Word vectors by wordloom",
                revision=revision,
                # A folder may hold what nobody wants to publish.
                allow_patterns=list(PUSHED),
            )
    return str(url)


def opened(source: StaticEmbedding | str | os.PathLike[str]) -> StaticEmbedding:
    """Return the embedding itself, or the one at a path."""
    if isinstance(source, StaticEmbedding):
        return source
    from wordloom.formats.loading import load

    return load(source)


def split_name(name: str) -> tuple[str, str | None, str | None]:
    """Split a name into repository, revision and file.

    Raises:
        InputError: It is none.

    Example:
        >>> split_name("ann/swivel@v2/vectors/en.bin")
        ('ann/swivel', 'v2', 'vectors/en.bin')
    """
    found = NAME.fullmatch(name)
    if found is None or ".." in name.split("/"):
        raise InputError(
            "On the Hub, an embedding is called USER/NAME, USER/NAME@REVISION or USER/NAME/FILE. "
            f"Received: {name!r}."
        )
    repository, revision, file = found.groups()
    return str(repository), revision, file


def hub_api(token: str | None) -> "HfApi":
    """Return the Hub's client."""
    try:
        from huggingface_hub import HfApi
    except ImportError:
        raise MissingExtraError("huggingface_hub", "hub", "using the Hugging Face Hub") from None
    return HfApi(
        endpoint=os.environ.get("HF_ENDPOINT") or None, token=token, library_name="wordloom"
    )


def check_kind(repository: str, folder: Path) -> None:
    """Refuse a repository whose settings are those of a network."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return
    kinds = config.get("architectures") if isinstance(config, dict) else None
    if isinstance(kinds, list) and kinds and "StaticModel" not in kinds:
        raise InputError(
            "wordloom reads tables of word vectors. Received: "
            f"{repository}, a network ({', '.join(map(str, kinds[:3]))}). Choose a static model."
        )


@contextmanager
def explained(repository: str, revision: str | None, what: str) -> Iterator[None]:
    """Turn the errors of the Hub's client into ours, which say what to do."""
    from huggingface_hub import errors

    unreachable = "The Hub cannot be reached. Check the network and HF_HUB_OFFLINE."
    # The client passes on what the library below it raises, and that changed between versions.
    no_answer = (getattr(errors, "HTTPError", OSError), OSError)
    try:
        yield
    except errors.GatedRepoError:
        raise InputError(
            f"The owner of {repository} grants access one by one. Ask for it on its page on the "
            f"Hub, then {LOG_IN}."
        ) from None
    except errors.RepositoryNotFoundError:
        raise InputError(
            f"There is no repository {repository} on the Hub that you may see. Check the name; if "
            f"it is private, {LOG_IN}."
        ) from None
    except errors.RevisionNotFoundError:
        raise InputError(
            f"{repository} has no revision {revision!r}. Name a branch, tag or commit of it."
        ) from None
    except errors.LocalEntryNotFoundError:
        raise InputError(f"{repository} is not in the cache as a whole. {unreachable}") from None
    except errors.EntryNotFoundError:
        raise InputError(f"{repository} holds no such file. Look at its page on the Hub.") from None
    except (errors.HFValidationError, errors.LocalTokenNotFoundError) as error:
        raise InputError(f"{repository} cannot be {what}: {error} To log in, {LOG_IN}.") from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        rights = f" You need a token with the right to write: {LOG_IN}." * (status in (401, 403))
        raise InputError(
            f"{repository} cannot be {what}: the Hub answers with {status}.{rights} "
            f"{error.server_message or ''}".rstrip()
        ) from None
    except no_answer as error:
        raise InputError(f"{repository} cannot be {what}: {error}. {unreachable}") from None
