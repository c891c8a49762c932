"""Papers with the keywords that people gave them: the Chinese CSL and the English Inspec."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wordloom.datasets.cache import cache_folder, data_folder
from wordloom.errors import FormatError, InputError
from wordloom.inspect.keywords.files import read_keyword_lists, split_keywords
from wordloom.inspect.keywords.lists import normalized_keyword
from wordloom.text.readers.members import walk
from wordloom.text.tokenizer import Tokenizer

__all__ = ["SETS", "CutKeyword", "Papers", "open_papers"]

CutKeyword = Callable[[str], list[str]]
"""Cuts a keyword into what two lists may share: itself, its words or its characters."""

SETS: Final = {
    "csl": ("csl", "zh/csl"),
    "inspec": ("inspec/Inspec.zip", "inspec", "keywords/Inspec.zip", "Inspec.zip"),
}
"""Where each set lies in the folder of data sets or in the cache."""

PARTS: Final = ("dev", "test")
CSL_CELLS: Final = 3


@dataclass(frozen=True)
class Papers:
    """Papers, and the keywords of each.

    Attributes:
        name: What tables call the set.
        texts: The title and abstract of each paper.
        keywords: The keywords of each paper, as written.
        topics: The discipline of each paper; empty where the set says none.
        others: Further texts of the field, none of which belongs to one of the papers.
        preset: The tokenizer's preset that cuts these texts into words.
    """

    name: str
    texts: list[str]
    keywords: list[list[str]]
    topics: list[str]
    others: list[str]
    preset: str

    def __len__(self) -> int:
        return len(self.texts)

    def cuts(self) -> dict[str, CutKeyword]:
        """Return what keywords may be compared by: as a whole, by words, in Chinese by characters.

        Raises:
            MissingExtraError: The papers are Chinese and jieba is not installed.
        """
        tokenizer = Tokenizer(self.preset)
        cuts: dict[str, CutKeyword] = {
            "keywords": lambda keyword: [normalized_keyword(keyword)],
            "words": lambda keyword: tokenizer.tokenize(normalized_keyword(keyword)),
        }
        if self.preset == "jieba":
            cuts["characters"] = lambda keyword: [*filter(str.isalnum, normalized_keyword(keyword))]
        return cuts


def open_papers(source: str) -> Papers:
    """Read papers.

    Args:
        source: "data:csl" or "data:inspec", or the path of a folder or archive that is laid out as
            one of them.

    Returns:
        The papers.

    Raises:
        InputError: There is no such set or path, or it is laid out as neither.
        FormatError: A file is damaged; the message names the line.
    """
    path = find(source.removeprefix("data:")) if source.startswith("data:") else Path(source)
    if not path.exists():
        raise InputError(f"Papers are read from a folder or archive. Received: {path}, not there.")
    if (path / "kg").is_dir():
        return read_csl(path)
    return read_inspec(path)


def find(name: str) -> Path:
    """Return where a set lies on this machine."""
    if name not in SETS:
        known = ", ".join(f"data:{each}" for each in SETS)
        raise InputError(f"Sets of papers are {known}. Received: data:{name}.")
    for root in filter(None, (data_folder(), cache_folder())):
        for place in SETS[name]:
            if (root / place).exists():
                return root / place
    places = " or ".join(SETS[name][:2])
    raise InputError(
        f"The set '{name}' is not on this machine, and it cannot be downloaded. Put it into "
        f"$WORDLOOM_DATA or {cache_folder()} as {places}."
    )


def read_inspec(path: Path) -> Papers:
    """Read Inspec (Hulth 2003): ``docsutf8/ID.txt`` with the title in front, ``keys/ID.key``."""
    texts = {
        Path(member.name).stem: " ".join(member.read().decode("utf-8", "replace").split())
        for member in walk(path, wanted=lambda name: name.endswith(".txt") and "docs" in name)
        if member.name.endswith(".txt")
    }
    lists = read_keyword_lists(path) if texts else None
    if lists is None or not set(lists.ids) <= set(texts):
        raise InputError(
            "Papers are laid out as CSL (kg/dev.tsv, …) or as Inspec (docsutf8/ID.txt and "
            f"keys/ID.key, a text for each list of keywords). Received: {path}, which is not."
        )
    numbers = range(len(lists))
    return Papers(
        "Inspec",
        [texts[name] for name in lists.ids],
        [lists[number] for number in numbers],
        [],
        [],
        "words",
    )


def read_csl(folder: Path) -> Papers:
    """Read CSL (Li et al. 2022, arXiv 2209.05034) as cut into the tasks of its benchmark.

    ``kg/PART.tsv`` holds abstracts, each with its title behind it, and keywords;
    ``cls_ctg/PART.tsv`` titles with their discipline. Rows of the two belong together in dev and
    test; the titles in train are of other papers.
    """
    texts: list[str] = []
    keywords: list[list[str]] = []
    topics: list[str] = []
    for part in PARTS:
        titles = list(rows_of(folder / "cls_ctg" / f"{part}.tsv"))
        papers = list(rows_of(folder / "kg" / f"{part}.tsv"))
        if len(titles) != len(papers):
            raise FormatError(
                "CSL has a row in cls_ctg for each row in kg. Received: "
                f"{len(titles):,} and {len(papers):,} rows in {part}.tsv."
            )
        for (text, words), (title, topic) in zip(papers, titles, strict=True):
            if not text.endswith(title):
                raise FormatError(
                    "In CSL an abstract ends with its title. Received: row "
                    f"{len(texts) + 1:,}, which does not end with '{title[:40]}'."
                )
            texts.append(text)
            keywords.append(split_keywords(words, "_"))
            topics.append(topic)
    others = list(dict.fromkeys(title for title, _ in rows_of(folder / "cls_ctg" / "train.tsv")))
    return Papers("CSL", texts, keywords, topics, others, "jieba")


def rows_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the text and what belongs to it of each row: the second and the third cell."""
    if not path.is_file():
        raise InputError(f"CSL holds {path.parent.name}/{path.name}. Received: no such file.")
    for member in walk(path, kind="tsv"):
        lines = member.read().decode("utf-8", "replace").rstrip("\n").split("\n")
        for number, line in enumerate(lines, 1):
            cells = line.rstrip("\r").split("\t")
            if len(cells) != CSL_CELLS:
                raise FormatError(
                    f"A row of CSL has {CSL_CELLS} cells. Received: {path}, whose line {number} "
                    f"has {len(cells)}."
                )
            yield cells[1], cells[2]
