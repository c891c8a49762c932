import json
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import DataWarning, FormatError, InputError, MissingExtraError, WordloomError
from wordloom.formats import onnx as module
from wordloom.formats.content import open_content
from wordloom.formats.loading import load
from wordloom.formats.onnx_read import is_model
from wordloom.formats.registry import detect
from wordloom.formats.saving import save
from wordloom.text.batches import pack_texts
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

TEXTS = ["a dry cough", "", "unknown", "fever fever cough 咳", ""]
POOLINGS = ["mean", "sum", "sqrtn", "max", "idf", "sif"]


@pytest.fixture
def embedding():
    words = ["cough", "dry", "fever", "咳", "new\nline"]
    counts = np.arange(5, 0, -1)
    vectors = np.random.default_rng(7).normal(size=(5, 6))
    return StaticEmbedding(
        Vocabulary.from_words(words, counts, counts, 9),
        vectors,
        name="toy",
        tokenizer=Tokenizer("keras"),
        report={"epochs": 5},
    )


@pytest.fixture
def plain(embedding, tmp_path):
    """A small model, as bytes."""
    pytest.importorskip("onnx")
    return save(embedding, tmp_path / "plain.onnx").read_bytes()


def inputs(embedding, texts):
    """What a user of the model makes of texts."""
    tokens = embedding.tokenizer.tokenize_batch(pack_texts(texts))
    ids = embedding.vocabulary.find(tokens.data, tokens.offsets).astype(np.int64)
    splits = tokens.splits
    if embedding.oov == "skip":
        splits, ids = np.append(0, np.cumsum(ids >= 0))[splits], ids[ids >= 0]
    return {"ids": ids, "offsets": splits[:-1]}


@pytest.mark.parametrize("oov", ["skip", "zero"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float32", 1e-6), ("float16", 4e-3), ("int8", 0.1)]
)
def test_onnxruntime_gives_the_vectors_that_wordloom_gives(
    embedding, tmp_path, oov, pooling, dtype, tolerance
):
    onnx = pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    embedding = embedding.replaced(oov=oov, pooling=pooling)
    if pooling == "sif":
        embedding = embedding.with_common_component(TEXTS)
    path = save(embedding, tmp_path / "toy.onnx", dtype=dtype)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = runtime.InferenceSession(path)
    (found,) = session.run(None, inputs(embedding, TEXTS))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, embedding.embed(TEXTS), rtol=0, atol=tolerance)
    assert not found[1].any()
    assert not found[4].any()
    again = load(path)
    np.testing.assert_allclose(again.embed(TEXTS), found, rtol=0, atol=1e-6)
    nothing = np.empty(0, np.int64)
    assert session.run(None, {"ids": nothing, "offsets": nothing})[0].shape == (0, 6)


def test_unknown_words_may_be_given_as_minus_one_or_the_last_row(embedding):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(module.onnx_model(embedding).SerializeToString())
    found = [
        session.run(None, {"ids": np.array([0, unknown]), "offsets": np.array([0])})[0]
        for unknown in (-1, 5)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[0][0], embedding.vectors[0] / 2, rtol=1e-6)


def test_everything_comes_back(embedding, plain, tmp_path):
    assert detect(open_content(tmp_path / "plain.onnx")).name == "onnx"
    again = load(tmp_path / "plain.onnx")
    np.testing.assert_array_equal(again.vectors, embedding.vectors)
    for name in ("name", "tokenizer", "oov", "pooling", "report"):
        assert getattr(again, name) == getattr(embedding, name)
    assert again.vocabulary.words == embedding.vocabulary.words
    for name in ("counts", "document_counts", "n_documents"):
        np.testing.assert_array_equal(
            getattr(again.vocabulary, name), getattr(embedding.vocabulary, name)
        )
    assert load(tmp_path / "plain.onnx", words=["fever"]).vocabulary.words == ["fever"]
    packed = save(embedding, tmp_path / "packed.onnx.gz")
    np.testing.assert_array_equal(load(packed).vectors, embedding.vectors)


def test_ngrams_stay_behind_with_a_warning(embedding):
    pytest.importorskip("onnx")
    subwords = Subwords(3, 3, 100, [7], np.ones((1, 6)))
    with pytest.warns(DataWarning, match="An ONNX model has no place"):
        module.onnx_model(embedding.replaced(subwords=subwords, oov="subwords"))


def test_a_model_of_more_than_two_gigabytes_is_refused(embedding, monkeypatch):
    pytest.importorskip("onnx")
    monkeypatch.setattr(module, "MAX_BYTES", 300)
    with pytest.raises(InputError, match="5 words × 6 numbers of float32"):
        module.onnx_model(embedding)


def test_without_onnx_the_extra_is_named(embedding, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"wordloom\[onnx\]"):
        save(embedding, tmp_path / "toy.onnx")
    assert list(tmp_path.iterdir()) == []


def test_models_of_others_are_recognised_and_refused(tmp_path):
    onnx = pytest.importorskip("onnx")
    graph = onnx.helper.make_graph([], "other", [], [])
    for producer in ("", "pytorch"):
        model = onnx.helper.make_model(graph, producer_name=producer).SerializeToString()
        assert is_model(model)
        (tmp_path / "other.onnx").write_bytes(model)
        with pytest.raises(FormatError, match="another program made it"):
            load(tmp_path / "other.onnx")


@pytest.mark.parametrize(
    "start",
    [b"", b"\x08", b"the 1 2 3\n", b"\x80\x04}", b"\x93NUMPY", b"\x08\x07 tab", b"\x12\x00"],
)
def test_other_files_are_no_models(start):
    assert not is_model(start)


def test_cut_models_are_refused(plain, tmp_path):
    path = tmp_path / "cut.onnx"
    for size in range(0, len(plain), 17):
        path.write_bytes(plain[:size])
        with pytest.raises(FormatError):
            load(path, format="onnx")


def test_a_file_far_too_large_is_not_read(plain, tmp_path):
    path = tmp_path / "plain.onnx"
    with path.open("rb+") as file:
        file.truncate(1 << 40)
    with pytest.raises(FormatError, match="less than 2 GiB"):
        load(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_models_are_read_or_refused(plain, tmp_path, data):
    changed = bytearray(plain)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "changed.onnx"
    path.write_bytes(changed)
    with suppress(WordloomError):
        assert load(path, format="onnx").dim > 0


@pytest.mark.parametrize(
    "change",
    [
        {"dim": 1 << 40},
        {"dim": float("inf")},
        {"dtype": "float16"},
        {"words": None},
        {"words": ["a"] * 5},
        {"words": [1, 2, 3, 4, 5]},
        {"counts": [1 << 70] * 5},
        {"counts": [[1]] * 2},
        {"n_documents": "many"},
        {"tokenizer": {"preset": "none"}},
        {"pooling": "none"},
        {"format_version": 2},
    ],
)
def test_wrong_settings_are_refused(embedding, tmp_path, change):
    onnx = pytest.importorskip("onnx")
    model = module.onnx_model(embedding)
    config = {**json.loads(model.metadata_props[0].value), **change}
    onnx.helper.set_model_props(model, {"wordloom": json.dumps(config)})
    onnx.save(model, tmp_path / "wrong.onnx")
    with pytest.raises(FormatError, match=r"wrong\.onnx cannot be read"):
        load(tmp_path / "wrong.onnx")
