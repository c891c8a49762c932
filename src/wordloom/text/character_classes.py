"""What each preset of the tokenizer does with each Unicode character, as tables for its kernel."""

import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from wordloom.kernels.tokenize import DELETE, EDGE, INNER, LINK, MARK, SEPARATOR, SINGLE, WORD

__all__ = ["PRESETS", "CharacterTable", "character_table"]

CODE_POINTS = 0x110000
# What lies beyond (as of Unicode 17) is unassigned or private: it has no class and no lower case.
ASSIGNED = (range(0x33800), range(0xE0000, 0xE0200))

KERAS_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
APOSTROPHES = "'\u2019"
LINKS = APOSTROPHES + ".-\u2010\u2011"
JOINERS = "\u200c\u200d"
SOFT_HYPHEN = "\xad"

# Characters that no default rule of UAX #29 joins to their neighbours: the letters with the
# property Ideographic, and Hiragana. First and last code points, by block.
SINGLE_RANGES = (
    (0x3005, 0x3007),  # iteration mark, closing mark, zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3038, 0x303C),
    (0x3041, 0x309F),  # Hiragana
    (0x3400, 0x4DBF),  # CJK Unified Ideographs Extension A
    (0x4E00, 0x9FFF),  # CJK Unified Ideographs
    (0xF900, 0xFAFF),  # CJK Compatibility Ideographs
    (0x17000, 0x18DFF),  # Tangut, Khitan
    (0x1B001, 0x1B11F),  # archaic Hiragana
    (0x1B150, 0x1B152),  # small archaic Hiragana
    (0x1B170, 0x1B2FF),  # Nushu
    (0x20000, 0x3FFFF),  # the ideographic planes
)
# Letters by category that modify the kana before them: prolonged sound and half-width voicing.
KANA_MARKS = "\u30fc\uff70\uff9e\uff9f"

PRESETS = {
    "words": True,
    "spaces": False,
    "strip": False,
    "tfhub": False,
    "keras": True,
    "characters": False,
    "marks": False,
    "jieba": False,
}
"""The presets of the tokenizer, each with its own choice of lower-casing."""


@dataclass(frozen=True)
class CharacterTable:
    """The tables that steer `wordloom.kernels.tokenize.tokenize_text`.

    Attributes:
        actions: uint8 (0x110000,), the action of each code point.
        written: int32 (0x110000,), the code point that is written for each code point.
        quick: uint8 (256,), what is written for ASCII characters of the action WORD, else 0.
        keep_empty: Empty tokens are kept.
    """

    actions: NDArray[np.uint8]
    written: NDArray[np.int32]
    quick: NDArray[np.uint8]
    keep_empty: bool


@cache
def character_table(preset: str, lowercase: bool) -> CharacterTable:
    """Return the tables of a preset; they are built once for each process.

    Args:
        preset: A name in `PRESETS`, except "jieba".
        lowercase: Write each character in lower case.

    Returns:
        The tables, to be read only.

    Example:
        >>> table = character_table("words", True)
        >>> chr(table.written[ord("Ä")]), bool(table.actions[ord("Ä")] == WORD)
        ('ä', True)
    """
    actions = {
        "words": word_actions,
        "spaces": space_actions,
        "strip": strip_actions,
        "tfhub": tfhub_actions,
        "keras": keras_actions,
        "characters": character_actions,
        "marks": mark_actions,
    }[preset]()
    written = lowered() if lowercase else np.arange(CODE_POINTS, dtype=np.int32)
    if preset in ("words", "marks"):
        written = written.copy()
        written[points(APOSTROPHES)] = ord("'")
    quick = np.zeros(256, np.uint8)
    quick[:128] = np.where(actions[:128] == WORD, written[:128], 0)
    for array in (actions, written, quick):
        array.flags.writeable = False
    return CharacterTable(actions, written, quick, keep_empty=preset == "tfhub")


