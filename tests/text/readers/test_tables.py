"""Tables as documents."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import InputError
from wordloom.text.sources import open_source

ROWS = [("1", "first, text", "A"), ("2", 'a "quoted" one', ""), ("3", "näh 中文", "C")]


def write(path, rows=ROWS, names=("id", "text", "title")):
    kind = path.name.split(".")[1]
    if kind == "jsonl":
        data = "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
    elif kind == "tsv":
        data = "".join("\t".join(row) + "\n" for row in [names, *rows])
    else:
        quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
        data = "".join(",".join(row) + "\r\n" for row in [names, *quoted])
    encoded = data.encode()
    path.write_bytes(gzip.compress(encoded) if path.suffix == ".gz" else encoded)
    return path


def texts_of(source):
    return [text for batch in source.batches() for text in batch.texts()]


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "csv", "csv.gz", "tsv", "tsv.gz"])
def test_a_column_is_recognised_or_named(tmp_path, suffix):
    path = write(tmp_path / f"a.{suffix}")
    assert texts_of(open_source(path)) == [row[1] for row in ROWS]
    assert texts_of(open_source(path, columns=["title", "text"])) == [
        "A\nfirst, text",
        'a "quoted" one',
        "C\nnäh 中文",
    ]
    assert texts_of(open_source(path, columns="id")) == ["1", "2", "3"]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "tsv"])
def test_a_column_that_does_not_exist_names_those_that_do(tmp_path, suffix):
    path = write(tmp_path / f"a.{suffix}")
    with pytest.raises(InputError, match=r"'body' for .*columns 'id', 'text', 'title'"):
        texts_of(open_source(path, columns=["body"]))


def test_a_table_without_a_text_column_asks_for_one(tmp_path):
    path = write(tmp_path / "a.csv", names=("id", "words", "more"))
    with pytest.raises(InputError, match=r"'words', 'more'.*Name the column with columns"):
        texts_of(open_source(path))


def test_parquet_is_read_in_order(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [f"text {number}" for number in range(10_000)]
    path = tmp_path / "a.parquet"
    table = pyarrow.table({"id": list(range(10_000)), "text": [*rows[:-1], None]})
    parquet.write_table(table, path, row_group_size=3000)
    assert texts_of(open_source(path)) == rows[:-1]
    assert texts_of(open_source(path, columns=["id", "text"]))[5] == "5\ntext 5"
    with pytest.raises(InputError, match="'body' for"):
        texts_of(open_source(path, columns=["body"]))


def test_bytes_that_are_not_utf8_reach_the_tokenizer_as_they_were(tmp_path):
    for suffix, data in {
        "csv": b"text\nab\xffcd\n",
        "tsv": b"text\nab\xffcd\n",
        "jsonl": b'{"text": "ab\xffcd"}\n',
    }.items():
        path = tmp_path / f"a.{suffix}"
        path.write_bytes(data)
        (batch,) = open_source(path).batches()
        assert batch.data.tobytes() == b"ab\xffcd"


def test_a_cell_of_10_mb_is_read(tmp_path):
    for suffix in ("csv", "jsonl", "tsv"):
        path = write(tmp_path / f"a.{suffix}", [("1", "word " * 2_000_000, "")])
        (batch,) = open_source(path).batches()
        assert len(batch.data) == 10_000_000


def test_a_csv_cell_may_hold_line_ends(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbfid,text\n1,"two\nlines"\n\n2,one\n')
    assert texts_of(open_source(path)) == ["two\nlines", "one"]


def test_quotes_in_tsv_matter_only_around_a_cell(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes(b'id\ttext\n1\t"starts here\n2\t"a ""b"" c"\r\n\n3\t6" long\n')
    assert texts_of(open_source(path)) == ['"starts here', 'a "b" c', '6" long']


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_json_lines_round_trip(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("json") / "a.jsonl"
    path.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    assert texts_of(open_source(path)) == rows
