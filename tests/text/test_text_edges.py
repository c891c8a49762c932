import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.text.text_edges import text_edges


@given(st.lists(st.integers(0, 40), max_size=8))
def test_an_eighth_of_each_text_opens_and_closes_it(lengths):
    splits = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    opening, close = text_edges(splits)
    for length, first, last in zip(lengths, splits[:-1], splits[1:], strict=True):
        reach = int(np.ceil(length / 8))
        assert np.flatnonzero(opening[first:last]).tolist() == list(range(reach))
        assert np.flatnonzero(close[first:last]).tolist() == list(range(length - reach, length))
