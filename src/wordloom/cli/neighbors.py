"""``wordloom neighbors | analogy | moved``: words near others, in one embedding or between two."""

import argparse
from typing import TYPE_CHECKING, Any

from wordloom.cli.context_neighbors import (
    add_context_options,
    check_no_context_options,
    run_context_neighbors,
)
from wordloom.cli.options import (
    Verbs,
    add_embedding,
    add_verb,
    number,
    print_json,
    print_lines,
    whole_number,
)
from wordloom.cli.words_of import open_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wordloom.inspect.neighbors import Neighbor

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add the verbs that list words."""
    parser = add_verb(
        verbs,
        "neighbors",
        run_neighbors,
        "list the nearest words by cosine",
        "wordloom neighbors my-vectors cough fever",
    )
    add_embedding(parser)
    parser.add_argument(
        "words", nargs="+", metavar="WORD", help="as the vocabulary spells it; with subwords, any"
    )
    add_count(parser, "for each word")
    parser.add_argument(
        "--max-rank", type=whole_number(1), metavar="N", help="only from the N most frequent words"
    )
    parser.add_argument(
        "--min-count",
        type=whole_number(1),
        metavar="N",
        help="only words that occur at least N times",
    )
    parser.add_argument(
        "--pattern", metavar="REGEX", help="only words that it is found in, as ^anti or vir.s$"
    )
    parser.add_argument(
        "--exclude", action="append", metavar="WORD", help="not this word; may be given again"
    )
    parser.add_argument(
        "--min-similarity", type=number(-1, 1), metavar="COSINE", help="only words as near as this"
    )
    add_context_options(parser)

    parser = add_verb(
        verbs,
        "analogy",
        run_analogy,
        "answer: A is to B as C is to what?",
        "wordloom analogy my-vectors man king woman",
    )
    add_embedding(parser)
    for place, example in (("a", "man"), ("b", "king"), ("c", "woman")):
        parser.add_argument(place, metavar=place.upper(), help=f"a word, as {example}")
    add_count(parser, "to list")
    parser.add_argument(
        "--method",
        choices=("3cosadd", "3cosmul"),
        default="3cosadd",
        help="a sum or a product of cosines",
    )
    parser.add_argument(
        "--max-rank", type=whole_number(1), metavar="N", help="only from the N most frequent words"
    )

    parser = add_verb(
        verbs,
        "moved",
        run_moved,
        "list the words that mean something else in another embedding",
        "wordloom moved vectors-2019 vectors-2020 --min-count 100",
    )
    parser.add_argument("before", metavar="BEFORE", help="word vectors of any format")
    parser.add_argument("after", metavar="AFTER", help="others, which are rotated onto the first")
    add_count(parser, "to list")
    parser.add_argument(
        "--min-count",
        type=whole_number(1),
        metavar="N",
        help="only words that occur at least N times in both",
    )
    parser.add_argument(
        "--max-rank",
        type=whole_number(1),
        metavar="N",
        help="only words among the N most frequent of both; where there are no counts",
    )


def add_count(parser: argparse.ArgumentParser, what: str) -> None:
    """Add how many words are listed."""
    parser.add_argument(
        "-n",
        "--count",
        type=whole_number(1, 1_000_000),
        default=10,
        metavar="N",
        help=f"how many {what}",
    )


def run_neighbors(options: argparse.Namespace) -> None:
    """Print the nearest words of each word."""
    from wordloom.inspect.neighbors import NeighborIndex

    if options.context or options.source or options.senses:
        run_context_neighbors(options)
        return
    check_no_context_options(options)
    index = NeighborIndex(
        open_words(options.embedding, options.words),
        options.max_rank,
        min_count=options.min_count,
        pattern=options.pattern,
        excluded=options.exclude,
    )
    found = index.search(options.words, options.count, options.min_similarity)
    if options.json:
        rows = [
            {"word": word, "neighbors": listed(row)}
            for word, row in zip(options.words, found, strict=True)
        ]
        print_json({"neighbors": rows})
        return
    for word, row in zip(options.words, found, strict=True):
        lines = [f"  {near.similarity:.3f}  {near.word}" for near in row]
        print_lines(word, *(lines or ["  no word is that near"]))


def run_analogy(options: argparse.Namespace) -> None:
    """Print the best answers."""
    from wordloom.inspect.analogies import analogy

    a, b, c = options.a, options.b, options.c
    found = analogy(
        open_words(options.embedding, [a, b, c]),
        [b, c],
        [a],
        options.count,
        method=options.method,
        max_rank=options.max_rank,
    )
    if options.json:
        print_json({"question": [a, b, c], "method": options.method, "answers": listed(found)})
    else:
        print_lines(
            f"{a} is to {b} as {c} is to",
            *(f"  {near.similarity:.3f}  {near.word}" for near in found),
        )


def listed(found: "Sequence[Neighbor]") -> list[dict[str, Any]]:
    """Return neighbours for JSON."""
    return [{"word": near.word, "similarity": round(near.similarity, 6)} for near in found]


def run_moved(options: argparse.Namespace) -> None:
    """Print the words that moved most, with their neighbours before and after."""
    from wordloom.inspect.moved_words import moved_words

    before, after = open_words(options.before), open_words(options.after)
    found = moved_words(
        before, after, options.count, min_count=options.min_count, max_rank=options.max_rank
    )
    if options.json:
        rows = [
            {
                "word": moved.word,
                "similarity": round(moved.similarity, 6),
                "before": [near.word for near in moved.before],
                "after": [near.word for near in moved.after],
            }
            for moved in found
        ]
        print_json({"before": before.name, "after": after.name, "moved": rows})
        return
    for moved in found:
        print_lines(
            f"{moved.similarity:.3f}  {moved.word}",
            f"       before: {' '.join(near.word for near in moved.before)}",
            f"       after:  {' '.join(near.word for near in moved.after)}",
        )
