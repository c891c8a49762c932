import importlib.util
import re
import string
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wordloom.errors import FormatError, InputError, MissingExtraError
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.character_classes import PRESETS, SINGLE_RANGES, character_table
from wordloom.text.tokenizer import Tokenizer, jieba_cutter

TABLE_PRESETS = [preset for preset in PRESETS if preset != "jieba"]
KERAS_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'

CHARACTERS = (
    " \n\u3000\x1c'\u2019-._\xad\u200daBİΣȺǅⒶé\u0301漢々ひカー\U00020000\ufe0f\U000e0100½\ufffd\0"
)
TRICKY_TEXT = st.sampled_from([*CHARACTERS, "  ", "''", "e\u0301", "don't", "COVID-19"])
TEXT = st.lists(TRICKY_TEXT | st.text(max_size=5)).map("".join)
# Overlong, surrogate, too high, cut off, never a lead byte, a true U+FFFD, alone.
ODD_BYTES = "c080 e09fbf f08fbfbf eda080 f4908080 e282 f09f98 c3 f5 ff efbfbd 80"
TRICKY_BYTES = st.sampled_from([bytes.fromhex(digits) for digits in ODD_BYTES.split()])
DOCUMENT = st.lists(TEXT.map(str.encode) | TRICKY_BYTES | st.binary(max_size=6)).map(b"".join)


def lowered(text):
    return "".join(character.lower()[0] for character in text)


def word_class(character):
    if character in "'\u2019\u200c\u200d":
        return "I"
    category = unicodedata.category(character)
    if category[0] == "M" or character in "ーｰﾞﾟ":
        return "M"
    if category[0] in "LN" or category == "Pc":
        single = any(first <= ord(character) <= last for first, last in SINGLE_RANGES)
        return "S" if single else "W"
    return " "


def mark_class(character):
    if character in "'\u2019.-\u2010\u2011":
        return "L"
    found = word_class(character)
    return "P" if found == " " and unicodedata.category(character)[0] in "PS" else found


def reference(preset, text, lowercase):
    if lowercase:
        text = lowered(text)
    if preset == "words":
        text = text.replace("\xad", "")
        classes = "".join(map(word_class, text))
        spelled = text.replace("\u2019", "'")
        return [
            spelled[match.start() : match.end()]
            for match in re.finditer("SM*|[WM]+(?:I[WM]+)*", classes)
        ]
    if preset == "marks":
        text = text.replace("\xad", "")
        classes = "".join(map(mark_class, text))
        spelled = text.replace("\u2019", "'")
        return [
            spelled[match.start() : match.end()]
            for match in re.finditer("[WM]+(?:[IL][WM]+)*|[SPL]M*", classes)
        ]
    if preset == "spaces":
        return text.split()
    if preset == "strip":
        return [token for word in text.split() if (token := word.strip(string.punctuation))]
    if preset == "tfhub":
        return "".join(c for c in text if unicodedata.category(c)[0] != "P").split(" ")
    if preset == "keras":
        blanked = text.translate(str.maketrans(KERAS_FILTERS, " " * len(KERAS_FILTERS)))
        return [token for token in blanked.split(" ") if token]
    classes = "".join(
        " " if c.isspace() else "M" if unicodedata.category(c)[0] == "M" else "S" for c in text
    )
    return [text[m.start() : m.end()] for m in re.finditer("SM*|M+", classes)]


def batch_of(documents):
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    return TextBatch(np.frombuffer(b"".join(documents), np.uint8), offsets)


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("preset", TABLE_PRESETS)
@given(documents=st.lists(DOCUMENT, max_size=4))
@example(documents=[])
@example(documents=[b"", b"\xe2\x82", b"\xac x", b""])
def test_every_preset_does_what_plain_python_does(preset, lowercase, documents):
    tokens = Tokenizer(preset, lowercase).tokenize_batch(batch_of(documents))
    texts = [document.decode("utf-8", "replace") for document in documents]
    assert tokens.words() == [reference(preset, text, lowercase) for text in texts]
    marks = sum(text.count("\ufffd") for text in texts)
    assert tokens.invalid == marks - sum(document.count(b"\xef\xbf\xbd") for document in documents)
    assert len(tokens) == tokens.splits[-1]
    assert len(tokens.data) == tokens.offsets[-1]


