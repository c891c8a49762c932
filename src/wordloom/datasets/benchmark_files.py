"""Files of word pairs with human scores, and of analogies, in the layouts that people publish."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wordloom.errors import FormatError, InputError

__all__ = ["AnalogyQuestions", "WordPairs", "read_analogies", "read_benchmark", "read_word_pairs"]

UNNAMED: Final = "all"
"""The category of questions that stand before the first ": category" line."""

MOST_BYTES: Final = 10_000
"""The longest line; a longer one is no line of words."""


@dataclass(frozen=True)
class WordPairs:
    """Pairs of words and how similar people found them.

    Attributes:
        name: What the set is called.
        left: The first word of each pair.
        right: The second word of each pair.
        scores: float64 (n_pairs,), the human scores; on what scale does not matter.
    """

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True)
class AnalogyQuestions:
    """Questions of the form "a is to b as c is to which word?".

    Attributes:
        name: What the set is called.
        questions: The words a, b, c and the right answer of each question.
        categories: The names of the categories, in the order of the file.
        category: int64 (n_questions,), which category each question belongs to.
    """

    name: str
    questions: tuple[tuple[str, str, str, str], ...]
    categories: tuple[str, ...]
    category: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.questions)


def read_benchmark(path: str | Path, name: str | None = None) -> WordPairs | AnalogyQuestions:
    """Read a file of word pairs or of analogies; its first lines tell which.

    It holds analogies if it begins with a ": category" line, if its lines hold four words and no
    number, or if it is called ``….questions`` and a file ``….answers`` lies beside it.

    Args:
        path: The file.
        name: What the set is called; None takes the file's name without its ending.

    Raises:
        InputError: The file cannot be read.
        FormatError: A line breaks a rule that the message states.
    """
    path = Path(path)
    if path.suffix == ".questions":
        return read_analogies(path, name)
    first = list(islice(content_lines(path), 2))
    if first and first[0][1].startswith(":"):
        return read_analogies(path, name)
    rows = [fields(line, separator(first[0][1])) for _, line in first]
    if any(score_column(row) is not None for row in rows) or not rows or len(rows[0]) != 4:
        return read_word_pairs(path, name)
    return read_analogies(path, name)


def read_word_pairs(path: str | Path, name: str | None = None) -> WordPairs:
    r"""Read word pairs with human scores.

    Each line holds two words and a score, separated by tabs, semicolons, commas or white space
    (whichever of these the first line has, in this order), and possibly more columns. The score is
    the first number behind the words: so are read the original files of WS-353, SimLex-999,
    SimVerb-3500, MEN and RW. The first line may be a header; empty lines and lines that begin with
    "#" are passed over. Spaces around words do not count. Pairs that occur twice stay, as in the
    published figures.

    Args:
        path: The file, UTF-8.
        name: What the set is called; None takes the file's name without its ending.

    Returns:
        The pairs.

    Raises:
        InputError: The file cannot be read.
        FormatError: A line does not hold two words and a score; the message tells which.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "mine.csv")
        ...     _ = path.write_text("word,other,score\ncough,fever,7.5\n")
        ...     read_word_pairs(path)
        WordPairs(name='mine', left=('cough',), right=('fever',), scores=array([7.5]))
    """
    path = Path(path)
    left: list[str] = []
    right: list[str] = []
    scores: list[float] = []
    between: str | None = None
    column: int | None = None
    for index, (number, line) in enumerate(content_lines(path)):
        if index == 0:
            between = separator(line)
        row = fields(line, between)
        if column is None:
            column = score_column(row)
            if column is None and index == 0 and len(row) >= 3:
                continue  # A header.
        score = None if column is None or column >= len(row) else as_number(row[column])
        if score is None or not row[0] or not row[1]:
            raise FormatError(
                "Each line of word pairs holds two words and a score, separated by tabs, "
                f"semicolons, commas or spaces. Received: {path}, line {number}: {line[:80]!r}. "
                "Correct the line, or begin it with # to leave it out."
            )
        left.append(row[0])
        right.append(row[1])
        scores.append(score)
    if not left:
        raise FormatError(f"Word pairs must not be empty. Received: {path}, which holds none.")
    return WordPairs(name or path.stem, tuple(left), tuple(right), np.array(scores))


def read_analogies(path: str | Path, name: str | None = None) -> AnalogyQuestions:
    r"""Read analogies.

    Each line holds four words, separated as those of `read_word_pairs`: "Athens Greece Oslo Norway"
    asks what is to Oslo as Greece is to Athens. A line ": category" begins a category, as in
    Google's ``questions-words.txt``. Files ``NAME.questions`` with three words in each line and
    ``NAME.answers`` beside it, with a category and a word in each line, are read as one: the layout
    of Microsoft's (Mikolov, Yih and Zweig 2013).

    Args:
        path: The file, UTF-8.
        name: What the set is called; None takes the file's name without its ending.

    Returns:
        The questions.

    Raises:
        InputError: The file cannot be read.
        FormatError: A line does not hold four words; the message tells which.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "mine.txt")
        ...     _ = path.write_text(": capitals\nAthens Greece Oslo Norway\n")
        ...     found = read_analogies(path)
        >>> found.categories, found.questions
        (('capitals',), (('Athens', 'Greece', 'Oslo', 'Norway'),))
    """
    path = Path(path)
    questions: list[tuple[str, str, str, str]] = []
    places: dict[str, int] = {}
    category: list[int] = []
    for topic, (a, b, c, answer) in analogy_rows(path):
        questions.append((a, b, c, answer))
        category.append(places.setdefault(topic, len(places)))
    if not questions:
        raise FormatError(f"Analogies must not be empty. Received: {path}, which holds none.")
    return AnalogyQuestions(
        name or path.stem, tuple(questions), tuple(places), np.array(category, np.int64)
    )


def analogy_rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the category and the four words of each question."""
    if path.suffix == ".questions":
        yield from questions_and_answers(path, path.with_suffix(".answers"))
        return
    topic, between, begun = UNNAMED, None, False
    for number, line in content_lines(path):
        if line.startswith(":"):
            topic = line[1:].strip() or UNNAMED
            continue
        if not begun:
            between, begun = separator(line), True
        row = fields(line, between)
        if len(row) != 4 or not all(row):
            raise FormatError(
                'Each line of analogies holds four words, or ":" and a category. '
                f"Received: {path}, line {number}: {line[:80]!r}. "
                "Correct the line, or begin it with # to leave it out."
            )
        yield topic, row


