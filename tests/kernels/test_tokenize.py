import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.tokenize import (
    DELETE,
    EDGE,
    INNER,
    MARK,
    SEPARATOR,
    SINGLE,
    WORD,
    tokenize_text,
)

# One character of one, two, three and four bytes for each action.
LETTERS = {"_": SEPARATOR, "W": WORD, "M": MARK, "S": SINGLE, "I": INNER, "E": EDGE, "D": DELETE}
ALPHABET = {
    letter: [chr(base + 16 * action) for base in (0x21, 0x4A0, 0x4E00, 0x1F300)]
    for letter, action in LETTERS.items()
}


def tokenize(documents, keep_empty=False):
    encoded = [document.encode() for document in documents]
    data = np.frombuffer(b"".join(encoded), np.uint8)
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    actions = np.full(0x110000, WORD, np.uint8)
    for letter, characters in ALPHABET.items():
        actions[[ord(character) for character in characters]] = LETTERS[letter]
    written = np.arange(0x110000, dtype=np.int32)
    quick = np.zeros(256, np.uint8)
    quick[:128] = np.where(actions[:128] == WORD, written[:128], 0)
    tokens = np.full(3 * len(data), 255, np.uint8)
    token_offsets = np.full(1 + len(data) + len(encoded), -1)
    splits = np.full(len(offsets), -1)
    for array in (data, offsets, actions, written, quick):
        array.flags.writeable = False
    tokenize_text(data, offsets, actions, written, quick, keep_empty, tokens, token_offsets, splits)
    words = [
        tokens[start:end].tobytes().decode()
        for start, end in pairwise(token_offsets[: splits[-1] + 1])
    ]
    return [words[first:last] for first, last in pairwise(splits)]


def spell(draw_from):
    """Texts over an alphabet, each with its letters: which action each character has."""
    pairs = [(letter, character) for letter in draw_from for character in ALPHABET[letter]]
    return st.lists(st.lists(st.sampled_from(pairs), max_size=12), max_size=3)


def expected(document, pattern):
    visible = [pair for pair in document if pair[0] != "D"]
    letters = "".join(letter for letter, _ in visible)
    text = "".join(character for _, character in visible)
    return [text[match.start() : match.end()] for match in re.finditer(pattern, letters)]


@pytest.mark.parametrize(
    ("letters", "pattern"), [("_WMSID", "SM*|[WM]+(?:I[WM]+)*"), ("_WED", "W(?:[WE]*W)?")]
)
@given(data=st.data())
def test_actions_split_as_the_regular_expression_does(letters, pattern, data):
    documents = data.draw(spell(letters))
    found = tokenize(["".join(c for _, c in document) for document in documents])
    assert found == [expected(document, pattern) for document in documents]


@given(spell("_WD"))
def test_empty_tokens_are_kept_when_asked(documents):
    found = tokenize(["".join(c for _, c in document) for document in documents], keep_empty=True)
    assert found == [
        re.split(
            "|".join(ALPHABET["_"]),
            "".join(character for letter, character in document if letter != "D"),
        )
        for document in documents
    ]
