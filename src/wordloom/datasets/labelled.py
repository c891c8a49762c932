"""Labelled texts, and the files and folders that hold them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wordloom.errors import FormatError, InputError
from wordloom.text.readers.members import Member, files_in, kind_of, walk
from wordloom.text.readers.plain import BYTE_ORDER_MARK
from wordloom.text.readers.streams import check_text
from wordloom.text.readers.tables import (
    TEXT_COLUMNS,
    choose_column,
    choose_columns,
    encode,
    read_rows,
)

__all__ = ["LABEL_COLUMNS", "LabelledTexts", "read_labelled", "read_labelled_table"]

LABEL_COLUMNS: Final = (
    "label", "category", "class", "target", "sentiment", "topic", "intent", "labels", "cat", "y",
)  # fmt: skip
"""Names that stand for the label of a row; the first that a table has is taken."""

TABLES: Final = ("jsonl", "csv", "tsv", "parquet")


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and the class of each.

    Attributes:
        texts: The texts.
        labels: The class of each text.
        name: What messages and reports call them.
        split: "train", "test" or "dev"; None where there are no splits.
    """

    texts: list[str]
    labels: list[str]
    name: str
    split: str | None = None

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.labels):
            raise InputError(
                f"Each text needs one label. Received: {len(self.texts):,} texts and "
                f"{len(self.labels):,} labels for {self.name}."
            )

    def __len__(self) -> int:
        return len(self.texts)


def read_labelled(
    path: str | Path,
    text_column: str | None = None,
    label_column: str | None = None,
    *,
    split: str | None = None,
) -> LabelledTexts:
    r"""Read labelled texts from a table or a folder.

    Args:
        path: A ``.jsonl``, ``.csv`` or ``.tsv`` file (also with ``.gz``, or alone in a ``.zip``), a
            ``.parquet`` file, or a folder with one sub-folder of text files for each label.
        text_column: The column of the texts; None: the one whose name stands for text.
        label_column: The column of the labels; None: the one whose name stands for labels. Of
            two columns, the other one is taken.
        split: What to read where `path` is a folder with a table or a sub-folder for each split, as
            "train"; None: `path` itself.

    Returns:
        The texts and their labels, in the order of the file; from a folder, sorted by path. Bytes
        that are not UTF-8 become U+FFFD.

    Raises:
        InputError: There is no such path or column, or a text or label is missing.
        FormatError: The file is damaged; the message names the line.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "notes.csv")
        ...     _ = path.write_text("topic,note\nhealth,She coughs.\nsport,They won.\n")
        ...     read_labelled(path).labels
        ['health', 'sport']
    """
    path = Path(path)
    if split is not None:
        path = split_path(path, split)
    if not path.exists():
        raise InputError(
            f"Labelled texts are read from a file or folder. Received: {path}, which does not "
            "exist. Check the path."
        )
    if path.is_dir():
        return read_labelled_folder(path, split)
    tables = (
        member
        for member in walk(path, wanted=lambda name: kind_of(name) in TABLES)
        if kind_of(member.name) in TABLES
    )
    member = next(tables, None)
    if member is None:
        raise FormatError(
            "Labelled texts are read from .jsonl, .csv, .tsv (also .gz or .zip) and .parquet files "
            f"and from folders. Received: {path}, which is none of these."
        )
    labelled = read_labelled_table(member, text_column, label_column, str(path), split)
    if next(tables, None) is not None:
        raise InputError(
            "An archive of labelled texts must hold one table. Received: "
            f"{path}, which holds more. Unpack it and pass one of them."
        )
    return labelled


def split_path(folder: Path, split: str) -> Path:
    """Return the table or sub-folder of a split."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.name.split(".")[0] == split and (path.is_dir() or kind_of(path.name) in TABLES):
                return path
    raise InputError(
        f"A split is a table or sub-folder of its own name, as {split}.jsonl. Received: {folder}, "
        f"which has none for split='{split}'. Pass the path of the split, or leave out the split."
    )


def read_labelled_table(
    member: Member,
    text_column: str | None,
    label_column: str | None,
    name: str,
    split: str | None = None,
) -> LabelledTexts:
    """Read labelled texts from a table that is open.

    Args:
        member: The table.
        text_column: The column of the texts, or None.
        label_column: The column of the labels, or None.
        name: What messages and reports call the texts.
        split: Which split they are.

    Raises:
        InputError: A column is missing or cannot be recognised; a text or label is missing.
        FormatError: The table is damaged.
    """

    def choose(names: list[str]) -> list[str]:
        # A column given by name must not be taken for the other one.
        given = {text_column, label_column}
        known = [name for name in names if name not in given]
        if len(names) == 2 and len(known) == 1:
            text, label = text_column or known[0], label_column or known[0]
        else:
            label = label_column or pick(known, LABEL_COLUMNS, "label")
            known = [name for name in known if name != label]
            text = text_column or pick(known, TEXT_COLUMNS, "text")
        return choose_columns(names, [text, label], member)

    def pick(names: list[str], candidates: tuple[str, ...], what: str) -> str:
        argument = f"{what}_column (--{what}-column)"
        return choose_column(names, candidates, what, argument, member.label)

    texts: list[str] = []
    labels: list[str] = []
    missing: dict[str, list[int]] = {"text": [], "label": []}
    for number, (text, label) in read_rows(member, kind_of(member.name) or "", choose):
        label = label.strip()
        if not text.strip() and not label:
            continue
        if not label:
            missing["label"].append(number)
        elif not text.strip():
            missing["text"].append(number)
        texts.append(clean(text))
        labels.append(clean(label))
    for what, numbers in missing.items():
        if numbers:
            raise InputError(
                f"Each text needs a label, and each label a text. Received: {name}, in which "
                f"{len(numbers):,} of {len(texts):,} rows have no {what}, the first on line "
                f"{numbers[0]}. Complete or remove these rows."
            )
    if not texts:
        raise InputError(f"Labelled texts must not be empty. Received: {name}, which has no row.")
    return LabelledTexts(texts, labels, name, split)


def read_labelled_folder(folder: Path, split: str | None) -> LabelledTexts:
    """Read a folder with one sub-folder for each label, in which each file is a text."""
    texts: list[str] = []
    labels: list[str] = []
    for label, file in labelled_files(folder):
        for member in walk(file, kind="text"):
            data = member.read().removeprefix(BYTE_ORDER_MARK)
            check_text(data[: 1 << 16], member.label)
            texts.append(data.decode("utf-8", "replace"))
            labels.append(label)
    if not texts:
        raise InputError(
            "A folder of labelled texts must hold one sub-folder of text files for each label. "
            f"Received: {folder}, which holds none. Pass such a folder, or a table."
        )
    return LabelledTexts(texts, labels, str(folder), split)


def labelled_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the label and path of each text file."""
    for part in sorted(folder.iterdir()):
        if part.is_dir() and not part.name.startswith("."):
            for file in files_in(part):
                if kind_of(file.name) == "text":
                    yield part.name, file


def clean(text: str) -> str:
    """Return a text with U+FFFD for what was not UTF-8."""
    if text.isascii():
        return text
    return encode(text).decode("utf-8", "replace")
