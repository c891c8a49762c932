"""Vectors in fewer bits: how float16 and int8 stand for float32 in a module folder.

int8 keeps, for each row, a scale of its greatest absolute number divided by 127, so that no row
suffers from the large numbers of another. model2vec multiplies rows by a tensor `weights`, and so
takes the scales for what they are.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError

__all__ = ["DTYPES", "matrix_tensors", "quantized", "stored_matrix"]

DTYPES = ("float32", "float16", "int8")
"""The types of numbers that vectors can be stored in."""

ROWS_AT_ONCE = 1 << 14
LIMIT = 127
LARGEST = float(np.finfo(np.float16).max)


def quantized(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round each row to multiples of a scale of its own.

    Args:
        vectors: float32 (n_rows, dim), finite.

    Returns:
        The multiples, int8 (n_rows, dim), from -127 to 127, and the scales, float32 (n_rows,); the
        product of a row and its scale differs from the row by at most half the scale.

    Example:
        >>> numbers, scales = quantized(np.float32([[254, -1.9, 127], [0, 0, 0]]))
        >>> numbers.tolist(), scales.tolist()
        ([[127, -1, 64], [0, 0, 0]], [2.0, 0.0])
    """
    numbers = np.empty(vectors.shape, np.int8)
    scales = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        rows = vectors[start : start + ROWS_AT_ONCE]
        scale = np.abs(rows).max(axis=1) / np.float32(LIMIT)
        scales[start : start + len(rows)] = scale
        # Numbers so small that their scale is no number any more become zero.
        divisor = np.where(scale > 0, scale, np.inf)[:, None]
        numbers[start : start + len(rows)] = np.clip(np.rint(rows / divisor), -LIMIT, LIMIT)
    return numbers, scales


def matrix_tensors(
    name: str, scales_name: str, vectors: NDArray[np.float32], dtype: str, unknown: int = 0
) -> dict[str, NDArray[np.generic]]:
    """Return the tensors that stand for a matrix on disk.

    Args:
        name: The name of the tensor of numbers.
        scales_name: That of the rows' scales, which int8 needs.
        vectors: float32 (n_rows, dim), finite.
        dtype: The type of numbers, one of `DTYPES`.
        unknown: How many rows of zeros follow.

    Returns:
        The tensors by name.

    Raises:
        InputError: A number is too large for the type, or there is no such type.

    Example:
        >>> matrix_tensors("embeddings", "weights", np.float32([[1.27]]), "int8")["embeddings"]
        array([[127]], dtype=int8)
    """
    if dtype not in DTYPES:
        raise InputError(f"Vectors are stored as one of {', '.join(DTYPES)}. Received: {dtype!r}.")
    shape = (len(vectors) + unknown, vectors.shape[1])
    if dtype == "int8":
        numbers, scales = quantized(vectors)
        # np.resize would repeat rows.
        all_numbers, all_scales = np.zeros(shape, np.int8), np.zeros(len(numbers) + unknown, "f4")
        all_numbers[: len(numbers)], all_scales[: len(numbers)] = numbers, scales
        return {name: all_numbers, scales_name: all_scales}
    matrix = np.zeros(shape, dtype)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        rows = vectors[start : start + ROWS_AT_ONCE]
        if dtype == "float16" and np.abs(rows).max() > LARGEST:
            raise InputError(
                f"Numbers of float16 reach {LARGEST:,.0f}. Received: {np.abs(rows).max():.6g} in "
                f"'{name}'. Save as int8 or float32."
            )
        matrix[start : start + len(rows)] = rows
    return {name: matrix}


def stored_matrix(
    tensors: Mapping[str, NDArray[np.generic]],
    name: str,
    scales_name: str,
    shape: tuple[int, int],
    dtype: str,
) -> NDArray[np.float32]:
    """Return the matrix that `matrix_tensors` put into tensors.

    Args:
        tensors: The tensors by name.
        name: The name of the tensor of numbers.
        scales_name: That of the rows' scales.
        shape: The shape that the matrix should have.
        dtype: The type that its numbers should have, one of `DTYPES`.

    Returns:
        float32, of that shape; the tensor itself where it is float32, else a new array.

    Raises:
        FormatError: A tensor is missing, or of another shape or type.
    """
    numbers = checked(tensors, name, shape, dtype)
    if dtype == "float32":
        return numbers.view(np.float32)
    matrix = np.empty(shape, np.float32)
    scales = checked(tensors, scales_name, shape[:1], "float32") if dtype == "int8" else None
    for start in range(0, len(matrix), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        matrix[rows] = numbers[rows]
        if scales is not None:
            matrix[rows] *= scales[rows, None].astype(np.float32)
    return matrix


def checked(
    tensors: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, ...], dtype: str
) -> NDArray[np.generic]:
    """Return a tensor if it has the shape and type that it should have."""
    tensor = tensors.get(name)
    if tensor is None or tensor.dtype != np.dtype(dtype) or tensor.shape != shape:
        found = "nothing" if tensor is None else f"{tensor.dtype} of shape {tensor.shape}"
        raise FormatError(
            f"It is damaged: by config.json, '{name}' in model.safetensors should be {dtype} of "
            f"shape {shape}, not {found}. Save the embedding again, or copy it anew."
        )
    return tensor
