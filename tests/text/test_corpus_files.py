"""Damaged corpus folders: refused by name before a kernel follows what they say."""

import json
import shutil

import numpy as np
import pytest

from wordloom.errors import FormatError
from wordloom.text.corpus import Corpus


@pytest.fixture
def folder(tmp_path):
    Corpus.from_texts(["a b a", "b a"], tmp_path / "corpus", min_count=1)
    return tmp_path / "corpus"


def change(folder, **entries):
    facts = json.loads((folder / "corpus.json").read_text())
    (folder / "corpus.json").write_text(json.dumps(facts | entries))


def put(name, array):
    return lambda folder: np.save(folder / name, array)


def append(name, array):
    def damage(folder):
        with (folder / name).open("ab") as file:
            file.write(array.tobytes())

    return damage


def rewrite(path, old, new):
    header, rest = path.read_bytes()[:128], path.read_bytes()[128:]
    path.write_bytes(header.replace(old, new)[:127].ljust(127) + b"\n" + rest)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f: (f / "corpus.json").unlink(), "corpus.json cannot be read"),
        (lambda f: (f / "corpus.json").write_text("{"), "corpus.json is not JSON"),
        (lambda f: (f / "corpus.json").write_text("[" * 100_000), "corpus.json is not JSON"),
        (lambda f: (f / "corpus.json").write_text("[]"), "does not say 'format'"),
        (lambda f: change(f, version=9), "of version 9"),
        (lambda f: change(f, n_tokens="5"), "'n_tokens' in its corpus.json"),
        (lambda f: change(f, n_tokens=6), "tokens.npy holds int32"),
        (lambda f: change(f, source=None), "no 'source'"),
        (lambda f: change(f, tokenizer=None), "Saved tokenizer settings"),
        (lambda f: change(f, tokenizer={"preset": "x"}), "Saved tokenizer settings"),
        (lambda f: change(f, n_words=3), "its vocabulary"),
        (lambda f: (f / "tokens.npy").unlink(), "tokens.npy cannot be read"),
        (lambda f: (f / "tokens.npy").write_bytes(b"x" * 200), "tokens.npy cannot be read"),
        (lambda f: shutil.copy(f / "documents.npy", f / "tokens.npy"), "tokens.npy holds int64"),
        (put("tokens.npy", np.zeros(5, np.int64)), "tokens.npy holds int64"),
        (lambda f: rewrite(f / "tokens.npy", b"(5,)", b"(9223372036854775808,)"), "cannot be read"),
        (lambda f: rewrite(f / "tokens.npy", b"(5,)", b"("), "tokens.npy cannot be read"),
        (append("tokens.npy", np.array([0, 1, 0, 1, 0], np.int32)), "more than its array"),
        (append("documents.npy", np.array([0, 3, 5])), "more than its array"),
        (put("tokens.npy", np.array([0, 1, 0, 1, 2], np.int32)), "ids that are not among"),
        (put("tokens.npy", np.array([0, 1, 0, 1, -1], np.int32)), "ids that are not among"),
        (put("documents.npy", np.array([0, 3, 6])), "end at 6 of 5"),
        (put("documents.npy", np.array([0, 7, 5])), "start at 0 or fall"),
        (put("documents.npy", np.array([1, 3, 5])), "start at 0 or fall"),
        (lambda f: (f / "vocabulary.safetensors").write_bytes(b"x"), "vocabulary.safetensors"),
        (lambda f: (f / "vocabulary.safetensors").unlink(), "vocabulary.safetensors"),
    ],
)
def test_a_damaged_folder_is_named(folder, damage, reason):
    damage(folder)
    with pytest.raises(FormatError, match=reason) as caught:
        Corpus.load(folder)
    assert str(folder) in str(caught.value)


def test_offsets_that_fall_between_blocks_are_found(folder, monkeypatch):
    monkeypatch.setattr("wordloom.array_file.BLOCK_BYTES", 8)
    assert Corpus.load(folder).n_documents == 2
    np.save(folder / "documents.npy", np.array([0, 7, 5]))
    with pytest.raises(FormatError, match="start at 0 or fall"):
        Corpus.load(folder)


@pytest.mark.parametrize("name", ["tokens.npy", "documents.npy", "vocabulary.safetensors"])
def test_a_truncated_file_is_named(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(FormatError, match=name):
        Corpus.load(folder)


def test_objects_in_an_array_file_are_never_unpickled(folder):
    np.save(folder / "tokens.npy", np.array([{}] * 5, object), allow_pickle=True)
    with pytest.raises(FormatError, match=r"tokens\.npy cannot be read"):
        Corpus.load(folder)
