import errno
import json
import shutil

import numpy as np
import pytest

import wordloom
from wordloom.text.corpus import Corpus

SENTENCES = "a dry cough and a high fever\n" * 20


def train(source, output, *more):
    return ("train", "skipgram", source, "-o", output, "--dim", 4, "--epochs", 1, *more)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", "", "at least one text that is not empty"),
        ("blank.txt", "\n\n \n", "found no tokens"),
        ("program.txt", b"\x7fELF\x02\x01\x00\x00" * 99, "NUL bytes"),
        ("utf16.txt", SENTENCES.encode("utf-16"), "NUL bytes"),
        ("noise", bytes(range(128, 256)) * 99, "looks like a binary file"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" * 99, "which is PNG"),
        ("cut.txt.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03K", "cut short"),
        ("rows.jsonl", '{"text": "one"}\n{"text": \n', "line 2 does not"),
        ("rows.parquet", "no parquet", "not a Parquet file"),
        ("rare.txt", "one two\n", "Lower `min_count`"),
        ("lone.txt", "cough\n" * 20, "side by side"),
    ],
)
def test_a_file_that_is_no_text_is_refused(refused, write, tmp_path, name, content, message):
    assert message in refused(*train(write(name, content), tmp_path / "v"))


def test_what_is_not_there_is_refused(refused, tmp_path, vectors, shared):
    missing = tmp_path / "missing"
    (tmp_path / "nothing").mkdir()
    assert "does not exist" in refused(*train(missing, tmp_path / "v"))
    assert "holds no file" in refused(*train(tmp_path / "nothing", tmp_path / "v"))
    assert "does not exist" in refused("embed", vectors, missing)
    assert "does not exist" in refused("classify", "predict", shared / "classifier", missing)
    assert "does not exist" in refused("classify", "evaluate", missing, "-e", vectors)
    assert "does not exist" in refused("info", missing)
    assert "does not exist" in refused("classify", "predict", missing)


