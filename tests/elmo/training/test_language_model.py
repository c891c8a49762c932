import jax
import jax.numpy as jnp
import numpy as np
import pytest

from wordloom.combine.backend import keras
from wordloom.elmo.characters import character_ids
from wordloom.elmo.network.characters import CharacterEncoder
from wordloom.elmo.network_at_random import random_weights
from wordloom.elmo.options import ELMoOptions
from wordloom.elmo.training.language_model import Batch, LanguageModel, State
from wordloom.elmo.training.token_vectors import token_vectors

OPTIONS = ELMoOptions(
    6, 4, 1, character_dim=3, filters=((1, 4), (3, 5)), n_highway=1, max_characters=8
)
N_ROWS, N_SAMPLES = 9, 4
RANDOM = np.random.default_rng(0)
WORDS = character_ids(["a", "is", "rash", "coughing", "cough"], 8)


def model(**settings):
    usual = {
        "steps": 2,
        "n_samples": N_SAMPLES,
        "learning_rate": 0.2,
        "clip_norm": 0.5,
        "dropout": 0.0,
        "mixed_precision": False,
    }
    return LanguageModel(OPTIONS, **usual | settings)


@pytest.fixture
def state():
    random = np.random.default_rng(1)
    weights = random_weights(OPTIONS, 1) | {
        "W": random.normal(size=(N_ROWS, 4)).astype(np.float32),
        "b": random.normal(size=N_ROWS).astype(np.float32),
    }
    squares = {name: np.full_like(each, 1.0) for name, each in weights.items()}
    copied = jax.tree.map(lambda each: jnp.array(each), (weights, squares))
    return State(*copied, jnp.zeros((2, 1, 3, 4)), jnp.zeros((2, 1, 3, 6)))


def batch(rows=(0, 5, 2, 1, 7, 3, 9, 10), seed=2):
    """Rows 0, 5, 2 and 1 are the sample; 7 and 3 are other targets; 9 and 10 do not exist."""
    random = np.random.default_rng(seed)
    return Batch(
        (WORDS[:3, :7], WORDS[3:]),
        random.integers(0, 5, (2, 2, 3)).astype(np.int32),
        np.array(rows, np.int32),
        np.linspace(-2, 0, len(rows)).astype(np.float32),
        np.array([4, 5, 0, 2, 1, 5, 4, 4, 3, 0, 5, 2], np.int32).reshape(2, 2, 3),
        np.ones((2, 3), np.float32),
    )


SEED = np.array([1, 2], np.uint32)


def test_token_vectors_are_those_of_the_keras_layer_and_so_are_their_gradients():
    weights = random_weights(OPTIONS, 3)
    layer = CharacterEncoder(OPTIONS)
    layer.set_published(weights)
    names = {id(each): name for name, each in layer.published_variables().items()}
    order = [names[id(each)] for each in layer.trainable_variables]

    def peer(weights):
        values = [weights[name] for name in order]
        return layer.stateless_call(values, [], WORDS)[0]

    def ours(weights):
        return token_vectors(OPTIONS, weights, WORDS)

    weights = {name: jnp.array(weights[name]) for name in order}
    found = (
        jax.jit(jax.value_and_grad(lambda each, f=f: jnp.sum(f(each) ** 2)))(weights)
        for f in (ours, peer)
    )
    for mine, theirs in zip(*map(jax.tree.leaves, found), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    assert keras.backend.backend() == "jax"


def test_the_sampled_loss_is_that_of_a_direct_calculation(state):
    outputs = RANDOM.normal(size=(12, 4)).astype(np.float32)
    read = batch()
    found = jax.jit(model().sampled_losses)(
        {name: state.weights[name][read.rows] for name in ("W", "b")}, outputs, read
    )
    for place, target in enumerate(read.targets.ravel().tolist()):
        # The target, and the sample without it; each corrected by how often it is sampled.
        chosen = [target, *(other for other in range(N_SAMPLES) if other != target)]
        rows = read.rows[chosen]
        scores = np.asarray(state.weights["W"])[rows] @ outputs[place]
        scores += np.asarray(state.weights["b"])[rows] - read.corrections[chosen]
        expected = np.log(np.exp(scores).sum()) - scores[0]
        np.testing.assert_allclose(found[place], expected, rtol=1e-5)


def test_a_step_is_adagrad_on_clipped_gradients_and_rows_that_take_no_part_stay(state):
    language_model, read = model(), batch()
    network = {name: each for name, each in state.weights.items() if name not in ("W", "b")}

    def loss(weights):
        """The same loss from whole tables."""
        outputs, _, _ = language_model.outputs(
            {name: weights[name] for name in network}, read, state.h, state.c, None
        )
        softmax = {name: weights[name][np.minimum(read.rows, N_ROWS - 1)] for name in ("W", "b")}
        losses = language_model.sampled_losses(softmax, outputs, read)
        return language_model.steps * 0.5 * (losses[:6].mean() + losses[6:].mean())

    before = jax.tree.map(np.array, state)
    gradients = jax.tree.map(np.array, jax.jit(jax.grad(loss))(state.weights))
    norm = np.sqrt(sum(np.square(each).sum() for each in gradients.values()))
    assert norm > 0.5
    after, losses = language_model.train(state, read, SEED)
    for name, gradient in gradients.items():
        gradient = gradient * 0.5 / norm
        squares = 1 + gradient**2
        expected = before.weights[name] - 0.2 * gradient / np.sqrt(squares)
        np.testing.assert_allclose(after.squares[name], squares, atol=1e-6)
        np.testing.assert_allclose(after.weights[name], expected, atol=1e-6)
    others = np.array([4, 6, 8])
    for name in ("W", "b"):
        unchanged = np.asarray(after.weights[name])[others] == before.weights[name][others]
        assert unchanged.all()
    assert losses.shape == (2,)


def test_judging_gives_the_full_softmax_of_what_counts(state):
    language_model, read = model(), batch()
    weights = np.array([[1, 1, 0], [1, 0, 0]], np.float32)
    found, h, c = language_model.judge(
        state.weights, read._replace(weights=weights), state.h, state.c
    )
    network = {name: each for name, each in state.weights.items() if name not in ("W", "b")}
    outputs, _, _ = jax.jit(language_model.outputs)(network, read, state.h, state.c, None)
    scores = np.asarray(outputs @ state.weights["W"].T + state.weights["b"])
    losses = np.log(np.exp(scores).sum(1)) - scores[np.arange(12), read.targets.ravel()]
    expected = (losses.reshape(2, 2, 3) * weights).sum((1, 2))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert np.abs(h).max() > 0
    assert np.abs(c).max() > 0


def test_dropout_drops_its_share_and_keeps_the_mean():
    x = jnp.ones((100, 200))
    dropped = np.asarray(model(dropout=0.25).dropped(x, jax.random.key(0), 1))
    assert (dropped == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert dropped.mean() == pytest.approx(1, abs=0.01)
    assert model(dropout=0.25).dropped(x, None, 1) is x


def test_mixed_precision_multiplies_in_bfloat16_and_keeps_weights_in_float32(state):
    train = model(mixed_precision=True, dropout=0.1).train
    after, losses = jax.eval_shape(train, state, batch(), SEED)
    assert {each.dtype for each in jax.tree.leaves(after)} == {jnp.dtype("float32")}
    assert losses.shape == (2,)
    products = [
        line
        for line in str(jax.make_jaxpr(train)(state, batch(), SEED)).splitlines()
        if "dot_general" in line
    ]
    assert products
    assert sum("bf16" in line for line in products) > len(products) / 3
