import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.inspect.maps import neighbor_graph as module
from wordloom.inspect.maps.neighbor_graph import neighbor_graph
from wordloom.text.vocabulary import Vocabulary


def embedded(vectors):
    return StaticEmbedding(
        Vocabulary.from_words([f"w{row}" for row in range(len(vectors))]), vectors
    )


@pytest.mark.parametrize("count", [1, 5, 100])
def test_neighbours_are_those_of_all_cosines(count, monkeypatch):
    monkeypatch.setattr(module, "WORDS_AT_ONCE", 8)
    vectors = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    graph = neighbor_graph(embedded(vectors), count)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = units @ units.T
    np.fill_diagonal(cosines, -np.inf)
    expected = np.argsort(-cosines, axis=1)[:, : min(count, 29)]
    np.testing.assert_array_equal(graph.ids, expected)
    np.testing.assert_allclose(
        graph.similarities, np.take_along_axis(cosines, expected, 1), atol=1e-6
    )
    np.testing.assert_array_equal(graph.nearest(2).ids, expected[:, :2])


def test_one_word_has_no_neighbours():
    graph = neighbor_graph(embedded([[1.0, 2.0]]), 3)
    assert graph.ids.shape == graph.similarities.shape == (1, 0)
