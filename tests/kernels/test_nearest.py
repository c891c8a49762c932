import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wordloom.kernels.compile import read_only
from wordloom.kernels.matrix_product import round_up, row_length
from wordloom.kernels.nearest import TILE, invert_lengths, nearest_to_few, nearest_to_many


def lengths_inverted(vectors, candidates):
    inverse = np.empty(len(candidates), np.float32)
    invert_lengths(read_only(vectors), read_only(candidates), inverse)
    return inverse


@pytest.mark.parametrize("size", [1e-30, 1e-12, 1.0, 1e12, 1e30])
def test_lengths_are_inverted_whatever_their_size(size):
    vectors = np.float32(size) * np.float32([[3, 4], [0, 0], [0, 1]])
    found = lengths_inverted(vectors, np.array([0, 1, 2], np.int32))
    np.testing.assert_allclose(found.astype(float) * size, [0.2, 0, 1], rtol=1e-6)


def best_by_sorting(cosines, candidates, excluded, count):
    """Return the ids of the greatest cosines of one query; of equal ones the smaller id first."""
    kept = [place for place, word in enumerate(candidates) if word not in excluded]
    kept.sort(key=lambda place: (-cosines[place], candidates[place]))
    return [int(candidates[place]) for place in kept[:count]]


@pytest.mark.parametrize("n_queries", [2, TILE + 1])
@given(data=st.data())
@settings(max_examples=30)
def test_both_kernels_find_what_sorting_finds(n_queries, data):
    seed = data.draw(st.integers(0, 1000))
    count = data.draw(st.integers(1, 40))
    random = np.random.default_rng(seed)
    dim = data.draw(st.sampled_from([1, 3, 37]))
    # Small whole numbers make many cosines exactly equal.
    vectors = random.integers(-1, 2, (60, dim)).astype(np.float32)
    candidates = np.sort(random.choice(60, data.draw(st.integers(1, 60)), replace=False))
    candidates = candidates.astype(np.int32)
    queries = random.integers(-1, 2, (n_queries, dim)).astype(np.float32)
    excluded = random.integers(-1, 60, (n_queries, 2)).astype(np.int32)
    ones = np.ones(len(candidates), np.float32)
    values = np.full((n_queries, count), -np.inf, np.float32)
    ids = np.full((n_queries, count), -1, np.int32)
    fixed = [read_only(vectors), read_only(candidates), read_only(ones)]
    if n_queries < 10:
        nearest_to_few(*fixed, read_only(queries), read_only(excluded), values, ids)
    else:
        columns = np.zeros((2, dim, row_length(TILE)), np.float32)
        columns[0, :, :TILE], columns[1, :, :1] = queries[:TILE].T, queries[TILE:].T
        rows = round_up(16)
        block = np.zeros((rows, row_length(dim)), np.float32)
        room = np.zeros((rows, row_length(TILE)), np.float32)
        nearest_to_many(*fixed, read_only(columns), read_only(excluded), values, ids, block, room)
    products = queries @ vectors[candidates].T
    for query in (0, 1, n_queries - 1):
        expected = best_by_sorting(products[query], candidates, excluded[query], count)
        order = np.lexsort((ids[query], -values[query]))
        found = [int(ids[query, place]) for place in order if ids[query, place] >= 0]
        assert found == expected
        np.testing.assert_array_equal(
            values[query, order[: len(found)]],
            products[query, np.searchsorted(candidates, np.array(expected, int))],
        )
