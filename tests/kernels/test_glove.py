import numpy as np
import pytest

from wordloom.kernels.glove import (
    Cells,
    glove_rates,
    make_glove_table,
    shuffle,
    train_glove_block,
)

RATE = 0.05


def random_block(dim, *, n_rows=9, n_columns=7, n_cells=150, scale=0.5, seed=0):
    """Vectors with their biases, and cells that meet the same words again and again."""
    random = np.random.default_rng(seed)
    rows = random.normal(0, scale, (n_rows, dim + 1)).astype(np.float32)
    columns = random.normal(0, scale, (n_columns, dim + 1)).astype(np.float32)
    counts = random.gamma(0.5, 100, n_cells).astype(np.float32) + np.float32(0.1)
    cells = Cells(
        random.integers(0, n_rows, n_cells).astype(np.uint16),
        random.integers(0, n_columns, n_cells).astype(np.uint16),
        np.log(counts),
        np.minimum((counts / 100) ** 0.75, 1).astype(np.float32),
    )
    return rows, columns, cells


def reference(rows, columns, cells, order):
    """Train one cell after the other with plain NumPy, in float64; vectors end with the bias."""
    rows, columns = rows.astype(float), columns.astype(float)
    row_squares, column_squares = np.ones_like(rows), np.ones_like(columns)
    loss = 0.0
    for cell in order:
        row, column = cells.rows[cell], cells.columns[cell]
        w, c = rows[row, :-1].copy(), columns[column, :-1].copy()
        error = w @ c + rows[row, -1] + columns[column, -1] - cells.logarithms[cell]
        slope = cells.weights[cell] * error
        loss += slope * error / 2
        for table, squares, word, other in (
            (rows, row_squares, row, c),
            (columns, column_squares, column, w),
        ):
            gradient = np.append(RATE * np.clip(slope * other, -100, 100), slope)
            table[word] -= gradient / np.sqrt(squares[word])
            squares[word] += gradient**2
    return rows, columns, row_squares, column_squares, loss


def train(rows, columns, cells, seed=1):
    """Return the tables after the kernel has trained them, the order, and what it returned."""
    tables = make_glove_table(rows, 0), make_glove_table(columns, 1)
    order = np.zeros(len(cells.rows), np.int32)
    rates = glove_rates(rows.shape[1] - 1, RATE)
    outcome = train_glove_block(cells, *tables, rates, np.uint64(seed), order)
    return *tables, order, outcome


def parameters(row_table, column_table, dim):
    """Return the vectors and biases of both tables, and their accumulators."""
    half = row_table.shape[1] // 2
    places = [*range(dim), dim], [*range(dim), dim + 1]
    tables = row_table, column_table
    return [
        table[:, part:][:, place]
        for part in (0, half)
        for table, place in zip(tables, places, strict=True)
    ]


@pytest.mark.parametrize("dim", [1, 14, 15, 16, 100])
def test_the_kernel_does_what_plain_numpy_does(dim):
    rows, columns, cells = random_block(dim)
    *tables, order, (loss, probe) = train(rows, columns, cells)
    *expected, expected_loss = reference(rows, columns, cells, order)
    for mine, theirs in zip(parameters(*tables, dim), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert np.isfinite(probe)


def test_gradients_of_vectors_are_cut_to_100():
    rows, columns, cells = random_block(20, n_cells=1, scale=100)
    cells.weights[:] = 0.02
    *tables, order, _ = train(rows, columns, cells)
    *expected, _ = reference(rows, columns, cells, order)
    found = parameters(*tables, 20)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)
    largest = np.float32(1 + (100 * RATE) ** 2)
    # The last column is the bias's.
    assert found[2][:, :-1].max() == pytest.approx(largest)
    assert found[3][:, :-1].max() == pytest.approx(largest)


@pytest.mark.parametrize("dim", [1, 14, 15])
def test_what_is_no_parameter_stays(dim):
    row_table, column_table, *_ = train(*random_block(dim))
    half = row_table.shape[1] // 2
    for table, one in ((row_table, dim + 1), (column_table, dim)):
        assert (table[:, one] == 1).all()
        assert (table[:, half + one] == 1).all()
        assert (table[:, dim + 2 : half] == 0).all()
        assert (table[:, half + dim + 2 :] == 1).all()


def test_every_cell_is_visited_once_in_an_order_that_follows_from_the_seed():
    orders = np.zeros((3, 1000), np.int32)
    for order, seed in zip(orders, (1, 1, 2), strict=True):
        shuffle(order, np.uint64(seed))
        np.testing.assert_array_equal(np.sort(order), np.arange(1000))
    np.testing.assert_array_equal(orders[0], orders[1])
    assert (orders[0] != orders[2]).mean() > 0.99
    assert (orders[0] != np.arange(1000)).mean() > 0.99


def test_all_orders_are_about_equally_frequent():
    order = np.zeros(3, np.int32)
    seen = {}
    for seed in np.random.default_rng(0).integers(0, 2**64, 6000, np.uint64):
        shuffle(order, seed)
        seen[tuple(order)] = seen.get(tuple(order), 0) + 1
    assert len(seen) == 6
    assert min(seen.values()) > 850


def test_a_block_without_cells_changes_nothing():
    rows, columns, cells = random_block(5, n_cells=0)
    row_table, column_table, _, outcome = train(rows, columns, cells)
    assert outcome == (0, 0)
    np.testing.assert_array_equal(row_table, make_glove_table(rows, 0))
    np.testing.assert_array_equal(column_table, make_glove_table(columns, 1))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_shows_in_the_probe(value):
    rows, columns, cells = random_block(20)
    rows[cells.rows[0], 3] = value
    *_, (_, probe) = train(rows, columns, cells)
    assert not np.isfinite(probe)
