import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import InputError
from wordloom.formats.tensorflow.text_graph import check_expressible, lower_case_pages, replacements
from wordloom.text.phrases import Phrases
from wordloom.text.tokenizer import Tokenizer

PRESETS = ["words", "spaces", "strip", "tfhub", "keras", "characters"]
# What the presets treat specially, and ordinary characters of several planes.
ODD = " \t\n\r\x00\xa0'’-_.,!$+<|~\xad\u200c\u200d\u0301\ufe0fー咳嗽のカÄéßİΣσȺ𐐀𝒳5٣१\U00020000"
TEXTS = st.text(st.sampled_from(ODD + "abcXYZ") | st.characters(codec="utf-8"), max_size=40)


@cache
def graph_of(tokenizer):
    """What the graph does, for Python's regular expressions."""
    blocks, pages = lower_case_pages(tokenizer)
    added = pages[blocks].reshape(-1).tolist() if len(blocks) else []
    steps = []
    for pattern, written in replacements(tokenizer):
        pattern = re.sub(r"\\x\{(\w+)\}", lambda hit: rf"\U{hit[1]:>08}", pattern)
        # In Python `$` stands before a last line feed as well.
        pattern = pattern.replace("]+$", r"]+\Z")
        steps.append((re.compile(pattern), written.replace(r"\0", r"\g<0>")))
    return {code: code + step for code, step in enumerate(added) if step}, steps


def split(tokenizer, text):
    lowered, steps = graph_of(tokenizer)
    text = text.translate(lowered)
    for pattern, written in steps:
        text = pattern.sub(written, text)
    tokens = text.split(" ")
    return tokens if tokenizer.preset == "tfhub" else [token for token in tokens if token]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("lowercase", [True, False])
@given(text=TEXTS)
def test_the_graph_splits_as_the_tokenizer_does(preset, lowercase, text):
    tokenizer = Tokenizer(preset, lowercase=lowercase)
    assert split(tokenizer, text) == tokenizer.tokenize(text)


@pytest.mark.parametrize(
    "text",
    [
        "a'b''c 'd' e'",
        "''",
        "x' 'y",
        "o'咳'o",
        "咳\u0301e\u0301",
        "--a--b--",
        "-",
        " - - a",
        "  a  b ",
    ],
)
@pytest.mark.parametrize("preset", PRESETS)
def test_characters_that_depend_on_their_neighbours(preset, text):
    tokenizer = Tokenizer(preset)
    assert split(tokenizer, text) == tokenizer.tokenize(text)


def test_phrases_and_jieba_are_refused():
    phrases = Phrases.from_settings([{"new york": [0.93, 812]}])
    with pytest.raises(InputError, match=r"a set of phrases.*Tokenizer\('spaces'\)"):
        check_expressible(Tokenizer(phrases=phrases))
    with pytest.raises(InputError, match="sides of a mark"):
        check_expressible(Tokenizer("marks"))
    chinese = Tokenizer()
    chinese.preset = "jieba"  # the package itself may not be installed
    with pytest.raises(InputError, match="jieba's dictionary"):
        check_expressible(chinese)
