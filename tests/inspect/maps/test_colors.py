from itertools import combinations

import pytest

from wordloom.inspect.maps.colors import cluster_colors


def channels(color):
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def luminance(color):
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in channels(color))
    ]
    return sum(share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("dark", "paper"), [(False, "#fbfbf8"), (True, "#11151a")])
def test_colours_stand_out_from_the_paper_and_from_each_other(dark, paper):
    colors = cluster_colors(12, dark=dark)
    for color in colors:
        low, high = sorted([luminance(color), luminance(paper)])
        # WCAG 2.2, 1.4.11: parts of a picture have a contrast of 3 with what is beside them.
        assert (high + 0.05) / (low + 0.05) >= 3
    for one, other in combinations(colors, 2):
        assert sum(abs(a - b) for a, b in zip(channels(one), channels(other), strict=True)) > 40


@pytest.mark.parametrize("count", [1, 2, 7, 24])
def test_there_are_as_many_colours_as_asked_for(count):
    assert len(set(cluster_colors(count))) == count
