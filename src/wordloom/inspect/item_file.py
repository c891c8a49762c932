"""Items from a file: one on each line, groups parted by empty lines."""

import os
from pathlib import Path

from wordloom.errors import InputError

__all__ = ["parse_items", "read_items"]

LARGEST_FILE = 64 << 20


def read_items(path: str | os.PathLike[str]) -> tuple[list[str], list[int]]:
    """Read words, texts or keyword lists from a file.

    Args:
        path: A text file in UTF-8 with one item on each line; empty lines part groups.

    Returns:
        The items, and how many each group has.

    Raises:
        InputError: The file cannot be read, is not UTF-8, is larger than 64 MB or holds no item.
    """
    path = Path(path)
    rule = "Items are read from a text file in UTF-8, one on each line."
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{rule} Received: {path}, which is larger than 64 MB.")
        items, groups = parse_items(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{rule} Received: {path} ({error.strerror}). Check the path.") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{rule} Received: {path}, which is not UTF-8 at byte {error.start}. Convert it."
        ) from None
    if not items:
        raise InputError(f"{rule} Received: {path}, which holds none.")
    return items, groups


def parse_items(text: str) -> tuple[list[str], list[int]]:
    r"""Split a text into items and groups.

    Args:
        text: One item on each line; empty lines part groups.

    Returns:
        The items without space around them, and how many each group has.

    Example:
        >>> parse_items("cough\nfever\n\nItaly\n")
        (['cough', 'fever', 'Italy'], [2, 1])
    """
    items: list[str] = []
    groups = [0]
    for line in text.splitlines():
        item = line.strip()
        if item:
            items.append(item)
            groups[-1] += 1
        elif groups[-1]:
            groups.append(0)
    return items, [size for size in groups if size]
