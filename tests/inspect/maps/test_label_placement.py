from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wordloom.inspect.maps.label_placement import place_labels


def boxes(placed, sizes):
    return [
        (
            label.x - sizes[label.point][0] / 2,
            label.y - sizes[label.point][1] / 2,
            label.x + sizes[label.point][0] / 2,
            label.y + sizes[label.point][1] / 2,
        )
        for label in placed
    ]


coordinate = st.floats(-20, 420)
size = st.tuples(st.floats(1, 150), st.floats(1, 30))


@given(st.lists(st.tuples(coordinate, coordinate, size), min_size=1, max_size=40))
def test_labels_neither_overlap_nor_leave_the_frame(drawn):
    points = np.array([[x, y] for x, y, _ in drawn])
    sizes = np.array([size for _, _, size in drawn])
    placed = place_labels(points, sizes, range(len(drawn)), radius=3, bounds=(0, 0, 400, 400))
    found = boxes(placed, sizes)
    slack = 1e-9
    for one, other in combinations(found, 2):
        apart = (
            one[2] <= other[0] + slack
            or other[2] <= one[0] + slack
            or one[3] <= other[1] + slack
            or other[3] <= one[1] + slack
        )
        assert apart
    assert all(min(box) >= -slack and max(box) <= 400 + slack for box in found)


def test_the_most_important_label_is_placed_first():
    points, sizes = np.full((9, 2), 50.0), np.full((9, 2), [60.0, 10.0])
    order = [4, 2, 7, 0, 1, 3, 5, 6, 8]
    placed = place_labels(points, sizes, order, radius=2, bounds=(0, 0, 100, 100))
    found = [label.point for label in placed]
    assert found == order[: len(found)]
    assert 2 <= len(found) < 9


def test_a_place_that_covers_no_other_point_is_preferred():
    points = np.array([[50.0, 50.0], [50.0, 58.0]])
    sizes = np.full((2, 2), [20.0, 10.0])
    (first, _) = place_labels(points, sizes, [0, 1], radius=2, bounds=(0, 0, 100, 100))
    assert (first.x, first.y) == (62.0, 50.0)
