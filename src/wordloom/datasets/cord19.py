"""CORD-19: papers on coronaviruses (Wang et al. 2020)."""

from pathlib import Path
from typing import Final

from wordloom.datasets.dataset import DataSet, Download
from wordloom.datasets.labelled import LabelledTexts
from wordloom.errors import InputError
from wordloom.text.readers.cord19 import is_part, read_papers
from wordloom.text.sources import DocumentSource, Source, size_of

__all__ = ["CORD19"]


def read_source(path: Path) -> Source:
    """Open the papers: titles, authors, abstracts, bodies and the titles of references."""
    return DocumentSource(
        "cord19", size_of(path, is_part), lambda meter: read_papers(path, meter=meter)
    )


def read_labelled(path: Path, split: str) -> LabelledTexts:
    """Refuse: the papers have no labels."""
    raise InputError(
        f"Labelled texts are needed. Received: data:cord19 ({path}, split {split}), whose papers "
        "have no labels. Use data:scicite for scientific texts with labels."
    )


CORD19: Final = DataSet(
    name="cord19",
    summary="papers on coronaviruses: titles, authors, abstracts, bodies, references; no labels",
    files=("cord-19_*.tar.gz", "cord19*.tar.gz"),
    parts=("pdf_json", "*/pdf_json", "*/*/pdf_json", "document_parses.tar.gz"),
    # Of the releases of the Allen Institute for AI this is the one whose SHA-256 was published
    # (Hugging Face datasets 1.x, datasets/cord19/dataset_infos.json). Any other release is read
    # as well, from a path or from $WORDLOOM_DATA/cord19/.
    download=Download(
        "https://ai2-semanticscholar-cord-19.s3-us-west-2.amazonaws.com/historical_releases/"
        "cord-19_2020-11-29.tar.gz",
        "cord-19_2020-11-29.tar.gz",
        6_142_360_818,
        "56df7c715beaf8b84435f91b27fd7c8d9d1f50c6d04804bcf490e541d19d1783",
    ),
    splits=(),
    read_source=read_source,
    read_labelled=read_labelled,
)
