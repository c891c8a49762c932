import gzip
import json
import os
import re
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import DataWarning, FormatError, InputError, WordloomError
from wordloom.inspect.keywords.files import (
    read_keyword_lists,
    recognize_separator,
    split_keywords,
)

EXPECTED = (["p1", "p2", "p3"], [["dry cough", "fever"], [], ["fever"]])


def content(lists):
    return lists.ids, [lists[number] for number in range(len(lists))]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("papers.tsv", "id\ttitle\tkeywords\np1\tA, b; c\tdry cough; fever\np2\t\t\np3\t\tfever\n"),
        ("papers.csv", 'Keywords,ID\r\n"dry cough, fever",p1\r\n,p2\r\nfever,p3\r\n'),
        ("papers.csv", '\ufeffTags,doc_id\n"dry cough\nfever",p1\n,p2\nfever,p3\n'),
        (
            "papers.jsonl",
            '{"id": "p1", "keywords": ["dry cough", "fever"], "x": {"y": 1}}\n\n'
            '{"keywords": null, "id": "p2"}\n{"id": "p3", "keywords": "fever", "z": 1}\n',
        ),
        (
            "papers.ndjson",
            '{"subjects": "dry cough|fever", "pmid": "p1"}\n{"pmid": "p2"}\n'
            '{"pmid": "p3", "subjects": "fever"}',
        ),
    ],
)
def test_tables_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text, "utf-8", newline="")
    assert content(read_keyword_lists(tmp_path / name)) == EXPECTED
    with gzip.open(tmp_path / f"{name}.gz", "wt", encoding="utf-8", newline="") as file:
        file.write(text)
    assert content(read_keyword_lists(tmp_path / f"{name}.gz")) == EXPECTED
    with zipfile.ZipFile(tmp_path / "papers.zip", "w") as archive:
        archive.writestr(f"folder/{name}", text)
    assert content(read_keyword_lists(tmp_path / "papers.zip")) == EXPECTED


def test_lines_of_text_are_lists(tmp_path):
    path = tmp_path / "lists.txt"
    path.write_text("dry cough; fever\n\nfever", "utf-8")
    assert content(read_keyword_lists(path)) == (["1", "2", "3"], EXPECTED[1])


def test_a_folder_or_archive_of_key_files_holds_a_document_each(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("set/docs/p1.txt", "An abstract.")
        for name, text in (("p1", "dry cough\r\n fever \n"), ("p2", ""), ("p3", "fever")):
            archive.writestr(f"set/keys/{name}.key", text)
    assert content(read_keyword_lists(tmp_path / "set.zip")) == EXPECTED
    with zipfile.ZipFile(tmp_path / "set.zip") as archive:
        archive.extractall(tmp_path)
    assert content(read_keyword_lists(tmp_path / "set")) == EXPECTED


def test_a_table_without_header_is_recognised_by_its_content(tmp_path):
    path = tmp_path / "kg.tsv"
    abstract = "本文研究了一种新的方法，通过大量的实验进行了验证，结果表明该方法比以往的都更快."
    path.write_text(
        f"to keywords\t{abstract}\t糖尿病_肾病\nto keywords\t{abstract}\t发热_咳嗽_肺\n", "utf-8"
    )
    with pytest.warns(DataWarning, match="column 3 of 3"):
        assert read_keyword_lists(path)[1] == ["发热", "咳嗽", "肺"]
    assert read_keyword_lists(path, "3")[0] == ["糖尿病", "肾病"]
    assert read_keyword_lists(path, "1").keywords == ["to keywords"]
    with pytest.raises(InputError, match="'4'"):
        read_keyword_lists(path, "4")


def test_columns_and_separators_can_be_chosen(tmp_path):
    path = tmp_path / "papers.csv"
    path.write_text("a,b,c\nx/y,1,z w\n", "utf-8")
    assert content(read_keyword_lists(path, "a", "b", "/")) == (["1"], [["x", "y"]])
    assert content(read_keyword_lists(path, "c", "1", " ")) == (["x/y"], [["z", "w"]])
    for column, id_column in (("d", None), ("a", "e"), ("0", None)):
        with pytest.raises(InputError, match="which has"):
            read_keyword_lists(path, column, id_column)
    with pytest.raises(InputError, match="at least one character"):
        read_keyword_lists(path, "a", separator="")


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        ("a; b, c", ["a", "b, c"]),
        ("snake_case, b", ["snake_case", "b"]),
        ("糖尿病_肾病", ["糖尿病", "肾病"]),
        ("糖尿病；肾病", ["糖尿病", "肾病"]),
        ("a\nb; c", ["a", "b; c"]),
        (" ;; a ;", ["a"]),
        ("one keyword", ["one keyword"]),
        ("", []),
    ],
)
def test_separators_are_recognised(text, keywords):
    assert split_keywords(text) == keywords


