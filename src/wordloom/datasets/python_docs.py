"""The docstrings of Python and of the packages that come with wordloom: text on every machine.

They are read from the installed ``.py`` files without importing anything. Each text is labelled
with the package that it documents.
"""

import ast
import gc
import hashlib
import os
import re
import sysconfig
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from wordloom.datasets.dataset import DataSet
from wordloom.datasets.labelled import LabelledTexts
from wordloom.errors import InputError
from wordloom.text.readers.tables import encode
from wordloom.text.sources import DocumentSource, Source

__all__ = ["PYTHON_DOCS", "running_text", "standard_library"]

PACKAGES: Final = (
    "numpy", "scipy", "sklearn", "numba", "matplotlib", "rich", "pip", "PIL", "pyarrow", "llvmlite",
    "joblib", "pyparsing", "packaging", "markdown_it", "dateutil", "safetensors", "threadpoolctl",
    "contourpy", "jieba",
)  # fmt: skip
"""Packages that wordloom installs or that come with them; those that are absent are passed over."""

SKIPPED: Final = frozenset(
    # Tests; other packages' code; and parts of the standard library that not every Python has.
    (
        "test", "tests", "testing", "_vendor", "_vendored", "vendored", "externals", "extern",
        "site-packages", "dist-packages", "encodings", "ensurepip", "idlelib", "lib2to3",
        "distutils", "msilib", "pydoc_data", "turtledemo", "__pycache__",
    )
)  # fmt: skip

MIN_WORDS: Final = 8
MIN_TEXTS: Final = 200
"""Texts that a package must have to be a class."""
MAX_TEXTS: Final = 1000
"""Texts of a class that are kept for each classification task, both splits together."""
TEST_SHARE: Final = 5
"""One text in so many is a test text."""

UNDERLINE: Final = re.compile(r"[-=~^`*#+_.:\"']{3,}")


@lru_cache(maxsize=1)
def read_docs() -> tuple[tuple[str, str], ...]:
    """Return the package and text of every docstring, in the order of `PACKAGES` and files.

    Texts of fewer than `MIN_WORDS` words, and those that occurred before, are left out. The result
    is kept, because parsing takes seconds.
    """
    docs: dict[str, str] = {}
    with quiet():
        for package, folder in folders():
            for file in modules(folder):
                for docstring in docstrings(file):
                    text = running_text(docstring)
                    if text.count(" ") >= MIN_WORDS - 1:
                        docs.setdefault(text, package)
    return tuple((package, text) for text, package in docs.items())


def standard_library() -> Path:
    """Return the folder of the standard library."""
    return Path(sysconfig.get_path("stdlib"))


def folders() -> Iterator[tuple[str, Path]]:
    """Yield the name and folder of each package; the standard library is called "python"."""
    yield "python", standard_library()
    for package in PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if Path(folder).is_dir():
                yield package, Path(folder)


def modules(folder: Path) -> Iterator[Path]:
    """Yield the ``.py`` files in a folder and its sub-folders, sorted within each."""
    for parent, subfolders, files in os.walk(folder):
        subfolders[:] = sorted(set(subfolders) - SKIPPED)
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(".py"))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep other people's syntax warnings to ourselves, and the garbage collector off.

    Syntax trees have no cycles, so that collecting between their millions of nodes frees nothing.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if collecting:
            gc.enable()


def docstrings(file: Path) -> Iterator[str]:
    """Yield the docstrings of a module, its classes and functions, in the order of the file."""
    try:
        source = file.read_bytes()
        if b'"""' not in source and b"'''" not in source:
            return
        nodes: list[ast.AST] = [ast.parse(source)]
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        # A template, or a module for another version of Python.
        return
    while nodes:
        node = nodes.pop()
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node, clean=False)
            if docstring:
                yield docstring
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                nodes += reversed(node.body)


def running_text(docstring: str) -> str:
    r"""Return the prose of a docstring on one line, without doctests and underlines.

    A doctest ends with the next empty line, so that what it prints is left out as well.

    Example:
        >>> running_text("Add.\n\nExample\n-------\n>>> 1 + 1\n2\n\nIt is fast.")
        'Add. Example It is fast.'
    """
    kept: list[str] = []
    in_doctest = False
    for line in docstring.splitlines():
        line = line.strip()
        if line.startswith((">>>", "... ")):
            in_doctest = True
        elif not line:
            in_doctest = False
        if line and not in_doctest and not UNDERLINE.fullmatch(line):
            kept.append(line)
    return " ".join(" ".join(kept).split())


def fingerprint(text: str) -> int:
    """Return a number that is the same for the same text on every machine."""
    return int.from_bytes(hashlib.blake2b(encode(text), digest_size=8).digest(), "big")


def is_test(text: str) -> bool:
    """Tell the test texts, about one in five, from the training texts."""
    return fingerprint(text) % TEST_SHARE == 0


def classes() -> frozenset[str]:
    """Return the packages that have enough texts to be a class."""
    counts = Counter(package for package, _ in read_docs())
    return frozenset(package for package, count in counts.items() if count >= MIN_TEXTS)


def read_labelled(path: Path, split: str) -> LabelledTexts:
    """Read the texts of a split; of a package with more than `MAX_TEXTS`, a fixed sample."""
    chosen = classes()
    by_package: dict[str, list[str]] = {package: [] for package in sorted(chosen)}
    for package, text in read_docs():
        if package in chosen:
            by_package[package].append(text)
    texts: list[str] = []
    labels: list[str] = []
    for package, all_texts in by_package.items():
        # Ordering by the upper bits leaves the split, which is by the remainder, untouched.
        sample = set(sorted(all_texts, key=fingerprint)[:MAX_TEXTS])
        part = [text for text in all_texts if text in sample and is_test(text) == (split == "test")]
        texts += part
        labels += [package] * len(part)
    if not texts:
        raise InputError(
            f"python-docs needs a package with at least {MIN_TEXTS} docstrings. Received: none in "
            f"{path}; this Python has no source files. Use another Python, or another data set."
        )
    return LabelledTexts(texts, labels, "python-docs", split)


def read_source(path: Path) -> Source:
    """Open all texts but the test texts, those of packages that are too small for a class too."""
    chosen = classes()
    return DocumentSource(
        "python-docs",
        None,
        lambda meter: (
            encode(text)
            for package, text in read_docs()
            if package not in chosen or not is_test(text)
        ),
    )


PYTHON_DOCS: Final = DataSet(
    name="python-docs",
    summary="docstrings of Python and installed packages, labelled with the package; no download",
    files=(),
    parts=(),
    download=None,
    splits=("train", "test"),
    read_source=read_source,
    read_labelled=read_labelled,
)
