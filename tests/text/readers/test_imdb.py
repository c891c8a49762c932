"""The IMDB reader on a small archive of the same layout."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from wordloom.errors import InputError
from wordloom.text.readers.imdb import read_reviews
from wordloom.text.sources import open_source

FILES = {
    "aclImdb/README": "read me",
    "aclImdb/test/pos/0_9.txt": "test",
    "aclImdb/train/neg/1_1.txt": "bad<br /><br />film",
    "aclImdb/train/urls_neg.txt": "http",
    "aclImdb/train/unsup/2_0.txt": "some film",
    "aclImdb/train/pos/3_8.txt": "good film",
}


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "aclImdb_v1.tar.gz"
    with tarfile.open(path, "w:gz") as out:
        for name, text in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            out.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "aclImdb"


def test_training_reviews_come_without_line_breaks(archive):
    (batch,) = open_source(archive).batches()
    assert batch.texts() == ["bad  film", "some film", "good film"]


def test_the_folder_gives_the_same_reviews(archive, folder):
    assert sorted(read_reviews(archive)) == sorted(read_reviews(folder))
    for path in (folder, folder.parent):
        (batch,) = open_source(path).batches()
        assert sorted(batch.texts()) == ["bad  film", "good film", "some film"]


def test_parts_are_read_separately(archive):
    assert list(read_reviews(archive, ["test/pos"])) == [("test/pos", b"test")]
    assert list(read_reviews(archive, ["train/pos"])) == [("train/pos", b"good film")]


def test_another_file_has_no_reviews(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("no archive")
    with pytest.raises(InputError, match="holds none"):
        list(open_source(path, kind="imdb").batches())


@pytest.mark.data
def test_the_archive_has_75000_training_reviews():
    path = Path(os.environ["WORDLOOM_DATA"], "imdb", "aclImdb_v1.tar.gz")
    batches = list(open_source(path).batches())
    assert sum(map(len, batches)) == 75_000
    assert not any(b"<br />" in batch.data.tobytes() for batch in batches)
