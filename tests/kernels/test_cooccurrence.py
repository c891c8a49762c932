from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.compile import read_only
from wordloom.kernels.cooccurrence import (
    add_cells,
    count_rows,
    finish_row,
    make_cells,
    make_row,
    merge_rows,
)
from wordloom.kernels.cooccurrence_blocks import check_places, place_cells
from wordloom.kernels.cooccurrence_index import GAP, append_tokens, count_places, place_occurrences

N_WORDS = 5000  # more than one group of bits
PLACES = st.sampled_from([0, 1, 2, 63, 64, 4095, 4096, 4999])


def as_tuples(cells, length, n_rows):
    """Row, column and sum of each cell."""
    ends = cells.row_ends[:n_rows]
    assert ends[-1] == length
    rows = np.repeat(np.arange(n_rows), np.diff(ends, prepend=0))
    columns, sums = cells.columns[:length], cells.sums[:length]
    return list(zip(rows.tolist(), columns.tolist(), sums.tolist(), strict=True))


def is_clear(row):
    return not (row.sums.any() or row.bits.any() or row.groups.any())


def index_of(text):
    counts = np.zeros(N_WORDS, np.int64)
    count_places(read_only(text), counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    occurrences = np.zeros(int(starts[-1]), np.int32)
    place_occurrences(read_only(text), 0, starts[:-1].copy(), occurrences)
    return occurrences, starts


@given(
    st.lists(st.lists(PLACES, max_size=12), max_size=4),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from([(0, N_WORDS), (64, 4096), (4096, N_WORDS)]),
)
def test_rows_hold_the_weights_of_all_neighbours(documents, window, symmetric, columns):
    text = np.array([GAP, *(p for document in documents for p in [*document, GAP])], np.int32)
    occurrences, starts = index_of(text)
    weights = np.arange(10, 11 + window, dtype=np.uint64)
    row, cells = make_row(N_WORDS), make_cells(200, N_WORDS)
    reached, length = count_rows(
        read_only(text.reshape(1, -1)),
        read_only(occurrences),
        read_only(starts),
        read_only(weights),
        symmetric,
        (0, N_WORDS, 0),
        columns,
        row,
        cells,
        0,
    )
    expected = Counter()
    for document in documents:
        for right, a in enumerate(document):
            for left, b in enumerate(document[:right]):
                if right - left <= window:
                    for i, j in [(a, b), (b, a)][: 1 + symmetric]:
                        if columns[0] <= j < columns[1]:
                            expected[i, j] += 10 + right - left
    assert reached == N_WORDS
    assert as_tuples(cells, length, N_WORDS) == sorted((*ij, n) for ij, n in expected.items())
    assert is_clear(row)


def test_a_row_without_room_is_left_for_later():
    text = np.array([GAP, 0, 1, 2, 1, GAP], np.int32)
    occurrences, starts = index_of(text)
    arguments = (
        read_only(text.reshape(1, -1)),
        read_only(occurrences),
        read_only(starts),
        read_only(np.array([0, 1], np.uint64)),
        True,
    )
    row, cells = make_row(N_WORDS), make_cells(2, 3)
    everything = (0, N_WORDS)
    assert count_rows(*arguments, (0, 3, 0), everything, row, cells, 0) == (1, 1)
    assert is_clear(row)
    assert count_rows(*arguments, (1, 3, 1), everything, row, cells, 0) == (2, 2)
    assert as_tuples(cells, 2, 1) == [(0, 0, 1), (0, 2, 2)]


@given(
    st.lists(
        st.lists(st.dictionaries(PLACES, st.integers(1, 9)), min_size=3, max_size=3), max_size=4
    )
)
def test_runs_add_up(runs):
    flat = [cell for run in runs for cells in run for cell in sorted(cells.items())]
    columns = np.array([place for place, _ in flat], np.int32)
    sums = np.array([value for _, value in flat], np.uint64)
    ends = np.cumsum([0, *(len(cells) for run in runs for cells in run)])
    bounds = np.array([ends[3 * n : 3 * n + 4] for n in range(len(runs))]).reshape(-1, 4)
    row, cells = make_row(N_WORDS), make_cells(100, 3)
    reached, length = merge_rows(
        read_only(columns),
        read_only(sums),
        bounds.astype(np.int64),
        (7, 10, 7),
        (0, N_WORDS),
        row,
        cells,
        0,
    )
    expected = Counter()
    for run in runs:
        for number, row_cells in enumerate(run):
            expected.update({(number, place): value for place, value in row_cells.items()})
    assert reached == 10
    assert as_tuples(cells, length, 3) == sorted((*ij, n) for ij, n in expected.items())
    met = 0
    for start, stop in bounds[:, :2].tolist():
        met = add_cells(read_only(columns[start:stop]), read_only(sums[start:stop]), row, met)
    assert finish_row(row, met, 0, N_WORDS, cells, 0) == sum(number == 0 for number, _ in expected)
    assert is_clear(row)


@given(st.lists(st.lists(st.integers(0, 3), max_size=5), max_size=6), st.data())
def test_text_is_appended_in_any_pieces(documents, data):
    tokens = np.array([word for document in documents for word in document], np.int32)
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    places = np.array([3, 2, 1, 0], np.int32)
    text, length, start = np.full(60, 99, np.int32), 1, 0
    text[0] = GAP
    while start < len(tokens):
        stop = data.draw(st.integers(start + 1, len(tokens)))
        end = data.draw(st.integers(length + 1, 60))
        inner = offsets[(offsets >= start) & (offsets < stop)]
        appended, length = append_tokens(
            tokens[start:stop], inner, start, places, text, length, end
        )
        assert length <= end
        start += appended
    expected = [p for document in documents if document for p in [GAP, *places[document].tolist()]]
    assert text[:length].tolist() == (expected or [GAP])


def test_cells_are_placed_block_by_block():
    cells = make_cells(5, 2)
    cells.columns[:] = [0, 2, 3, 1, 4]
    cells.sums[:] = [2, 4, 6, 8, 10]
    cells.row_ends[:] = [3, 5]
    rows, columns = np.zeros(5, np.uint16), np.zeros(5, np.uint16)
    counts = np.zeros(5, np.float32)
    row_sums, column_sums = np.zeros(5, np.uint64), np.zeros(5, np.uint64)
    place_cells(
        cells,
        3,
        2,
        read_only(np.array([0, 0, 0, 1, 1], np.uint16)),
        read_only(np.array([0, 3, 5])),
        0.5,
        np.array([0, 3]),
        rows,
        columns,
        counts,
        row_sums,
        column_sums,
    )
    assert rows.tolist() == [0, 0, 1, 0, 1]
    assert columns.tolist() == [0, 2, 1, 0, 1]
    assert counts.tolist() == [1, 2, 4, 3, 5]
    assert row_sums.tolist() == [0, 0, 0, 12, 18]
    assert column_sums.tolist() == [2, 8, 4, 6, 10]


@pytest.mark.parametrize(
    ("rows", "columns", "right"),
    [
        ([0, 0, 1, 0], [0, 1, 0, 0], True),
        ([0, 0, 1, 1], [0, 1, 0, 0], False),  # the second stripe has one word
        ([0, 0, 1, 0], [0, 1, 2, 0], False),
        ([0, 0, 2, 0], [0, 1, 0, 0], False),
        ([0, 0, 0, 0], [0, 1, 1, 0], False),  # twice
        ([0, 0, 1, 0], [1, 0, 0, 0], False),  # falling
    ],
)
@pytest.mark.parametrize("size", [1, 2, 4])
def test_cells_out_of_order_or_range_are_found_in_any_pieces(rows, columns, right, size):
    starts, sizes = np.array([0, 3, 3, 3, 4]), np.array([2, 1])
    before = -1
    for cell in range(0, 4, size):
        before = check_places(
            np.array(rows[cell : cell + size], np.uint16),
            np.array(columns[cell : cell + size], np.uint16),
            cell,
            before,
            read_only(starts),
            sizes,
        )
        if before < 0:
            break
    assert (before >= 0) is right