@pytest.mark.parametrize("preset", TABLE_PRESETS)
def test_every_code_point_has_the_class_and_lower_case_of_plain_python(preset):
    codes = [*range(0xD800), *range(0xE000, 0x34000), *range(0xE0000, 0xE1000)]
    codes += range(0x34000, 0x110000, 0x101)
    text = "".join(f"a{chr(code)}b " for code in codes)
    assert Tokenizer(preset, True).tokenize(text) == reference(preset, text, True)


@pytest.mark.parametrize(
    ("preset", "text", "tokens"),
    [
        ("words", "Don\u2019t PANIC: it's 3.5 a_b!", ["don't", "panic", "it's", "3", "5", "a_b"]),
        ("words", "'quoted' rock''n dogs' 'tis", ["quoted", "rock", "n", "dogs", "tis"]),
        (
            "words",
            "漢字とカタカナらーめん한국어",
            ["漢", "字", "と", "カタカナ", "らー", "め", "ん", "한국어"],
        ),
        ("words", "co\xadoperate می\u200cروم", ["cooperate", "می\u200cروم"]),
        ("spaces", " A,b\u3000C\n", ["A,b", "C"]),
        ("strip", "(COVID-19), -- «x»", ["COVID-19", "«x»"]),
        ("tfhub", "a - b", ["a", "", "b"]),
        ("tfhub", "COVID-19\tx $5", ["COVID19\tx", "$5"]),
        ("tfhub", "", [""]),
        ("keras", "Don't-stop\t“Now”", ["don't", "stop", "“now”"]),
        ("characters", "e\u0301 漢", ["e\u0301", "漢"]),
        ("marks", "Don\u2019t (e.g.) -3.5!", ["Don't", "(", "e.g", ".", ")", "-", "3.5", "!"]),
        ("marks", "COVID-19... $5\n👍🏽.", ["COVID-19", ".", ".", ".", "$", "5", "👍", "🏽", "."]),
    ],
)
def test_examples(preset, text, tokens):
    assert Tokenizer(preset).tokenize(text) == tokens


def test_lower_casing_can_be_turned_round():
    assert Tokenizer("words", lowercase=False).tokenize("Ab") == ["Ab"]
    assert Tokenizer("spaces", lowercase=True).tokenize("ÄB ΛΣ") == ["äb", "λ\u03c3"]


def test_lone_surrogates_are_replaced_as_their_bytes_would_be():
    batch = pack_texts(["a\ud800b"])
    tokens = Tokenizer("spaces").tokenize_batch(batch)
    assert (tokens.words(), tokens.invalid) == ([["a\ufffd\ufffd\ufffdb"]], 3)


def test_tables_are_built_once():
    assert character_table("words", True) is character_table("words", True)


def test_settings_make_an_equal_tokenizer():
    tokenizer = Tokenizer("strip", lowercase=True)
    twin = Tokenizer.from_settings(tokenizer.settings())
    assert twin == tokenizer
    assert hash(twin) == hash(tokenizer)
    assert twin != Tokenizer("strip")
    assert repr(twin) == "Tokenizer('strip', lowercase=True)"


@pytest.mark.parametrize(
    "saved",
    [
        None,
        {},
        {"preset": "new", "lowercase": True},
        {"preset": "words", "lowercase": 1},
        {"preset": ["words"], "lowercase": True},
    ],
)
def test_foreign_settings_are_refused(saved):
    with pytest.raises(FormatError, match="Saved tokenizer settings"):
        Tokenizer.from_settings(saved)


def test_an_unknown_preset_is_named():
    with pytest.raises(InputError, match=r"words, spaces, .*Received: 'Words'"):
        Tokenizer("Words")


def test_a_missing_jieba_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    jieba_cutter.cache_clear()
    with pytest.raises(MissingExtraError, match=r"wordloom\[chinese\]"):
        Tokenizer("jieba")


@pytest.mark.skipif(not importlib.util.find_spec("jieba"), reason="jieba is not installed")
def test_jieba_segments_chinese_without_a_word_on_stderr(capfd):
    jieba_cutter.cache_clear()
    tokenizer = Tokenizer("jieba")
    tokens = tokenizer.tokenize_batch(batch_of(["我来到北京清华大学 OK\n".encode(), b"", b"a\xff"]))
    assert tokens.words()[0] == ["我", "来到", "北京", "清华大学", "OK"]
    assert tokens.words()[1:] == [[], ["a", "\ufffd"]]
    assert tokens.invalid == 1
    assert Tokenizer("jieba", lowercase=True).tokenize("OK") == ["ok"]
    assert capfd.readouterr() == ("", "")
