"""Labelled texts from tables and folders."""

import gzip
import zipfile

import pytest

from wordloom.datasets.labelled import LabelledTexts, read_labelled
from wordloom.errors import FormatError, InputError

CSV = "category,text\nsport,They won.\ntech,A new chip.\n"


def check(labelled):
    assert labelled.texts == ["They won.", "A new chip."]
    assert labelled.labels == ["sport", "tech"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.tsv", CSV.replace(",", "\t")),
        ("a.csv", "id,topic,sentence\n1,sport,They won.\n2,tech,A new chip.\n"),
        ("a.csv", "text,kind\nThey won.,sport\n,\nA new chip.,tech\n"),
        (
            "a.jsonl",
            '{"string": "They won.", "label": "sport"}\n\n'
            '{"string": "A new chip.", "label": "tech"}\n',
        ),
    ],
)
def test_columns_are_recognised(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    if name == "a.csv" and "kind" in content:
        check(read_labelled(path, label_column="kind"))
    else:
        check(read_labelled(path))


def test_compressed_tables_are_read(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    check(read_labelled(tmp_path / "a.csv.gz"))
    with zipfile.ZipFile(tmp_path / "a.csv.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
    check(read_labelled(tmp_path / "a.csv.zip"))
    with zipfile.ZipFile(tmp_path / "a.csv.zip", "a") as archive:
        archive.writestr("b.csv", CSV)
    with pytest.raises(InputError, match="one table"):
        read_labelled(tmp_path / "a.csv.zip")


def test_parquet_labels_may_be_numbers(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"label": [1, 0], "text": ["one", "zero"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert read_labelled(tmp_path / "a.parquet").labels == ["1", "0"]


def test_a_folder_has_a_subfolder_for_each_label(tmp_path):
    for label, name, text in [("sport", "1.txt", "They won."), ("tech", "x/2.txt", "A new chip.")]:
        path = tmp_path / "train" / label / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    check(read_labelled(tmp_path / "train"))
    labelled = read_labelled(tmp_path, split="train")
    check(labelled)
    assert labelled.split == "train"
    with pytest.raises(InputError, match="none for split='test'"):
        read_labelled(tmp_path, split="test")
    (tmp_path / "test.csv").write_text(CSV)
    check(read_labelled(tmp_path, split="test"))


def test_bytes_that_are_not_utf8_are_replaced(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"text,label\nab\xffcd,x\n")
    assert read_labelled(tmp_path / "a.csv").texts == ["ab\ufffdcd"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\none,a\ntwo,\nthree,\n", "2 of 3 rows have no label, the first on line 3"),
        ("text,label\none,a\n ,b\n", "1 of 2 rows have no text, the first on line 3"),
        ("text,label\n", "has no row"),
        ("", "no columns"),
        ("id,text,words\n1,b,c\n", "label column is recognised"),
        ("id,words,label\n1,b,c\n", "text column is recognised"),
    ],
)
def test_missing_texts_labels_and_columns_are_refused(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_labelled(path)


def test_a_column_that_does_not_exist_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text(CSV)
    with pytest.raises(InputError, match=r"'body' for .*'category', 'text'"):
        read_labelled(tmp_path / "a.csv", "body", "category")


def test_other_paths_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_labelled(tmp_path / "none.csv")
    with pytest.raises(InputError, match="holds none"):
        read_labelled(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(FormatError, match="none of these"):
        read_labelled(tmp_path / "a.txt")


def test_each_text_needs_a_label():
    with pytest.raises(InputError, match="2 texts and 1 labels"):
        LabelledTexts(["a", "b"], ["x"], "two")