def test_a_closed_standard_input_is_refused(refused, tmp_path, vectors, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert "standard input is closed" in refused("embed", vectors)
    assert "standard input is closed" in refused(*train("-", tmp_path / "v"))


def test_min_count_above_every_count_says_the_highest(refused, write, tmp_path):
    source = write("text.txt", SENTENCES)
    message = refused(*train(source, tmp_path / "v", "--min-count", 99))
    assert "the corpus has 140 tokens and its most frequent word occurs 40 times" in message


def test_invalid_utf8_is_replaced_and_counted(run, write, tmp_path, vectors):
    source = write("text.txt", SENTENCES.encode() + b"caf\xe9 fever\nna\xefve cough \xef\xbf\xbd\n")
    note = f"wordloom: note: 2 invalid UTF-8 sequences were replaced by U+FFFD in {source}.\n"
    answer = run(*train(source, tmp_path / "v"))
    assert answer.code == 0
    assert note in answer.err
    answer = run("embed", vectors, source, "--json")
    assert answer.json["texts"] == 22
    assert answer.err == note


def test_a_line_of_10_mb_is_a_document(run, write, tmp_path, vectors):
    source = write("line.txt", "dry cough " * (1 << 20))
    answer = run(*train(source, tmp_path / "v"))
    assert "1 document, 2,097,152 tokens of 2 words" in answer.err
    assert run("embed", vectors, source, "--json").json["texts"] == 1


@pytest.fixture
def below_a_file(write):
    return write("file", "") / "out"


def test_outputs_that_cannot_be_written_are_refused(refused, write, below_a_file, vectors, table):
    source = write("text.txt", SENTENCES)
    outputs = [
        train(source, below_a_file),
        train(source, below_a_file.parent),
        train(source, below_a_file.parent.parent),
        train(source, below_a_file.parent.parent / "v", "--corpus", below_a_file),
        ("heatmap", vectors, "cough", "goal", "-o", f"{below_a_file}.png"),
        ("embed", vectors, source, "-o", f"{below_a_file}.npy"),
        ("embed", vectors, source, "-o", below_a_file.parent.parent / "missing" / "v.npy"),
        ("classify", "fit", table, "-e", vectors, "-o", below_a_file),
        ("classify", "fit", table, "-e", vectors, "-o", below_a_file.parent.parent),
        ("demo", "--out", below_a_file),
        ("demo", "--out", below_a_file.parent),
    ]
    for arguments in outputs:
        message = refused(*arguments)
        assert "Choose" in message or "choose another" in message


def test_a_full_disk_leaves_nothing_behind(refused, write, tmp_path, table, vectors, monkeypatch):
    def write_tensors(path, tensors):
        path.write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    for room in ("embedding.folder", "classify.persistence", "text.corpus_builder"):
        monkeypatch.setattr(f"wordloom.{room}.write_tensors", write_tensors)
    source = write("text.txt", SENTENCES)
    full = "No space left on device"
    assert full in refused(*train(source, tmp_path / "v"))
    assert full in refused(*train(source, tmp_path / "v", "--corpus", tmp_path / "corpus"))
    monkeypatch.undo()
    Corpus.from_texts([SENTENCES], tmp_path / "corpus")
    monkeypatch.setattr("wordloom.embedding.folder.write_tensors", write_tensors)
    assert full in refused(*train(tmp_path / "corpus", tmp_path / "v"))
    monkeypatch.setattr("wordloom.classify.persistence.write_tensors", write_tensors)
    assert full in refused("classify", "fit", table, "-e", vectors, "-o", tmp_path / "c")


@pytest.fixture
def copied(shared, tmp_path):
    """Copies of the shared folders, to be damaged."""
    for name in ("vectors", "classifier"):
        shutil.copytree(shared / name, tmp_path / name)
    return tmp_path


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def test_a_damaged_or_foreign_module_folder_is_refused(refused, copied):
    folder = copied / "vectors"
    config = folder / "config.json"
    settings = json.loads(config.read_text())
    cut(folder / "model.safetensors")
    for verb in (["info", folder], ["neighbors", folder, "cough"], ["embed", folder, config]):
        assert "cannot be opened" in refused(*verb)
    config.write_text(json.dumps(settings | {"format_version": 99}))
    assert "Update wordloom" in refused("info", folder)
    config.write_text('{"model_type": "bert"}')
    assert "another program wrote it" in refused("info", folder)
    config.write_text('{"format": "wordl')
    assert "not JSON" in refused("info", folder)
    config.unlink()
    assert "without config.json" in refused("info", folder)


def test_a_damaged_classifier_is_refused(refused, copied, write):
    texts = write("texts.txt", "cough\n")
    predict = ("classify", "predict", copied / "classifier", texts)
    cut(copied / "classifier" / "embeddings" / "0" / "model.safetensors")
    assert "cannot be opened" in refused(*predict)
    inside = copied / "classifier" / "embeddings" / "0"
    shutil.copytree(copied / "vectors", inside, dirs_exist_ok=True)
    cut(copied / "classifier" / "classifier.safetensors")
    assert "classifier.safetensors" in refused(*predict)
    assert "classifier" in refused("classify", "predict", copied / "vectors", texts)


@pytest.mark.parametrize("name", ["tokens.npy", "documents.npy", "vocabulary.safetensors"])
def test_a_damaged_corpus_is_refused(refused, tmp_path, name):
    Corpus.from_texts([SENTENCES], tmp_path / "corpus")
    cut(tmp_path / "corpus" / name)
    assert "damaged" in refused(*train(tmp_path / "corpus", tmp_path / "v"))


def test_a_corpus_of_foreign_words_is_refused(refused, tmp_path):
    corpus = Corpus.from_texts([SENTENCES], tmp_path / "corpus")
    tokens = np.array(corpus.tokens)
    tokens[3] = 10**6
    np.save(tmp_path / "corpus" / "tokens.npy", tokens)
    assert "ids that are not among its 6 words" in refused(
        *train(tmp_path / "corpus", tmp_path / "v")
    )


def test_what_is_in_the_way_is_never_replaced(refused, run, write, copied, table):
    source = write("text.txt", SENTENCES)
    classifier = copied / "classifier"
    assert "holds other files" in refused(*train(source, classifier))
    fit = ("classify", "fit", table, "-e", copied / "vectors", "-o")
    assert "holds other files" in refused(*fit, copied / "vectors")
    assert "holds other files" in refused(*train(source, copied / "v", "--corpus", classifier))
    # An earlier one of the same kind is.
    assert run(*train(source, copied / "vectors")).code == 0
    assert wordloom.load(copied / "vectors").dim == 4
