"""``wordloom map``: the words of an embedding as a page or a picture."""

import argparse
from pathlib import Path

from wordloom.cli.options import (
    Verbs,
    add_embedding,
    add_verb,
    counted,
    print_json,
    print_lines,
    whole_number,
)
from wordloom.cli.words_of import open_words
from wordloom.errors import InputError
from wordloom.output import check_writable

__all__ = ["add_verbs"]

ENDINGS = (".html", ".htm", ".png", ".svg")
PAGE_WORDS, PICTURE_WORDS = 10_000, 1_500


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add the verb that draws maps."""
    parser = add_verb(
        verbs,
        "map",
        run_map,
        "draw words on a plane, those that mean alike near each other",
        "wordloom map my-vectors -o map.html",
    )
    add_embedding(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help=".html for one interactive page that stands alone; .png or .svg for a picture",
    )
    parser.add_argument(
        "--method",
        choices=("pca", "tsne", "umap"),
        help="how words are laid out; tsne where openTSNE is installed unless given, else pca",
    )
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "-n",
        "--count",
        type=whole_number(1, 200_000),
        metavar="N",
        help=f"the N most frequent words; {PAGE_WORDS:,} for a page and {PICTURE_WORDS:,} for a "
        "picture unless given",
    )
    chosen.add_argument("--words", nargs="+", metavar="WORD", help="these words instead")
    chosen.add_argument(
        "--words-file", metavar="FILE", help="the words of a file, one on each line"
    )
    parser.add_argument(
        "--highlight",
        nargs="+",
        default=[],
        metavar="WORD",
        help="mark these words, with their neighbours",
    )
    parser.add_argument(
        "--clusters",
        type=whole_number(0, 24),
        default=12,
        metavar="K",
        help="how many clusters are coloured; 0 for none",
    )
    parser.add_argument("--seed", type=whole_number(0), default=1, help="for random numbers")
    parser.add_argument("--title", help="what stands above; the embedding's name unless given")


def run_map(options: argparse.Namespace) -> None:
    """Make the map and save it."""
    from wordloom.inspect.item_file import read_items
    from wordloom.inspect.maps.word_map import make_map

    output = Path(options.output)
    if output.suffix.lower() not in ENDINGS:
        raise InputError(f"A map's file ends in .html, .png or .svg. Received: {output}.")
    check_writable(output)
    words = options.words
    if options.words_file is not None:
        words, _ = read_items(options.words_file)
    page = output.suffix.lower() in (".html", ".htm")
    count = options.count or (PAGE_WORDS if page else PICTURE_WORDS)
    found = make_map(
        open_words(
            options.embedding, [*(words or []), *options.highlight], only_asked=words is not None
        ),
        words,
        count=count,
        method=options.method,
        clusters=options.clusters,
        highlight=options.highlight,
        seed=options.seed,
        progress=not options.json,
    )
    found.save(output, title=options.title)
    size = output.stat().st_size
    if options.json:
        print_json(
            {
                "map": str(options.output),
                "words": len(found),
                "method": found.method,
                "bytes": size,
                "clusters": found.cluster_words,
            }
        )
        return
    print_lines(
        f"{counted(len(found), 'word')} by {found.method} saved to {options.output}, "
        f"{size / 1e6:,.1f} MB"
    )
