import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.classify.neural.encoder_names import ENCODERS, encoder_from_json, named_encoder
from wordloom.classify.neural.encoders import (
    ConvolutionEncoder,
    DeepAveragingEncoder,
    FlattenEncoder,
    LSTMMaxEncoder,
    MeanEncoder,
    RecurrentEncoder,
)
from wordloom.errors import FormatError, InputError

pytest.importorskip("wordloom.combine.backend", exc_type=ImportError)
DIM, WORDS = 6, 20
SMALL = {
    "mean": MeanEncoder(dropout=0.2),
    "conv1d": ConvolutionEncoder(widths=(2, 3, 5), filters=4),
    "gru": RecurrentEncoder(units=(5, 3)),
    "bilstm": RecurrentEncoder(cell="lstm", units=(4,), bidirectional=True, dropout=0),
    "bilstm-max": LSTMMaxEncoder(units=4, hidden=(6,)),
    "dan": DeepAveragingEncoder(hidden=(7, 5)),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def make_model(*encoders, length=None, seed=3, outputs=None):
    """Make one network of several encoders, which compiles faster than several of one."""
    from wordloom.combine.backend import keras

    ids = keras.Input((length,), dtype="int32")
    table = keras.initializers.RandomNormal(stddev=0.5, seed=1)
    tokens = keras.layers.Embedding(WORDS, DIM, table, mask_zero=True)(ids)
    encoded = [encoder.build(tokens, seed=seed) for encoder in encoders]
    if outputs:
        start = keras.initializers.GlorotUniform(seed=2)
        scores = keras.layers.Dense(outputs, "softmax", kernel_initializer=start)
        encoded = scores(keras.layers.Concatenate()(encoded))
    elif len(encoded) == 1:
        encoded = encoded[0]
    return keras.Model(ids, encoded)


def encode(model, rows):
    """Return the vectors of one encoder, without the time that compiling takes."""
    return np.asarray(model(np.array(rows, np.int32)))


@pytest.fixture(scope="module")
def model():
    return make_model(*SMALL.values())


@pytest.fixture(scope="module")
def padded(model):
    """By encoder, the vectors of a text padded in three ways, an empty text and one of a word."""
    text, pad = [7, 3, 11, 5], [0] * 5
    rows = [text + pad, pad + text, [0, 0, *text, 0, 0, 0], [0] * 9, [4] + [0] * 8]
    return dict(zip(SMALL, model.predict_on_batch(np.array(rows)), strict=True))


@pytest.fixture(scope="module")
def alone(model):
    """By encoder, the vector of the same text without padding."""
    vectors = model.predict_on_batch(np.array([[7, 3, 11, 5]]))
    return dict(zip(SMALL, vectors, strict=True))


def test_encoders_can_be_described_without_keras():
    code = "import sys, wordloom.classify.neural.encoders; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"keras", "jax", "tensorflow"} & set(done.stdout.split())


@pytest.mark.parametrize("name", SMALL)
def test_padding_changes_nothing_wherever_it_stands(padded, alone, name):
    expected = np.repeat(alone[name], 3, axis=0)
    np.testing.assert_allclose(padded[name][:3], expected, rtol=1e-5, atol=1e-6)
    assert np.abs(expected).max() > 1e-3


@pytest.mark.parametrize("name", SMALL)
def test_a_text_without_words_and_one_of_a_single_word_have_finite_vectors(padded, name):
    assert np.isfinite(padded[name]).all()
    assert not np.array_equal(padded[name][3], padded[name][4])


def test_a_model_survives_saving(model, alone, tmp_path):
    from wordloom.combine.backend import keras

    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert json.dumps(loaded.get_config()) == json.dumps(model.get_config())
    vectors = loaded.predict_on_batch(np.array([[7, 3, 11, 5]]))
    assert all(map(np.array_equal, vectors, alone.values()))


@pytest.mark.parametrize("name", SMALL)
def test_the_seed_decides_weights_and_dropout(name):
    # Keras counts the states of random generators among the variables.
    first, again, other = (
        [np.asarray(variable) for variable in make_model(SMALL[name], seed=seed).variables[1:]]
        for seed in (3, 3, 4)
    )
    assert first
    assert all(map(np.array_equal, first, again))
    assert not any(
        np.array_equal(one, two)
        for one, two in zip(first, other, strict=True)
        # Biases begin as zeros and ones, whatever the seed is.
        if one.dtype == np.uint32 or not set(one.flat) <= {0, 1}
    )


def test_gradients_reach_all_weights_and_lower_the_loss():
    from wordloom.combine.backend import keras

    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 64)
    # Words 1 to 9 speak for label 0, the others for label 1.
    rows = random.integers(1, 10, (64, 9)) + 10 * labels[:, None]
    rows[:, 6:] = 0
    rows[:3] = 0
    encoders = [SMALL[name] for name in ("conv1d", "gru", "bilstm-max", "dan")]
    model = make_model(*encoders, outputs=2)
    before = [np.asarray(weight) for weight in model.trainable_weights]
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    losses = [float(model.train_on_batch(rows, labels)) for _ in range(10)]
    assert losses[-1] < losses[0] / 2
    moved = [
        np.abs(np.asarray(weight) - start).reshape(-1, weight.shape[-1]).max(1)
        for weight, start in zip(model.trainable_weights, before, strict=True)
    ]
    assert all(change.max() > 0 for change in moved)
    assert moved[0][np.unique(rows)[1:]].min() > 0
    assert moved[0][0] == 0


