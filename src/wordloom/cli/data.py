"""``wordloom data list | get | path``: the data sets that wordloom knows by name."""

import argparse

from wordloom.cli.options import HelpFormatter, Verbs, add_verb, print_json, print_lines

__all__ = ["add_verbs"]


def add_verbs(verbs: "Verbs[argparse.ArgumentParser]") -> None:
    """Add ``data`` with its actions."""
    data = verbs.add_parser(
        "data",
        help="list and get data sets",
        description="List the data sets that wordloom knows by name, get them, say where they lie.",
        formatter_class=HelpFormatter,
    )
    actions = data.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_verb(actions, "list", run_list, "list the data sets", "wordloom data list")
    parser = add_verb(
        actions, "get", run_get, "download a data set where it is missing", "wordloom data get imdb"
    )
    parser.add_argument("name", metavar="NAME", help="as `wordloom data list` prints it")
    parser = add_verb(
        actions, "path", run_path, "print where a data set lies", "wordloom data path imdb"
    )
    parser.add_argument("name", metavar="NAME", help="as `wordloom data list` prints it")


def run_list(options: argparse.Namespace) -> None:
    """Print each data set with what it is and where it lies."""
    from wordloom.datasets.registry import find, list_datasets

    rows: list[dict[str, object]] = [
        {
            "name": dataset.name,
            "summary": dataset.summary,
            "splits": list(dataset.splits),
            "path": None if (found := find(dataset.name)) is None else str(found),
            "url": dataset.download.url if dataset.download else None,
        }
        for dataset in list_datasets()
    ]
    if options.json:
        print_json({"datasets": rows})
        return
    for row in rows:
        name = row["name"]
        by_hand = f"copy its files to $WORDLOOM_DATA/{name}/"
        place = row["path"] or (
            f"not here yet: {f'wordloom data get {name}' if row['url'] else by_hand}"
        )
        print_lines(f"{name:12} {row['summary']}", f"{'':12} {place}")


def run_get(options: argparse.Namespace) -> None:
    """Download a data set unless it is there."""
    from wordloom.datasets.registry import get

    place = get(options.name, progress=True)
    if options.json:
        print_json({"name": options.name, "path": str(place)})
    else:
        print_lines(str(place))


def run_path(options: argparse.Namespace) -> None:
    """Print where a data set lies."""
    from wordloom.datasets.registry import path

    place = path(options.name)
    if options.json:
        print_json({"name": options.name, "path": str(place)})
    else:
        print_lines(str(place))
