"""``python -m benchmarks.run [NAME …]``: measure beside the peers; needs WORDLOOM_DATA."""

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.table import Row, print_table

NAMES = (
    "opening",
    "corpus",
    "embed",
    "classification",
    "training",
    "fasttext",
    "cooccurrence",
    "glove",
    "swivel",
    "growth",
    "formats",
    "fasttext_files",
    "neighbors",
    "evaluation",
    "keywords",
    "bbc",
    "weaving",
    "strongest",
    "elmo_inference",
    "elmo_training",
)


def main() -> int:
    """Run the benchmarks and print their table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seeds", type=int, default=3, help="runs of each training (default 3)")
    parser.add_argument("--json", metavar="FILE", help="also write the rows here")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {NAMES}")
    if "WORDLOOM_DATA" not in os.environ:
        parser.error("set WORDLOOM_DATA to the folder of the data sets")
    rows: list[Row] = []
    for name in options.names or NAMES:
        rows += import_module(f"benchmarks.{name}").run(options.seeds)
    print_table(rows)
    if options.json:
        content = json.dumps([row.to_json() for row in rows], indent=2)
        Path(options.json).write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
