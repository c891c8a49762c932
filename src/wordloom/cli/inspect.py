"""``wordloom info | similarity | heatmap``: what an embedding is, and what is alike in it."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wordloom.cli.options import (
    Verbs,
    add_embedding,
    add_verb,
    counted,
    open_embedding,
    print_json,
    print_lines,
    same_width,
)
from wordloom.errors import InputError
from wordloom.output import check_writable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wordloom.elmo.embedding import ELMoEmbedding

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add the verbs that look into an embedding."""
    parser = add_verb(
        verbs, "info", run_info, "say what an embedding is", "wordloom info my-vectors"
    )
    add_embedding(parser)

    parser = add_verb(
        verbs,
        "similarity",
        run_similarity,
        "compare words or texts by cosine",
        'wordloom similarity my-vectors "dry cough" "high fever"',
    )
    add_embedding(parser)
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
    add_embedding(parser)
    parser.add_argument(
        "items", nargs="*", metavar="WORD_OR_TEXT", help="quote a text or a list of keywords"
    )
    parser.add_argument(
        "--items",
        dest="file",
        metavar="FILE",
        help="items from a file, one on each line; empty lines part groups",
    )
    parser.add_argument(
        "--cluster", action="store_true", help="put what is similar side by side, with a tree"
    )
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
    from wordloom.embedding.static import StaticEmbedding

    embedding = open_embedding(options.embedding)
    if not isinstance(embedding, StaticEmbedding):
        print_elmo(embedding, size_on_disk(options.embedding), as_json=options.json)
        return
    vocabulary = embedding.vocabulary
    frequent = [vocabulary.word(index) for index in range(min(10, len(vocabulary)))]
    size = size_on_disk(options.embedding)
    tokenizer, subwords = embedding.tokenizer.settings(), embedding.subwords
    tokens = int(vocabulary.counts.sum())
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
                "counted_tokens": tokens,
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
        "counted": f"{tokens:,} tokens in {vocabulary.n_documents:,} documents"
        if tokens
        else "nothing: how often words occur is not known",
        "most frequent": " ".join(frequent),
        **{key: value for key, value in (embedding.report or {}).items() if value is not None},
    }
    print_lines(
        f"{embedding.name}: {len(embedding):,} words × {embedding.dim}, {size / 1e6:,.1f} MB",
        *(f"{key.replace('_', ' '):17} {shown(value)}" for key, value in facts.items()),
    )


def print_elmo(elmo: "ELMoEmbedding", size: int, *, as_json: bool) -> None:
    """Print size, settings and training of an ELMo network."""
    shape, words = elmo.options, elmo.vocabulary
    frequent = [] if words is None else [words.word(n) for n in range(min(10, len(words)))]
    if as_json:
        print_json(
            {
                "name": elmo.name,
                "kind": "elmo",
                "parameters": shape.n_parameters,
                "dim": elmo.dim,
                "bytes": size,
                "options": shape.to_json(),
                "layers": elmo.n_layers,
                "layer_weights": elmo.layer_weights.tolist(),
                "gamma": elmo.gamma,
                "tokenizer": elmo.tokenizer.settings(),
                "sentences": elmo.sentences,
                "pooling": elmo.pooling,
                "words": None if words is None else len(words),
                "counted_tokens": None if words is None else int(words.counts.sum()),
                "most_frequent": frequent,
                "report": elmo.report,
            }
        )
        return
    weights = " ".join(f"{weight:.3g}" for weight in elmo.layer_weights.tolist())
    facts: dict[str, object] = {
        "layers": f"{elmo.n_layers}: characters, {shape.n_layers} × LSTM of {shape.lstm_dim:,} "
        f"projected to {shape.projection_dim}, both ways",
        "layer weights": f"{weights} × {elmo.gamma:.3g}",
        "tokenizer": elmo.tokenizer.settings(),
        "texts are read": "sentence by sentence" if elmo.sentences else "as a whole",
        "pooling": elmo.pooling,
        "trained on": "not known"
        if words is None
        else f"{counted(len(words), 'different word')}, {int(words.counts.sum()):,} tokens",
        **({"most frequent": " ".join(frequent)} if frequent else {}),
        **training_facts(elmo.report or {}),
    }
    print_lines(
        f"{elmo.name}: ELMo, {shape.n_parameters:,} parameters, {elmo.dim} dimensions, "
        f"{size / 1e6:,.1f} MB",
        *(f"{key.replace('_', ' '):17} {shown(value)}" for key, value in facts.items()),
    )


def training_facts(report: Mapping[str, object]) -> dict[str, object]:
    """Return what is known of the training of an ELMo network, for people."""
    facts = {key: value for key, value in report.items() if value is not None}
    settings, perplexities = facts.get("settings"), facts.get("perplexities")
    if isinstance(settings, Mapping):
        # The layers above say what the options do.
        facts["settings"] = {key: value for key, value in settings.items() if key != "options"}
    if isinstance(perplexities, list):
        averages = [each.get("average") for each in perplexities if isinstance(each, Mapping)]
        facts["perplexities"] = averages or perplexities
    return facts


def size_on_disk(path: str) -> int:
    """Return how many bytes an embedding takes; 0 where it is not on this disk."""
    place = Path(path)
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())


def shown(value: object) -> str:
    """Return a setting or a figure for people; a saved report may hold anything that JSON knows."""
    if isinstance(value, Mapping):
        return " ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, list):
        return " → ".join(shown(item) for item in value)
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def run_similarity(options: argparse.Namespace) -> None:
    """Print the similarity of two items, or the table of more."""
    from wordloom.inspect.similarity import similarity_matrix

    if len(options.items) < 2:
        raise InputError("Two words or texts are needed. Received: one. Add another.")
    embedding = open_embedding(options.embedding)
    matrix = similarity_matrix(embedding, options.items)
    if options.json:
        print_json({"items": options.items, "similarity": rounded(matrix)})
    elif len(options.items) == 2:
        print_lines(f"{matrix[0, 1]:.4f}")
    else:
        print_lines(
            *(
                f"{item}  " + "  ".join(f"{value:6.3f}" for value in row)
                for item, row in zip(same_width(options.items), matrix, strict=True)
            )
        )


def run_heatmap(options: argparse.Namespace) -> None:
    """Draw the heatmap."""
    from wordloom.inspect.heatmap import check_size, save_heatmap
    from wordloom.inspect.item_file import read_items
    from wordloom.inspect.pictures import format_of
    from wordloom.inspect.similarity import similarity_matrix

    format_of(Path(options.output), "a heatmap")
    check_writable(Path(options.output))
    items, groups = list(options.items), None
    if options.file is not None:
        read, groups = read_items(options.file)
        groups = [len(items), *groups] if items else groups
        items += read
    if not items:
        raise InputError("A heatmap needs items. Received: none. Name some, or a file of --items.")
    check_size(len(items))
    embedding = open_embedding(options.embedding)
    matrix = similarity_matrix(embedding, items, options.measure)
    label = "cosine similarity" if options.measure == "cosine" else "inner product / maximum"
    save_heatmap(
        options.output,
        matrix,
        items,
        title=embedding.name if options.title is None else options.title,
        scale_label=label,
        cluster=options.cluster,
        groups=groups,
    )
    if options.json:
        print_json({"picture": options.output, "items": items, "matrix": rounded(matrix)})
    else:
        print_lines(f"saved to {options.output}")


def rounded(matrix: "NDArray[np.float32]") -> list[list[float]]:
    """Return similarities for JSON; float32 holds no more than six decimals of them."""
    return [[round(value, 6) for value in row] for row in matrix.tolist()]
