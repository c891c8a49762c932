"""``wordloom info | neighbors | similarity | heatmap``: what an embedding learned."""

import argparse
from pathlib import Path

from wordloom.cli.options import Verbs, add_verb, print_json, print_lines

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add the verbs that look into an embedding."""
    parser = add_verb(
        verbs, "info", run_info, "say what an embedding is", "wordloom info my-vectors"
    )
    parser.add_argument("embedding", metavar="EMBEDDING")

    parser = add_verb(
        verbs,
        "neighbors",
        run_neighbors,
        "list the nearest words by cosine",
        "wordloom neighbors my-vectors cough fever",
    )
    parser.add_argument("embedding", metavar="EMBEDDING")
    parser.add_argument("words", nargs="+", metavar="WORD")
    parser.add_argument("-n", "--count", type=int, default=10, help="neighbours for each word")
    parser.add_argument("--max-rank", type=int, help="only among the most frequent so many words")

    parser = add_verb(
        verbs,
        "similarity",
        run_similarity,
        "compare words or texts by cosine",
        'wordloom similarity my-vectors "dry cough" "high fever"',
    )
    parser.add_argument("embedding", metavar="EMBEDDING")
    parser.add_argument("items", nargs="+", metavar="WORD_OR_TEXT", help="two, or more for a table")

    parser = add_verb(
        verbs,
        "heatmap",
        run_heatmap,
        "draw the similarities of words or texts",
        "wordloom heatmap my-vectors cough fever Italy Spain -o heatmap.png",
    )
    parser.add_argument("embedding", metavar="EMBEDDING")
    parser.add_argument("items", nargs="+", metavar="WORD_OR_TEXT")
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
    facts = {
        "name": embedding.name,
        "words": len(embedding),
        "dim": embedding.dim,
        "bytes": sum(file.stat().st_size for file in Path(options.embedding).iterdir()),
        "tokenizer": embedding.tokenizer.settings(),
        "oov": embedding.oov,
        "pooling": embedding.pooling,
        "counted_tokens": int(vocabulary.counts.sum()),
        "counted_documents": vocabulary.n_documents,
        "most_frequent": frequent,
        "report": embedding.report,
    }
    if options.json:
        print_json(facts)
        return
    tokenizer = ", ".join(f"{key} {value}" for key, value in embedding.tokenizer.settings().items())
    lines = [
        f"{embedding.name}: {len(embedding):,} words × {embedding.dim}, "
        f"{facts['bytes'] / 1e6:,.1f} MB",
        f"tokenizer      {tokenizer}",
        f"OOV words      {embedding.oov}",
        f"pooling        {embedding.pooling}",
        f"counted        {facts['counted_tokens']:,} tokens in "
        f"{vocabulary.n_documents:,} documents",
        f"most frequent  {' '.join(frequent)}",
    ]
    report = embedding.report or {}
    if "algorithm" in report:
        settings = report["settings"]
        assert isinstance(settings, dict)
        lines += [
            f"trained by     {report['algorithm']} "
            + " ".join(f"{key}={value}" for key, value in settings.items()),
            f"training       {report['seconds']:.1f} s, {report['words_per_second']:,.0f} words/s "
            f"on {report['threads']} threads, seed {report['seed']}",
            f"mean loss      {' → '.join(f'{loss:.3f}' for loss in report['losses'])}",
        ]
    print_lines(*lines)


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
    from wordloom.errors import InputError
    from wordloom.inspect.similarity import similarity_matrix

    if len(options.items) < 2:
        raise InputError("Two words or texts are needed. Received: one. Add another.")
    embedding = load(options.embedding)
    matrix = similarity_matrix(embedding, options.items)
    if options.json:
        print_json({"items": options.items, "similarity": matrix.round(6).tolist()})
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
        print_json({"picture": options.output, "items": options.items, "matrix": matrix.tolist()})
    else:
        print_lines(f"saved to {options.output}")
