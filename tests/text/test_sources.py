"""Sources: every kind of path as batches of documents."""

import gzip
import io
import json
import os
import sys
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import FormatError, InputError
from wordloom.text.batches import TextBatch, pack_texts
from wordloom.text.readers.gather import gather
from wordloom.text.readers.streams import Meter
from wordloom.text.sources import chain_sources, open_source


def texts_of(source):
    return [text for batch in source.batches() for text in batch.texts()]


def write_tar(path, files, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_a_line_is_a_document_and_empty_lines_are_none(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\n\r\ntwo\n\nthree")
    assert texts_of(open_source(path)) == ["one", "two", "three"]


def test_a_file_is_a_document_where_asked(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert texts_of(open_source(path, document="file")) == ["one\ntwo\n"]


@given(
    st.lists(st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]))),
    st.integers(1, 64),
    st.sampled_from(["\n", "\r\n"]),
)
def test_lines_survive_any_batch_size(tmp_path_factory, lines, size, end):
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    path.write_bytes(("x" + end + end.join(lines)).encode())
    batches = list(open_source(path).batches(size))
    assert [text for batch in batches for text in batch.texts()] == ["x", *filter(None, lines)]
    assert all(len(batch.data) <= size or len(batch) == 1 for batch in batches)


def test_lines_across_blocks_are_whole(tmp_path):
    lines = [f"{number} " + "word " * (number % 50_000) for number in range(0, 400_000, 9973)]
    path = tmp_path / "a.txt"
    path.write_text("\n".join(lines))
    assert texts_of(open_source(path)) == lines


def test_a_line_of_10_mb_is_one_batch(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"short\n" + b"word " * 2_000_000 + b"\nlast")
    batches = list(open_source(path).batches())
    assert [len(batch.data) for batch in batches] == [5, 10_000_000, 4]


def test_memory_does_not_grow_with_the_file(tmp_path):
    def peak(copies):
        path = tmp_path / f"{copies}.txt.gz"
        path.write_bytes(gzip.compress(b"a line of text that is repeated\n" * 40_000, 1) * copies)
        tracemalloc.start()
        assert sum(len(batch) for batch in open_source(path).batches()) == 40_000 * copies
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(24) < 1.5 * peak(3)


def test_batches_say_how_far_the_files_were_read(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(os.urandom(3_000_000).hex().encode(), 1))
    source = open_source([path, path])
    *_, last = source.batches()
    assert last.source_bytes == source.total_bytes == 2 * path.stat().st_size


def test_all_batches_have_arrays_of_one_kind(tmp_path):
    (tmp_path / "a.txt").write_text("line\n" * 1000)
    (tmp_path / "b.jsonl").write_text('{"text": "one"}\n')
    for batch in open_source(tmp_path).batches(64):
        assert batch.data.dtype == np.uint8
        assert not batch.data.flags.writeable
        assert batch.offsets.dtype == np.int64
        assert batch.offsets.flags.writeable
        assert batch.offsets[0] == 0
        assert batch.offsets[-1] == len(batch.data)


def test_a_source_can_be_read_again(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one\n")
    source = open_source(path)
    assert texts_of(source) == texts_of(source) == ["one"]


def test_small_and_large_runs_keep_their_order():
    run = TextBatch(np.frombuffer(b"abcdefgh", np.uint8), np.array([0, 1, 1, 8]))
    batches = list(gather([b"1", run, b"2", b"", b"3" * 9, b"4"], 4, Meter()))
    assert [batch.texts() for batch in batches] == [
        ["1"],
        ["a"],
        ["bcdefgh"],
        ["2"],
        ["3" * 9],
        ["4"],
    ]


@given(st.lists(st.lists(st.sampled_from(["", "", "x", "long" * 9]))), st.integers(1, 40))
def test_empty_documents_can_keep_their_place(runs, size):
    expected = [text for run in runs for text in run]
    for documents in (map(pack_texts, runs), [text.encode() for text in expected]):
        batches = list(gather(documents, size, Meter(), keep_empty=True))
        assert [text for batch in batches for text in batch.texts()] == expected
        assert all(len(batch) for batch in batches)


def test_lines_and_rows_can_be_matched_with_documents(tmp_path):
    (tmp_path / "a.txt").write_text("one\n\n\r\ntwo\n\n")
    (tmp_path / "b.csv").write_text("id,text\n1,three\n2,\n")
    paths = [tmp_path / "a.txt", tmp_path / "b.csv"]
    kept = ["one", "", "", "two", "", "three", ""]
    assert texts_of(open_source(paths, keep_empty=True)) == kept
    assert texts_of(open_source(paths)) == ["one", "two", "three"]


def test_a_folder_is_read_in_depth_and_sorted_whatever_its_files_are(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.csv").write_text("id,text\n1,from csv\n")
    (tmp_path / "a.txt").write_text("from text\n")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b'{"text": "from json"}\n'))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.txt").write_text("hidden\n")
    write_tar(tmp_path / "d.tgz", {"x/y.txt": b"from tar\n", "x/z.bin": b"\0"})
    assert texts_of(open_source(tmp_path)) == ["from text", "from csv", "from json", "from tar"]


