import json
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.elmo import reference

from wordloom.elmo.characters import character_ids, sentence_marks
from wordloom.elmo.embedding import ELMoEmbedding
from wordloom.elmo.loading import load
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import ELMoOptions
from wordloom.errors import FormatError, InputError
from wordloom.text.tokenizer import Tokenizer

TEXTS = [
    "The bank of the river. It was wet!",
    "",
    "Bank",
    "   ",
    "An account at the bank?",
    "bare_word",
    "",
]


@pytest.mark.data
def test_published_network_gives_the_published_activations():
    h5py = pytest.importorskip("h5py")
    folder = Path(os.environ["WORDLOOM_DATA"], "elmo")
    texts = json.loads((folder / "lm_embeddings_0.sentences.json").read_text())
    elmo = load(folder, tokenizer=Tokenizer("spaces")).replaced(sentences=False)
    first = elmo.embed_tokens(texts[:1], layer=2).vectors
    found = elmo.embed_tokens(texts, layer=2, stateful=True)
    with h5py.File(folder / "lm_embeddings_0.hdf5") as tree:
        for number, text in enumerate(texts):
            assert found[number].tokens == text.split()
            expected = np.concatenate(tree[str(number)][...], axis=1)
            np.testing.assert_allclose(found[number].vectors, expected, atol=1e-5)
            if number == 0:
                np.testing.assert_allclose(first, expected, atol=1e-5)
    # The second sentence does depend on the first.
    alone = elmo.embed_tokens(texts[1:2], layer=2).vectors
    assert np.abs(alone - found[1].vectors).max() > 1e-3


def expected_layers(elmo, sentences):
    parts = [np.empty((elmo.n_layers, 0, elmo.dim))]
    start, end = sentence_marks(50)[:1], sentence_marks(50)[1:]
    for sentence in sentences:
        ids = np.concatenate([start, character_ids(sentence.split(), 50), end])
        parts.append(reference.reference_layers(elmo.options, elmo.weights, ids)[:, 1:-1])
    return np.concatenate(parts, axis=1)


def test_layers_and_their_mix_are_those_of_the_reference(elmo):
    elmo = elmo.replaced(layer_weights=[0.2, -0.5, 3], gamma=0.5)
    expected = expected_layers(
        elmo,
        [
            "The bank of the river .",
            "It was wet !",
            "Bank",
            "An account at the bank ?",
            "bare_word",
        ],
    )
    found = elmo.token_layers(TEXTS)
    assert found.row_splits.tolist() == [0, 10, 10, 11, 11, 17, 18, 18]
    assert found.tokens[:6] == ["The", "bank", "of", "the", "river", "."]
    np.testing.assert_allclose(found.layers, expected, atol=1e-5)
    assert (found.layers[0, :, :5] == found.layers[0, :, 5:]).all()
    mix = 0.5 * np.tensordot([0.2, -0.5, 3], expected, 1)
    np.testing.assert_allclose(elmo.embed_tokens(TEXTS).vectors, mix, atol=1e-5)
    for layer in range(3):
        assert (elmo.embed_tokens(TEXTS, layer=layer).vectors == found.layers[layer]).all()
    splits = found.row_splits
    for pooling, rule in {
        "mean": lambda rows: rows.mean(axis=0),
        "sum": lambda rows: rows.sum(axis=0),
        "sqrtn": lambda rows: rows.sum(axis=0) / len(rows) ** 0.5,
        "max": lambda rows: rows.max(axis=0),
    }.items():
        pooled = elmo.embed(TEXTS, pooling=pooling)
        for text, (start, end) in enumerate(pairwise(splits)):
            rows = mix[start:end]
            np.testing.assert_allclose(
                pooled[text], rule(rows) if len(rows) else np.zeros(10), atol=1e-5
            )


def test_whole_texts_may_be_read_at_once(elmo):
    whole = elmo.replaced(sentences=False)
    expected = expected_layers(elmo, ["The bank of the river . It was wet !"])
    np.testing.assert_allclose(whole.token_layers(TEXTS[:1]).layers, expected, atol=1e-5)