def test_the_mean_is_that_of_the_words(model, alone):
    table = model.layers[1].get_weights()[0]
    np.testing.assert_allclose(alone["mean"][0], table[[7, 3, 11, 5]].mean(0), rtol=1e-5)


def test_flattening_lays_vectors_side_by_side_with_zeros_for_padding():
    model = make_model(FlattenEncoder(hidden=()), length=4)
    table = model.layers[1].get_weights()[0]
    expected = np.concatenate([table[3], 0 * table[0], table[5], 0 * table[0]])
    assert np.array_equal(encode(model, [[3, 0, 5, 0]])[0], expected)


def test_convolutions_are_those_of_the_words_and_their_maximum_counts():
    model = make_model(ConvolutionEncoder(widths=(3, 8), filters=4, dropout=0))
    vectors = model.layers[1].get_weights()[0][[2, 9, 4]]
    expected = []
    for width, layer in zip((3, 8), model.layers[2:4], strict=True):
        kernel, bias = layer.get_weights()
        before = (width - 1) // 2
        wide = np.zeros((len(vectors) + width - 1, DIM))
        wide[before : before + len(vectors)] = vectors
        rows = [(wide[t : t + width, :, None] * kernel).sum((0, 1)) + bias for t in range(3)]
        expected += np.max(np.maximum(rows, 0), 0).tolist()
    np.testing.assert_allclose(encode(model, [[2, 9, 4]])[0], expected, atol=1e-6)


