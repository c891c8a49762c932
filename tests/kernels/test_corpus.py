import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.corpus import count_words, gather_words, recode_stream, sort_words

DOCUMENTS = st.lists(st.lists(st.integers(0, 5), max_size=9), max_size=6)


@given(DOCUMENTS, st.integers(0, 3))
def test_counting_agrees_with_python(documents, before):
    ids = np.array([word for document in documents for word in document], np.int32)
    splits = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    tallies = np.zeros((6, 3), np.int64)
    stream = np.full(len(ids) + len(documents), -9, np.int32)
    count_words(ids, splits, before, tallies, stream)
    for word in range(6):
        holders = [n for n, document in enumerate(documents, before + 1) if word in document]
        assert tallies[word].tolist() == [(ids == word).sum(), len(holders), max([0, *holders])]
    assert stream.tolist() == [word for document in documents for word in [*document, -1]]


@given(
    st.dictionaries(
        st.text("ab\0\xff", max_size=4).map(lambda text: text.encode("latin-1")), st.integers(0, 3)
    ),
    st.data(),
)
def test_words_are_sorted_by_falling_count_then_bytes(counted, data):
    words = list(counted)
    chosen = data.draw(
        st.lists(st.sampled_from(range(len(words))), unique=True) if words else st.just([])
    )
    text = np.frombuffer(b"".join(words), np.uint8).copy()
    offsets = np.cumsum([0, *map(len, words)], dtype=np.int64)
    counts = np.array(list(counted.values()), np.int64)
    order = np.array(chosen, np.int64)
    sort_words(text, offsets, counts, order, np.empty_like(order))
    expected = sorted(chosen, key=lambda word: (-counts[word], words[word]))
    assert order.tolist() == expected
    new_text = np.empty(sum(len(words[word]) for word in chosen), np.uint8)
    new_offsets = np.empty(len(chosen) + 1, np.int64)
    gather_words(text, offsets, order, new_text, new_offsets)
    assert new_text.tobytes() == b"".join(words[word] for word in expected)
    assert new_offsets.tolist() == np.cumsum([0, *(len(words[w]) for w in expected)]).tolist()


@given(st.lists(st.integers(-1, 4)), st.integers(0, 9))
def test_streams_become_final_ids_and_document_ends(entries, before):
    mapping = np.array([2, -1, 0, -1, 1], np.int32)
    tokens = np.empty(len(entries), np.int32)
    ends = np.empty(len(entries), np.int64)
    counts = recode_stream(np.array(entries, np.int32), mapping, before, tokens, ends)
    kept, expected_ends = [], []
    for entry in entries:
        if entry < 0:
            expected_ends.append(before + len(kept))
        elif mapping[entry] >= 0:
            kept.append(mapping[entry])
    assert counts == (len(kept), len(expected_ends))
    assert tokens[: len(kept)].tolist() == kept
    assert ends[: len(expected_ends)].tolist() == expected_ends
