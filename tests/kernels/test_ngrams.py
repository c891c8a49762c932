from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.ngrams import build_keys, count_in_texts, find_keys, intern_keys
from wordloom.kernels.words import slot_count

KEYS = st.lists(st.integers(-1, 6) | st.integers(0, 2**62), max_size=30)


def interned(keys):
    keys = np.array(keys, np.int64)
    found, ids = np.empty(len(keys), np.int64), np.empty(len(keys), np.int32)
    n_found = intern_keys(keys, np.empty(slot_count(len(keys)), np.int64), found, ids)
    return found[:n_found].tolist(), ids.tolist()


def found_among(known, keys):
    known, keys = np.array(known, np.int64), np.array(keys, np.int64)
    slots, ids = np.empty(slot_count(len(known)), np.int64), np.empty(len(keys), np.int32)
    build_keys(known, slots)
    find_keys(keys, known, slots, ids)
    return ids.tolist()


@given(KEYS)
def test_keys_are_numbered_as_they_first_occur(keys):
    numbers = {key: number for number, key in enumerate(dict.fromkeys(k for k in keys if k >= 0))}
    assert interned(keys) == (list(numbers), [numbers.get(key, -1) for key in keys])


@given(st.sets(st.integers(0, 6) | st.integers(0, 2**62), max_size=20), KEYS)
def test_known_keys_are_found_and_no_others(known, keys):
    known = list(known)
    expected = [known.index(key) if key in known else -1 for key in keys]
    assert found_among(known, keys) == expected


def test_many_keys_share_few_slots():
    keys = (np.arange(1000) * 2**40).tolist()
    assert interned(keys + keys) == (keys, [*range(1000)] * 2)
    assert found_among(keys, keys[::-1]) == [*range(999, -1, -1)]


@given(st.lists(st.lists(st.integers(-1, 4), max_size=8), max_size=5))
def test_counts_are_those_of_each_text_alone(texts):
    ids = np.array([gram for text in texts for gram in text], np.int32)
    splits = np.cumsum([0, *map(len, texts)])
    starts, last = np.empty(len(splits), np.int64), np.empty(5, np.int64)
    columns, counts = np.empty(len(ids), np.int32), np.empty(len(ids), np.float32)
    n_entries = count_in_texts(ids, splits, last, starts, columns, counts)
    assert starts[0] == 0
    assert starts[-1] == n_entries
    for number, text in enumerate(texts):
        own = slice(starts[number], starts[number + 1])
        expected = Counter(gram for gram in text if gram >= 0)
        assert columns[own].tolist() == list(expected)
        assert counts[own].tolist() == list(expected.values())
