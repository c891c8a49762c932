"""``wordloom keywords``: which documents are alike, judged by their keyword lists."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wordloom.cli.keyword_answers import (
    coverage_json,
    match_json,
    near_json,
    near_lines,
    print_comparison,
    report_coverage,
    rounded,
    shown,
)
from wordloom.cli.options import (
    Verbs,
    add_verb,
    open_embedding,
    print_json,
    print_lines,
    same_width,
    whole_number,
)
from wordloom.errors import InputError
from wordloom.output import check_writable

if TYPE_CHECKING:
    from wordloom.embedding.protocol import Embedding
    from wordloom.inspect.keywords.index import KeywordIndex
    from wordloom.inspect.keywords.lists import KeywordLists

__all__ = ["add_verbs"]

# As wordloom.inspect.keywords.tiles has them; importing that takes time that --help does not have.
MEASURES = ("jaccard", "cosine", "idf", "best-match", "best-match-idf")

EXAMPLES = """\
examples:
  wordloom keywords papers.csv -e my-vectors --top 5
  wordloom keywords papers.csv -e my-vectors --query "heart attack; aspirin"
  wordloom keywords papers.csv -e my-vectors --pairs --top 20
  wordloom keywords papers.csv -e my-vectors --compare paper7 paper12
  wordloom keywords -e my-vectors --lists "fever; cough" "influenza; coughing"

measures:
  jaccard         keywords in both lists / keywords in either
  cosine          cosine of the lists' mean vectors
  idf             the same, rare keywords weighing more
  best-match      each keyword meets its closest in the other list, both ways
  best-match-idf  the same, rare keywords weighing more

Case, hyphens and the width of characters make no difference between keywords."""


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add the verb for keyword lists."""
    parser = add_verb(
        verbs, "keywords", run_keywords, "compare documents by their keyword lists", ""
    )
    parser.epilog = EXAMPLES
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help=".jsonl, .csv or .tsv with a row for each document, .txt with a line for each, or a "
        "folder or .zip with a .key file for each",
    )
    parser.add_argument(
        "-e", "--embedding", metavar="EMBEDDING", help="word vectors or ELMo; without, only jaccard"
    )
    parser.add_argument(
        "-m", "--measure", choices=MEASURES, help="idf unless given; jaccard without -e"
    )
    parser.add_argument(
        "-n",
        "--top",
        type=whole_number(1, 1000),
        default=5,
        metavar="N",
        help="how many documents for each, or how many pairs",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--query", metavar="LIST", help="find documents like this keyword list")
    what.add_argument(
        "--document",
        action="append",
        metavar="ID",
        help="find documents like this one; may be given again",
    )
    what.add_argument("--pairs", action="store_true", help="find the most similar pairs of all")
    what.add_argument(
        "--compare", nargs=2, metavar="ID", help="set two documents side by side, by all measures"
    )
    what.add_argument(
        "--lists",
        nargs=2,
        metavar="LIST",
        help="set two keyword lists side by side; where there is a FILE, its idf counts",
    )
    parser.add_argument(
        "--heatmap",
        metavar="FILE",
        help="draw the documents' similarities, or two lists' keywords, to .png or .svg",
    )
    parser.add_argument(
        "--cluster", action="store_true", help="put similar documents of the heatmap side by side"
    )
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--column", metavar="NAME", help="column of the keywords, or its number from 1"
    )
    reading.add_argument(
        "--id-column", metavar="NAME", help="column of what documents are called, or its number"
    )
    reading.add_argument(
        "--separator", metavar="S", help="between keywords; recognised unless given: ; , | _ …"
    )


def run_keywords(options: argparse.Namespace) -> None:
    """Compare keyword lists in the way that the options ask for."""
    from wordloom.inspect.keywords.files import read_keyword_lists

    if options.file is None and options.lists is None:
        raise InputError(
            "Keyword lists are needed: a FILE, or two with --lists. Received: neither. "
            "See: wordloom keywords --help"
        )
    if options.heatmap is not None:
        check_writable(Path(options.heatmap))
    if options.separator is not None:
        options.separator = options.separator.replace("\\t", "\t").replace("\\n", "\n")
    lists = None
    if options.file is not None:
        lists = read_keyword_lists(
            options.file, options.column, options.id_column, options.separator
        )
    embedding = None if options.embedding is None else open_embedding(options.embedding)
    if options.lists or options.compare:
        run_comparison(options, lists, embedding)
    elif lists is not None:
        run_collection(options, lists, embedding)


def run_comparison(
    options: argparse.Namespace,
    lists: "KeywordLists | None",
    embedding: "Embedding | None",
) -> None:
    """Set two keyword lists side by side."""
    from wordloom.inspect.keywords.comparison import compare_keywords
    from wordloom.inspect.keywords.files import split_keywords

    if options.lists:
        left, right = (split_keywords(text, options.separator) for text in options.lists)
    elif lists is not None:
        left, right = (lists[lists.number(name)] for name in options.compare)
    compared = compare_keywords(left, right, embedding, lists)
    if options.heatmap is not None:
        draw_keywords(options.heatmap, left, right, embedding)
    if options.json:
        print_json(
            {
                "left": left,
                "right": right,
                "similarities": rounded(compared.similarities),
                "jaccard_as_written": round(compared.jaccard_as_written, 6),
                "shared": compared.shared,
                "alignment": {
                    "left": [match_json(match) for match in compared.left],
                    "right": [match_json(match) for match in compared.right],
                },
                "unknown": compared.unknown,
                "missing_words": compared.missing_words,
                "picture": options.heatmap,
            }
        )
        return
    print_comparison(compared)
    if options.heatmap is not None:
        print_lines("", f"saved to {options.heatmap}")


