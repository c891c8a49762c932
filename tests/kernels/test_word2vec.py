import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels import word2vec_reference as reference

from wordloom.kernels.cbow import make_cbow_space, train_cbow_block
from wordloom.kernels.negative_sampling import (
    Settings,
    Tables,
    aligned_zeros,
    draw_negatives,
    logistic_steps,
    make_block,
    make_negatives,
    negative_gradients,
    subsample,
)
from wordloom.kernels.simd import padded
from wordloom.kernels.skipgram import make_skipgram_space, train_skipgram_block
from wordloom.train.sampling import make_sampler

DIM = 20


def tables(n_words, seed=0):
    random = np.random.default_rng(seed)
    result = Tables(aligned_zeros(n_words, padded(DIM)), aligned_zeros(n_words, padded(DIM)))
    for table in result:
        table[:, :DIM] = random.normal(0, 0.4, (n_words, DIM))
    return result


def corpus(lengths, n_words, seed=0):
    random = np.random.default_rng(seed)
    documents = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    tokens = (random.random(documents[-1]) ** 2 * n_words).astype(np.int32)
    return tokens, documents


def run(cbow, tokens, documents, start, end, state, sampler, numbers, rate, seed):
    block = len(tokens) + 1
    if cbow is None:
        space = make_skipgram_space(numbers, padded(DIM), block, len(state.input))
        return train_skipgram_block(
            tokens, documents, start, end, state, sampler, numbers, rate, np.uint64(seed), space
        )
    space = make_cbow_space(numbers, padded(DIM), block, len(state.input))
    return train_cbow_block(
        tokens,
        documents,
        start,
        end,
        state,
        sampler,
        numbers,
        cbow == "exact",
        rate,
        np.uint64(seed),
        space,
    )


@pytest.mark.parametrize("cbow", [None, "word2vec", "exact"])
@given(
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=6).filter(lambda x: sum(x) > 0),
    n_words=st.integers(1, 12),
    window=st.integers(1, 7),
    chunk=st.integers(1, 30),
    repeats=st.integers(1, 6),
    pool=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    cut=st.floats(0, 1),
)
@settings(max_examples=25, deadline=None)
def test_a_block_trains_as_the_plain_reference_does(
    cbow, lengths, n_words, window, chunk, repeats, pool, seed, cut
):
    tokens, documents = corpus(lengths, n_words, seed % 1000)
    start = int(cut * (len(tokens) - 1) / 2)
    sampler = make_sampler(np.arange(n_words, 0, -1), 0.1, 0.75)
    numbers = Settings(window, 5, chunk, pool, repeats)
    state = tables(n_words)
    expected_input, expected_output, expected_loss, expected_pairs = reference.train(
        tokens, documents, start, len(tokens), state, sampler, numbers, 0.01, seed, cbow
    )
    loss, pairs, probe = run(
        cbow, tokens, documents, start, len(tokens), state, sampler, numbers, 0.01, seed
    )
    assert pairs == expected_pairs
    assert np.isfinite(probe)
    np.testing.assert_allclose(loss, expected_loss, rtol=2e-3, atol=1e-3)
    np.testing.assert_allclose(state.input, expected_input, rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(state.output, expected_output, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("cbow", [None, "word2vec"])
def test_padding_stays_zero(cbow):
    tokens, documents = corpus([30, 30], 10)
    state = tables(10)
    sampler = make_sampler(np.ones(10, np.int64), 0, 0.75)
    run(cbow, tokens, documents, 0, 60, state, sampler, Settings(5, 5, 32, 16, 8), 0.1, 1)
    assert not state.input[:, DIM:].any()
    assert not state.output[:, DIM:].any()


@pytest.mark.parametrize("cbow", [None, "word2vec"])
def test_infinity_in_a_table_shows_in_the_probe(cbow):
    tokens, documents = corpus([30, 30], 10)
    state = tables(10)
    state.input[tokens[3], 0] = np.inf
    sampler = make_sampler(np.ones(10, np.int64), 0, 0.75)
    numbers = Settings(5, 5, 32, 16, 8)
    _, _, probe = run(cbow, tokens, documents, 0, 60, state, sampler, numbers, 0.1, 1)
    assert not np.isfinite(probe)


@pytest.mark.parametrize("sign", [1, -1])
@given(st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=70))
def test_steps_and_loss_are_those_of_the_logistic_function(sign, scores):
    scores = np.array(scores, np.float32)
    weights = np.arange(len(scores), dtype=np.float32)
    steps = scores.copy()
    loss, probe = logistic_steps(steps, weights, sign, 0.5)
    directed = sign * scores.astype(np.float64)
    expected = -sign * 0.5 * weights * reference.sigmoid(np.clip(directed, -16, 16))
    np.testing.assert_allclose(steps, expected, rtol=2e-4, atol=1e-9)
    assert loss == pytest.approx((weights * np.logaddexp(0, directed)).sum(), rel=1e-4, abs=1e-4)
    assert probe == pytest.approx(scores.astype(np.float64).sum(), rel=1e-3, abs=1e-3)


def test_negative_gradients_are_the_matrix_products_of_the_formula():
    random = np.random.default_rng(3)
    inputs = random.normal(0, 0.5, (9, 32)).astype(np.float32)
    negatives = make_negatives(5, 32, 12)
    negatives.rows[:] = random.normal(0, 0.5, (5, 32))
    pairs = random.integers(0, 7, 9)
    gradients = np.empty((9, 32), np.float32)
    loss, probe = negative_gradients(inputs, pairs, 0.3, 0.05, gradients, negatives)
    scores = inputs.astype(np.float64) @ negatives.rows.T
    steps = -0.05 * 0.3 * pairs[:, None] * reference.sigmoid(scores)
    np.testing.assert_allclose(gradients, steps @ negatives.rows, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(negatives.gradients, steps.T @ inputs, rtol=1e-3, atol=1e-5)
    expected = -(0.3 * pairs[:, None] * np.log(1 - reference.sigmoid(scores))).sum()
    assert loss == pytest.approx(expected, rel=1e-3)
    assert probe == pytest.approx(scores.sum(), rel=1e-3)


def test_negative_words_follow_their_weights():
    counts = np.array([1000, 100, 10, 1])
    sampler = make_sampler(counts, 0, 0.75)
    negatives = make_negatives(200_000, 16, 1)
    draw_negatives(np.zeros((4, 16), np.float32), sampler, np.uint64(5), negatives)
    expected = counts**0.75 / (counts**0.75).sum()
    np.testing.assert_allclose(np.bincount(negatives.words) / 200_000, expected, atol=4e-3)


def test_subsampling_keeps_the_share_it_should_and_rare_words_always():
    counts = np.array([99_000, 1_000])
    sampler = make_sampler(counts, 0.01, 0.75)
    tokens = np.random.default_rng(0).choice(2, 100_000, p=[0.99, 0.01]).astype(np.int32)
    block = make_block(len(tokens), 2)
    documents = np.array([0, len(tokens)])
    kept, _ = subsample(tokens, documents, 0, len(tokens), sampler.keep, np.uint64(1), block)
    words = block.words[:kept]
    expected = np.sqrt(0.01 / 0.99) + 0.01 / 0.99
    assert (words == 0).sum() / (tokens == 0).sum() == pytest.approx(expected, abs=5e-3)
    assert (words == 1).sum() == (tokens == 1).sum()
