import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.embedding.subwords import Subwords
from wordloom.errors import InputError
from wordloom.kernels.subwords import ngram_buckets
from wordloom.text.batches import pack_texts

BUCKETS = st.integers(1, 300).flatmap(
    lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)), st.lists(st.integers(0, n - 1)))
)


def compose(subwords, words):
    batch = pack_texts(words)
    return subwords.compose(batch.data, batch.offsets)


@given(BUCKETS)
def test_rows_are_found_and_others_are_not(case):
    n_buckets, used, wanted = case
    used = sorted(used)
    subwords = Subwords(3, 6, n_buckets, used, np.zeros((len(used), 2)))
    expected = [used.index(bucket) if bucket in used else -1 for bucket in wanted]
    assert subwords.rows(np.array(wanted, np.int32)).tolist() == expected


def test_the_table_of_cells_follows_the_used_buckets_and_not_all():
    for used in ([], [0], [2**31 - 2], [5, 6, 2**30]):
        subwords = Subwords(3, 6, 2**31 - 1, used, np.zeros((len(used), 2)))
        assert len(subwords.cells) <= 2 * len(used) + 3
        wanted = np.array([*used, 7], np.int32)
        assert subwords.rows(wanted).tolist() == [*range(len(used)), -1]


def test_a_word_is_the_mean_of_its_known_ngrams(subwords):
    words = ["coughs", "xyzzy", "the", "", "cough" * 50, "été日"]
    vectors, found = compose(subwords, words)
    assert found.tolist() == [True, False, True, False, True, True]
    assert vectors.dtype == np.float32
    used = subwords.buckets.tolist()
    for word, vector in zip(words, vectors, strict=True):
        batch = pack_texts([word])
        _, buckets = ngram_buckets(batch.data, batch.offsets, 3, 4, 5000)
        rows = [subwords.vectors[used.index(bucket)] for bucket in buckets if bucket in used]
        expected = np.mean(rows, axis=0) if rows else np.zeros(7)
        np.testing.assert_allclose(vector, expected, rtol=1e-5, atol=1e-6)


def test_chosen_tokens_share_the_vectors_of_equal_words(subwords):
    batch = pack_texts(["the", "coughs", "xyzzy", "fevers", "coughs", "xyzzy"])
    chosen = np.array([1, 2, 3, 4, 5])
    vectors, places = subwords.compose_tokens(batch.data, batch.offsets, chosen)
    assert len(vectors) == 3
    assert places.tolist() == [0, -1, 2, 0, -1]
    np.testing.assert_array_equal(vectors[[0, 2]], compose(subwords, ["coughs", "fevers"])[0])


def test_nothing_is_composed_of_nothing(subwords):
    vectors, found = compose(subwords, [])
    assert (vectors.shape, found.shape) == ((0, 7), (0,))
    none = Subwords(3, 6, 100, [], np.empty((0, 7)))
    vectors, found = compose(none, ["cough"])
    assert not vectors.any()
    assert not found.any()


def test_arrays_are_shared_and_cannot_be_written():
    buckets, vectors = np.array([3, 8], np.int32), np.ones((2, 4), np.float32)
    subwords = Subwords(3, 6, 10, buckets, vectors)
    assert np.shares_memory(subwords.buckets, buckets)
    assert np.shares_memory(subwords.vectors, vectors)
    with pytest.raises(ValueError, match="read-only"):
        subwords.vectors[0, 0] = 1


@pytest.mark.parametrize("lengths", [(0, 6), (-1, 6), (5, 4), (3, 65)])
def test_lengths_that_make_no_sense_are_refused(lengths):
    with pytest.raises(InputError, match=rf"max_n <= 64 .*min_n={lengths[0]}, max_n={lengths[1]}"):
        Subwords(*lengths, 10, [1], [[1]])


@pytest.mark.parametrize(
    ("n_buckets", "buckets", "vectors", "message"),
    [
        (0, [], np.empty((0, 1)), "from 1 to 2,147,483,647. Received: 0"),
        (2**31, [], np.empty((0, 1)), "Received: 2147483648"),
        (10, [1, 2], [[1]], r"buckets of shape \(2,\) and vectors of shape \(1, 1\)"),
        (10, [1], [1], r"vectors of shape \(1,\)"),
        (10, [[1]], [[1]], r"buckets of shape \(1, 1\)"),
        (10, [1], np.empty((1, 0)), r"vectors of shape \(1, 0\)"),
        (10, [10], [[1]], "from 0 to 9"),
        (10, [-1], [[1]], "from 0 to 9"),
        (10, [2**40], [[1]], "from 0 to 9"),
        (10, [2, 2], [[1], [1]], "each greater"),
        (10, [3, 2], [[1], [1]], "each greater"),
        (10, [1.5], [[1]], "whole numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(n_buckets, buckets, vectors, message):
    with pytest.raises(InputError, match=message):
        Subwords(3, 6, n_buckets, buckets, vectors)


@pytest.mark.parametrize("bucket", [-1, 10])
def test_buckets_out_of_range_are_not_looked_up(bucket):
    subwords = Subwords(3, 6, 10, [4], [[1]])
    with pytest.raises(InputError, match=f"from 0 to 9. Received: from {bucket} to {bucket}"):
        subwords.rows(np.array([bucket], np.int32))


def test_all_buckets_need_no_list_of_them():
    vectors = np.random.default_rng(0).standard_normal((50, 3))
    every, listed = Subwords(3, 4, 50, None, vectors), Subwords(3, 4, 50, range(50), vectors)
    words = ["cough", "fever", "été", "a"]
    for found, wanted in zip(compose(every, words), compose(listed, words), strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert (len(every), every.buckets.tolist()) == (50, list(range(50)))
    with pytest.raises(InputError, match=r"buckets of shape \(51,\) and vectors of shape"):
        Subwords(3, 4, 51, None, vectors)
    with pytest.raises(InputError, match=r"from 0 to 49\. Received: from 50"):
        every.rows(np.array([50], np.int32))


def test_ngrams_are_cut_from_the_bytes_of_the_encoding():
    vectors = np.random.default_rng(0).standard_normal((500, 2))
    subwords = Subwords(2, 3, 500, None, vectors, "latin-1")
    raw = "café".encode("latin-1")
    data, offsets = np.frombuffer(raw, np.uint8), np.array([0, len(raw)])
    _, buckets = ngram_buckets(data, offsets, 2, 3, 500)
    found, known = compose(subwords, ["café"])
    np.testing.assert_allclose(found[0], vectors[buckets].mean(axis=0), atol=1e-6)
    sums, counts = subwords.sums(data, offsets)
    np.testing.assert_allclose(sums[0], vectors[buckets].sum(axis=0), atol=1e-5)
    assert (counts.tolist(), known.tolist()) == ([len(buckets)], [True])
    # What latin-1 lacks is as good as a question mark.
    np.testing.assert_array_equal(compose(subwords, ["日"])[0], compose(subwords, ["?"])[0])


@pytest.mark.parametrize("encoding", ["klingon", "hex", "a\0b"])
def test_an_encoding_that_is_none_is_refused(encoding):
    with pytest.raises(InputError, match="encoding"):
        Subwords(3, 6, 1, None, [[1]], encoding)
