from itertools import combinations

import numpy as np
import pytest

from wordloom.classify.attention.colors import embedding_colors
from wordloom.classify.attention.pen import channels, luminance
from wordloom.classify.attention.picture import FULLEST
from wordloom.inspect.pictures import INK

# Machado, Oliveira and Fernandes (2009), severity 1, for linear sRGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def oklab(colors, vision):
    shown = channels(colors)
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(VISIONS[vision]), 0, 1)
    to_cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.cbrt(seen @ np.transpose(to_cones)) @ np.transpose(to_lab)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("dark", [False, True])
def test_any_colour_vision_tells_eight_colours_apart(vision, dark):
    places = oklab(embedding_colors(8, dark=dark), vision)
    assert min(np.linalg.norm(a - b) for a, b in combinations(places, 2)) > 0.11


def test_words_can_be_read_on_the_strongest_background():
    for color in embedding_colors(8):
        mixed = 255 * (FULLEST * channels([color])[0] + 1 - FULLEST)
        behind = luminance("#" + "".join(f"{round(value):02x}" for value in mixed))
        assert (behind + 0.05) / (luminance(INK) + 0.05) > 4.5


def test_more_embeddings_have_different_colours_too():
    for count in (1, 8, 9, 14):
        for dark in (False, True):
            assert len(set(embedding_colors(count, dark=dark))) == count