def test_the_separator_is_that_of_most_lists():
    assert recognize_separator(["a_b", "c_d", "e_f", "g, h_i"]) == "_"
    assert recognize_separator([]) is None


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.jsonl", b'{"keywords": "a"}\n{"keywords": \n', r"line 2 does not"),
        ("a.jsonl", b'{"keywords": "a"}\n[1]\n', r"line 2 holds a list"),
        ("a.jsonl", b'{"keywords": "a"}\n{"keywords": {"b": 1}}\n', r"line 2 holds {"),
        ("a.jsonl", b'{"keywords": ["a", 3]}\n', r"line 1 holds \["),
        ("a.jsonl", b"[" * 100_000, r"line 1 does not"),
        ("a.jsonl", b'{"text": "a"}\n', r"has the columns 'text'"),
        ("a.csv", b"keywords,id\na,1\nb\n", r"line 3 has 1 where the first has 2"),
        ("a.csv", b'keywords,id\n"a,1\n', r"line 2 has 1|line 3 has 1|line 2 does not"),
        ("a.tsv", b"keywords\tid\na\t1\tx\n", r"line 2 has 3"),
        ("a.tsv", b"id\tname\n1\t2\n", r"2 columns and none that is"),
        ("a.tsv", b"keywords\na\nb\0c\n", r"line 3 does"),
        ("a.txt", b"\xff\xfea\0;\0b\0", r"NUL bytes"),
        ("a.tsv", "keywords\n糖尿病\n".encode("gb18030"), r"line 2 is not.*0xcc.*iconv"),
        ("a.key", b"a\n\xe9\n", r"line 2 is not"),
        ("a.csv", b"", r"which holds none"),
        ("a.pdf", b"%PDF-", r"PDF"),
        ("a.xyz", b"a; b", r"none of these"),
        ("a.zip", b"PK\3\4 nonsense", r"damaged"),
        ("a.tsv.gz", gzip.compress(b"keywords\n" + b"a\n" * 999)[:-9], r"cut short"),
    ],
)
def test_bad_files_are_refused_with_the_line(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises((FormatError, InputError), match=message) as error:
        read_keyword_lists(path)
    assert str(tmp_path) in str(error.value)


def test_missing_and_ambiguous_paths_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_keyword_lists(tmp_path / "none.csv")
    with pytest.raises(FormatError, match="holds none"):
        read_keyword_lists(tmp_path)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("keywords\na\n")
    with pytest.raises(InputError, match="holds more"):
        read_keyword_lists(tmp_path)
    (tmp_path / "lines.txt").write_text("a; b\n")
    with pytest.raises(InputError, match="Columns are named for tables"):
        read_keyword_lists(tmp_path / "lines.txt", "keywords")


START = {
    "jsonl": b'{"id": "p", "keywords": ["a", "b"]}\n{"id": "q", "keywords": "a"}\n',
    "csv": b'id,keywords\np,"a; b"\nq,a\n',
    "tsv": b'id\tkeywords\np\t"a; b"\nq\ta\n',
    "key": b"a\nb\n",
}


@given(st.sampled_from(list(START)), st.integers(0, 70), st.binary(max_size=3))
def test_mutated_files_are_read_or_refused(tmp_path_factory, ending, place, bytes_):
    path = tmp_path_factory.getbasetemp() / f"mutated.{ending}"
    data = START[ending]
    path.write_bytes(data[:place] + bytes_ + data[place + len(bytes_) :])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            read_keyword_lists(path)
    except WordloomError as error:
        assert re.search("line|columns|holds", str(error))


@given(st.lists(st.lists(st.text(max_size=9), max_size=4), min_size=1, max_size=5))
def test_what_json_holds_comes_back(tmp_path_factory, lists):
    path = tmp_path_factory.getbasetemp() / "lists.jsonl"
    path.write_text("".join(json.dumps({"keywords": own}) + "\n" for own in lists))
    found = read_keyword_lists(path)
    assert len(found) == len(lists)
    for number, own in enumerate(lists):
        assert len(found[number]) <= len(own)


@pytest.mark.data
def test_real_collections_are_read_without_being_told_how():
    data = Path(os.environ["WORDLOOM_DATA"])
    with pytest.warns(DataWarning, match="column 3 of 3"):
        chinese = read_keyword_lists(data / "zh" / "csl" / "kg" / "test.tsv")
    assert len(chinese) == 1000
    assert chinese[0] == ["染色", "活性染料", "匀染性", "棉织物"]
    english = read_keyword_lists(data / "keywords" / "Inspec.zip")
    assert len(english) == 2000
    assert "quantum entanglement" in english[english.number("114")]
