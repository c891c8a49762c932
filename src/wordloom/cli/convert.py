"""``wordloom convert | formats | push | pull``: embeddings from one format or place to another."""

import argparse
from pathlib import Path
from typing import Any

from wordloom.cli.convert_elmo import (
    ELMO,
    TITLE,
    add_elmo_options,
    convert_elmo,
    folder_to_push,
    names_elmo,
    read_words,
)
from wordloom.cli.options import (
    Verbs,
    add_embedding,
    add_verb,
    counted,
    open_embedding,
    print_json,
    print_lines,
    whole_number,
)
from wordloom.errors import InputError
from wordloom.output import check_writable

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add the verbs that move embeddings between formats and places."""
    parser = add_verb(
        verbs,
        "convert",
        run_convert,
        "write an embedding in another format, or a part of it",
        "wordloom convert glove.6B.zip/glove.6B.100d.txt my-vectors --limit 100000",
    )
    add_embedding(parser)
    parser.add_argument(
        "output",
        metavar="OUT",
        help="file or folder; its ending chooses the format (none: a module folder)",
    )
    parser.add_argument("--from", dest="source_format", metavar="FORMAT", help=NAMED)
    parser.add_argument("--to", dest="target_format", metavar="FORMAT", help=NAMED)
    parser.add_argument(
        "--dtype",
        choices=("float32", "float16", "int8"),
        default="float32",
        help="how numbers are stored, where the format leaves a choice",
    )
    parser.add_argument("--words", metavar="FILE", help="only these words, one a line")
    parser.add_argument(
        "--limit", type=whole_number(1), metavar="N", help="only the first N words of the file"
    )
    parser.add_argument(
        "--encoding", default="utf-8", help="how the file encodes its words, as cp1252"
    )
    parser.add_argument(
        "--postprocess",
        action="append",
        default=[],
        metavar="STEP",
        help="all-but-the-top, whitening, zipfian-whitening, pca=N or normalize; may come again",
    )
    parser.add_argument("--name", help="what the embedding is called; its own name unless given")
    add_elmo_options(parser)

    add_verb(verbs, "formats", run_formats, "list the formats of embeddings", "wordloom formats")

    parser = add_verb(
        verbs,
        "push",
        run_push,
        "publish an embedding on the Hugging Face Hub",
        "wordloom push my-vectors my-name/my-vectors --private",
    )
    add_embedding(parser)
    parser.add_argument("repository", metavar="USER/NAME", help="made unless it exists")
    parser.add_argument("--private", action="store_true", help="only you can see it")
    parser.add_argument("--message", metavar="TEXT", help="what the change is")
    parser.add_argument("--revision", metavar="BRANCH", help="the main one unless given")
    parser.add_argument(
        "--dtype",
        choices=("float32", "float16", "int8"),
        help="how numbers are stored; a module folder goes up as it is unless given",
    )

    parser = add_verb(
        verbs,
        "pull",
        run_pull,
        "fetch an embedding from the Hugging Face Hub",
        "wordloom pull minishlab/potion-base-8M -o potion",
    )
    parser.add_argument(
        "repository", metavar="USER/NAME", help="@REVISION or the /NAME of a file may follow"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="save as a module folder; stays in the cache unless given",
    )


NAMED = "the format's name (`wordloom formats`); recognised unless given"


def run_convert(options: argparse.Namespace) -> None:
    """Read, change and write."""
    from wordloom.embedding.postprocess import check_step, postprocess
    from wordloom.formats.loading import load
    from wordloom.formats.saving import check_target, save

    if names_elmo(options.embedding):
        convert_elmo(options)
        return
    for name in ("contexts", "layer"):
        if getattr(options, name) is not None:
            raise InputError(
                f"Vectors are taken from contexts with ELMo. Received: --{name} for "
                f"{options.embedding}, which is no ELMo. Leave it out."
            )
    output = Path(options.output)
    target = check_target(output, options.target_format, options.dtype)
    check_writable(output, make_folders=target.folder)
    for step in options.postprocess:
        check_step(step)
    words = None if options.words is None else read_words(Path(options.words))
    embedding = load(
        options.embedding,
        format=options.source_format,
        words=words,
        limit=options.limit,
        encoding=options.encoding,
        progress=True,
    )
    for step in options.postprocess:
        embedding = postprocess(embedding, step)
    if options.name is not None:
        embedding = embedding.replaced(name=options.name)
    save(embedding, output, format=options.target_format, dtype=options.dtype)
    if options.json:
        print_json(
            {
                "output": str(output),
                "format": target.name,
                "words": len(embedding),
                "dim": embedding.dim,
                "dtype": options.dtype,
            }
        )
    else:
        words_saved = counted(len(embedding), "word")
        print_lines(f"{words_saved} × {embedding.dim} saved to {output} ({target.title})")


def run_formats(options: argparse.Namespace) -> None:
    """List the formats."""
    from wordloom.formats.registry import known_formats

    rows: list[dict[str, Any]] = [
        {
            "name": format_.name,
            "title": format_.title,
            "written": format_.write is not None,
            "endings": list(format_.endings),
            "dtypes": list(format_.dtypes) if format_.write is not None else [],
        }
        for format_ in known_formats()
    ]
    # No table of words, and so none of the registry's.
    rows.append(
        {"name": ELMO, "title": TITLE, "written": True, "endings": [], "dtypes": ["float32"]}
    )
    if options.json:
        print_json({"formats": rows})
        return
    print_lines(f"{'name':19} {'read, written':14} {'endings':20} what it is")
    for row in rows:
        ways = "read, written" if row["written"] else "read"
        print_lines(f"{row['name']:19} {ways:14} {' '.join(row['endings']):20} {row['title']}")


def run_push(options: argparse.Namespace) -> None:
    """Publish an embedding."""
    from wordloom.formats.hub import push

    with folder_to_push(options.embedding, options.dtype) as source:
        address = push(
            source,
            options.repository,
            private=options.private,
            message=options.message,
            revision=options.revision,
            dtype=options.dtype,
        )
    if options.json:
        print_json({"address": address})
    else:
        print_lines(address)


def run_pull(options: argparse.Namespace) -> None:
    """Fetch an embedding and say where it lies."""
    from wordloom.embedding.folder import check_place
    from wordloom.formats.hub import pull

    if options.output is None:
        place = pull(options.repository)
    else:
        place = Path(options.output)
        check_place(place)
        check_writable(place, make_folders=True)
        open_embedding(f"hub:{options.repository}").save(place)
    if options.json:
        print_json({"path": str(place)})
    else:
        print_lines(str(place))
