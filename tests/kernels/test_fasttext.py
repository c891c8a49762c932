import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels import word2vec_reference as reference

from wordloom.kernels.cbow import make_cbow_space
from wordloom.kernels.fasttext import (
    Composition,
    compose_rows,
    make_word_space,
    train_fasttext_cbow_block,
    train_fasttext_skipgram_block,
)
from wordloom.kernels.negative_sampling import Settings, Tables, aligned_zeros
from wordloom.kernels.simd import padded
from wordloom.kernels.skipgram import make_skipgram_space
from wordloom.train.sampling import make_sampler

DIM = 20
RATE = 0.01


def random_parts(n_words, n_ngrams, random):
    """Each word's rows: its own, and up to eight n-grams, of which some may occur twice."""
    return [
        [word, *(n_words + random.integers(0, n_ngrams, random.integers(0, 9))).tolist()]
        for word in range(n_words)
    ]


def composition(parts):
    starts = np.cumsum([0, *map(len, parts)])
    return Composition(starts, np.concatenate(parts).astype(np.int32))


def random_tables(n_words, n_ngrams, random):
    n_rows = n_words + n_ngrams
    tables = Tables(aligned_zeros(n_rows + 1, padded(DIM)), aligned_zeros(n_words, padded(DIM)))
    tables.input[:n_rows, :DIM] = random.normal(0, 0.4, (n_rows, DIM))
    tables.output[:, :DIM] = random.normal(0, 0.4, (n_words, DIM))
    return tables


def run(cbow, tokens, documents, start, tables, parts, batch, sampler, numbers, seed):
    """Train a block; return what the kernel does, and its buffers for words."""
    block, dim = len(tokens) + 1, padded(DIM)
    words = make_word_space(len(parts), dim, batch, numbers.window, block)
    make_space, train_block = (
        (make_cbow_space, train_fasttext_cbow_block)
        if cbow
        else (make_skipgram_space, train_fasttext_skipgram_block)
    )
    loss, pairs, probe = train_block(
        tokens,
        documents,
        start,
        len(tokens),
        tables,
        composition(parts),
        batch,
        sampler,
        numbers,
        RATE,
        np.uint64(seed),
        make_space(numbers, dim, block, len(parts)),
        words,
    )
    return loss, pairs, probe, words


@pytest.mark.parametrize("cbow", [None, "word2vec"])
@given(
    lengths=st.lists(st.integers(0, 40), min_size=1, max_size=5).filter(lambda x: sum(x) > 0),
    n_words=st.integers(1, 12),
    n_ngrams=st.integers(4, 20),
    window=st.integers(1, 7),
    chunk=st.integers(1, 30),
    repeats=st.integers(1, 6),
    pool=st.integers(1, 30),
    batch=st.integers(1, 60),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=20, deadline=None)
def test_a_block_trains_as_the_plain_reference_does(
    cbow, lengths, n_words, n_ngrams, window, chunk, repeats, pool, batch, seed
):
    random = np.random.default_rng(seed)
    documents = np.cumsum([0, *lengths])
    tokens = (random.random(documents[-1]) ** 2 * n_words).astype(np.int32)
    start = int(random.integers(0, (len(tokens) + 1) // 2))
    parts = random_parts(n_words, n_ngrams, random)
    tables = random_tables(n_words, n_ngrams, random)
    sampler = make_sampler(np.arange(n_words, 0, -1), 0.1, 0.5)
    numbers = Settings(window, 5, chunk, pool, repeats)
    expected_input, expected_output, expected_loss, expected_pairs = reference.train_fasttext(
        tokens, documents, start, len(tokens), tables, parts, batch, sampler, numbers, RATE, seed,
        cbow,
    )  # fmt: skip
    loss, pairs, probe, words = run(
        cbow, tokens, documents, start, tables, parts, batch, sampler, numbers, seed
    )
    assert pairs == expected_pairs
    assert np.isfinite(probe)
    np.testing.assert_allclose(loss, expected_loss, rtol=2e-3, atol=1e-3)
    np.testing.assert_allclose(tables.input, expected_input, rtol=1e-3, atol=2e-4)
    np.testing.assert_allclose(tables.output, expected_output, rtol=1e-3, atol=2e-4)
    assert not tables.input[-1].any()
    assert not tables.input[:, DIM:].any()
    assert (words.numbers == -1).all()


@given(n_words=st.integers(1, 30), seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_word_is_composed_to_the_mean_of_its_rows(n_words, seed):
    random = np.random.default_rng(seed)
    parts = random_parts(n_words, 9, random)
    table = random_tables(n_words, 9, random).input
    wanted = random.permutation(n_words)[: 1 + n_words // 2].astype(np.int32)
    vectors = np.full((n_words, padded(DIM)), 7, np.float32)
    compose_rows(table, composition(parts), wanted, vectors)
    expected = [table[parts[word]].mean(axis=0) for word in wanted]
    np.testing.assert_allclose(vectors[: len(wanted)], expected, rtol=1e-5, atol=1e-6)
    assert (vectors[len(wanted) :] == 7).all()


@pytest.mark.parametrize("cbow", [None, "word2vec"])
def test_words_without_ngrams_train_as_word2vec_does(cbow):
    random = np.random.default_rng(0)
    tokens = random.integers(0, 10, 90).astype(np.int32)
    documents = np.array([0, 40, 90])
    tables = random_tables(10, 0, random)
    sampler, numbers = make_sampler(np.ones(10, np.int64), 0, 0.75), Settings(3, 5, 12, 6, 12)
    expected = reference.train(tokens, documents, 0, 90, tables, sampler, numbers, RATE, 3, cbow)
    parts = [[word] for word in range(10)]
    # A batch of whole chunks: every chunk sees what the one before has done.
    loss, *_ = run(cbow, tokens, documents, 0, tables, parts, 12, sampler, numbers, 3)
    np.testing.assert_allclose(tables.input, expected[0], rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(tables.output, expected[1], rtol=2e-3, atol=1e-4)
    assert loss == pytest.approx(expected[2], rel=1e-3)


@pytest.mark.parametrize("cbow", [None, "word2vec"])
def test_infinity_in_an_ngram_shows_in_the_probe(cbow):
    random = np.random.default_rng(0)
    tokens, documents = random.integers(0, 10, 60).astype(np.int32), np.array([0, 60])
    tables = random_tables(10, 4, random)
    tables.input[12, 0] = np.inf
    parts = [[word, 12] if word == tokens[30] else [word] for word in range(10)]
    sampler = make_sampler(np.ones(10, np.int64), 0, 0.75)
    _, _, probe, _ = run(
        cbow, tokens, documents, 0, tables, parts, 16, sampler, Settings(5, 5, 16, 8, 16), 1
    )
    assert not np.isfinite(probe)
