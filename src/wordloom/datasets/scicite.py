"""SciCite: what a paper cites another one for (Cohan, Ammar, van Zuylen and Cady 2019)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from wordloom.datasets.dataset import DataSet, Download
from wordloom.datasets.labelled import LabelledTexts, read_labelled_table
from wordloom.errors import FormatError
from wordloom.text.readers.members import Member, walk
from wordloom.text.readers.streams import Meter
from wordloom.text.readers.tables import read_table
from wordloom.text.sources import DocumentSource, Source, size_of

__all__ = ["SCICITE"]


def is_table(name: str) -> bool:
    """Tell the three tables from the others in the release, which lie in scaffolds/."""
    return name.split("/")[-1] in {"train.jsonl", "dev.jsonl", "test.jsonl"} and (
        "scaffolds/" not in name
    )


@contextmanager
def open_table(path: Path, split: str, meter: Meter | None = None) -> Iterator[Member]:
    """Yield the table of a split, open, from the release's archive or a folder."""

    def wanted(name: str) -> bool:
        return is_table(name) and name.endswith(f"{split}.jsonl")

    for member in walk(path, meter, wanted):
        yield member
        return
    raise FormatError(
        f"SciCite holds a table {split}.jsonl. Received: {path}, which does not. Pass a folder "
        "with train.jsonl, dev.jsonl and test.jsonl, or scicite.tar.gz."
    )


def read_source(path: Path) -> Source:
    """Open the training texts."""

    def documents(meter: Meter) -> Iterator[bytes]:
        with open_table(path, "train", meter) as member:
            yield from read_table(member, "jsonl", None)

    return DocumentSource("scicite", size_of(path, is_table), documents)


def read_labelled(path: Path, split: str) -> LabelledTexts:
    """Read a split; the text is called "string" in the release and "text" in other copies."""
    with open_table(path, split) as member:
        return read_labelled_table(member, None, "label", "scicite", split)


SCICITE: Final = DataSet(
    name="scicite",
    summary="11,000 citations in scientific papers: background, method or result",
    files=("scicite*.tar.gz", "scicite"),
    parts=("train.jsonl",),
    # Size and checksum: TensorFlow Datasets, url_checksums/scicite.txt.
    download=Download(
        "https://s3-us-west-2.amazonaws.com/ai2-s2-research/scicite/scicite.tar.gz",
        "scicite.tar.gz",
        23_189_911,
        "711ece2c4e61d116c8ae5bb07e9fbb2ee9ff7bba004b4cab7fbd0ac3af499193",
    ),
    splits=("train", "dev", "test"),
    read_source=read_source,
    read_labelled=read_labelled,
)
