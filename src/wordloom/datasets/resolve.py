"""What the command line takes for a source or for labelled texts: paths, "-" and data:NAME."""

from collections.abc import Sequence
from typing import Literal

from wordloom.datasets import registry
from wordloom.datasets.labelled import LabelledTexts, read_labelled
from wordloom.errors import InputError
from wordloom.text.readers.cord19 import FIELDS
from wordloom.text.sources import Source, chain_sources, open_source

__all__ = ["resolve_labelled", "resolve_source"]

PREFIX = "data:"


def resolve_source(
    arguments: Sequence[str],
    *,
    document: Literal["line", "file"] = "line",
    columns: Sequence[str] | None = None,
    fields: Sequence[str] = FIELDS,
    kind: str | None = None,
    keep_empty: bool = False,
    progress: bool = False,
) -> Source:
    """Open sources as the command line names them, as one.

    Args:
        arguments: Each a path, "-" for standard input, or "data:NAME" for a data set.
        document: What a document of plain text is, "line" or "file".
        columns: Columns of tables that make up the text.
        fields: Fields of CORD-19 papers to read, where a path is given.
        kind: What the paths are, where their names do not tell.
        keep_empty: Keep empty lines, cells and files as empty documents, where a path is given.
        progress: Show a progress bar on stderr while a data set is downloaded.

    Returns:
        The source.

    Raises:
        InputError: There is no such path or data set, or no argument.
    """
    sources = [
        registry.open_source(argument.removeprefix(PREFIX), progress=progress)
        if argument.startswith(PREFIX)
        else open_source(
            argument,
            document=document,
            columns=columns,
            fields=fields,
            kind=kind,
            keep_empty=keep_empty,
        )
        for argument in arguments
    ]
    return chain_sources(sources)


def resolve_labelled(
    argument: str,
    split: str | None = None,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    progress: bool = False,
) -> LabelledTexts:
    """Read labelled texts as the command line names them.

    Args:
        argument: A path, or "data:NAME" for a data set.
        split: "train", "test" or "dev"; None: "train" of a data set, and all of a path.
        text_column: The column of the texts in a table.
        label_column: The column of the labels in a table.
        progress: Show a progress bar on stderr while a data set is downloaded.

    Raises:
        InputError: There is no such path, data set, split or column; texts or labels are missing.
    """
    if argument.startswith(PREFIX):
        if text_column or label_column:
            raise InputError(
                f"Columns are named for files only. Received: a column for {argument}, whose "
                "columns are known. Leave it out."
            )
        name = argument.removeprefix(PREFIX)
        return registry.open_labelled(name, split or "train", progress=progress)
    return read_labelled(argument, text_column, label_column, split=split)
