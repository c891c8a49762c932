from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.compile import read_only
from wordloom.kernels.phrases import count_pairs, enter_pairs, join_pairs, join_tokens
from wordloom.kernels.words import slot_count

WORDS = st.integers(-1, 4)
STREAM = st.lists(WORDS, max_size=40).map(lambda ids: [*ids, -1])
PAIRS = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8)


def key(left, right):
    return (left << 32 | right) + 1


def table_of(values):
    table = np.zeros((slot_count(len(values)), 2), np.int64)
    rows = [(key(*pair), value) for pair, value in values.items()]
    enter_pairs(np.array(rows, np.int64).reshape(-1, 2), table)
    return table


def entries(table):
    return {
        ((row - 1) >> 32, (row - 1) & 0xFFFFFFFF): value for row, value in table.tolist() if row
    }


def joined_by_hand(stream, values):
    """Join greedily from the left; -1 is never part of a pair."""
    out, place = [], 0
    while place < len(stream):
        pair = tuple(stream[place : place + 2])
        out.append(values.get(pair, stream[place]))
        place += 2 if pair in values else 1
    return out


def test_tables_of_many_pairs_keep_them_all_when_they_grow():
    random = np.random.default_rng(1)
    values = {
        tuple(pair): n for n, pair in enumerate(random.integers(0, 2**31, (5000, 2)).tolist())
    }
    table = table_of(values)
    larger = np.zeros((2 * len(table), 2), np.int64)
    enter_pairs(table, larger)
    assert entries(table) == entries(larger) == values


@given(STREAM, st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), min_size=5, max_size=5))
def test_the_pairs_that_can_reach_the_threshold_are_counted(stream, limits):
    limits = np.array(limits)
    table = np.zeros((slot_count(len(stream)), 2), np.int64)
    n_pairs = count_pairs(np.array(stream, np.int32), limits, 0.5, table, 0)
    expected = {}
    for left, right in pairwise(stream):
        if left >= 0 and right >= 0:
            products = limits[left, 0] * limits[right, 1], limits[right, 0] * limits[left, 1]
            if min(products) >= 0.5:
                expected[left, right] = expected.get((left, right), 0) + 1
    assert entries(table) == expected
    assert n_pairs == len(expected)


def test_words_with_limits_that_are_no_numbers_make_no_pairs():
    table = np.zeros((16, 2), np.int64)
    limits = np.array([[1.0, 1.0], [np.nan, np.nan]])
    stream = np.array([0, 1, 1, 0, 0], np.int32)
    assert count_pairs(stream, limits, -1.0, table, 0) == 1
    assert entries(table) == {(0, 0): 1}


@given(STREAM, PAIRS, st.integers(2, 9))
def test_streams_are_joined_from_the_left_whatever_the_blocks(stream, pairs, size):
    values = {pair: 5 + number for number, pair in enumerate(sorted(pairs))}
    table, counts = read_only(table_of(values)), np.zeros(20, np.int64)
    out, place = [], 0
    while place < len(stream):
        block = np.array(stream[place : place + size], np.int32)
        joined = np.empty(size, np.int32)
        used, written = join_pairs(block, table, joined, counts)
        out += joined[:written].tolist()
        place += used
    assert out == joined_by_hand(stream, values)
    assert counts.tolist() == [out.count(word) for word in range(20)]


@given(st.lists(st.lists(st.sampled_from([b"", b"a", b"bc", b"def"]), max_size=9)), PAIRS)
def test_tokens_are_joined_within_documents_by_an_underscore(documents, pairs):
    words = [b"a", b"bc", b"def"]
    pairs = [pair for pair in pairs if max(pair) < 3]
    tokens = [token for document in documents for token in document]
    ids = np.array([words.index(t) if t in words else -1 for t in tokens], np.int32)
    data = np.frombuffer(b"".join(tokens), np.uint8)
    offsets = np.cumsum([0, *map(len, tokens)], dtype=np.int64)
    splits = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    new_data = np.zeros(len(data) + len(tokens) // 2, np.uint8)
    new_offsets, new_splits = np.zeros_like(offsets), np.zeros_like(splits)
    inputs = map(read_only, (data, offsets, splits))
    table = read_only(table_of(dict.fromkeys(pairs, 0)))
    n = join_tokens(*inputs, ids, table, new_data, new_offsets, new_splits)

    values = {(words[a], words[b]): words[a] + b"_" + words[b] for a, b in pairs}
    expected = [joined_by_hand(document, values) for document in documents]
    bounds = new_offsets[: len(tokens) - n + 1].tolist()
    raw = new_data[: bounds[-1]].tobytes()
    found = [raw[start:end] for start, end in pairwise(bounds)]
    assert found == [token for document in expected for token in document]
    assert new_splits.tolist() == [0, *np.cumsum([len(d) for d in expected], dtype=int).tolist()]
