import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.kernels.compile import read_only
from wordloom.kernels.fasttext_dictionary import ENTRY_BYTES, scan_entries, write_entries
from wordloom.text.batches import pack_texts

ENTRIES = st.lists(
    st.tuples(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
        st.integers(0, 2**63 - 1),
        st.integers(0, 1),
    )
)


def packed(entries):
    return [
        word.encode() + b"\0" + struct.pack("<qB", count, kind) for word, count, kind in entries
    ]


def scan(data, n_entries):
    block = read_only(np.frombuffer(data, np.uint8))
    room = len(block) // ENTRY_BYTES
    words, lengths = np.empty(len(block), np.uint8), np.empty(room, np.int64)
    counts, types = np.empty(room, np.int64), np.empty(room, np.uint8)
    found, n_bytes, n_letters = scan_entries(block, n_entries, words, lengths, counts, types)
    ends = np.cumsum(lengths[:found]).tolist()
    assert n_letters == (ends[-1] if ends else 0)
    letters = words.tobytes()
    texts = [
        letters[end - length : end].decode()
        for end, length in zip(ends, lengths.tolist(), strict=False)
    ]
    return list(zip(texts, counts.tolist(), types.tolist(), strict=False)), n_bytes


@given(ENTRIES, st.integers(0, 20), st.integers(0, 60))
def test_whole_entries_are_read_and_cut_ones_left(entries, n_entries, kept_bytes):
    parts = packed(entries)
    ends = np.cumsum([len(part) for part in parts])
    found, n_bytes = scan(b"".join(parts)[:kept_bytes], n_entries)
    whole = min(int(np.sum(ends <= kept_bytes)), n_entries)
    assert found == entries[:whole]
    assert n_bytes == (ends[whole - 1] if whole else 0)


@given(ENTRIES)
def test_entries_are_written_as_they_are_read(entries):
    entries = [(word, count, 0) for word, count, _ in entries]
    batch = pack_texts([word for word, _, _ in entries])
    counts = np.array([count for _, count, _ in entries], np.int64)
    written = np.empty(len(batch.data) + ENTRY_BYTES * len(entries), np.uint8)
    write_entries(read_only(batch.data), read_only(batch.offsets), read_only(counts), written)
    assert written.tobytes() == b"".join(packed(entries))