def test_word_dropout_leaves_the_mean_of_some_words():
    from wordloom.classify.neural.encoder_layers import WordDropout
    from wordloom.combine.backend import keras
    from wordloom.combine.pooling import MeanPooling

    tokens = keras.Input((8, 10))
    mask = keras.Input((8,), dtype="bool")
    kept = WordDropout(0.6, seed=4)(tokens, mask=mask)
    model = keras.Model([tokens, mask], MeanPooling()(kept, mask=mask))
    # Each word has an axis of its own, so the mean tells which words are in it; 5 are words.
    texts = np.tile(np.eye(8, 10, dtype=np.float32), (2000, 1, 1))
    words = np.tile(np.arange(8) % 3 != 0, (2000, 1))
    means = np.asarray(model([texts, words], training=True))
    counts = (means > 0).sum(1)
    assert counts.min() == 1
    np.testing.assert_allclose(means.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(means.max(1), 1 / counts, rtol=1e-5)
    assert not means[:, ~(np.arange(10) % 3 != 0)].any()
    # A text of 5 loses all with the probability .6 ** 5, and then keeps one.
    np.testing.assert_allclose(counts.mean(), 5 * 0.4 + 0.6**5, atol=0.08)
    still = np.asarray(model([texts, words], training=False))
    np.testing.assert_allclose(still[0, 1], 0.2, rtol=1e-5)


def test_the_gru_stack_is_the_published_one():
    from wordloom.combine.backend import keras

    tokens = keras.Input((None, 100))
    model = keras.Model(tokens, named_encoder("gru").build(tokens, seed=0))
    # 105,661 in all, without 1,624 of the published combination and 165 of the last layer.
    assert model.count_params() == 105_661 - 1_624 - 165
    assert [layer.dropout for layer in model.layers[1:]] == [0.2, 0.2]


def test_both_directions_begin_with_weights_of_their_own():
    model = make_model(RecurrentEncoder(units=(4,), bidirectional=True))
    weights = model.layers[-1].get_weights()
    assert model.output_shape == (None, 8)
    assert not np.array_equal(weights[0], weights[3])


def test_flattening_refuses_texts_of_any_length():
    with pytest.raises(InputError, match="needs texts of one length"):
        make_model(FlattenEncoder())
    assert [name for name, encoder in ENCODERS.items() if encoder.fixed_length] == ["flatten"]


@pytest.mark.parametrize("encoder", [*ENCODERS.values(), *SMALL.values()])
def test_settings_survive_json(encoder):
    assert encoder_from_json(json.loads(json.dumps(encoder.to_json()))) == encoder
    assert hash(encoder) == hash(encoder_from_json(encoder.to_json()))


def test_a_list_of_units_becomes_a_tuple():
    assert FlattenEncoder(hidden=[8]) == FlattenEncoder(hidden=(8,))


@pytest.mark.parametrize("name", ["lstm", "", None, 3, ["gru"]])
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    with pytest.raises(InputError, match="'mean', 'flatten', 'conv1d', 'gru', 'bigru'"):
        named_encoder(name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MeanEncoder(dropout=1), "`dropout` must be a number from 0 and below 1"),
        (lambda: MeanEncoder(dropout=float("nan")), "Received: nan"),
        (lambda: MeanEncoder(dropout=True), "Received: True"),
        (lambda: FlattenEncoder(hidden=32), r"as in hidden=\(64,\)"),
        (lambda: FlattenEncoder(hidden=(0,)), "from 1 to 65,536"),
        (lambda: ConvolutionEncoder(widths=()), "tuple of 1 to 32"),
        (lambda: ConvolutionEncoder(filters=2.0), "`filters` must be a whole number"),
        (lambda: RecurrentEncoder(cell="rnn"), "must be 'gru' or 'lstm'"),
        (lambda: RecurrentEncoder(bidirectional=1), "True or False"),
        (lambda: LSTMMaxEncoder(units=10**9), "Received: 1000000000"),
        (lambda: DeepAveragingEncoder(word_dropout=-0.1), "`word_dropout`"),
        (lambda: DeepAveragingEncoder(hidden=(True,)), "Received: .True"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@given(st.data())
def test_what_is_no_encoder_is_a_format_error(data):
    name = data.draw(st.sampled_from(sorted(ENCODERS)))
    settings = ENCODERS[name].to_json()
    field = data.draw(st.sampled_from(sorted(settings)) | st.text(max_size=5))
    settings[field] = data.draw(JSON)
    for hostile in (settings, settings[field]):
        try:
            encoder = encoder_from_json(hostile)
        except FormatError as error:
            assert "The classifier is damaged" in str(error)
        else:
            assert encoder_from_json(encoder.to_json()) == encoder


def test_missing_settings_are_named():
    with pytest.raises(FormatError, match="'dropout' missing or unknown"):
        encoder_from_json({"kind": "mean"})
    with pytest.raises(FormatError, match="kind is one of mean, flatten"):
        encoder_from_json({"kind": "transformer"})