def questions_and_answers(path: Path, answers: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the category and the four words of each question, its answer from another file."""
    replies = list(content_lines(answers))
    asked = list(content_lines(path))
    if len(replies) != len(asked):
        raise FormatError(
            f"Each question needs its answer. Received: {path} with {len(asked)} lines and "
            f"{answers} with {len(replies)}."
        )
    for (number, line), (_, reply) in zip(asked, replies, strict=True):
        words, answer = line.split(), reply.split()
        if len(words) != 3 or len(answer) != 2:
            raise FormatError(
                "Each line of questions holds three words, and each line of answers a category "
                f"and a word. Received: {path}, line {number}: {line[:80]!r}, answered by "
                f"{reply[:80]!r}."
            )
        yield answer[0], [*words, answer[1]]


def content_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and text of each line that is neither empty nor a comment."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MOST_BYTES):
                number += 1
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
                except UnicodeDecodeError:
                    text = "\0"
                if "\0" in text or (len(line) == MOST_BYTES and not line.endswith(b"\n")):
                    raise FormatError(
                        "A benchmark is a text file of words in UTF-8. Received: "
                        f"{path}, line {number} of which is not. Convert it to UTF-8."
                    )
                if text and not text.startswith("#"):
                    yield number, text
    except OSError as error:
        raise InputError(
            f"A file of word pairs or analogies is needed. Received: {path}, which cannot be read "
            f"({error.strerror})."
        ) from None


def separator(line: str) -> str | None:
    """Return what separates the columns of a file that begins with this line; None: white space."""
    return next((mark for mark in "\t;," if mark in line), None)


def fields(line: str, between: str | None) -> list[str]:
    """Return the columns of a line, without the spaces and quotation marks around them."""
    if between is None:
        return line.split()
    if between == "\t":
        return [cell.strip() for cell in line.split("\t")]
    # A quoted word may hold the separator.
    try:
        row = next(csv.reader([line], delimiter=between, skipinitialspace=True))
    except csv.Error:
        row = [line]
    return [cell.strip() for cell in row]


def score_column(row: list[str]) -> int | None:
    """Return the first column behind the two words that holds a number."""
    return next((place for place in range(2, len(row)) if as_number(row[place]) is not None), None)


def as_number(cell: str) -> float | None:
    """Return a finite number, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
