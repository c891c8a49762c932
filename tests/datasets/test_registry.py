"""Data sets by name: where they are found, and their splits."""

import io
import json
import tarfile

import pytest

from wordloom.datasets import registry
from wordloom.datasets.bbc import read_split
from wordloom.datasets.resolve import resolve_labelled, resolve_source
from wordloom.errors import InputError


@pytest.fixture
def places(tmp_path, monkeypatch):
    data, cache = tmp_path / "data", tmp_path / "cache"
    data.mkdir()
    monkeypatch.setenv("WORDLOOM_DATA", str(data))
    monkeypatch.setenv("WORDLOOM_CACHE", str(cache))
    return data, cache


def texts_of(source):
    return [text for batch in source.batches() for text in batch.texts()]


def write_scicite(folder, key="text"):
    folder.mkdir(parents=True)
    for split in ("train", "dev", "test"):
        row = json.dumps({key: f"a {split} text", "label": "method"})
        (folder / f"{split}.jsonl").write_text(row + "\n")


def write_bbc(folder, rows=50):
    folder.mkdir(parents=True)
    table = "".join(f"topic{row % 3},text {row}\n" for row in range(rows))
    (folder / "bbc-text.csv").write_text("category,text\n" + table)


def test_the_users_folder_comes_before_the_cache(places):
    data, cache = places
    assert registry.find("scicite") is None
    with pytest.raises(InputError, match="wordloom data get scicite"):
        registry.path("scicite")
    write_scicite(cache / "scicite")
    assert registry.path("scicite") == cache / "scicite"
    write_scicite(data / "scicite")
    assert registry.get("scicite") == registry.path("scicite") == data / "scicite"


def test_a_data_folder_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("WORDLOOM_DATA", "/no/such/folder")
    with pytest.raises(InputError, match="WORDLOOM_DATA must name a folder"):
        registry.find("imdb")


def test_what_is_not_here_is_downloaded_to_the_cache(places, monkeypatch):
    asked = []

    def fetch(download, folder, **options):
        asked.append((download.file_name, folder))
        return folder / download.file_name

    monkeypatch.setattr(registry, "fetch", fetch)
    assert registry.get("imdb") == places[1] / "imdb" / "aclImdb_v1.tar.gz"
    assert asked == [("aclImdb_v1.tar.gz", places[1] / "imdb")]


def test_every_download_has_a_size_a_checksum_and_a_safe_address():
    for dataset in registry.list_datasets():
        if dataset.download is not None:
            assert dataset.download.url.startswith("https://")
            assert dataset.download.size
            assert len(bytes.fromhex(dataset.download.sha256 or "")) == 32


@pytest.mark.parametrize("key", ["text", "string"])
def test_scicite_is_read_in_both_layouts(places, tmp_path, key):
    write_scicite(tmp_path / "plain", key)
    archive = tmp_path / "scicite.tar.gz"
    with tarfile.open(archive, "w:gz") as out:
        info = tarfile.TarInfo("scicite/scaffolds/train.jsonl")
        out.addfile(info, io.BytesIO())
        out.add(tmp_path / "plain", "scicite")
    for path in (tmp_path / "plain", archive):
        assert registry.open_labelled("scicite", "dev", path).texts == ["a dev text"]
        assert texts_of(registry.open_source("scicite", path)) == ["a train text"]


def test_imdb_splits_are_read(tmp_path):
    for split, label in [("train", "neg"), ("train", "pos"), ("train", "unsup"), ("test", "pos")]:
        (tmp_path / split / label).mkdir(parents=True)
        (tmp_path / split / label / "0_1.txt").write_text(f"{split}<br />{label}")
    assert registry.open_labelled("imdb", "train", tmp_path).labels == ["neg", "pos"]
    assert registry.open_labelled("imdb", "test", tmp_path).texts == ["test pos"]
    assert len(texts_of(registry.open_source("imdb", tmp_path))) == 3
    with pytest.raises(InputError, match="does not"):
        registry.open_labelled("imdb", "test", tmp_path / "train")


@pytest.mark.parametrize("rows", [7, 50, 2225])
def test_bbc_has_the_published_split(tmp_path, rows):
    from sklearn.model_selection import train_test_split

    write_bbc(tmp_path / "bbc", rows)
    path = tmp_path / "bbc" / "bbc-text.csv"
    train, test = train_test_split(list(range(rows)), test_size=0.2, random_state=33)
    assert read_split(path, "train").texts == [f"text {row}" for row in train]
    assert read_split(path, "test").labels == [f"topic{row % 3}" for row in test]


def test_unknown_names_splits_and_paths_are_refused(places, tmp_path):
    with pytest.raises(InputError, match=r"Data sets are: python-docs.*Received: 'reuters'"):
        registry.open_source("reuters")
    with pytest.raises(InputError, match="Splits of 'bbc' are: train, test"):
        registry.open_labelled("bbc", "dev")
    with pytest.raises(InputError, match="given path"):
        registry.open_source("bbc", tmp_path / "none")
    with pytest.raises(InputError, match="no labels"):
        registry.open_labelled("cord19", "train", tmp_path)


def test_arguments_are_paths_or_names(places, tmp_path):
    write_bbc(places[0] / "bbc", 10)
    path = tmp_path / "a.txt"
    path.write_text("one line\n")
    assert len(texts_of(resolve_source(["data:bbc", str(path)]))) == 9
    assert len(resolve_labelled("data:bbc")) == 8
    assert len(resolve_labelled("data:bbc", "test")) == 2
    assert len(resolve_labelled(str(places[0] / "bbc" / "bbc-text.csv"))) == 10
    with pytest.raises(InputError, match="Columns are named for files only"):
        resolve_labelled("data:bbc", text_column="text")


@pytest.mark.data
def test_the_real_data_have_their_published_sizes():
    sizes = {
        (name, split): len(registry.open_labelled(name, split))
        for name, split in [
            ("scicite", "train"),
            ("scicite", "dev"),
            ("scicite", "test"),
            ("bbc", "train"),
            ("bbc", "test"),
            ("imdb", "test"),
        ]
    }
    assert list(sizes.values()) == [7320, 916, 1861, 1780, 445, 25_000]
    train = set(registry.open_labelled("bbc", "train").texts)
    assert sum(text in train for text in registry.open_labelled("bbc", "test").texts) == 37
    papers = sum(map(len, registry.open_source("cord19").batches()))
    assert papers == 922
