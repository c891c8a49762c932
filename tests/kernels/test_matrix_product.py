import numpy as np
import pytest

from wordloom.kernels.matrix_product import (
    add_product,
    add_transposed_product,
    round_up,
    row_length,
)

SIZES = [
    *((rows, 16, 5) for rows in (1, 11, 12, 13, 25)),
    *((7, columns, 5) for columns in (1, 15, 17, 31, 32, 33, 130)),
    *((5, 20, depth) for depth in (1, 127, 128, 129, 300)),
    (192, 130, 64),
    (37, 101, 259),
]


def in_memory(matrix, value):
    """The matrix with the room beyond that a product may touch, filled with a value."""
    rows, columns = matrix.shape
    memory = np.full((round_up(rows), row_length(round_up(columns))), value, np.float32)
    memory[:rows, :columns] = matrix
    return memory


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("rows", "columns", "depth"), SIZES)
def test_products_of_any_size_are_those_of_numpy(rows, columns, depth, transposed):
    random = np.random.default_rng(rows + columns + depth)
    target, left, right = (
        random.normal(size=size).astype(np.float32)
        for size in ((rows, columns), (rows, depth), (depth, columns))
    )
    memory = in_memory(target, 7)
    factor = in_memory(left.T if transposed else left, np.nan)
    add = add_transposed_product if transposed else add_product
    add(memory, factor, in_memory(right, np.nan), rows, columns, depth)
    expected = target + left.astype(float) @ right.astype(float)
    np.testing.assert_allclose(memory[:rows, :columns], expected, rtol=1e-4, atol=1e-4)
    beyond = memory[round_up(rows) :], memory[:, -(-columns // 16) * 16 :]
    assert all((part == 7).all() for part in beyond)


@pytest.mark.parametrize("transposed", [False, True])
def test_a_product_without_depth_adds_nothing(transposed):
    add = add_transposed_product if transposed else add_product
    target = np.ones((round_up(5), row_length(20)), np.float32)
    add(target, np.full_like(target, np.nan), np.full_like(target, np.nan), 5, 20, 0)
    assert (target == 1).all()


def test_rows_lie_apart_by_an_odd_number_of_cache_lines():
    for columns in range(1, 300):
        assert row_length(columns) >= columns
        assert row_length(columns) % 32 == 16
        assert round_up(columns) >= columns
