"""Matrices that fastText has quantised: for each row a few codes, which name shared pieces of rows.

Product quantisation (Jégou, Douze and Schmid 2011), as fastText's ``QuantMatrix`` writes it, little
endian: bool whether norms are apart; int64 rows and columns; int32 number of codes, and the codes,
one byte for each piece of each row; the codebook; then, if norms are apart, a byte for each row and
their codebook. A codebook: int32 columns, pieces, columns of a piece, columns of the last piece;
then for each piece 256 float32 centroids. (Joulin et al. 2016, "FastText.zip".)
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.embedding.lazy_vectors import LazyVectors
from wordloom.formats.byte_reader import ByteReader
from wordloom.formats.content import check_expansion

__all__ = ["QuantisedRows", "read_quantised"]

START: Final = struct.Struct("<?qqi")
CODEBOOK: Final = struct.Struct("<iiii")
CENTROIDS: Final = 256


class QuantisedRows(LazyVectors):
    """A matrix whose rows are put together of pieces when they are needed.

    Args:
        codes: uint8 (n_rows, n_pieces), which centroid each piece of a row is.
        pieces: For each piece float32 (256, columns of the piece), its centroids.
        norms: float32 (n_rows,), what each row is multiplied by; None for 1.

    Example:
        >>> pieces = [np.float32([[1, 2], [3, 4]]), np.float32([[5], [6]])]
        >>> QuantisedRows(np.uint8([[0, 1], [1, 0]]), pieces, None).all().tolist()
        [[1.0, 2.0, 6.0], [3.0, 4.0, 5.0]]
    """

    def __init__(
        self,
        codes: NDArray[np.uint8],
        pieces: list[NDArray[np.float32]],
        norms: NDArray[np.float32] | None,
    ) -> None:
        super().__init__(len(codes), sum(piece.shape[1] for piece in pieces))
        self.codes = codes
        self.pieces = pieces
        self.norms = norms

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some rows; see `LazyVectors.rows`."""
        rows = np.empty((len(ids), self.shape[1]), np.float32)
        column = 0
        for piece, codes in zip(self.pieces, self.codes[ids].T, strict=True):
            rows[:, column : column + piece.shape[1]] = piece[codes]
            column += piece.shape[1]
        if self.norms is not None:
            rows *= self.norms[ids, None]
        return rows


def read_quantised(reader: ByteReader, n_rows: int, dim: int) -> QuantisedRows:
    """Read a quantised matrix.

    Args:
        reader: At its start.
        n_rows: How many rows it must have.
        dim: How many columns.

    Returns:
        The matrix, which takes hardly more memory than the file.

    Raises:
        FormatError: The file is cut short or damaged.
    """
    what = "its quantised table"
    norms_apart, rows, columns, n_codes = START.unpack(reader.take(START.size, what))
    n_pieces = n_codes // n_rows
    if (rows, columns) != (n_rows, dim) or n_codes != n_rows * n_pieces or not 0 < n_pieces <= dim:
        raise reader.damaged(
            f"a quantised table of {rows:,} rows, {columns:,} columns and {n_codes:,} codes; by "
            f"its dictionary and settings it has {n_rows:,} rows and {dim:,} columns"
        )
    check_expansion(reader.name, n_codes + reader.position, 4 * n_rows * dim)
    codes = reader.bytes_array(n_codes, what).reshape(n_rows, n_pieces)
    pieces = read_codebook(reader, dim)
    if len(pieces) != n_pieces:
        raise reader.damaged(f"{n_pieces} codes in a row, and a codebook for {len(pieces)}")
    norms = None
    if norms_apart:
        norm_codes = reader.bytes_array(n_rows, what)
        norms = read_codebook(reader, 1)[0][norm_codes, 0]
    return QuantisedRows(codes, pieces, norms)


def read_codebook(reader: ByteReader, dim: int) -> list[NDArray[np.float32]]:
    """Return the centroids of each piece, float32 (256, columns of the piece)."""
    what = "its codebook"
    columns, n_pieces, width, last_width = CODEBOOK.unpack(reader.take(CODEBOOK.size, what))
    if (
        columns != dim
        or n_pieces < 1
        or not 1 <= last_width <= width
        or (n_pieces - 1) * width + last_width != dim
    ):
        raise reader.damaged(
            f"a codebook of {columns:,} columns in {n_pieces:,} pieces of {width:,}, the last "
            f"{last_width:,}, for rows of {dim:,}"
        )
    numbers = reader.matrix(1, CENTROIDS * dim, what)[0]
    last = (n_pieces - 1) * CENTROIDS * width
    pieces = [*numbers[:last].reshape(n_pieces - 1, CENTROIDS, width)]
    return [*pieces, numbers[last:].reshape(CENTROIDS, last_width)]
