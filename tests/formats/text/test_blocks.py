import gzip
import threading
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import FormatError
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.text import blocks as vector_text
from wordloom.formats.text.blocks import dimension_of, expected_rows, first_lines, text_blocks
from wordloom.formats.text.lines import LineParser
from wordloom.text.readers.streams import Meter

LINES = st.lists(
    st.text("ab01.-e \t\r", max_size=12).map(str.encode)
    | st.sampled_from([b"a 0.5 1", b"a b 1 2", b"a 1 16777217", b"a 1e99 nan", b"a 1.5 1.5 2"]),
    max_size=6,
)


def by_the_rule(parser, lines):
    """Return what `parse_line` makes of lines up to the first that it refuses, and the message."""
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            rest = any(other.strip() for other in lines[number:])
            return rows, "blank" if rest else None
        try:
            rows.append(parser.parse_line(line, number))
        except FormatError as error:
            return rows, str(error)
    return rows, None


@given(LINES, st.integers(1, 3), st.booleans())
def test_blocks_are_read_by_the_rule_for_lines(lines, dim, has_words):
    parser = LineParser("toy", dim, has_words)
    rows, message = by_the_rule(parser, lines)
    block = parser.parse(b"".join(line + b"\n" for line in lines), 1)
    bounds = block.offsets.tolist()
    words = [block.words[a:b].tobytes() for a, b in pairwise(bounds)]
    assert words == [word for word, _ in rows]
    assert np.array_equal(block.vectors, [v for _, v in rows], equal_nan=True) or not rows
    if message is None:
        assert block.error is None
    else:
        assert message in str(block.error)


def test_a_damaged_line_is_reported_with_what_it_holds():
    parser = LineParser("toy", 2)
    for line, what in [
        (b"a 1", "line 7, with 1"),
        (b"a 0.1 0.2 0.3", "line 7, with 3"),
        (b"a 1 2 3", "line 7, with 3"),
        (b"1.5 2.5", "line 7, with 1"),
        (b"a 0.1 x" + b"y" * 99, "line 7, where field 3 is 'xy"),
        (b"a b 1_0 2", "line 7, where field 3 is '1_0'"),
    ]:
        with pytest.raises(FormatError, match=what) as error:
            parser.parse_line(line, 7)
        assert len(str(error.value)) < 300


def test_numbers_too_large_for_float32_become_infinite():
    assert LineParser("toy", 2).parse_line(b"a -1e39 1e999", 1)[1].tolist() == [-np.inf, np.inf]


def test_the_dimension_is_what_most_first_lines_have():
    assert dimension_of([b"at 1 0.1 0.2"] + [b"the 0.1 0.2"] * 3 + [b"of 0.1"]) == 2
    assert dimension_of([b"1 2 3"]) == 2
    assert dimension_of([b"to be", b"or not"]) == 0
    assert dimension_of([b"a 1", b"b 1 2", b"c 1 2 3", b"d"]) == 0
    assert dimension_of([]) == dimension_of([b"", b" "]) == 0


def test_first_lines_are_whole_ones():
    long = b"word" + b" 0.25" * 9 + b"\n"
    assert set(first_lines((long * 2000)[: 1 << 16])) == {long[:-1]}
    assert len(first_lines((long * 2000)[: 1 << 16])) == 100
    cut = (b"word" + b" 0.25" * 20000)[: 1 << 16]
    assert set(first_lines(cut)[0].split()[1:]) == {b"0.25"}
    assert first_lines(b"a 1 2") == [b"a 1 2"]
    assert first_lines(b"\xef\xbb\xbfa 1") == [b"a 1"]
    assert first_lines(b"a\0b 1") == first_lines(b"") == []


def blocks(path):
    with closing(text_blocks(open_content(path), Meter(), False)) as found:
        return list(found)


@given(text=st.binary(max_size=60), size=st.integers(1, 20))
def test_blocks_hold_whole_lines_and_all_of_them(tmp_path_factory, text, size):
    text = text.replace(b"\0", b"\n")
    path = tmp_path_factory.mktemp("blocks") / "file"
    path.write_bytes(b"." + text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_text, "BLOCK", size)
        found = blocks(path)
    assert all(block.endswith(b"\n") for block in found)
    assert b"".join(found).removesuffix(b"\n") == (b"." + text).removesuffix(b"\n")


def test_an_endless_line_is_refused_before_it_fills_the_memory(tmp_path):
    path = tmp_path / "endless.txt.gz"
    path.write_bytes(gzip.compress(b"a 1\nb " + b"1" * (6 << 20)))
    with pytest.raises(FormatError, match="whose line 2 is longer"):
        blocks(path)


def test_blank_lines_may_only_end_a_file(tmp_path, monkeypatch):
    path = tmp_path / "toy.txt"
    path.write_bytes(b"a 1 2\nb 3 4\n\n \t\r\n\n")
    assert load(path, format="glove").vocabulary.words == ["a", "b"]
    for size in (1 << 18, 7):
        monkeypatch.setattr(vector_text, "BLOCK", size)
        path.write_bytes(b"a 1 2\nb 3 4\n\n\n\nc 5 6\n")
        with pytest.raises(FormatError, match="line 3 is blank"):
            load(path, format="glove")


def test_blocks_in_several_threads_keep_the_order_and_the_numbers_of_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(vector_text, "BLOCK", 50)
    lines = [f"word{number} {number} {number / 2}" for number in range(200)]
    path = tmp_path / "toy.txt"
    path.write_text("\n".join(lines))
    embedding = load(path, format="glove")
    assert embedding.vocabulary.words == [f"word{number}" for number in range(200)]
    assert embedding.vectors[:, 0].tolist() == list(range(200))
    lines[150] = "word150 1 x"
    path.write_text("\n".join(lines))
    with pytest.raises(FormatError, match="line 151, where field 3 is 'x'"):
        load(path, format="glove")
    assert len(load(path, format="glove", limit=150)) == 150
    assert len(load(path, format="glove", words=["word3", "word149"])) == 2


def test_reading_that_stops_early_leaves_no_threads_behind(tmp_path, monkeypatch):
    # Were generators left to the garbage collector, it could wait for a thread within itself.
    monkeypatch.setattr(vector_text, "BLOCK", 20)
    path = tmp_path / "toy.txt"
    path.write_text("".join(f"word{number} {number} 0.5\n" for number in range(50)) + "cut 1\n")
    before = threading.active_count()
    load(path, format="glove", limit=1)
    with pytest.raises(FormatError) as error:
        load(path, format="glove")
    assert threading.active_count() == before, error


def test_a_guess_of_rows_takes_no_more_memory_than_the_file_can_fill(tmp_path):
    path = tmp_path / "a.glove"
    path.write_bytes(b"a" + b" 1" * 60_000 + b"\n" * 150_000)
    content, meter = open_content(path), Meter()
    with closing(text_blocks(content, meter, False)) as blocks:
        assert expected_rows(content, meter, next(blocks), 60_000) < 10
    assert len(load(path)) == 1
