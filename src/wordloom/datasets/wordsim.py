"""The published benchmarks of word embeddings that wordloom knows by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wordloom.datasets.benchmark_files import AnalogyQuestions, WordPairs, read_benchmark
from wordloom.datasets.cache import cache_folder, data_folder
from wordloom.datasets.dataset import DataSet
from wordloom.datasets.labelled import LabelledTexts
from wordloom.errors import InputError
from wordloom.text.sources import Source

__all__ = ["BENCHMARKS", "WORDSIM", "NamedBenchmark", "installed_benchmarks", "open_benchmark"]

FOLDER: Final = "wordsim"


@dataclass(frozen=True)
class NamedBenchmark:
    """A published benchmark.

    Attributes:
        title: What tables call it.
        file: What its file is called.
        summary: What it is, who made it, and on what scale people judged.
    """

    title: str
    file: str
    summary: str


BENCHMARKS: Final[Mapping[str, NamedBenchmark]] = {
    "ws-353": NamedBenchmark(
        "WS-353", "EN-WS-353-ALL.txt", "353 pairs, similar or related, 0-10 (Finkelstein 2002)"
    ),
    "ws-353-sim": NamedBenchmark(
        "WS-353-SIM", "EN-WS-353-SIM.txt", "its similar pairs, 0-10 (Agirre 2009)"
    ),
    "ws-353-rel": NamedBenchmark(
        "WS-353-REL", "EN-WS-353-REL.txt", "its related pairs, 0-10 (Agirre 2009)"
    ),
    "simlex": NamedBenchmark(
        "SimLex-999", "EN-SIMLEX-999.txt", "similar, not merely related, 0-10 (Hill 2015)"
    ),
    "simverb": NamedBenchmark(
        "SimVerb-3500", "EN-SimVerb-3500.txt", "pairs of verbs, 0-10 (Gerz 2016)"
    ),
    "men": NamedBenchmark("MEN", "EN-MEN-TR-3k.txt", "3,000 pairs, related, 0-50 (Bruni 2014)"),
    "rw": NamedBenchmark("RW", "EN-RW-STANFORD.txt", "2,034 rare words, 0-10 (Luong 2013)"),
    "mturk-287": NamedBenchmark("MTurk-287", "EN-MTurk-287.txt", "related, 1-5 (Radinsky 2011)"),
    "mturk-771": NamedBenchmark("MTurk-771", "EN-MTurk-771.txt", "related, 1-5 (Halawi 2012)"),
    "rg-65": NamedBenchmark(
        "RG-65", "EN-RG-65.txt", "pairs of nouns, 0-4 (Rubenstein and Goodenough 1965)"
    ),
    "mc-30": NamedBenchmark("MC-30", "EN-MC-30.txt", "30 of RG-65, 0-4 (Miller and Charles 1991)"),
    "yp-130": NamedBenchmark("YP-130", "EN-YP-130.txt", "pairs of verbs, 0-4 (Yang, Powers 2006)"),
    "verb-143": NamedBenchmark(
        "VERB-143", "EN-VERB-143.txt", "144 pairs of inflected verbs, 0-1 (Baker 2014)"
    ),
    "wordsim-240": NamedBenchmark(
        "wordsim-240 (zh)", "zh-wordsim-240.txt", "240 Chinese pairs, 0-10"
    ),
    "wordsim-297": NamedBenchmark(
        "wordsim-297 (zh)", "zh-wordsim-297.txt", "297 Chinese pairs after WS-353, 0-5"
    ),
    "google": NamedBenchmark(
        "Google", "questions-words.txt", "19,544 analogies of 14 categories (Mikolov 2013)"
    ),
    "msr": NamedBenchmark(
        "MSR", "word_relationship.questions", "8,000 analogies of grammar (Mikolov 2013)"
    ),
}
"""The benchmarks by the names that `open_benchmark` takes."""


def open_benchmark(name_or_path: str | Path) -> WordPairs | AnalogyQuestions:
    """Open a benchmark by name, or any file of word pairs or analogies.

    Named benchmarks lie in ``$WORDLOOM_DATA/wordsim/`` or in the folder ``wordsim`` of the cache.

    Args:
        name_or_path: A key of `BENCHMARKS` (its case and signs do not matter: "WS353" is
            "ws-353"), or a path; ``./men`` is a file even though "men" is a name.

    Returns:
        The benchmark.

    Raises:
        InputError: There is no such benchmark or file.
        FormatError: The file is damaged; the message names the line.
    """
    known = {plain(name): name for name in BENCHMARKS}
    known |= {plain(benchmark.title): name for name, benchmark in BENCHMARKS.items()}
    name = known.get(plain(str(name_or_path))) if is_name(name_or_path) else None
    if name is None:
        if not Path(name_or_path).is_file():
            raise InputError(
                f"A benchmark is a file, or one of {', '.join(BENCHMARKS)}. "
                f"Received: '{name_or_path}'."
            )
        return read_benchmark(name_or_path)
    benchmark = BENCHMARKS[name]
    path = find(benchmark)
    if path is None:
        raise InputError(
            f"The benchmark '{name}' is not on this machine. Its file is {benchmark.file} "
            f"({benchmark.summary}). Put it in $WORDLOOM_DATA/{FOLDER}/ or in "
            f"{cache_folder() / FOLDER}, or pass the path of any file of word pairs or analogies."
        )
    return read_benchmark(path, benchmark.title)


def installed_benchmarks() -> list[str]:
    """Return the names of the benchmarks that lie on this machine, in the order of `BENCHMARKS`.

    Raises:
        InputError: There is none.
    """
    names = [name for name, benchmark in BENCHMARKS.items() if find(benchmark) is not None]
    if not names:
        raise InputError(
            f"Benchmarks are looked for in $WORDLOOM_DATA/{FOLDER}/ and {cache_folder() / FOLDER}. "
            "Received: neither holds one. Put files such as EN-MEN-TR-3k.txt or "
            "questions-words.txt there, or pass the paths of files of word pairs or analogies."
        )
    return names


def find(benchmark: NamedBenchmark) -> Path | None:
    """Return the file of a benchmark on this machine."""
    for root in filter(None, (data_folder(), cache_folder())):
        path = root / FOLDER / benchmark.file
        if path.is_file():
            return path
    return None


def is_name(name_or_path: str | Path) -> bool:
    """Tell whether this may be the name of a benchmark: a str without a folder or an ending."""
    return isinstance(name_or_path, str) and not set("/\\.") & set(name_or_path)


def plain(name: str) -> str:
    """Return the letters and digits of a name, lower-cased."""
    return "".join(filter(str.isalnum, name.lower()))


def no_source(path: Path) -> Source:
    """Refuse: a benchmark is no text."""
    raise InputError(
        f"Texts to train on are needed. Received: data:wordsim ({path}), the benchmarks of word "
        "embeddings. Use them with: wordloom evaluate EMBEDDING"
    )


def no_labelled(path: Path, split: str) -> LabelledTexts:
    """Refuse: a benchmark has no labels."""
    raise InputError(
        f"Labelled texts are needed. Received: data:wordsim ({path}, split {split}), the "
        "benchmarks of word embeddings. Use them with: wordloom evaluate EMBEDDING"
    )


# No public address of these files with a checksum that is known for sure, so no download.
WORDSIM: Final = DataSet(
    name=FOLDER,
    summary="word similarity and analogies, for `wordloom evaluate`: WS-353, SimLex, MEN, RW, …",
    files=(),
    parts=tuple(benchmark.file for benchmark in BENCHMARKS.values()),
    download=None,
    splits=(),
    read_source=no_source,
    read_labelled=no_labelled,
)
