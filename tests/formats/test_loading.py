import gzip

import numpy as np
import pytest

import wordloom
from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import FormatError, InputError
from wordloom.formats import hub, registry
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.registry import detect, format_for_ending, known_formats
from wordloom.formats.saving import check_target, save
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

# Formats that need an extra to be written.
EXTRAS = {"parquet": "pyarrow", "onnx": "onnx", "saved-model": "tensorflow"}


@pytest.fixture
def embedding() -> StaticEmbedding:
    words = ["the", "fever", "Rome", "咳嗽", "naïve", "1.5", "-0.25", "don't", "a_b", "0"]
    vectors = np.random.default_rng(0).normal(size=(len(words), 6)).astype(np.float32)
    return StaticEmbedding(Vocabulary.from_words(words, range(20, 10, -1)), vectors, name="ten")


def written() -> list[str]:
    return [format_.name for format_ in known_formats() if format_.write is not None]


@pytest.mark.parametrize("name", written())
def test_what_a_format_writes_is_recognised_and_reads_back(tmp_path, embedding, name):
    if name in EXTRAS:
        pytest.importorskip(EXTRAS[name])
    path = save(embedding, tmp_path / "saved", format=name)
    assert detect(open_content(path)).name == name
    again = load(path)
    assert again.vocabulary.words == embedding.vocabulary.words
    np.testing.assert_allclose(again.vectors, embedding.vectors, atol=1e-6)
    part = load(path, words=["Rome", "咳嗽", "absent"])
    assert part.vocabulary.words == ["Rome", "咳嗽"]
    np.testing.assert_allclose(part.vectors, embedding.vectors[2:4], atol=1e-6)
    assert load(path, limit=3).vocabulary.words == ["the", "fever", "Rome"]


@pytest.mark.parametrize("name", written())
def test_saving_twice_replaces_and_gives_the_same_bytes(tmp_path, embedding, name):
    if name in EXTRAS:
        pytest.importorskip(EXTRAS[name])

    def content() -> dict[str, bytes]:
        path = save(embedding, tmp_path / "saved", format=name)
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        return {file.name: file.read_bytes() for file in files if file.is_file()}

    first = content()
    if name == "saved-model":  # TensorFlow numbers its functions anew each time.
        assert content().keys() == first.keys()
    else:
        assert content() == first
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


def test_every_ending_stands_for_one_format():
    endings = [ending for format_ in known_formats() for ending in format_.endings]
    assert len(endings) == len(set(endings))
    for format_ in known_formats():
        if format_.write is not None:
            for ending in format_.endings:
                assert format_for_ending(f"Vectors{ending}.gz").name == format_.name


def test_a_name_without_ending_is_a_module_folder(tmp_path, embedding):
    assert (save(embedding, tmp_path / "mine") / "modules.json").is_file()
    with pytest.raises(InputError, match=r"Received: 'mine\.docx'"):
        save(embedding, tmp_path / "mine.docx")


def test_gz_behind_the_ending_compresses(tmp_path, embedding):
    path = save(embedding, tmp_path / "ten.vec.gz")
    assert gzip.decompress(path.read_bytes()).startswith(b"10 6\nthe ")
    assert load(path)["fever"].tolist() == embedding["fever"].tolist()
    assert load(path).name == "ten"
    with pytest.raises(InputError, match="Only single files are compressed"):
        save(embedding, tmp_path / "folder.gz", format="wordloom")


def test_a_type_that_the_format_lacks_is_refused(tmp_path, embedding):
    with pytest.raises(InputError, match="'word2vec-text' stores float32"):
        save(embedding, tmp_path / "ten.vec", dtype="int8")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_never_replaced(tmp_path, embedding):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError):
        save(embedding, tmp_path, format="wordloom")
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 100, b"%PDF-1.4 ...", b"Dear Sir,\nthank you for your letter.\n"]
)
def test_what_is_no_embedding_is_refused_with_its_start(tmp_path, data):
    path = tmp_path / "thing"
    path.write_bytes(data)
    with pytest.raises(FormatError, match="thing"):
        load(path)


def test_a_folder_without_an_embedding_is_refused_with_its_names(tmp_path):
    (tmp_path / "notes.md").touch()
    with pytest.raises(FormatError, match=r"a folder that holds notes\.md"):
        load(tmp_path)


def test_the_format_can_be_named(tmp_path):
    path = tmp_path / "a.txt"
    # Without a name the first line could be a header: two words of one dimension.
    path.write_text("2 1\n7 5\n9 4\n")
    assert load(path, format="word2vec-text").vocabulary.words == ["7", "9"]
    assert load(path, format="glove").vocabulary.words == ["2", "7", "9"]
    with pytest.raises(InputError, match="Received: 'glovey'"):
        load(path, format="glovey")
    with pytest.raises(FormatError, match="is a folder"):
        load(path, format="wordloom")


def test_a_tokenizer_can_be_given(tmp_path, embedding):
    path = save(embedding, tmp_path / "ten.vec")
    assert load(path).tokenizer == Tokenizer("words", lowercase=False)
    assert load(path, tokenizer=Tokenizer("spaces")).tokenizer == Tokenizer("spaces")


def test_hub_names_are_pulled(tmp_path, embedding, monkeypatch):
    path = save(embedding, tmp_path / "ten")
    asked = []
    monkeypatch.setattr(hub, "pull", lambda name: asked.append(name) or path)
    assert wordloom.load("hub:user/ten")["the"].tolist() == embedding["the"].tolist()
    assert asked == ["user/ten"]


def test_opening_a_module_folder_imports_no_other_format(tmp_path, embedding, monkeypatch):
    imported = []

    def watch(name: str) -> object:
        imported.append(name)
        return original(name)

    original = registry.import_module
    monkeypatch.setattr(registry, "import_module", watch)
    load(save(embedding, tmp_path / "ten"))
    assert imported[-1] == "wordloom.formats.module_folder"


@pytest.mark.parametrize("name", written())
def test_numbers_that_are_not_finite_are_never_written(tmp_path, embedding, name):
    vectors = embedding.vectors.copy()
    vectors[1, 2] = np.nan
    with pytest.raises(InputError, match="vector of 'fever'"):
        save(embedding.replaced(vectors=vectors), tmp_path / "a", format=name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("encoding", ["undefined", "rot13", "a\0b"])
def test_an_encoding_that_is_none_is_refused(tmp_path, encoding):
    (tmp_path / "a.vec").write_bytes(b"1 2\ncough 1 2\n")
    with pytest.raises(InputError, match="encoding"):
        load(tmp_path / "a.vec", encoding=encoding)


def test_a_folder_of_something_else_is_seen_before_anything_is_read(tmp_path):
    (tmp_path / "photo.png").touch()
    with pytest.raises(InputError, match="holds other files"):
        check_target(tmp_path, "projector")
