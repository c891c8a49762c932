import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.compile import read_only
from wordloom.kernels.word2vec_binary import scan_rows, write_rows

ENTRIES = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.lists(
            st.tuples(
                st.binary(max_size=4).filter(lambda word: not set(word) & {32, 10}),
                st.binary(min_size=size, max_size=size),
            )
        ),
    )
)


@given(ENTRIES, st.sampled_from([b"", b"\n"]), st.integers(0, 10), st.integers(0, 80))
def test_whole_entries_are_read_and_cut_ones_left(case, line_end, n_rows, kept_bytes):
    size, entries = case
    parts = [word + b" " + row + line_end for word, row in entries]
    starts = np.append(0, np.cumsum([len(part) for part in parts])).astype(int)
    block = read_only(np.frombuffer(b"".join(parts)[:kept_bytes], np.uint8))
    words, offsets = np.empty(len(block), np.uint8), np.empty(n_rows + 1, np.int64)
    rows, places = np.empty((n_rows, size), np.uint8), np.empty(n_rows, np.int64)
    found, n_bytes = scan_rows(block, n_rows, size, words, offsets, rows, places)
    whole = min(n_rows, int(np.sum(starts[1:] - len(line_end) <= kept_bytes)))
    assert found == whole
    assert n_bytes == (starts[whole] - len(line_end) if whole else 0)
    for row, (word, vector) in enumerate(entries[:whole]):
        assert words[offsets[row] : offsets[row + 1]].tobytes() == word
        assert rows[row].tobytes() == vector
        assert places[row] == starts[row]


@given(ENTRIES)
def test_entries_are_written_one_behind_the_other(case):
    size, entries = case
    data = np.frombuffer(b"".join(word for word, _ in entries), np.uint8)
    offsets = np.append(0, np.cumsum([len(word) for word, _ in entries])).astype(np.int64)
    rows = np.frombuffer(b"".join(row for _, row in entries), np.uint8).reshape(-1, size)
    written = np.empty(len(data) + len(entries) * (size + 1), np.uint8)
    write_rows(read_only(data), read_only(offsets), read_only(rows), written)
    assert written.tobytes() == b"".join(word + b" " + row for word, row in entries)
