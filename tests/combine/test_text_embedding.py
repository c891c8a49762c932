"""From texts to vectors inside a Keras model."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from wordloom.combine.backend import keras
from wordloom.combine.learning_rates import Adam
from wordloom.combine.text_embedding import TextEmbedding
from wordloom.embedding.pooling import POOLINGS
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import FormatError, InputError
from wordloom.text.vocabulary import Vocabulary

TEXTS = ["A dry cough!", "fever, flu & coughing", "", "flu", "dry dry COUGH coughing fever " * 9]


def toy(oov: str = "skip", pooling: str = "mean") -> StaticEmbedding:
    """Return an embedding of three words that some texts leave in part unknown."""
    draw = np.random.default_rng(1)
    vocabulary = Vocabulary.from_words(
        ["dry", "cough", "fever"], counts=[9, 5, 2], document_counts=[4, 3, 2], n_documents=5
    )
    embedding = StaticEmbedding(vocabulary, draw.normal(size=(3, 4)), name="toy", pooling=pooling)
    subwords = Subwords(3, 4, 50, None, draw.normal(size=(50, 4))) if oov == "subwords" else None
    embedding = embedding.replaced(oov=oov, subwords=subwords)
    return embedding.with_common_component(TEXTS) if pooling == "sif" else embedding


def numbers(tensor) -> np.ndarray:
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_frozen_and_called_on_texts_it_is_embed(pooling):
    for oov in ("skip", "zero", "subwords"):
        embedding = toy(oov, pooling)
        expected = embedding.embed(TEXTS)
        layer = TextEmbedding(embedding)
        np.testing.assert_array_equal(numbers(layer(TEXTS)), expected)
    np.testing.assert_array_equal(numbers(layer(np.array(TEXTS))), expected)
    np.testing.assert_array_equal(numbers(layer(np.array(TEXTS, object))), expected)
    encoded = np.array([text.encode() for text in TEXTS])
    np.testing.assert_array_equal(numbers(layer(encoded)), expected)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_token_ids_and_training_give_the_same_but_for_rounding(pooling):
    for oov in ("skip", "zero"):
        embedding = toy(oov, pooling)
        expected = embedding.embed(TEXTS)
        layer = TextEmbedding(embedding, trainable=True)
        for ids in (layer.tokens(TEXTS), layer.tokens(TEXTS, 80, pad="pre")):
            np.testing.assert_allclose(numbers(layer(ids)), expected, rtol=1e-5, atol=2e-6)
        np.testing.assert_allclose(numbers(layer(TEXTS)), expected, rtol=1e-5, atol=2e-6)


def test_composed_words_are_left_out_of_token_ids():
    layer = TextEmbedding(toy("subwords"), trainable=True)
    expected = toy("skip").embed(TEXTS)
    assert not np.allclose(toy("subwords").embed(TEXTS), expected)
    np.testing.assert_allclose(numbers(layer(TEXTS)), expected, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("pooling", ["sqrtn", "max", "idf"])
def test_texts_without_a_known_word_train_without_nan(pooling):
    layer = TextEmbedding(toy("skip", pooling), trainable=True)
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.layers.Dense(1)(layer(ids)))
    model.compile(keras.optimizers.SGD(0.05), "mse")
    losses = model.fit(layer.tokens(["", "flu"]), np.ones((2, 1)), verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert np.isfinite(numbers(layer.table.vectors)).all()
    assert not numbers(layer(["", "flu"])).any()


def test_training_reaches_the_vectors_and_the_embedding_shows_it():
    layer = TextEmbedding(toy(), trainable=True, learning_rate_multiplier=0.1)
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.layers.Dense(1)(layer(ids)))
    model.compile(Adam(0.01), "mse")
    inputs, goals = layer.tokens(TEXTS), np.arange(5.0)[:, None]
    losses = model.fit(inputs, goals, batch_size=5, verbose=0).history["loss"]
    moved = np.abs(layer.embedding.vectors - toy().vectors)
    np.testing.assert_allclose(moved, 0.001, rtol=1e-2)
    assert model.evaluate(inputs, goals, verbose=0) < losses[0]
    layer.trainable = False
    before, kept = numbers(layer(TEXTS)), layer.embedding
    np.testing.assert_array_equal(before, kept.embed(TEXTS))
    # What was handed out stays as it was when training goes on, and the layer follows.
    layer.trainable = True
    model.compile(Adam(0.01), "mse")
    model.fit(inputs, goals, batch_size=5, verbose=0)
    layer.trainable = False
    np.testing.assert_array_equal(before, kept.embed(TEXTS))
    np.testing.assert_array_equal(numbers(layer(TEXTS)), layer.embedding.embed(TEXTS))
    assert not np.array_equal(numbers(layer(TEXTS)), before)


def test_frozen_it_has_nothing_to_train():
    layer = TextEmbedding(toy("zero", "sif"))
    assert layer.trainable_variables == []
    assert (layer.name, layer.table.vectors.path) == ("toy", "toy/vectors")


def test_the_pooling_may_be_another_than_the_embeddings():
    layer = TextEmbedding(toy(), pooling="idf")
    np.testing.assert_array_equal(numbers(layer(TEXTS)), toy().embed(TEXTS, pooling="idf"))


OPEN = """
import sys
import numpy as np
from wordloom.combine.backend import keras
import wordloom.combine.text_embedding
model = keras.models.load_model(sys.argv[1])
expected = np.load(sys.argv[2])
layer = model.layers[-1]
texts = expected["texts"].tolist()
assert np.array_equal(keras.ops.convert_to_numpy(layer(texts)), expected["exact"])
np.testing.assert_allclose(model.predict(layer.tokens(texts), verbose=0), expected["from_ids"],
                           atol=1e-6)
