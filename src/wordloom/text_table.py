"""Plain tables for people."""

from collections.abc import Sequence

__all__ = ["aligned"]


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of text as a table: first column to the left, the others to the right.

    Args:
        rows: The cells, equally many in each row. Chinese characters count as two columns wide.

    Example:
        >>> print(aligned([["word", "count"], ["cough", "7"], ["咳嗽", "12"]]))
        word   count
        cough      7
        咳嗽      12
    """
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        gaps = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [
            row[0] + gaps[0],
            *(gap + cell for gap, cell in zip(gaps[1:], row[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
