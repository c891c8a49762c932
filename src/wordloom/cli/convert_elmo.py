"""``wordloom convert`` for ELMo: its own folder, the published files, or a table of words."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wordloom.cli.options import (
    add_source_options,
    counted,
    open_embedding,
    print_json,
    print_lines,
    read_texts,
    source_from,
    whole_number,
)
from wordloom.errors import InputError
from wordloom.output import check_writable

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.embedding.static import StaticEmbedding

__all__ = [
    "ELMO",
    "TITLE",
    "add_elmo_options",
    "convert_elmo",
    "folder_to_push",
    "names_elmo",
    "read_words",
]

ELMO, OWN = "elmo", "wordloom"
SMALL = 1 << 16
TITLE = "published ELMo network: options.json with weights in HDF5"
# What has a meaning for tables of words alone, with the values that stand for not given.
TABLE_OPTIONS: Final[dict[str, object]] = {
    "limit": None,
    "dtype": "float32",
    "postprocess": [],
    "layer": None,
}
FILE_OPTIONS: Final[dict[str, object]] = {"source_format": None, "encoding": "utf-8"}


def add_elmo_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that make a table of words from ELMo."""
    group = parser.add_argument_group("from ELMo to word vectors")
    group.add_argument(
        "--contexts",
        nargs="+",
        metavar="SOURCE",
        help="average each word over its places in these texts; without, words are read alone",
    )
    group.add_argument(
        "--min-count",
        type=whole_number(1),
        default=5,
        metavar="N",
        help="how often a word occurs in them, unless --words are given",
    )
    group.add_argument(
        "--max-occurrences",
        type=whole_number(1),
        default=100,
        metavar="N",
        help="how many places of a word are read at most",
    )
    group.add_argument(
        "--layer",
        type=whole_number(0),
        metavar="N",
        help="from 0; the weighted sum of all unless given",
    )
    add_source_options(parser)


def names_elmo(path: str) -> bool:
    """Tell whether a user named an ELMo network, here or on the Hub."""
    from wordloom.elmo.loading import is_elmo
    from wordloom.formats.loading import HUB

    if not path.startswith(HUB):
        return is_elmo(path)
    from wordloom.formats.hub import pull

    return is_elmo(pull(path.removeprefix(HUB)))


def convert_elmo(options: argparse.Namespace) -> None:
    """Write an ELMo network, or a table of words that is made with it."""
    refuse(options, FILE_OPTIONS, "is for files of word vectors")
    output, wanted = Path(options.output), options.target_format
    if wanted is None and "." not in output.name.lstrip("."):
        wanted = OWN
    if wanted == ELMO and (options.words or options.contexts):
        raise InputError(
            "--words and --contexts make a table of words, --to elmo writes the network itself. "
            "Received: both. Leave one out."
        )
    if options.words or options.contexts or wanted not in (ELMO, OWN):
        write_table(options, output)
        return
    from wordloom.elmo.published import write_published
    from wordloom.embedding.folder import check_place

    refuse(options, TABLE_OPTIONS, "is for a table of words, with --words or --contexts")
    check_writable(output, make_folders=True)
    if wanted == OWN:
        check_place(output)
    elmo = open_elmo(options)
    if wanted == OWN:
        elmo.save(output)
    else:
        write_published(elmo, output)
    if options.json:
        print_json({"output": str(output), "format": wanted, "dim": elmo.dim})
    else:
        what = "folder of wordloom" if wanted == OWN else "options.json and HDF5"
        size = f"{elmo.options.n_parameters:,} parameters"
        print_lines(f"ELMo of {size} × {elmo.dim} saved to {output} ({what})")


def refuse(options: argparse.Namespace, unset: dict[str, object], reason: str) -> None:
    """Refuse options that are given and have no meaning here."""
    for name, value in unset.items():
        if getattr(options, name) != value:
            shown = {"source_format": "from"}.get(name, name)
            raise InputError(
                f"--{shown} {reason}. Received: {options.embedding}, an ELMo network. Leave it out."
            )


def open_elmo(options: argparse.Namespace) -> "ELMoEmbedding":
    """Open the network that the user named."""
    from wordloom.embedding.static import StaticEmbedding

    embedding = open_embedding(options.embedding)
    assert not isinstance(embedding, StaticEmbedding)  # noqa: S101
    return embedding if options.name is None else embedding.replaced(name=options.name)


def write_table(options: argparse.Namespace, output: Path) -> None:
    """Make a table of words and write it."""
    from wordloom.embedding.postprocess import check_step, postprocess
    from wordloom.formats.format import ReadOptions
    from wordloom.formats.saving import check_target, save
    from wordloom.formats.selection import select

    if options.layer is not None and not options.contexts:
        raise InputError("--layer is chosen for words in their contexts. Add --contexts SOURCE.")
    target = check_target(output, options.target_format, options.dtype)
    check_writable(output, make_folders=target.folder)
    for step in options.postprocess:
        check_step(step)
    words = None
    if options.words is not None:
        words = list(dict.fromkeys(read_words(Path(options.words))))
    table = in_contexts(options, words) if options.contexts else alone(options, words)
    if options.limit is not None:
        table = select(table, ReadOptions(limit=options.limit))
    for step in options.postprocess:
        table = postprocess(table, step)
    save(table, output, format=options.target_format, dtype=options.dtype)
    if options.json:
        print_json(
            {
                "output": str(output),
                "format": target.name,
                "words": len(table),
                "dim": table.dim,
                "dtype": options.dtype,
            }
        )
    else:
        words_saved = counted(len(table), "word")
        print_lines(f"{words_saved} × {table.dim} saved to {output} ({target.title})")


def in_contexts(options: argparse.Namespace, words: list[str] | None) -> "StaticEmbedding":
    """Return the means of words over their contexts."""
    source = source_from(options.contexts, options)
    elmo = open_elmo(options)
    with closing(read_texts(source, "Reading", progress=True, batch_bytes=SMALL)) as parts:
        return elmo.static_from(
            chain.from_iterable(parts),
            words,
            min_count=options.min_count,
            max_occurrences=options.max_occurrences,
            layer=options.layer,
        )


def alone(options: argparse.Namespace, words: list[str] | None) -> "StaticEmbedding":
    """Return words that are read alone: those given, or all of the training text."""
    from wordloom.cli.words_of import words_alone

    elmo = open_elmo(options)
    if words is None:
        if elmo.vocabulary is None:
            raise InputError(
                f"A table needs words. Received: {options.embedding}, an ELMo network that knows "
                "none, as published ones do. Add --words FILE or --contexts SOURCE; or name no "
                "ending, or --to elmo, for the network itself."
            )
        words = elmo.vocabulary.words
    return words_alone(elmo, words[: options.limit])


def read_words(path: Path) -> list[str]:
    """Return the words of a file, one a line."""
    try:
        words = path.read_text("utf-8-sig").split("\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8 text, a word a line. Received: {error}.") from None
    words = [word.rstrip("\r") for word in words]
    words = [word for word in words if word]
    if not words:
        raise InputError(f"A list of words holds at least one. Received: {path}, which is empty.")
    return words


@contextmanager
def folder_to_push(path: str, dtype: str | None) -> Iterator[str]:
    """Give what is published on the Hub: of published files of ELMo a folder of our own."""
    if not names_elmo(path):
        yield path
        return
    if dtype is not None:
        raise InputError("--dtype is for word vectors. Received: an ELMo network. Leave it out.")
    from wordloom.embedding.folder import is_module_folder

    if is_module_folder(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="wordloom-") as place:
        embedding = open_embedding(path)
        yield str(embedding.save(Path(place, "elmo")))
