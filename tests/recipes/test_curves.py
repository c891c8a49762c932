import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordloom.errors import InputError
from wordloom.recipes.curves import HEIGHT, LEFT, TOP, WIDTH, draw_curves, height_lines

shares = st.floats(0, 1)


@given(st.lists(shares, min_size=1))
def test_height_lines_hold_all_shares_between_them(values):
    lines = height_lines(values)
    assert lines[0] - 1e-6 <= min(values)
    assert max(values) <= lines[-1] + 1e-6
    assert 2 <= len(lines) <= 9


@given(st.lists(st.lists(shares, min_size=1, max_size=12), min_size=1, max_size=3))
def test_points_lie_in_the_plot(runs):
    picture = draw_curves({"a": runs}, "accuracy")
    curves = re.findall(r'<polyline points="([^"]+)"', picture)[:-1]
    assert len(curves) == (len(runs) + 1 if len(runs) > 1 else 1)
    for x, y in (point.split(",") for curve in curves for point in curve.split(" ")):
        assert LEFT <= float(x) <= LEFT + WIDTH
        assert TOP - 0.1 <= float(y) <= TOP + HEIGHT + 0.1


def test_higher_shares_stand_higher_and_names_are_text():
    picture = draw_curves({"<b>": [[0.5, 0.75]]}, "accuracy")
    points = re.search(r'<polyline points="([^"]+)"', picture).group(1).split(" ")
    assert float(points[1].split(",")[1]) < float(points[0].split(",")[1])
    assert "&lt;b&gt;" in picture
    assert "<b>" not in picture


def test_nothing_to_draw_is_refused():
    for curves in ({}, {"a": []}, {"a": [[]]}):
        with pytest.raises(InputError, match="one epoch"):
            draw_curves(curves, "accuracy")