def word_actions() -> NDArray[np.uint8]:
    """Letters, marks, numbers and connectors make words; ideographs and Hiragana stand alone."""
    actions = np.full(CODE_POINTS, SEPARATOR, np.uint8)
    actions[in_categories("L", "N", "Pc")] = WORD
    for first, last in SINGLE_RANGES:
        block = actions[first : last + 1]
        block[block == WORD] = SINGLE
    actions[in_categories("M")] = MARK
    actions[points(KANA_MARKS)] = MARK
    actions[points(APOSTROPHES + JOINERS)] = INNER
    actions[points(SOFT_HYPHEN)] = DELETE
    return actions


def mark_actions() -> NDArray[np.uint8]:
    """Words as above; punctuation and symbols stand alone, unless they link two parts of a word."""
    actions = word_actions()
    actions[in_categories("P", "S") & (actions == SEPARATOR)] = SINGLE
    actions[points(LINKS)] = LINK
    return actions


def space_actions() -> NDArray[np.uint8]:
    """White space separates."""
    actions = np.full(CODE_POINTS, WORD, np.uint8)
    actions[white_space()] = SEPARATOR
    return actions


def strip_actions() -> NDArray[np.uint8]:
    """White space separates, ASCII punctuation is stripped from token ends."""
    actions = space_actions()
    actions[points(string.punctuation)] = EDGE
    return actions


def tfhub_actions() -> NDArray[np.uint8]:
    """Punctuation vanishes, the space separates."""
    actions = np.full(CODE_POINTS, WORD, np.uint8)
    actions[in_categories("P")] = DELETE
    actions[ord(" ")] = SEPARATOR
    return actions


def keras_actions() -> NDArray[np.uint8]:
    """The space and what Keras filters separate."""
    actions = np.full(CODE_POINTS, WORD, np.uint8)
    actions[points(KERAS_FILTERS + " ")] = SEPARATOR
    return actions


def character_actions() -> NDArray[np.uint8]:
    """Characters stand alone, marks stay with them."""
    actions = np.full(CODE_POINTS, SINGLE, np.uint8)
    actions[in_categories("M")] = MARK
    actions[white_space()] = SEPARATOR
    return actions


def points(characters: Iterable[str]) -> list[int]:
    """Return the code points of characters."""
    return [ord(character) for character in characters]


@cache
def categories() -> NDArray[np.uint8]:
    """Return the two letters of each code point's general category, uint8 (0x110000, 2)."""
    table = np.empty((CODE_POINTS, 2), np.uint8)
    table[:] = tuple(b"Cn")
    for part in ASSIGNED:
        letters = "".join(map(unicodedata.category, map(chr, part))).encode("ascii")
        table[part.start : part.stop] = np.frombuffer(letters, np.uint8).reshape(-1, 2)
    return table


def in_categories(*names: str) -> NDArray[np.bool_]:
    """Tell for each code point whether its category begins with one of the names."""
    table = categories()
    found = np.zeros(CODE_POINTS, np.bool_)
    for name in names:
        same = table[:, 0] == ord(name[0])
        found |= same & (table[:, 1] == ord(name[1])) if len(name) == 2 else same
    return found


@cache
def white_space() -> list[int]:
    """Return the code points at which `str.split` splits."""
    candidates = np.flatnonzero(in_categories("Z", "Cc")).tolist()
    return [code for code in candidates if chr(code).isspace()]


@cache
def lowered() -> NDArray[np.int32]:
    """Return each code point's simple lower-case mapping, int32 (0x110000,).

    Simple means one to one and without context: every capital sigma becomes a small one that is
    not final, and the dotted capital I becomes i. Only letters of other categories than Lo, and
    some letter-like numbers and symbols have a lower case.
    """
    table = np.arange(CODE_POINTS, dtype=np.int32)
    for code in np.flatnonzero(in_categories("Lu", "Lt", "Nl", "So")).tolist():
        table[code] = ord(chr(code).lower()[0])
    return table
