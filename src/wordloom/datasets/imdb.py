"""IMDB: the Large Movie Review Dataset (Maas et al. 2011)."""

from functools import partial
from pathlib import Path
from typing import Final

from wordloom.datasets.dataset import DataSet, Download
from wordloom.datasets.labelled import LabelledTexts
from wordloom.errors import FormatError
from wordloom.text.readers.imdb import read_reviews
from wordloom.text.sources import DocumentSource, Source, imdb_documents, is_text, size_of

__all__ = ["IMDB"]


def read_source(path: Path) -> Source:
    """Open the 75,000 training reviews, with and without labels."""
    return DocumentSource("imdb", size_of(path, is_text), partial(imdb_documents, path))


def read_labelled(path: Path, split: str) -> LabelledTexts:
    """Read the 25,000 labelled reviews of a split; labels are "neg" and "pos"."""
    texts: list[str] = []
    labels: list[str] = []
    for part, review in read_reviews(path, (f"{split}/neg", f"{split}/pos")):
        texts.append(review.decode("utf-8", "replace"))
        labels.append(part.split("/")[1])
    if not texts:
        raise FormatError(
            f"The IMDB data set holds aclImdb/{split}/neg/ and pos/. Received: {path}, which does "
            "not. Pass the archive aclImdb_v1.tar.gz or the folder aclImdb."
        )
    return LabelledTexts(texts, labels, "imdb", split)


IMDB: Final = DataSet(
    name="imdb",
    summary="100,000 movie reviews, 50,000 of them labelled positive or negative",
    files=("aclImdb*.tar.gz", "aclImdb"),
    parts=("train/unsup",),
    # Size and checksum: TensorFlow Datasets, url_checksums/imdb_reviews.txt.
    download=Download(
        "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        "aclImdb_v1.tar.gz",
        84_125_825,
        "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    ),
    splits=("train", "test"),
    read_source=read_source,
    read_labelled=read_labelled,
)
