"""From word ids to vectors."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.combine.backend import keras
from wordloom.combine.learning_rates import Adam
from wordloom.combine.word_embedding import WordEmbedding
from wordloom.embedding.static import StaticEmbedding
from wordloom.embedding.subwords import Subwords
from wordloom.errors import FormatError, InputError
from wordloom.text.tokenizer import Tokenizer
from wordloom.text.vocabulary import Vocabulary

WORDS = ["dry", "cough", "fever"]
VECTORS = np.arange(1, 7, dtype=np.float32).reshape(3, 2)


@pytest.fixture
def embedding() -> StaticEmbedding:
    return StaticEmbedding(
        Vocabulary.from_words(WORDS), VECTORS, name="toy", tokenizer=Tokenizer("spaces")
    )


def numbers(tensor) -> np.ndarray:
    return keras.ops.convert_to_numpy(tensor)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=5))
def test_equals_a_table_with_a_row_of_zeros(ids):
    layer = WordEmbedding.from_embedding(StaticEmbedding(Vocabulary.from_words(WORDS), VECTORS))
    table = np.vstack([np.zeros((1, 2), np.float32), VECTORS])
    np.testing.assert_array_equal(numbers(layer(np.array(ids, np.int32))), table[ids])


def test_padding_is_masked_wherever_it_stands(embedding):
    layer = WordEmbedding.from_embedding(embedding)
    ids = np.array([[0, 1, 0, 2]], np.int32)
    assert numbers(layer.compute_mask(ids)).tolist() == [[False, True, False, True]]
    pooled = keras.layers.GlobalAveragePooling1D()(layer(ids))  # takes the mask from the tensor
    np.testing.assert_array_equal(numbers(pooled), VECTORS[[0, 1]].mean(axis=0, keepdims=True))


def test_shapes_are_known_before_any_data(embedding):
    layer = WordEmbedding.from_embedding(embedding)
    output = layer(keras.Input((None,), dtype="int32"))
    assert (output.shape, output.dtype) == ((None, None, 2), "float32")
    assert layer.compute_output_shape((None, 7)) == (None, 7, 2)


def test_takes_the_name_of_the_embedding_where_it_can(embedding):
    assert WordEmbedding.from_embedding(embedding).name == "toy"
    assert WordEmbedding.from_embedding(embedding, name="mine").name == "mine"
    odd = WordEmbedding.from_embedding(embedding.replaced(name="a/b c"))
    assert odd.name.startswith("word_embedding")


def test_chosen_words_may_be_unknown_or_composed(embedding):
    layer = WordEmbedding.from_embedding(embedding, words=["flu", "fever"])
    assert numbers(layer.vectors).tolist() == [[0.0, 0.0], [5.0, 6.0]]
    subwords = Subwords(3, 3, 1, None, [[7.0, 8.0]])
    composing = embedding.replaced(oov="subwords", subwords=subwords)
    layer = WordEmbedding.from_embedding(composing, words=["flu", "fever"])
    assert numbers(layer.vectors).tolist() == [[7.0, 8.0], [5.0, 6.0]]


def test_training_moves_words_and_lowers_the_loss_but_padding_stays_zero(embedding):
    layer = WordEmbedding.from_embedding(embedding, trainable=True)
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.layers.Dense(1)(keras.ops.sum(layer(ids), axis=1)))
    model.compile(Adam(0.01), "mse")
    inputs = np.array([[1, 0], [2, 1], [0, 0]], np.int32)
    goals = np.array([[1.0], [-1.0], [5.0]], np.float32)
    losses = model.fit(inputs, goals, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    moved = numbers(layer.vectors) != VECTORS
    assert moved[[0, 1]].all()
    assert not moved[2].any()
    assert not numbers(layer(np.zeros((1, 2), np.int32))).any()


def test_frozen_vectors_stay(embedding):
    layer = WordEmbedding.from_embedding(embedding)
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.layers.Dense(1)(keras.ops.sum(layer(ids), axis=1)))
    model.compile(Adam(0.1), "mse")
    model.fit(np.array([[1, 2]], np.int32), np.ones((1, 1)), verbose=0)
    np.testing.assert_array_equal(numbers(layer.vectors), VECTORS)
    assert len(model.trainable_variables) == 2


def test_texts_become_ids_by_the_embeddings_tokenizer(embedding):
    layer = WordEmbedding.from_embedding(embedding)
    assert layer.ids(["fever dry Cough cough", "", "zzz"]).tolist() == [[3, 1, 2]] + [[0, 0, 0]] * 2
    assert layer.ids([]).shape == (0, 1)
    assert layer.ids(["", "x"]).tolist() == [[0], [0]]


@pytest.mark.parametrize(
    ("truncate", "pad", "expected"),
    [
        ("post", "post", [[1, 2], [3, 0]]),
        ("post", "pre", [[1, 2], [0, 3]]),
        ("pre", "post", [[2, 3], [3, 0]]),
        ("pre", "pre", [[2, 3], [0, 3]]),
    ],
)
def test_rows_have_the_length_asked_for_at_either_end(embedding, truncate, pad, expected):
    layer = WordEmbedding.from_embedding(embedding)
    texts = ["dry cough fever", "zzz fever"]
    assert layer.ids(texts, 2, truncate=truncate, pad=pad).tolist() == expected
    assert layer.ids(texts, 9, truncate=truncate, pad=pad).shape == (2, 9)
    assert layer.ids(texts).dtype == np.int32


def test_a_config_makes_the_layer_again_but_not_its_words(embedding):
    layer = WordEmbedding.from_embedding(
        embedding, trainable=True, learning_rate_multiplier=0.5, name="mine"
    )
    copy = WordEmbedding.from_config(json.loads(json.dumps(layer.get_config())))
    assert copy.get_config() == layer.get_config()
    copy.set_weights(layer.get_weights())
    ids = np.array([[3, 0, 1]], np.int32)
    np.testing.assert_array_equal(numbers(copy(ids)), numbers(layer(ids)))
    with pytest.raises(InputError, match="only knows that it has 3 words"):
        copy.ids(["fever"])


def test_a_model_file_keeps_vectors_words_and_tokenizer(embedding, tmp_path):
    layer = WordEmbedding.from_embedding(embedding, words=["fever", "Grüße\n"])
    model = keras.Sequential([keras.Input((None,), dtype="int32"), layer])
    model.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras").layers[0]
    assert opened.vocabulary is not None
    assert opened.vocabulary.words == ["fever", "Grüße\n"]
    assert opened.tokenizer == Tokenizer("spaces")
    np.testing.assert_array_equal(numbers(opened.vectors), numbers(layer.vectors))
    assert opened.ids(["a fever"]).tolist() == [[1]]


def test_damaged_words_are_named(embedding, tmp_path):
    layer = WordEmbedding.from_embedding(embedding)
    layer.save_assets(str(tmp_path))
    with pytest.raises(FormatError, match="3 words and 2 vectors"):
        WordEmbedding(2, 2).load_assets(str(tmp_path))
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(FormatError, match="has a tokenizer"):
        WordEmbedding(3, 2).load_assets(str(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3), "at least one word"),
        (([], 3), "at least one word"),
        ((["a"], 0), "at least one number"),
        ((["a"], 2.5), "at least one number"),
        ((["a", "a"], 3), "must differ"),
        (("abc", 3), "A list of words"),
    ],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        WordEmbedding(*arguments)


def test_bad_calls_are_refused(embedding):
    layer = WordEmbedding.from_embedding(embedding)
    with pytest.raises(InputError, match="pad must be one of"):
        layer.ids(["a"], pad="front")
    with pytest.raises(InputError, match="At least 1 token"):
        layer.ids(["a"], 0)
    with pytest.raises(InputError, match="A list of texts"):
        layer.ids("a text")
    with pytest.raises(InputError, match="must be finite"):
        WordEmbedding.from_embedding(embedding.replaced(vectors=VECTORS * np.nan))
