import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import InputError
from wordloom.text.batches import TextBatch, block_bounds, pack_texts


@given(st.lists(st.text()))
def test_packed_texts_come_back(texts):
    batch = pack_texts(texts)
    assert batch.texts() == texts
    assert len(batch) == len(texts)
    assert batch.data.tobytes() == "".join(texts).encode()
    assert (batch.data.dtype, batch.offsets.dtype) == (np.uint8, np.int64)


def test_lone_surrogates_keep_their_bytes():
    assert pack_texts(["\ud800"]).data.tobytes() == b"\xed\xa0\x80"


def test_invalid_bytes_are_replaced_within_their_document():
    batch = TextBatch(np.frombuffer(b"\xe2\x82\xacx", np.uint8), np.array([0, 2, 4]))
    assert batch.texts() == ["\ufffd", "\ufffdx"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("text", "A list of texts is needed"),
        (["a", None], r"Received: None \(of type NoneType\)"),
        (["é", b"b"], r"Received: b'b' \(of type bytes\)"),
    ],
)
def test_what_is_no_list_of_texts_is_named(texts, message):
    with pytest.raises(InputError, match=message):
        pack_texts(texts)


def test_blocks_cover_all_texts_in_order():
    assert block_bounds([], 10) == [0]
    assert block_bounds(["abc", "defg", "x" * 30, "", "hi"], 10) == [0, 2, 3, 5]
