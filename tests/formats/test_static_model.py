import contextlib
import json
import re
import shutil
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.errors import DataWarning, FormatError, MissingExtraError, WordloomError
from wordloom.formats.loading import load
from wordloom.formats.saving import save
from wordloom.safetensors_file import read_tensors, write_tensors

UNKNOWN = "[UNK]"
TEXTS = ["Dry coughing, a fever!", "fever FEVER unknowable", "", "été coughs; coughing in the lung"]
WORDS = [
    "[UNK]",
    "[PAD]",
    "a",
    "dry",
    "cough",
    "##ing",
    "##s",
    "fever",
    "the",
    "lung",
    "in",
    ",",
    "!",
]
UNIGRAM = ["<unk>", "▁", "▁dry", "▁cough", "ing", "▁fever", "▁the", "▁lung", "s", "▁in", "a", "i"]


def tokenizer_for(kind):
    tokenizers = pytest.importorskip("tokenizers")
    models, pre = tokenizers.models, tokenizers.pre_tokenizers
    if kind == "words":
        vocabulary = {word: index for index, word in enumerate(WORDS)}
        tokenizer = tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
        tokenizer.pre_tokenizer = pre.Whitespace()
    elif kind == "WordPiece":
        vocabulary = {word: index for index, word in enumerate(WORDS)}
        tokenizer = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token=UNKNOWN))
        tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre.BertPreTokenizer()
        tokenizer.add_special_tokens(["[UNK]", "[PAD]"])
        tokenizer.enable_padding(pad_id=1, pad_token=WORDS[1])
    elif kind == "Unigram":
        scored = [(piece, -float(index)) for index, piece in enumerate(UNIGRAM)]
        tokenizer = tokenizers.Tokenizer(models.Unigram(scored, unk_id=0))
        tokenizer.normalizer = tokenizers.normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre.Metaspace()
    else:
        tokenizer = tokenizers.Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre.ByteLevel(add_prefix_space=True)
        alphabet = pre.ByteLevel.alphabet()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=300, initial_alphabet=alphabet, show_progress=False
        )
        tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def made(folder, kind, dtype="float32", dim=6, **settings):
    model2vec = pytest.importorskip("model2vec")
    tokenizer = tokenizer_for(kind)
    vectors = np.random.default_rng(1).standard_normal((tokenizer.get_vocab_size(), dim))
    model = model2vec.StaticModel(vectors.astype(dtype), tokenizer, **settings)
    model.save_pretrained(folder)
    return model


@pytest.fixture
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        yield


@pytest.mark.parametrize("kind", ["words", "WordPiece", "Unigram", "BPE"])
def test_texts_get_the_vectors_of_model2vec(kind, tmp_path):
    model = made(tmp_path / "m2v", kind, max_length=None)
    ours = load(tmp_path / "m2v")
    assert ours.name == "m2v"
    np.testing.assert_allclose(ours.embed(TEXTS), model.encode(TEXTS), atol=1e-6)
    # And so they do from our own folder, in both programs.
    saved = save(ours, tmp_path / "ours")
    np.testing.assert_allclose(load(saved).embed(TEXTS), model.encode(TEXTS), atol=1e-6)
    theirs = type(model).from_pretrained(saved)
    np.testing.assert_allclose(theirs.encode(TEXTS), model.encode(TEXTS), atol=1e-6)
    small = save(ours, tmp_path / "small", dtype="int8")
    theirs = type(model).from_pretrained(small)
    np.testing.assert_allclose(theirs.encode(TEXTS), load(small).embed(TEXTS), atol=1e-6)


def test_pieces_are_spelled_alike(tmp_path):
    made(tmp_path / "m2v", "Unigram", max_length=None)
    words = load(tmp_path / "m2v").vocabulary.words
    assert " ".join(words) == "<unk> ▁ dry cough ##ing fever the lung ##s in ##a ##i"
    made(tmp_path / "m2v", "WordPiece", max_length=None)
    embedding = load(tmp_path / "m2v")
    assert embedding.vocabulary.words == WORDS
    assert embedding.tokenizer.tokenize("unknowable coughing!") == ["cough", "##ing", "!"]
    assert embedding.tokenizer == load(tmp_path / "m2v").tokenizer


@pytest.mark.parametrize("dtype", ["float16", "int8", "float64"])
def test_numbers_of_any_type_are_read(dtype, tmp_path):
    model = made(tmp_path / "m2v", "WordPiece", dtype, max_length=None)
    ours = load(tmp_path / "m2v")
    np.testing.assert_array_equal(ours.vectors, model.embedding.astype(np.float32))


def test_shared_rows_and_weights_are_applied(tmp_path):
    mapping = np.arange(len(WORDS)) // 2
    weights = np.linspace(1, 2, len(WORDS))
    model2vec = pytest.importorskip("model2vec")
    vectors = np.random.default_rng(1).standard_normal((7, 4)).astype(np.float32)
    model = model2vec.StaticModel(
        vectors,
        tokenizer_for("WordPiece"),
        weights=weights,
        token_mapping=mapping,
        max_length=None,
    )
    model.save_pretrained(tmp_path / "m2v")
    ours = load(tmp_path / "m2v")
    assert len(ours) == len(WORDS)
    np.testing.assert_allclose(ours.embed(TEXTS), model.encode(TEXTS), atol=1e-6)


