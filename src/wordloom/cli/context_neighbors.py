"""``wordloom neighbors ELMO WORD --context … --in …``: words near a word in its own sentence."""

import argparse
from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from wordloom.elmo.embedding import ELMoEmbedding
    from wordloom.inspect.context_neighbors import ContextNeighbor
    from wordloom.text.sources import Source

__all__ = ["add_context_options", "check_no_context_options", "run_context_neighbors"]

SIDE_COLUMNS = 40
MAX_TOKENS = 200_000
# What chooses among the words of a table, and has no meaning among tokens of texts.
FILTERS = ("max_rank", "min_count", "pattern", "exclude", "min_similarity")
# The other way round.
CONTEXT_OPTIONS = ("which", "layer", "max_tokens")


def add_context_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ask for neighbours in context."""
    group = parser.add_argument_group("in context (ELMo)")
    group.add_argument(
        "--context",
        action="append",
        metavar="TEXT",
        help="look at the one WORD in this sentence; may be given again, to compare senses",
    )
    group.add_argument(
        "--in",
        dest="source",
        nargs="+",
        metavar="SOURCE",
        help="texts whose words can be neighbours: files, folders, archives, data:NAME",
    )
    group.add_argument(
        "--senses",
        type=whole_number(1, 24),
        metavar="K",
        help="instead, sort the places of the one WORD in these texts into K senses",
    )
    group.add_argument(
        "--which",
        choices=("any", "same", "other"),
        help="any words, the same word in other places, or other words; any unless given",
    )
    group.add_argument(
        "--layer", type=whole_number(0), metavar="N", help="from 0; the top one unless given"
    )
    group.add_argument(
        "--max-tokens",
        type=whole_number(1),
        metavar="N",
        help=f"how much of the texts is read; {MAX_TOKENS:,} unless given",
    )
    add_source_options(parser)


def check_no_context_options(options: argparse.Namespace) -> None:
    """Refuse what has a meaning in context alone."""
    for name in CONTEXT_OPTIONS:
        if getattr(options, name) is not None:
            raise InputError(
                f"--{name.replace('_', '-')} is for neighbours in context. Received: it without "
                "--context. Leave it out, or add --context and --in."
            )


def run_context_neighbors(options: argparse.Namespace) -> None:
    """Print the tokens that are nearest to a word in each of its contexts."""
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.inspect.context_neighbors import context_neighbors

    asked = bool(options.context) != bool(options.senses)
    if len(options.words) != 1 or not asked or not options.source:
        raise InputError(
            "Neighbours in context are those of one WORD, in a --context, among the texts --in "
            "SOURCE; or --senses of it are asked for. Received: "
            f"{len(options.words)} words, {len(options.context or [])} contexts, "
            f"{len(options.source or [])} sources, --senses {options.senses}."
        )
    for name in FILTERS:
        if getattr(options, name) is not None:
            raise InputError(
                f"--{name.replace('_', '-')} chooses among the words of a table. Received: it with "
                "--context. Leave it out, or see --which."
            )
    for name in ("which", "max_tokens"):
        if options.senses and getattr(options, name) is not None:
            raise InputError(
                f"--{name.replace('_', '-')} chooses among neighbours. Received: it with --senses. "
                "Leave it out."
            )
    source = source_from(options.source, options)
    embedding = open_embedding(options.embedding)
    if isinstance(embedding, StaticEmbedding):
        raise InputError(
            "Words have vectors by context in ELMo alone. Received: "
            f"{options.embedding}, a table of word vectors. Leave out --context and --in."
        )
    (word,) = options.words
    if options.senses:
        print_senses(embedding, word, source, options)
        return
    with closing(read_texts(source, "Reading", progress=False)) as parts:
        found = context_neighbors(
            embedding,
            word,
            options.context,
            chain.from_iterable(parts),
            options.count,
            layer=options.layer,
            which=options.which or "any",
            max_tokens=options.max_tokens or MAX_TOKENS,
            progress=not options.json,
        )
    if options.json:
        rows = [
            {"context": context, "neighbors": [near_json(near) for near in row]}
            for context, row in zip(options.context, found, strict=True)
        ]
        print_json({"word": word, "contexts": rows})
        return
    for context, row in zip(options.context, found, strict=True):
        print_lines(f"{word} in: {context}", *([line(near) for near in row] or ["  nothing"]))


def print_senses(
    elmo: "ELMoEmbedding", word: str, source: "Source", options: argparse.Namespace
) -> None:
    """Print the senses of a word."""
    from wordloom.inspect.word_senses import word_senses

    parts = read_texts(source, "Reading", progress=not options.json, batch_bytes=1 << 16)
    with closing(parts):
        senses = word_senses(
            elmo,
            word,
            chain.from_iterable(parts),
            options.senses,
            layer=options.layer,
            n_examples=options.count,
        )
    if options.json:
        rows = [
            {"count": sense.count, "examples": [near_json(near) for near in sense.examples]}
            for sense in senses
        ]
        print_json({"word": word, "senses": rows})
        return
    for number, sense in enumerate(senses, 1):
        print_lines(
            f"{word}, sense {number}: {counted(sense.count, 'place')}", *map(line, sense.examples)
        )


def near_json(near: "ContextNeighbor") -> dict[str, Any]:
    """Return a neighbour for JSON."""
    return {
        "word": near.word,
        "similarity": round(near.similarity, 6),
        "before": near.before,
        "after": near.after,
        "text": near.text,
    }


def line(near: "ContextNeighbor") -> str:
    """Return a neighbour between what stands around it, words below each other."""
    from wordloom.inspect.pictures import shortened, width

    # What is shortened loses the space at its ends.
    before = shortened(near.before[::-1], SIDE_COLUMNS)[::-1] + " " * near.before.endswith(" ")
    after = " " * near.after.startswith(" ") + shortened(near.after, SIDE_COLUMNS)
    room = " " * (SIDE_COLUMNS + 1 - width(before))
    return f"  {near.similarity:.3f}  {room}{before}[{near.word}]{after}"