def test_the_same_text_has_the_same_vector_whatever_is_beside_it(elmo, monkeypatch):
    texts = [f"{text} {number}" for number in range(40) for text in TEXTS]
    together = elmo.embed(texts)
    assert (elmo.embed(texts) == together).all()
    fresh = elmo.replaced()
    alone = np.concatenate([fresh.embed([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    monkeypatch.setattr("wordloom.elmo.embedding.BLOCK_BYTES", 1 << 12)
    np.testing.assert_allclose(elmo.embed(texts), together, atol=1e-6)
    np.testing.assert_allclose(
        elmo.embed_tokens(texts).vectors, fresh.replaced().embed_tokens(texts).vectors, atol=1e-6
    )


def test_state_is_carried_only_where_asked_for(elmo):
    texts = ["The bank.", "The bank."]
    plain = elmo.embed_tokens(texts)
    np.testing.assert_allclose(plain[0].vectors, plain[1].vectors, atol=1e-6)
    carried = elmo.embed_tokens(texts, stateful=True)
    np.testing.assert_allclose(carried[0].vectors, plain[0].vectors, atol=1e-6)
    assert np.abs(carried[1].vectors - plain[1].vectors).max() > 1e-4
    assert (elmo.embed_tokens(texts, stateful=True).vectors == carried.vectors).all()


@pytest.mark.parametrize("texts", [[], [""], ["", " \n"]])
def test_texts_without_a_token(elmo, texts):
    assert elmo.embed(texts).tolist() == [[0] * 10] * len(texts)
    for stateful in (False, True):
        found = elmo.embed_tokens(texts, stateful=stateful)
        assert found.vectors.shape == (0, 10)
        assert found.row_splits.tolist() == [0] * (len(texts) + 1)
    outputs = elmo.outputs(texts)
    assert outputs["elmo"].shape == (len(texts), 0, 10)
    assert not outputs["default"].any()


def test_any_characters_have_vectors(elmo):
    texts = ["👩‍🔬🧪", "e\u0301te\u0301", "\ud800", "x\udcffy", "\x00", "ﷺ" * 40, "猫", "\u200d"]
    vectors = elmo.embed(texts)
    assert np.isfinite(vectors).all()
    assert vectors[[0, 1, 2, 5, 6]].any(axis=1).all()
    # What is not Unicode is replaced before it is read.
    assert (vectors[2] == elmo.embed(["\ufffd" * 3])).all()


def test_tokens_are_cut_behind_fifty_places(elmo):
    spaces = elmo.replaced(tokenizer=Tokenizer("spaces"))
    long = spaces.embed(["w" * 48, "w" * 49, "w" * 5000, "w" * 47])
    assert (long[0] == long[1]).all()
    assert (long[0] == long[2]).all()
    assert (long[0] != long[3]).any()
    assert spaces.embed_tokens(["w" * 5000]).tokens == ["w" * 5000]


def test_words_alone(elmo):
    vectors, known = elmo.word_vectors(["bank", "", "two words"])
    assert known.tolist() == [True, False, True]
    np.testing.assert_allclose(vectors[0], elmo.embed_tokens(["bank"]).vectors[0], atol=1e-6)
    assert not vectors[1].any()
    np.testing.assert_allclose(elmo["bank"], vectors[0], atol=1e-6)
    assert "bank" in elmo
    assert "" not in elmo
    with pytest.raises(InputError, match="not empty"):
        elmo[""]


def test_a_table_of_words_alone(elmo):
    static = elmo.static()
    assert static.vocabulary.words == ["the", "bank", "river"]
    assert static.vocabulary.counts.tolist() == [9, 5, 2]
    np.testing.assert_allclose(static.vectors, elmo.word_vectors(["the", "bank", "river"])[0])
    assert elmo.static(["Bank", "cloud"]).vocabulary.words == ["Bank", "cloud"]
    with pytest.raises(InputError, match="knows none"):
        elmo.replaced(vocabulary=None).static()


def test_outputs_by_the_names_of_tensorflow_hub(elmo):
    texts = ["The bank of the river", "Bank", ""]
    found = elmo.outputs(texts)
    layers = elmo.token_layers(texts).layers
    assert list(found) == [
        "word_emb",
        "lstm_outputs1",
        "lstm_outputs2",
        "elmo",
        "default",
        "sequence_len",
    ]
    assert found["sequence_len"].tolist() == [5, 1, 0]
    assert found["word_emb"].shape == (3, 5, 5)
    np.testing.assert_array_equal(found["word_emb"][0], layers[0, :5, :5])
    np.testing.assert_array_equal(found["lstm_outputs2"][1, 0], layers[2, 5])
    np.testing.assert_allclose(found["elmo"][0], layers[:, :5].mean(axis=0), atol=1e-6)
    assert not found["elmo"][1, 1:].any()
    np.testing.assert_allclose(found["default"][0], found["elmo"][0].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found["default"][1], found["elmo"][1, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"layer_weights": [1, 2]}, "3 finite numbers"),
        ({"layer_weights": [1, 2, np.nan]}, "3 finite numbers"),
        ({"gamma": np.inf}, "`gamma` is a finite number"),
        ({"pooling": "idf"}, "mean, sum, sqrtn, max"),
        ({"softmax": {"W": np.zeros((3, 4), np.float32)}}, r"W of shape \(n_outputs, 5\)"),
        ({"softmax": {"W": np.zeros((3, 5)), "b": np.zeros(())}}, r"b of shape \(n_outputs,\)"),
    ],
)
def test_parts_that_do_not_fit_are_refused(elmo, parts, message):
    with pytest.raises(InputError, match=message):
        elmo.replaced(**parts)


@pytest.mark.parametrize("layer", [-1, 3, 1.0, 1.5, True, "top"])
def test_layers_that_are_not_there_are_refused(elmo, layer):
    with pytest.raises(InputError, match="numbered from 0 to 2"):
        elmo.embed_tokens(["a"], layer=layer)
    with pytest.raises(InputError, match="numbered from 0 to 2"):
        elmo.static_from(["a"], layer=layer, min_count=1)


@pytest.mark.parametrize("call", ["embed", "embed_tokens", "token_layers", "outputs"])
def test_a_single_str_is_not_a_list_of_texts(elmo, call):
    with pytest.raises(InputError, match="A list of texts"):
        getattr(elmo, call)("a text")
    with pytest.raises(InputError, match="must be a str"):
        getattr(elmo, call)(["a text", 5])


def test_weights_that_do_not_fit_the_options_are_named(elmo):
    options, weights = elmo.options, dict(elmo.weights)
    name = "RNN_1/RNN/MultiRNNCell/Cell1/LSTMCell/W_0"
    extra = {"EMA/other": np.zeros(3)}
    assert (ELMoEmbedding(options, weights | extra)["a"] == elmo["a"]).all()
    with pytest.raises(FormatError, match=rf"'{name}' of shape \(10, 48\)"):
        ELMoEmbedding(options, {key: weights[key] for key in weights if key != name})
    wider = random_weights(ELMoOptions(lstm_dim=13, projection_dim=5), 1)[name]
    with pytest.raises(FormatError, match=rf"'{name}' .*\(10, 48\).*Received: .* \(10, 52\)"):
        ELMoEmbedding(options, weights | {name: wider})
    with pytest.raises(FormatError, match="Received: int64"):
        ELMoEmbedding(options, weights | {name: weights[name].astype(np.int64)})
    for bad in (np.nan, np.inf):
        broken = weights[name].copy()
        broken[3, 7] = bad
        with pytest.raises(FormatError, match=f"NaN or infinity in '{name}'"):
            ELMoEmbedding(options, weights | {name: broken})


@pytest.mark.parametrize(
    "wrong",
    [
        {"gamma": "x"},
        {"gamma": 1e300},
        {"gamma": [1.0]},
        {"layer_weights": ["a", "b"]},
        {"layer_weights": [np.nan, 1.0]},
        {"layer_weights": 1.0},
    ],
)
def test_weights_of_layers_are_finite_numbers(elmo, wrong):
    with pytest.raises(InputError, match="finite number"):
        elmo.replaced(**wrong)