def run_collection(
    options: argparse.Namespace, lists: "KeywordLists", embedding: "Embedding | None"
) -> None:
    """Find what is alike in a collection."""
    from wordloom.inspect.keywords.files import split_keywords
    from wordloom.inspect.keywords.index import KeywordIndex

    index = KeywordIndex(lists, embedding)
    answer: dict[str, Any] = {
        "documents": len(lists),
        "measure": measure_of(options, embedding),
    }
    chosen = list(range(len(lists)))
    if options.document:
        chosen = [lists.number(name) for name in options.document]
    lines: list[str] = []
    if options.pairs:
        answer["pairs"], lines = similar_pairs(options, index)
    elif options.query is not None:
        query = split_keywords(options.query, options.separator)
        (found,) = index.search([query], options.top, options.measure)
        answer |= {"query": query, "similar": [near_json(near, lists, query) for near in found]}
        lines = near_lines(found, lists)
    elif options.heatmap is None or options.document:
        answer["similar"], lines = similar_documents(options, index, chosen)
    if options.heatmap is not None:
        draw_documents(options, index, chosen)
        answer["picture"] = options.heatmap
        lines.append(f"saved to {options.heatmap}")
    if embedding is not None:
        report_coverage(index.coverage, embedding)
        answer["coverage"] = coverage_json(index.coverage)
    if options.json:
        print_json(answer)
    else:
        print_lines(*lines)


def measure_of(options: argparse.Namespace, embedding: object) -> str:
    """Return the measure that was asked for, or the one that is taken."""
    from wordloom.inspect.keywords.index import DEFAULT_MEASURE

    return options.measure or ("jaccard" if embedding is None else DEFAULT_MEASURE)


def similar_documents(
    options: argparse.Namespace, index: "KeywordIndex", chosen: list[int]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the documents that are most like each chosen one, for JSON and as lines."""
    lists = index.lists
    if options.document:
        # One more, for each document is most like itself.
        asked = [lists[number] for number in chosen]
        found = index.search(asked, options.top + 1, options.measure)
        found = [
            [near for near in row if near.number != number][: options.top]
            for number, row in zip(chosen, found, strict=True)
        ]
    else:
        found = index.nearest(options.top, options.measure, progress=True)
    if options.json:
        return [
            {
                "id": lists.ids[number],
                "similar": [near_json(near, lists, lists[number]) for near in row],
            }
            for number, row in zip(chosen, found, strict=True)
        ], []
    lines: list[str] = []
    for number, row in zip(chosen, found, strict=True):
        lines.append(f"{lists.ids[number]}  {shown(lists, number) or '(no keywords)'}")
        lines += near_lines(row, lists)
    return [], lines


def similar_pairs(
    options: argparse.Namespace, index: "KeywordIndex"
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the most similar pairs of a collection, for JSON and as lines."""
    lists = index.lists
    pairs = index.pairs(options.top, options.measure, progress=True)
    content = [
        {"left": pair.left, "right": pair.right, "similarity": round(pair.similarity, 6)}
        for pair in pairs
    ]
    lines: list[str] = []
    for pair in pairs:
        left, right = same_width([pair.left, pair.right])
        lines += [
            f"{pair.similarity:.3f}  {left}  {shown(lists, pair.left_number)}",
            f"       {right}  {shown(lists, pair.right_number)}",
        ]
    return content, lines


def draw_documents(options: argparse.Namespace, index: "KeywordIndex", chosen: list[int]) -> None:
    """Draw the similarities of documents."""
    import numpy as np

    from wordloom.inspect.heatmap import MAX_ITEMS, save_heatmap

    lists = index.lists
    if len(chosen) > MAX_ITEMS:
        raise InputError(
            f"A heatmap can be read with at most {MAX_ITEMS} documents. Received: {len(chosen):,}. "
            "Name some with --document ID --document ID …"
        )
    matrix = index.matrix(options.measure, chosen)
    # A document is as similar to itself as can be, even one of which nothing is known.
    np.fill_diagonal(matrix, 1.0)
    labels = [f"{lists.ids[number]}  {'; '.join(lists[number])}" for number in chosen]
    measure = measure_of(options, index.embedding)
    name = Path(options.file).name
    title = name if index.embedding is None else f"{name}, {index.embedding.name}"
    save_heatmap(
        options.heatmap,
        matrix,
        labels,
        title=title,
        scale_label=f"{measure} similarity",
        cluster=options.cluster,
    )


def draw_keywords(
    path: str, left: list[str], right: list[str], embedding: "Embedding | None"
) -> None:
    """Draw the cosines of two lists' keywords."""
    import numpy as np

    from wordloom.inspect.heatmap import save_heatmap
    from wordloom.inspect.keywords.index import KeywordIndex
    from wordloom.inspect.keywords.lists import KeywordLists

    if embedding is None:
        raise InputError(
            "A heatmap of two lists' keywords needs an embedding. Received: none. Pass one with -e."
        )
    sides = KeywordLists([left, right])
    keywords = sides[0] + sides[1]
    single = KeywordLists([[keyword] for keyword in keywords])
    matrix = KeywordIndex(single, embedding).matrix("cosine")
    np.fill_diagonal(matrix, 1.0)
    save_heatmap(
        path,
        matrix,
        keywords,
        title=embedding.name,
        groups=[own for own in sides.sizes.tolist() if own],
    )
