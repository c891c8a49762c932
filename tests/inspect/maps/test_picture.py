import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, MissingExtraError
from wordloom.inspect.maps.picture import draw_map
from wordloom.inspect.maps.word_map import make_map
from wordloom.text.vocabulary import Vocabulary

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def word_map():
    words = [f"word{row}" for row in range(60)]
    vectors = np.random.default_rng(0).normal(size=(60, 6))
    embedding = StaticEmbedding(Vocabulary.from_words(words), vectors, name="sixty")
    return make_map(embedding, method="pca", clusters=4, highlight=["word41"])


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if "text" in element.tag]  # noqa: S314


def test_a_picture_names_words_and_clusters(word_map):
    drawn = texts(draw_map(word_map, file_format="svg"))
    assert "sixty" in drawn
    assert "word41" in drawn
    assert ", ".join(word_map.cluster_words[0]) in drawn
    labels = [text for text in drawn if text in word_map.words]
    assert len(labels) == len(set(labels)) > 20


def test_where_all_lie_in_one_place_the_highlighted_word_is_labelled(word_map):
    heap = replace(word_map, positions=np.zeros((60, 2), np.float32))
    labels = [text for text in texts(draw_map(heap, file_format="svg")) if text in heap.words]
    assert "word41" in labels
    assert len(labels) < 9


def test_the_same_map_gives_the_same_picture(word_map):
    assert draw_map(word_map, file_format="svg") == draw_map(word_map, file_format="svg")
    assert draw_map(word_map)[1:4] == b"PNG"


@pytest.mark.filterwarnings("ignore:Characters that no installed font has")
def test_any_word_can_be_drawn():
    words = ["$x_{1", "新冠病毒", "لغة", "\U0001f600", "a\nb\x00", "<&>", " ", "x" * 300]
    embedding = StaticEmbedding(Vocabulary.from_words(words), np.eye(8))
    word_map = make_map(embedding, clusters=2, highlight=words)
    for file_format in ("png", "svg"):
        assert draw_map(word_map, title="$", file_format=file_format)


def test_one_word_can_be_drawn():
    embedding = StaticEmbedding(Vocabulary.from_words(["alone"]), [[1.0, 2.0]])
    assert "alone" in texts(draw_map(make_map(embedding, highlight=["alone"]), file_format="svg"))


def test_an_unknown_format_and_a_missing_matplotlib_are_refused(word_map, monkeypatch):
    with pytest.raises(InputError, match="one of png, svg"):
        draw_map(word_map, file_format="gif")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"Drawing a map.*wordloom\[plots\]"):
        draw_map(word_map)
