import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.words import build_slots, find_words, intern_words, same_word, slot_count

WORDS = st.lists(st.binary(max_size=20) | st.sampled_from([b"", b"\0", b"a", b"a\0", b"ab"]))


def laid(words):
    """Return words as bytes and offsets; nothing lies behind the last word."""
    data = np.frombuffer(b"".join(words), np.uint8).copy()
    return data, np.cumsum([0, *map(len, words)], dtype=np.int64)


def table(words):
    data, offsets = laid(words)
    slots = np.ones(slot_count(len(words)), np.int64)
    return data, offsets, slots, build_slots(data, offsets, slots)


def test_slots_are_a_power_of_two_and_at_most_half_full():
    for words in [0, 1, 7, 8, 9, 16, 17, 1000, 1 << 20, (1 << 20) + 1]:
        slots = slot_count(words)
        assert slots & (slots - 1) == 0
        assert 2 * words <= slots <= max(16, 4 * words)


@given(WORDS)
def test_the_first_repeated_word_is_reported(words):
    repeated = table(words)[3]
    expected = next((i for i, word in enumerate(words) if word in words[:i]), -1)
    assert repeated == expected


@given(WORDS, WORDS)
def test_lookup_finds_the_words_and_nothing_else(words, tokens):
    words = list(dict.fromkeys(words))
    tokens = tokens + words[::2]
    data, offsets, slots, _ = table(words)
    ids = np.empty(len(tokens), np.int32)
    find_words(*laid(tokens), data, offsets, slots, ids)
    assert ids.tolist() == [words.index(t) if t in words else -1 for t in tokens]


@given(WORDS, WORDS)
def test_interning_numbers_words_by_first_occurrence(first, second):
    tokens = first + second
    data = np.zeros(sum(map(len, tokens)), np.uint8)
    offsets = np.zeros(len(tokens) + 1, np.int64)
    slots = np.zeros(slot_count(len(tokens)), np.int64)
    n_words, found = 0, []
    for part in (first, second):
        ids = np.empty(len(part), np.int32)
        n_words = intern_words(*laid(part), data, offsets, slots, n_words, ids)
        found += ids.tolist()
    words = list(dict.fromkeys(tokens))
    assert n_words == len(words)
    assert found == [words.index(token) for token in tokens]
    assert data[: offsets[n_words]].tobytes() == b"".join(words)


def test_many_words_that_differ_in_one_byte_are_told_apart():
    words = [b"%09d" % number for number in range(50_000)]
    data, offsets, slots, repeated = table(words)
    assert repeated == -1
    ids = np.empty(len(words), np.int32)
    find_words(data, offsets, data, offsets, slots, ids)
    np.testing.assert_array_equal(ids, np.arange(len(words)))


@given(st.binary(max_size=40), st.data())
def test_words_are_equal_only_when_each_byte_is(word, data):
    other = bytearray(word)
    if word and data.draw(st.booleans()):
        other[data.draw(st.integers(0, len(word) - 1))] ^= data.draw(st.integers(1, 255))
    left, right = laid([b"ab", word])[0], laid([bytes(other), b"cd"])[0]
    assert same_word(left, 2, len(left), right, 0, len(other)) == (word == other)
    assert not same_word(left, 2, len(left), right, 0, len(right))
