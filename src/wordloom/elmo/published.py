"""The published files of ELMo: `options.json` and weights in HDF5, in and out."""

import json
import os
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.options import ELMoOptions
from wordloom.errors import FormatError, InputError, MissingExtraError
from wordloom.output import explained, new_folder
from wordloom.text.tokenizer import Tokenizer

__all__ = ["OPTIONS", "WEIGHTS", "find_published", "read_published", "write_published"]

OPTIONS, WEIGHTS = "options.json", "weights.hdf5"
ENDINGS = (".hdf5", ".h5")
SIGNATURE = b"\x89HDF\r\n\x1a\n"
WHAT = "the ELMo network"
# Options take a few hundred bytes.
MOST_OPTIONS = 1 << 20


def find_published(path: str | os.PathLike[str]) -> tuple[Path, Path] | None:
    """Find the two files of a published network.

    Args:
        path: A folder that holds both, or the HDF5 file, with the options beside it. Names are as
            published: `options.json` and `lm_weights.hdf5`, or what https://allennlp.org/elmo
            offers, such as `elmo_2x4096_512_2048cnn_2xhighway_options.json` and `…_weights.hdf5`.

    Returns:
        The options and the weights; None where that is something else.

    Example:
        >>> find_published("no/such/folder") is None
        True
    """
    path = Path(path)
    with suppress(OSError):
        if path.is_dir():
            weights = [each for each in sorted(path.iterdir()) if is_hdf5(each)]
            chosen = [each for each in weights if "weights" in each.name] or weights
            options = options_for(path, chosen[0].name) if len(chosen) == 1 else None
            if options:
                return options, chosen[0]
        elif is_hdf5(path):
            options = options_for(path.parent, path.name)
            if options:
                return options, path
    return None


def is_hdf5(path: Path) -> bool:
    """Tell whether a file is HDF5, by its name and its first bytes."""
    if path.suffix.lower() not in ENDINGS or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


def options_for(folder: Path, weights: str) -> Path | None:
    """Return the options that belong to a file of weights in the same folder."""
    stem = weights.rpartition(".")[0].removesuffix("weights")
    for name in (f"{stem}options.json", OPTIONS):
        if (folder / name).is_file():
            return folder / name
    return None


def read_published(
    options: str | os.PathLike[str],
    weights: str | os.PathLike[str],
    *,
    name: str | None = None,
    tokenizer: Tokenizer | None = None,
) -> ELMoEmbedding:
    """Open a network that was published as `options.json` and HDF5.

    Args:
        options: The options.
        weights: The weights.
        name: Name of the embedding; None takes that of the folder.
        tokenizer: What splits texts; None takes the preset "marks".

    Returns:
        The embedding.

    Raises:
        InputError: A file cannot be read.
        FormatError: A file is damaged, or they do not belong together; the message names the
            tensor and both shapes.
        MissingExtraError: The package h5py is not installed.
    """
    options, weights = Path(options), Path(weights)
    h5py = import_h5py("reading ELMo's weights in HDF5")
    try:
        with options.open("rb") as file:
            text = file.read(MOST_OPTIONS).decode("utf-8")
    except OSError as error:
        raise InputError(f"{options} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise FormatError(f"The options of ELMo are JSON. Received: {options}: {error}.") from None
    try:
        shape = ELMoOptions.read(text)
        with h5py.File(weights, "r") as tree:
            tensors = {each: tensor_of(tree, each) for each in shape.shapes}
        return ELMoEmbedding(
            shape,
            {each: tensor for each, tensor in tensors.items() if tensor is not None},
            name=name or weights.resolve().parent.name or "elmo",
            tokenizer=tokenizer,
        )
    except FormatError as error:
        raise FormatError(f"{options} and {weights} cannot be opened. {error}") from None
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise FormatError(f"{weights} is not a sound HDF5 file: {error}.") from None


def tensor_of(tree: Any, name: str) -> NDArray[np.generic] | None:  # noqa: ANN401 (h5py.File)
    """Return a tensor that lies in the file itself; None for one that is not there.

    HDF5 can refer to other files, which a network has no reason to.
    """
    import h5py

    node = tree
    for part in name.split("/"):
        if not isinstance(node, h5py.Group) or part not in node:
            return None
        if not isinstance(node.get(part, getlink=True), h5py.HardLink):
            raise FormatError(f"The tensor {name!r} is not in the file but a link to elsewhere.")
        node = node[part]
    stored = isinstance(node, h5py.Dataset) and node.shape is not None
    if not stored or node.is_virtual or node.external:
        raise FormatError(f"The tensor {name!r} is not stored in the file as an array.")
    if node.dtype.kind != "f" or node.size > max(node.id.get_storage_size(), 1) * 64:
        raise FormatError(
            f"The tensor {name!r} should be an array of floating-point numbers. Received: "
            f"{node.dtype} of shape {node.shape} in {node.id.get_storage_size():,} bytes."
        )
    tensor: NDArray[np.generic] = node[...]
    return tensor


def write_published(embedding: ELMoEmbedding, folder: str | os.PathLike[str]) -> Path:
    """Write a network as the published files, for programs that read these.

    Name, tokenizer, layer weights and vocabulary have no place there.

    Args:
        embedding: What to write.
        folder: Where to; a folder of this kind that is there is replaced.

    Returns:
        The folder, with `options.json` and `weights.hdf5`.

    Raises:
        InputError: Something else is there, or the place cannot be written.
        MissingExtraError: The package h5py is not installed.
    """
    h5py = import_h5py("writing ELMo's weights as HDF5")
    folder = Path(folder)
    with new_folder(folder, WHAT, is_published) as aside, explained(folder, WHAT):
        text = json.dumps(embedding.options.to_json(), indent=2)
        (aside / OPTIONS).write_text(text + "\n", "utf-8")
        with h5py.File(aside / WEIGHTS, "w") as tree:
            for name, tensor in embedding.weights.items():
                tree.create_dataset(name, data=tensor)
    return folder


def is_published(folder: Path) -> bool:
    """Tell whether a folder holds a published network and nothing else."""
    return find_published(folder) is not None and len(list(folder.iterdir())) == 2


def import_h5py(purpose: str) -> ModuleType:
    """Return the module h5py."""
    try:
        import h5py
    except ImportError:
        raise MissingExtraError("h5py", "neural", purpose) from None
    module: ModuleType = h5py
    return module
