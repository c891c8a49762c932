"""``wordloom info | neighbors | similarity | heatmap``: what an embedding learned."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.cli.options import (
    Verbs,
    add_verb,
    print_json,
    print_lines,
    whole_number,
)
from wordloom.errors import InputError
from wordloom.output import check_writable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add the verbs that look into an embedding."""
    parser = add_verb(
        verbs, "info", run_info, "say what an embedding is", "wordloom info my-vectors"
    )
    parser.add_argument("embedding", metavar="EMBEDDING", help="folder of word vectors")

    parser = add_verb(
        verbs,
        "neighbors",
        run_neighbors,
        "list the nearest words by cosine",
        "wordloom neighbors my-vectors cough fever",
    )
    parser.add_argument("embedding", metavar="EMBEDDING", help="folder of word vectors")
    parser.add_argument(
        "words", nargs="+", metavar="WORD", help="as the vocabulary spells it; with subwords, any"
    )
    parser.add_argument(
        "-n",
        "--count",
        type=whole_number(1, 1_000_000),
        default=10,
        metavar="N",
        help="how many for each word",
    )
    parser.add_argument(
        "--max-rank",
        type=whole_number(1),
        metavar="N",
        help="only from the N most frequent words; from all unless given",
    )

    parser = add_verb(
        verbs,
        "similarity",
        run_similarity,
        "compare words or texts by cosine",
        'wordloom similarity my-vectors "dry cough" "high fever"',
    )
    parser.add_argument("embedding", metavar="EMBEDDING", help="folder of word vectors")
    parser.add_argument(
        "items", nargs="+", metavar="WORD_OR_TEXT", help="two, or more for a table; quote a text"
    )

    parser = add_verb(
        verbs,
        "heatmap",
        run_heatmap,
        "draw the similarities of words or texts",
        "wordloom heatmap my-vectors cough fever Italy Spain -o heatmap.png",
    )
    parser.add_argument("embedding", metavar="EMBEDDING", help="folder of word vectors")
    parser.add_argument("items", nargs="+", metavar="WORD_OR_TEXT", help="quote a text")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help=".png or .svg")
    parser.add_argument(
        "--measure",
        choices=("cosine", "inner"),
        default="cosine",
        help="inner: inner products divided by the largest",
    )
    parser.add_argument("--title", help="what stands above; the embedding's name unless given")


def run_info(options: argparse.Namespace) -> None:
    """Print size, settings and training of an embedding."""
    from wordloom.embedding.folder import load

    embedding = load(options.embedding)
    vocabulary = embedding.vocabulary
    frequent = [vocabulary.word(index) for index in range(min(10, len(vocabulary)))]
    size = sum(file.stat().st_size for file in Path(options.embedding).iterdir())
    tokenizer, subwords = embedding.tokenizer.settings(), embedding.subwords
    counted = int(vocabulary.counts.sum())
    if options.json:
        print_json(
            {
                "name": embedding.name,
                "words": len(embedding),
                "dim": embedding.dim,
                "bytes": size,
                "tokenizer": tokenizer,
                "oov": embedding.oov,
                "ngrams": None if subwords is None else len(subwords),
                "pooling": embedding.pooling,
                "counted_tokens": counted,
                "counted_documents": vocabulary.n_documents,
                "most_frequent": frequent,
                "report": embedding.report,
            }
        )
        return
    phrases = embedding.tokenizer.phrases
    facts = {
        # All phrases would fill the screen.
        "tokenizer": tokenizer | ({"phrases": len(phrases)} if phrases else {}),
        "OOV words": embedding.oov if subwords is None else f"{embedding.oov}: {subwords!r}",
        "pooling": embedding.pooling,
        "counted": f"{counted:,} tokens in {vocabulary.n_documents:,} documents",
        "most frequent": " ".join(frequent),
        **(embedding.report or {}),
    }
    print_lines(
        f"{embedding.name}: {len(embedding):,} words × {embedding.dim}, {size / 1e6:,.1f} MB",
        *(f"{key.replace('_', ' '):17} {shown(value)}" for key, value in facts.items()),
    )


def shown(value: object) -> str:
    """Return a setting or a figure for people; a saved report may hold anything that JSON knows."""
    if isinstance(value, Mapping):
        return " ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, list):
        return " → ".join(shown(item) for item in value)
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def run_neighbors(options: argparse.Namespace) -> None:
    """Print the nearest words of each word."""
    from wordloom.embedding.folder import load
    from wordloom.inspect.neighbors import neighbors

    embedding = load(options.embedding)
    found = neighbors(embedding, options.words, options.count, options.max_rank)
    if options.json:
        print_json(
            {
                "neighbors": [
                    {
                        "word": word,
                        "neighbors": [
                            {"word": near.word, "similarity": round(near.similarity, 6)}
                            for near in row
                        ],
                    }
                    for word, row in zip(options.words, found, strict=True)
                ]
            }
        )
        return
    for word, row in zip(options.words, found, strict=True):
        print_lines(word, *(f"  {near.similarity:.3f}  {near.word}" for near in row))


def run_similarity(options: argparse.Namespace) -> None:
    """Print the similarity of two items, or the table of more."""
    from wordloom.embedding.folder import load
    from wordloom.inspect.similarity import similarity_matrix

    if len(options.items) < 2:
        raise InputError("Two words or texts are needed. Received: one. Add another.")
    embedding = load(options.embedding)
    matrix = similarity_matrix(embedding, options.items)
    if options.json:
        print_json({"items": options.items, "similarity": rounded(matrix)})
    elif len(options.items) == 2:
        print_lines(f"{matrix[0, 1]:.4f}")
    else:
        widest = max(len(item) for item in options.items)
        print_lines(
            *(
                f"{item:{widest}}  " + "  ".join(f"{value:6.3f}" for value in row)
                for item, row in zip(options.items, matrix, strict=True)
            )
        )


def run_heatmap(options: argparse.Namespace) -> None:
    """Draw the heatmap."""
    from wordloom.embedding.folder import load
    from wordloom.inspect.heatmap import save_heatmap
    from wordloom.inspect.similarity import similarity_matrix

    check_writable(Path(options.output))
    embedding = load(options.embedding)
    matrix = similarity_matrix(embedding, options.items, options.measure)
    label = "cosine similarity" if options.measure == "cosine" else "inner product / maximum"
    save_heatmap(
        options.output,
        matrix,
        options.items,
        title=embedding.name if options.title is None else options.title,
        scale_label=label,
    )
    if options.json:
        print_json({"picture": options.output, "items": options.items, "matrix": rounded(matrix)})
    else:
        print_lines(f"saved to {options.output}")


def rounded(matrix: "NDArray[np.float32]") -> list[list[float]]:
    """Return similarities for JSON; float32 holds no more than six decimals of them."""
    return [[round(value, 6) for value in row] for row in matrix.tolist()]
