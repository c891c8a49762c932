"""The files of a folder with co-occurrence counts: written as they come, checked when opened."""

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from wordloom import array_file
from wordloom.array_file import append_file, blocks
from wordloom.cooccurrence.stripes import Stripes
from wordloom.errors import FormatError
from wordloom.kernels.compile import read_only
from wordloom.kernels.cooccurrence_blocks import check_places

__all__ = [
    "DESCRIPTION",
    "check_cells",
    "damaged",
    "is_cooccurrence_folder",
    "map_array",
    "read_description",
    "write_array",
    "write_description",
]

FORMAT = "wordloom cooccurrences"
VERSION = 1

DESCRIPTION = "cooccurrences.json"

CONTENT = {
    DESCRIPTION,
    "block_starts.npy",
    "column_sums.npy",
    "columns.npy",
    "counts.npy",
    "row_sums.npy",
    "rows.npy",
    "vocabulary.safetensors",
}


def is_cooccurrence_folder(folder: Path) -> bool:
    """Tell whether a folder holds counts and nothing else, so that new ones may take its place."""
    names = {item.name for item in folder.iterdir()}
    return DESCRIPTION in names and names <= CONTENT


def damaged(folder: Path, reason: str) -> NoReturn:
    """Raise the error for a folder that cannot be trusted."""
    raise FormatError(
        f"{folder} does not hold complete co-occurrence counts: {reason}. Count them again."
    )


def write_array(path: Path, dtype: str, array: NDArray[np.generic]) -> None:
    """Write an array with one axis to an .npy file."""
    with append_file(path, dtype) as file:
        file.write(np.ascontiguousarray(array, dtype).data)


def write_description(folder: Path, facts: dict[str, object]) -> None:
    """Write what `read_description` returns."""
    text = json.dumps({"format": FORMAT, "version": VERSION, **facts}, indent=2, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(text + "\n", "utf-8", newline="\n")


def read_description(folder: Path) -> dict[str, Any]:
    """Return what the folder's description says, each entry of the type it should have.

    Raises:
        FormatError: It is missing, damaged, of another format or a newer version.
    """
    try:
        facts = json.loads((folder / DESCRIPTION).read_text("utf-8"))
    except OSError as error:
        damaged(folder, f"its {DESCRIPTION} cannot be read ({error.strerror or error})")
    except (ValueError, RecursionError) as error:
        damaged(folder, f"its {DESCRIPTION} is not JSON ({error})")
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        damaged(folder, f"its {DESCRIPTION} does not say 'format': '{FORMAT}'")
    if facts.get("version") != VERSION:
        raise FormatError(
            f"{folder} holds co-occurrence counts of version {facts.get('version')!r}, and this "
            f"wordloom reads version {VERSION}. Update wordloom, or count them again."
        )
    for name in ("window", "n_stripes", "n_cells", "n_words", "n_tokens"):
        if type(facts.get(name)) is not int or facts[name] < 1:
            damaged(folder, f"'{name}' in its {DESCRIPTION} is no whole number from 1")
    if not facts["n_stripes"] <= min(facts["n_words"], 1 << 16):
        damaged(folder, f"'n_stripes' in its {DESCRIPTION} is above the number of words or 2^16")
    if type(facts.get("symmetric")) is not bool:
        damaged(folder, f"'symmetric' in its {DESCRIPTION} is neither true nor false")
    for name in ("source", "fingerprint"):
        if not isinstance(facts.get(name), str):
            damaged(folder, f"'{name}' in its {DESCRIPTION} is no text")
    return facts


def map_array(path: Path, dtype: str, length: int) -> NDArray[Any]:
    """Map an array of a folder of counts; see `wordloom.array_file.map_array`."""
    return array_file.map_array(path, dtype, length, DESCRIPTION, damaged)


def check_cells(
    folder: Path,
    stripes: Stripes,
    block_starts: NDArray[np.int64],
    rows: NDArray[np.uint16],
    columns: NDArray[np.uint16],
    counts: NDArray[np.float32],
    row_sums: NDArray[np.float64],
    column_sums: NDArray[np.float64],
) -> None:
    """Check the bounds of the blocks, and each cell: kernels use them unchecked.

    The files are read once, through small buffers, at the speed of the disk.

    Args:
        folder: The folder.
        stripes: How words are dealt to stripes.
        block_starts: int64 (n_stripes**2 + 1,), mapped.
        rows: uint16 (n_cells,), mapped.
        columns: uint16 (n_cells,), mapped.
        counts: float32 (n_cells,), mapped.
        row_sums: float64 (n_words,), mapped.
        column_sums: float64 (n_words,), mapped.

    Raises:
        FormatError: A bound falls, a word is not in the stripe of its block, cells are not in
            order, or a count or sum is not a finite number above, or from, 0.
    """
    for name, sums in (("row_sums.npy", row_sums), ("column_sums.npy", column_sums)):
        if not (np.isfinite(sums).all() and sums.min() >= 0):
            damaged(folder, f"{name} does not hold finite numbers from 0")
    if block_starts[0] != 0 or block_starts[-1] != len(rows) or np.any(np.diff(block_starts) < 0):
        damaged(folder, f"its blocks do not go from 0 to {len(rows)} cells, or fall")
    starts, sizes = np.ascontiguousarray(block_starts), stripes.sizes
    cell = 0
    before = -1
    for row_part, column_part in zip(
        blocks(folder / "rows.npy", rows), blocks(folder / "columns.npy", columns), strict=True
    ):
        before = check_places(row_part, column_part, cell, before, read_only(starts), sizes)
        if before < 0:
            damaged(folder, "its cells are not in order, or not among the words of their block")
        cell += len(row_part)
    for part in blocks(folder / "counts.npy", counts):
        if not (np.isfinite(part).all() and part.min() > 0):
            damaged(folder, "its counts are not all finite numbers above 0")
