import numpy as np
import pytest

from wordloom.classify.classifier import TextClassifier
from wordloom.classify.neural import contexts
from wordloom.classify.neural.learned import LearnedEmbedding
from wordloom.errors import InputError

TEXTS = ["Goal by the team!", "A bank. A loan?", "", "the fever", "in the bank a goal"]
LABELS = ["sport", "money", "money", "sport", "money"]
LSTM = "RNN_1/RNN/MultiRNNCell/Cell0/LSTMCell/W_0"
SETTINGS = {
    "encoder": "mean-dense",
    "combined_dim": 6,
    "batch_size": 16,
    "validation_share": 0,
    "learning_rate": 0.01,
}


@pytest.fixture(scope="module")
def embeddings(elmo):
    from wordloom.embedding.static import StaticEmbedding
    from wordloom.text.vocabulary import Vocabulary

    words = Vocabulary.from_words(["goal", "bank", "team", "the"])
    vectors = np.random.default_rng(0).normal(size=(4, 5))
    return [StaticEmbedding(words, vectors, name="static"), elmo, LearnedEmbedding(4)]


@pytest.fixture(scope="module")
def frozen(embeddings):
    """A network on what a frozen ELMo says, beside other embeddings; not to be changed."""
    classifier = TextClassifier(embeddings, combine="dme", epochs=15, **SETTINGS)
    return classifier.fit(TEXTS * 6, LABELS * 6)


@pytest.fixture(scope="module")
def tuned(embeddings):
    """A network that holds ELMo's LSTMs; not to be changed."""
    classifier = TextClassifier(embeddings, combine="dme", trainable=True, epochs=8, **SETTINGS)
    return classifier.fit(TEXTS * 6, LABELS * 6)


@pytest.fixture(params=["frozen", "tuned"])
def fitted(request):
    return request.getfixturevalue(request.param)


def test_elmo_learns_beside_other_embeddings(fitted):
    losses = [entry.training_loss for entry in fitted.history_.measurements]
    assert losses[-1] < 0.75 * losses[0]
    weights = fitted.layer_weights_
    assert list(weights) == ["toy-elmo"]
    assert weights["toy-elmo"].shape == (2,) and np.ptp(weights["toy-elmo"]) > 1e-3


def test_no_word_is_left_out(fitted):
    found = fitted.token_attention(["Goal, unheard-of!"])
    assert found.tokens == ["Goal", ",", "unheard-of", "!"]
    assert found.names == ("static", "toy-elmo", "learned")
    assert found.known.tolist() == [
        [True, True, True],
        [False, True, False],
        [False, True, False],
        [False, True, True],
    ]
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, rtol=1e-5)


def test_it_is_saved_and_opened_again(fitted, tmp_path):
    again = TextClassifier.load(fitted.save(tmp_path / "c"))
    texts = [*filter(None, TEXTS), "a nurse in the bank"]
    np.testing.assert_allclose(
        again.decision_function(texts), fitted.decision_function(texts), rtol=1e-5, atol=1e-6
    )
    weights = [each.layer_weights_["toy-elmo"].tolist() for each in (fitted, again)]
    assert weights[0] == weights[1]
    again.save(tmp_path / "d")
    first, second = (
        (tmp_path / name / "classifier.safetensors").read_bytes() for name in ("c", "d")
    )
    assert first == second


def test_the_network_sees_what_a_frozen_elmo_says(frozen, elmo):
    model = frozen.model_
    mix = model.network.mixes[1]
    reading = model.reader.read(TEXTS)
    expected = elmo.token_layers(TEXTS)
    weights = frozen.layer_weights_["toy-elmo"][:, None, None]
    mean, scale = np.asarray(mix.mean)[:, None], np.asarray(mix.scale)[:, None]
    vectors = (weights * (expected.layers - mean) * scale).sum(axis=0)
    assert [reading.words.words[number - 1] for number in reading.ids] == expected.tokens
    for batch, inputs in model.batches(reading):
        found = np.asarray(mix(inputs[1], mask=inputs[-1]))
        for row, text in enumerate(batch.texts.tolist()):
            own = vectors[expected.row_splits[text] : expected.row_splits[text + 1]]
            np.testing.assert_allclose(found[row, : len(own)], own, rtol=1e-4, atol=1e-5)
            assert not found[row, len(own) :].any()


