import numpy as np
import pytest

from wordloom.kernels.compile import kernel
from wordloom.kernels.simd import add_four_rows, dot_four_rows, padded


@kernel
def dots(matrix, other):
    return dot_four_rows(matrix, 3, 0, 2, 0, other, 1)


@kernel
def add(target, matrix, factors):
    add_four_rows(target, 1, matrix, 3, 0, 2, 0, factors[0], factors[1], factors[2], factors[3])


@pytest.mark.parametrize("dim", [16, 32, 112, 304])
def test_four_rows_are_multiplied_and_added_as_numpy_does(dim):
    random = np.random.default_rng(dim)
    matrix = random.normal(size=(4, dim)).astype(np.float32)
    other = random.normal(size=(2, dim)).astype(np.float32)
    rows = matrix[[3, 0, 2, 0]]
    np.testing.assert_allclose(dots(matrix, other), rows @ other[1], rtol=1e-4, atol=1e-4)
    factors = random.normal(size=4).astype(np.float32)
    target = other.copy()
    add(target, matrix, factors)
    np.testing.assert_allclose(target[1], other[1] + factors @ rows, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(target[0], other[0])


def test_rows_need_no_alignment():
    memory = np.arange(4 * 16 + 1, dtype=np.float32)
    matrix = memory[1:].reshape(4, 16)
    other = np.ones((2, 16), np.float32)
    np.testing.assert_allclose(dots(matrix, other), matrix[[3, 0, 2, 0]].sum(axis=1))


@pytest.mark.parametrize(("dim", "expected"), [(1, 16), (16, 16), (17, 32), (100, 112)])
def test_padding_fills_whole_vectors(dim, expected):
    assert padded(dim) == expected