def test_archives_in_archives_are_read(tmp_path):
    write_tar(
        tmp_path / "in.tar.gz", {"y.tsv": b"id\ttext\n1\tdeep\n", "n.txt.gz": gzip.compress(b"n")}
    )
    inner = (tmp_path / "in.tar.gz").read_bytes()
    write_tar(tmp_path / "out.tar", {"a.txt": b"top", "in.tar.gz": inner, "z.txt": b"end"}, "w")
    assert texts_of(open_source(tmp_path / "out.tar")) == ["top", "deep", "n", "end"]
    with zipfile.ZipFile(tmp_path / "out.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in.tar.gz", inner)
        archive.writestr("__MACOSX/in.txt", "no")
        archive.writestr("z.txt", "end")
    assert texts_of(open_source(tmp_path / "out.zip")) == ["deep", "n", "end"]


def test_the_name_does_not_matter_where_the_content_tells(tmp_path):
    (tmp_path / "plain.gz").write_bytes(b"not gzip at all\n")
    (tmp_path / "gzip.data").write_bytes(gzip.compress(b"gzip\n"))
    write_tar(tmp_path / "tar.data", {"a.txt": b"tar"}, "w")
    found = [texts_of(open_source(path)) for path in sorted(tmp_path.iterdir())]
    assert found == [["gzip"], ["not gzip at all"], ["tar"]]


def test_standard_input_is_read_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"one\ntwo\n"))))
    source = open_source("-")
    assert source.total_bytes is None
    assert texts_of(source) == ["one", "two"]
    with pytest.raises(InputError, match="only once"):
        texts_of(source)


def test_standard_input_can_be_a_table(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"id,text\n1,one\n")))
    assert texts_of(open_source("-", kind="csv")) == ["one"]


def test_several_paths_are_one_source(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(name)
    source = open_source([tmp_path / "b.txt", tmp_path / "a.txt"])
    assert texts_of(source) == ["b", "a"]
    assert source.name.endswith("a.txt")


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "empty.txt", "holds none"),
        (b"\n\n", "blank.txt", "holds none"),
        (b"text\0\0", "binary.txt", "NUL bytes"),
        (b"BZh91AY", "x.bz2", "bzip2"),
        (b"%PDF-1.4", "x.pdf", "PDF"),
        (gzip.compress(bytes(range(32, 127)) * 9)[:-9], "cut.txt.gz", "cut short"),
        (gzip.compress(b"text " * 1000)[:-8] + b"\1" * 8, "sum.txt.gz", "damaged"),
        (b"\x1f\x8b\x08" + b"x" * 100, "bad.txt.gz", "damaged"),
        (b"no tar at all" * 100, "x.tar", "valid header"),
        (b"PK\3\4 no zip", "x.zip", "damaged zip"),
        (b"PAR1 no parquet", "x.parquet", "Parquet"),
        (b'{"text": "one"}\n{"text": \n', "x.jsonl", "line 2"),
        (b'["one"]\n', "x.jsonl", "holds a list"),
        (b'{"text": ["one"]}\n', "x.jsonl", "a list in column 'text', line 1"),
        (b'{"n": ' + b"9" * 5000 + b"}\n", "x.jsonl", "line 1"),
        (b"[" * 100_000, "x.jsonl", "line 1"),
        (b"id,text\n1,a,b\n", "x.csv", "line 2 has 3"),
        (b"id\ttext\n1\n", "x.tsv", "line 2 has 1"),
        (b"", "x.csv", "no columns"),
    ],
)  # fmt: skip
def test_bad_files_are_refused(tmp_path, content, name, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        texts_of(open_source(path))
    assert "eceived" in str(caught.value) or "damaged" in str(caught.value)
    assert name in str(caught.value)


def test_bad_paths_and_arguments_are_refused(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match="does not exist"):
        open_source(tmp_path / "none.txt")
    with pytest.raises(InputError, match=r"1 others, as picture\.png"):
        open_source(tmp_path)
    with pytest.raises(InputError, match="neither"):
        open_source("/dev/null")
    with pytest.raises(InputError, match="'line' or 'file'"):
        open_source(tmp_path, document="word")
    with pytest.raises(InputError, match="kind='html'"):
        open_source(tmp_path, kind="html")
    with pytest.raises(InputError, match="At least one source"):
        open_source([])


def test_a_file_that_must_not_be_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("one")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    source = open_source(path)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="Permission denied"):
        texts_of(source)


def test_a_document_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("wordloom.text.readers.plain.MAX_DOCUMENT", 1000)
    monkeypatch.setattr("wordloom.text.readers.streams.MAX_DOCUMENT", 1000)
    monkeypatch.setattr("wordloom.text.readers.tables.MAX_DOCUMENT", 1000)
    path = tmp_path / "a.txt"
    path.write_bytes(b"word " * 1_000_000)
    table = tmp_path / "a.jsonl"
    table.write_text(json.dumps({"text": "word " * 1000}))
    for source in (open_source(path), open_source(path, document="file"), open_source(table)):
        with pytest.raises(InputError, match="A document may have"):
            texts_of(source)


def test_a_damaged_zip_member_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello hello")
    path.write_bytes(path.read_bytes().replace(b"hello hello", b"hello jello", 1))
    with pytest.raises(FormatError, match="damaged zip"):
        texts_of(open_source(path))


def test_a_zip_archive_with_a_damaged_name_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ä.txt", "hello")
    path.write_bytes(path.read_bytes().replace("ä".encode(), b"\xff\xff"))
    with pytest.raises(FormatError, match="damaged zip"):
        texts_of(open_source(path))


def test_one_source_is_not_wrapped(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    source = open_source(tmp_path)
    assert chain_sources([source]) is source