def test_folders_of_sentence_transformers_are_read(tmp_path):
    model = made(tmp_path / "m2v", "WordPiece", max_length=None)
    inner = tmp_path / "st" / "0_StaticEmbedding"
    inner.mkdir(parents=True)
    write_tensors(inner / "model.safetensors", {"embedding.weight": model.embedding})
    shutil.copy(tmp_path / "m2v" / "tokenizer.json", inner)
    types = [
        "sentence_transformers.models.StaticEmbedding",
        "sentence_transformers.models.Normalize",
    ]
    modules = [{"idx": i, "path": "", "type": kind} for i, kind in enumerate(types)]
    (tmp_path / "st" / "modules.json").write_text(json.dumps(modules))
    with pytest.warns(DataWarning, match="it scales them to length 1"):
        ours = load(tmp_path / "st")
    np.testing.assert_allclose(ours.embed(TEXTS), model.encode(TEXTS), atol=1e-6)


def test_what_differs_is_told(tmp_path):
    made(tmp_path / "m2v", "words", max_length=9, normalize=True)
    with pytest.warns(DataWarning, match="scales them to length 1; it cuts texts after 9 pieces"):
        load(tmp_path / "m2v")


def test_without_the_package_whole_words_are_split(tmp_path, monkeypatch):
    made(tmp_path / "m2v", "WordPiece", max_length=None)
    saved = load(tmp_path / "m2v").save(tmp_path / "ours")
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.warns(DataWarning, match=r"whole words alone \(.*wordloom\[tokenizers\]"):
        ours = load(tmp_path / "m2v")
    assert ours.tokenizer.tokenize("Dry coughing") == ["dry", "coughing"]
    with pytest.raises(MissingExtraError, match="tokenizers"):
        load(saved)


def test_parts_are_read(tmp_path):
    model = made(tmp_path / "m2v", "WordPiece", max_length=None)
    part = load(tmp_path / "m2v", words=["fever", "##ing"])
    assert part.vocabulary.words == ["##ing", "fever"]
    np.testing.assert_allclose(part.embed(["the fever"])[0], model.embedding[7], atol=1e-6)
    again = load(part.save(tmp_path / "part"))
    np.testing.assert_array_equal(again.embed(TEXTS), part.embed(TEXTS))


@pytest.mark.parametrize(
    ("name", "tensor", "reason"),
    [
        ("mapping", np.array([0, 99]), "rows that are not there"),
        ("mapping", np.array([[0.5]]), "should be the row"),
        ("weights", np.ones(3, np.float32), "one number for each of 13"),
        ("embeddings", np.ones(3, np.float32), "matrix of numbers"),
    ],
)
def test_damaged_tensors_are_refused(name, tensor, reason, tmp_path):
    made(tmp_path / "m2v", "WordPiece", max_length=None)
    path = tmp_path / "m2v" / "model.safetensors"
    write_tensors(path, {**read_tensors(path), name: tensor})
    with pytest.raises(FormatError, match=reason):
        load(tmp_path / "m2v")


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "{}", '{"model": {"vocab": 3}}', '{"model": {"vocab": {"a": -5}}}'),
        *('{"model": {"vocab": {"a": 0}, "type": "none"}}', '{"model": {"vocab": {"a": 1e9}}}'),
        "[" * 9999,
    ],
)
def test_damaged_tokenizers_are_refused(content, tmp_path, quiet):
    made(tmp_path / "m2v", "WordPiece", max_length=None)
    (tmp_path / "m2v" / "tokenizer.json").write_text(content)
    with pytest.raises(FormatError, match=re.escape("tokenizer.json")):
        load(tmp_path / "m2v")


def test_a_tokenizer_that_contradicts_itself_is_refused_when_it_splits(tmp_path, quiet):
    made(tmp_path / "m2v", "words", max_length=None)
    place = tmp_path / "m2v" / "tokenizer.json"
    place.write_text(place.read_text().replace('"unk_token":"[UNK]"', '"unk_token":"[GONE]"'))
    assert "[GONE]" in place.read_text()
    with pytest.raises(FormatError, match="splits any text"):
        load(tmp_path / "m2v").embed(["something else"])


def test_other_folders_are_not_claimed(tmp_path):
    write_tensors(tmp_path / "model.safetensors", {"bert.embeddings.weight": np.ones((2, 2))})
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(FormatError, match="No known format"):
        load(tmp_path)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutated_folders_give_an_embedding_or_an_error(data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "original"
    if not folder.exists():
        made(folder, "WordPiece", dim=1, max_length=None)
    mutated = folder.with_name("mutated")
    shutil.rmtree(mutated, ignore_errors=True)
    shutil.copytree(folder, mutated)
    names = ["tokenizer.json", "model.safetensors", "config.json", "modules.json"]
    path = mutated / data.draw(st.sampled_from(names))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with warnings.catch_warnings(), contextlib.suppress(WordloomError):
        warnings.simplefilter("ignore")
        load(mutated, format="model2vec").embed(TEXTS)
