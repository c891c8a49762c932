import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.inspect.keywords.ranking import NO_NAME
from wordloom.kernels.keyword_similarity import keep_best


@given(
    st.lists(st.lists(st.integers(-3, 9), min_size=5, max_size=5), min_size=5, max_size=5),
    st.integers(1, 6),
)
def test_heaps_keep_the_best_of_each_row_and_column(values, count):
    scores = np.array(values, np.float32)
    rows, columns = (np.full((5, count), -np.inf, np.float32) for _ in range(2))
    row_names, column_names = (np.full((5, count), NO_NAME) for _ in range(2))
    keep_best(scores, 0, 10, 0, False, rows, row_names, columns, column_names)
    for table, heaps, names, first in (
        (scores, rows, row_names, 10),
        (scores.T, columns, column_names, 0),
    ):
        for line, heap, own in zip(table, heaps, names, strict=True):
            expected = sorted((-score, first + place) for place, score in enumerate(line) if score)
            found = sorted(
                (-score, name) for score, name in zip(heap, own, strict=True) if name < NO_NAME
            )
            assert found == expected[:count]