def test_only_lstms_and_mix_learn(tuned, frozen, elmo):
    lstms = tuned.model_.network.model.get_layer("lstms_1")
    assert np.abs(lstms.lstms.published()[LSTM] - elmo.weights[LSTM]).max() > 1e-3
    assert np.array_equal(lstms.marks, elmo.encoder.marks)
    assert tuned.model_.reader.tuned.vectors[1] is None
    assert not any("lstms" in layer.name for layer in frozen.model_.network.model.layers)


@pytest.mark.parametrize(
    ("rates", "expected"), [((0.01, None), 0.1), ((1e-4, None), 1), ((0.01, 1e-5), 1e-3)]
)
def test_lstms_have_a_learning_rate_of_their_own(make_classifier, elmo, rates, expected):
    from wordloom.classify.models import build_model

    classifier = make_classifier(
        elmo, trainable=True, learning_rate=rates[0], embedding_learning_rate=rates[1]
    )
    model = build_model(classifier, [elmo])
    model.build(2, multi_label=False)
    variables = model.network.model.get_layer("lstms_0").trainable_variables
    assert len(variables) == 6
    factors = [variable.learning_rate_multiplier for variable in variables]
    assert factors == pytest.approx([expected] * 6)


def test_a_fixed_mix_is_the_embeddings_own(make_classifier, elmo, make_texts):
    own = elmo.replaced(layer_weights=[0.25, -0.5], gamma=2)
    classifier = make_classifier(own, mix="fixed", encoder="mean-dense", epochs=40)
    topics = ("sport", "money")
    classifier.fit(*make_texts(96, 0, topics))
    assert classifier.layer_weights_["toy-elmo"].tolist() == [0.5, -1]
    assert classifier.score(*make_texts(60, 1, topics)) > 0.8
    reading = classifier.model_.reader.read(TEXTS)
    _, inputs = next(classifier.model_.batches(reading))
    assert inputs[0].shape[2:] == (1, elmo.dim)


def layers_of(elmo, reader_texts, **settings):
    from wordloom.classify.neural.words import WordReader

    reading = WordReader([elmo]).read(reader_texts)
    return contexts.training_layers(elmo, reading.words, reading.ids, reading.splits, **settings)


def test_many_layers_are_kept_in_half_the_memory(elmo, make_texts, monkeypatch):
    texts = make_texts(30, seed=1)[0]
    full = layers_of(elmo, texts, mixed=False)
    assert full.dtype == np.float32
    np.testing.assert_array_equal(full, np.moveaxis(elmo.token_layers(texts).layers, 0, 1))
    monkeypatch.setattr(contexts, "MOST_FLOAT32_BYTES", 1000)
    monkeypatch.setattr(contexts, "BLOCK_TOKENS", 50)
    half = layers_of(elmo, texts, mixed=False)
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, full, rtol=1e-3, atol=1e-6)
    # What float16 cannot hold is no silent infinity.
    large = elmo.replaced(gamma=1e8)
    with pytest.raises(InputError, match="float16"), np.errstate(over="ignore"):
        layers_of(large, texts, mixed=True)


def test_a_checkpoint_knows_its_elmo(make_classifier, elmo, make_texts, tmp_path):
    data, place = make_texts(30, seed=0), tmp_path / "state"
    make_classifier(elmo, epochs=1).fit(*data, checkpoint=place)
    weights = {name: np.array(tensor) * 2 for name, tensor in elmo.weights.items()}
    with pytest.raises(InputError, match="vectors"):
        make_classifier(elmo.replaced(weights=weights), epochs=1).fit(*data, checkpoint=place)


def test_what_does_not_fit_is_refused(make_classifier, elmo, static_embedding, make_texts):
    data = make_texts(30, seed=0)
    with pytest.raises(InputError, match="'dme'"):
        make_classifier([elmo, static_embedding], combine="gated").fit(*data)
    with pytest.raises(InputError, match="mix must be one of learned, fixed"):
        make_classifier(elmo, mix="best").fit(*data)
    weights = dict(elmo.weights)
    weights["CNN_proj/b_proj"] = np.full_like(weights["CNN_proj/b_proj"], np.nan)
    with pytest.raises(InputError, match="finite"):
        make_classifier(elmo.replaced(weights=weights)).fit(*data)
