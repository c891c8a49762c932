"""Options that several verbs share, and what they stand for."""

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from wordloom.errors import DataWarning, FormatError

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.text.sources import Source

__all__ = [
    "HelpFormatter",
    "Verbs",
    "add_embedding",
    "add_source_options",
    "add_verb",
    "counted",
    "number",
    "open_embedding",
    "print_json",
    "print_lines",
    "read_texts",
    "same_width",
    "source_from",
    "to_stderr",
    "whole_number",
]

Verbs = argparse._SubParsersAction

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Lays out help: options and meanings side by side, with the defaults that say something."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)
        # argparse forgets the indent of verbs, so that long ones would get a line of their own.
        self._action_max_length = 14

    def _get_help_string(self, action: argparse.Action) -> str | None:
        # The hook that argparse's own ArgumentDefaultsHelpFormatter overrides.
        silent = isinstance(action.default, bool) or action.default == argparse.SUPPRESS
        if isinstance(action.default, str | int | float) and not silent:
            return f"{action.help} (default: %(default)s)"
        return action.help


def add_verb(
    verbs: "Verbs[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], None],
    summary: str,
    example: str,
) -> argparse.ArgumentParser:
    """Add a verb with ``--json``, its summary and an example in its help."""
    parser = verbs.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}{'' if summary.endswith('?') else '.'}",
        epilog=f"example: {example}",
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on standard output"
    )
    return parser


def add_embedding(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names an embedding; see `open_embedding`."""
    parser.add_argument(
        "embedding",
        metavar="EMBEDDING",
        help="word vectors or ELMo: a folder or file of any format (`wordloom formats`), or "
        "hub:USER/NAME",
    )


def open_embedding(path: str) -> "StaticEmbedding | ELMoEmbedding":
    """Open the embedding that a user named, whatever it is."""
    from wordloom.elmo.loading import load

    return load(path, progress=True)


def whole_number(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    """Return a reader of whole numbers from ``least`` to ``most``, for argparse."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"must be a whole number from {least} to {most:,}. Received: {text}"
            )
        return value

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """Return a reader of numbers from ``least`` to ``most``, for argparse."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"must be a number from {least:g} to {most:g}. Received: {text}"
            )
        return value

    return read


def names(text: str) -> list[str]:
    """Return names that are separated by commas, for argparse."""
    return text.split(",")


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how sources of text are read."""
    group = parser.add_argument_group("reading")
    group.add_argument(
        "--document",
        choices=("line", "file"),
        default="line",
        help="what a document of plain text is",
    )
    group.add_argument(
        "--columns",
        type=names,
        metavar="A,B",
        help="columns of tables that make up the text; recognised by name unless given",
    )
    group.add_argument(
        "--fields",
        type=names,
        metavar="A,B",
        help="fields of CORD-19 papers: title, authors, abstract, body, references; all unless "
        "given",
    )
    group.add_argument(
        "--kind",
        help="what the sources are, where their names do not tell: text, jsonl, csv, tsv, "
        "parquet, tar, zip, imdb, cord19",
    )


def source_from(
    arguments: list[str], options: argparse.Namespace, *, keep_empty: bool = False
) -> "Source":
    """Open the sources that the command line names.

    Args:
        arguments: Paths, "-" or data:NAME.
        options: What `add_source_options` added.
        keep_empty: Keep empty documents, so that each line of a file has its place.
    """
    from wordloom.datasets.resolve import resolve_source

    if "-" in arguments and sys.stdin is not None and sys.stdin.isatty():
        to_stderr("Reading standard input, one text a line. End it with Ctrl-D.")
    chosen: dict[str, Any] = {"fields": options.fields} if options.fields else {}
    return resolve_source(
        arguments,
        document=options.document,
        columns=options.columns,
        kind=options.kind,
        keep_empty=keep_empty,
        progress=True,
        **chosen,
    )


def read_texts(
    source: "Source", title: str, *, progress: bool, batch_bytes: int = 1 << 20
) -> Generator[list[str], None, None]:
    """Yield the texts of a source, batch by batch.

    Args:
        source: What to read.
        title: What is done with them, as in "Embedding".
        progress: Show a progress bar on stderr.
        batch_bytes: How much text a batch has; where the work is slow, less shows progress sooner.

    Yields:
        Texts, in which U+FFFD stands for what was not UTF-8; a `DataWarning` at the end says how
        often.
    """
    from wordloom.progress import progress_bar

    invalid = 0
    with progress_bar(title, source.total_bytes, "bytes", show=progress) as advance:
        for batch in source.batches(batch_bytes):
            texts = batch.texts()
            marks = sum(text.count(REPLACEMENT) for text in texts)
            if marks:
                # Those that the text itself holds were not put in by decoding.
                invalid += marks - batch.data.tobytes().count(REPLACEMENT.encode())
            yield texts
            advance(batch.source_bytes)
    if invalid:
        warnings.warn(
            f"{counted(invalid, 'invalid UTF-8 sequence')} {'was' if invalid == 1 else 'were'} "
            f"replaced by U+FFFD in {source.name}.",
            DataWarning,
            stacklevel=2,
        )


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Example:
        >>> counted(1, "text"), counted(2000, "text")
        ('1 text', '2,000 texts')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def same_width(texts: list[str]) -> list[str]:
    """Return texts filled up with spaces to one width on the screen.

    Example:
        >>> same_width(["咳嗽", "cough"])
        ['咳嗽 ', 'cough']
    """
    from wordloom.inspect.pictures import width

    widths = [width(text) for text in texts]
    widest = max(widths, default=0)
    return [text + " " * (widest - own) for text, own in zip(texts, widths, strict=True)]


def print_json(content: object) -> None:
    """Print the one JSON object of a verb.

    Raises:
        FormatError: There is a number in it that strict JSON cannot hold.
    """
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise FormatError(
            "JSON holds finite numbers only. Received: NaN or infinity in the answer. What it "
            "comes from is damaged: train or copy it again."
        ) from None
    print_lines(text)


def print_lines(*lines: str) -> None:
    """Print lines of a verb's answer."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def to_stderr(line: str) -> None:
    """Print a remark that is not part of the answer."""
    sys.stderr.write(f"{line}\n")
