"""``wordloom convert | formats | push | pull``: embeddings from one format or place to another."""

import argparse
from pathlib import Path

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
        "write word vectors in another format, or a part of them",
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

    add_verb(verbs, "formats", run_formats, "list the formats of embeddings", "wordloom formats")

    parser = add_verb(
        verbs,
        "push",
        run_push,
        "publish word vectors on the Hugging Face Hub",
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
        "fetch word vectors from the Hugging Face Hub",
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


def run_formats(options: argparse.Namespace) -> None:
    """List the formats."""
    from wordloom.formats.registry import known_formats

    rows = [
        {
            "name": format_.name,
            "title": format_.title,
            "written": format_.write is not None,
            "endings": list(format_.endings),
            "dtypes": list(format_.dtypes) if format_.write is not None else [],
        }
        for format_ in known_formats()
    ]
    if options.json:
        print_json({"formats": rows})
        return
    print_lines(f"{'name':19} {'read, written':14} {'endings':20} what it is")
    for format_ in known_formats():
        ways = "read, written" if format_.write is not None else "read"
        endings = " ".join(format_.endings)
        print_lines(f"{format_.name:19} {ways:14} {endings:20} {format_.title}")


def run_push(options: argparse.Namespace) -> None:
    """Publish an embedding."""
    from wordloom.formats.hub import push

    address = push(
        options.embedding,
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