print(keras.backend.backend())
"""


@pytest.mark.parametrize("pooling", ["mean", "sif"])
@pytest.mark.parametrize("oov", ["zero", "subwords"])
def test_a_model_file_opens_here(tmp_path, oov, pooling):
    layer = TextEmbedding(toy(oov, pooling))
    model = keras.Sequential([keras.Input((None,), dtype="int32"), layer])
    model.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras").layers[-1]
    np.testing.assert_array_equal(numbers(opened(TEXTS)), numbers(layer(TEXTS)))
    assert opened.get_config() == layer.get_config()
    assert opened.embedding.vocabulary.counts.tolist() == [9, 5, 2]
    assert opened.tokens(TEXTS).tolist() == layer.tokens(TEXTS).tolist()


def test_a_model_file_opens_on_another_backend(tmp_path):
    pytest.importorskip("jax")  # which Keras' backend for NumPy needs too
    layer = TextEmbedding(toy("subwords", "sif"))
    model = keras.Sequential([keras.Input((None,), dtype="int32"), layer])
    model.save(tmp_path / "model.keras")
    ids = layer.tokens(TEXTS)
    np.savez(tmp_path / "expected.npz", texts=TEXTS, exact=layer(TEXTS), from_ids=layer(ids))
    finished = subprocess.run(
        [sys.executable, "-c", OPEN, str(tmp_path / "model.keras"), str(tmp_path / "expected.npz")],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == "numpy"


def test_a_config_alone_knows_no_words():
    layer = TextEmbedding(toy("subwords", "sif"), trainable=True)
    copy = TextEmbedding.from_config(json.loads(json.dumps(layer.get_config())))
    copy.set_weights(layer.get_weights())
    ids = layer.tokens(TEXTS)
    np.testing.assert_array_equal(numbers(copy(ids)), numbers(layer(ids)))
    with pytest.raises(InputError, match="only knows that it has 3 words"):
        copy(TEXTS)


def test_damaged_ngrams_are_named(tmp_path):
    layer = TextEmbedding(toy("subwords"))
    layer.save_assets(str(tmp_path))
    layer.load_assets(str(tmp_path))
    file = tmp_path / "subwords.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    for folder in (str(tmp_path), None):
        with pytest.raises(FormatError, match="'toy' cannot be read"):
            layer.load_assets(folder)


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="TensorFlow has texts")
def test_a_model_of_texts_is_refused_at_once_without_tensorflow():
    texts = keras.Input((), dtype="string")
    with pytest.raises(InputError, match=r"pass layer\.tokens\(texts\) to fit"):
        TextEmbedding(toy())(texts)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs tensors of texts")
@pytest.mark.parametrize("trainable", [False, True])
def test_a_model_of_texts_fits_predicts_and_is_saved_on_tensorflow(tmp_path, trainable):
    import tensorflow

    layer = TextEmbedding(toy("zero", "sif"), trainable=trainable)
    texts = keras.Input((), dtype="string")
    model = keras.Model(texts, keras.layers.Dense(1)(layer(texts)))
    assert model.output_shape == (None, 1)
    model.compile(Adam(0.01), "mse")
    goals = np.arange(5.0)[:, None]
    losses = model.fit(np.array(TEXTS, object), goals, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert np.array_equal(layer.embedding.vectors, toy("zero", "sif").vectors) is not trainable
    predicted = model.predict(tensorflow.constant(TEXTS), verbose=0)
    model.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        opened.predict(tensorflow.constant(TEXTS), verbose=0), predicted, atol=1e-6
    )


def test_bad_calls_are_refused():
    layer = TextEmbedding(toy())
    with pytest.raises(InputError, match=r"Write \[text\]"):
        layer("one text")
    with pytest.raises(InputError, match="texts with one axis"):
        layer(np.array([["a", "b"]]))
    with pytest.raises(InputError, match=r"token ids of shape \(2,\)"):
        layer(np.array([1, 2]))
    with pytest.raises(InputError, match="Every text must be a str"):
        layer(["a", 3])
    with pytest.raises(InputError, match="Pooling must be one of"):
        TextEmbedding(toy(), pooling="median")
    with pytest.raises(InputError, match="needs to know how often"):
        TextEmbedding(StaticEmbedding(Vocabulary.from_words(["a"]), [[1]]), pooling="sif")
    with pytest.raises(InputError, match="made from a StaticEmbedding"):
        TextEmbedding("glove.txt")
