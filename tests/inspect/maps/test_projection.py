import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from wordloom.embedding.static import StaticEmbedding
from wordloom.errors import InputError, MissingExtraError
from wordloom.inspect.maps import projection
from wordloom.inspect.maps.neighbor_graph import neighbor_graph
from wordloom.inspect.maps.projection import (
    best_method,
    check_installed,
    principal_components,
    project,
)
from wordloom.text.vocabulary import Vocabulary


def embedded(vectors):
    words = [f"w{row}" for row in range(len(vectors))]
    return StaticEmbedding(Vocabulary.from_words(words), vectors)


@pytest.fixture
def two_topics():
    """The first 20 words point one way, the last 20 another."""
    random = np.random.default_rng(3)
    centers = np.repeat(np.eye(6)[:2], 20, axis=0)
    return embedded(centers + random.normal(0, 0.15, (40, 6)))


def are_apart(positions):
    """Whether each half's words lie nearer to their own middle than to the other's."""
    middles = [positions[:20].mean(axis=0), positions[20:].mean(axis=0)]
    own, other = (np.linalg.norm(positions - middle, axis=1) for middle in middles)
    return (own[:20] < other[:20]).all() and (own[20:] > other[20:]).all()


def test_principal_components_are_those_of_the_singular_values():
    vectors = np.random.default_rng(0).normal(size=(50, 7)) * [5, 4, 1, 1, 1, 1, 1]
    places = principal_components(vectors.astype(np.float32))
    left, values, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(places), np.abs(left[:, :2] * values[:2]), atol=1e-5)
    assert (places[np.abs(places).argmax(axis=0), [0, 1]] > 0).all()


def test_the_sign_of_an_axis_follows_from_the_words_alone():
    vectors = np.random.default_rng(1).normal(size=(30, 5)).astype(np.float32)
    mirrored = principal_components(-vectors)
    np.testing.assert_allclose(np.abs(mirrored), np.abs(principal_components(vectors)), atol=1e-6)
    assert (mirrored[np.abs(mirrored).argmax(axis=0), [0, 1]] > 0).all()


@pytest.mark.parametrize(
    "vectors", [[[1.0, 2.0]], [[1.0], [2.0]], np.zeros((4, 3)), np.ones((4, 3))]
)
def test_degenerate_vectors_have_places(vectors):
    positions = project(embedded(vectors))
    assert positions.shape == (len(vectors), 2)
    assert np.isfinite(positions).all()


def test_lengths_do_not_matter(two_topics):
    stretched = two_topics.vectors * np.linspace(0.1, 9, 40)[:, None]
    np.testing.assert_allclose(project(embedded(stretched)), project(two_topics), atol=1e-5)


def test_tsne_keeps_topics_apart_and_repeats_itself(two_topics):
    pytest.importorskip("openTSNE")
    first = project(two_topics, "tsne", seed=5, threads=1)
    assert are_apart(first)
    assert first.dtype == np.float32
    graph = neighbor_graph(two_topics, projection.GRAPH_NEIGHBORS)
    np.testing.assert_array_equal(project(two_topics, "tsne", seed=5, graph=graph), first)


def test_tsne_lays_out_words_that_are_all_alike():
    pytest.importorskip("openTSNE")
    assert np.isfinite(project(embedded(np.ones((10, 3))), "tsne", threads=1)).all()


class FakeUMAP:
    """Checks what it is given, and lays words out as they began."""

    def __init__(self, **settings):
        self.settings = settings

    def fit_transform(self, units):
        ids, distances = self.settings["precomputed_knn"]
        np.testing.assert_array_equal(ids[:, 0], np.arange(40))
        np.testing.assert_allclose(
            distances, np.linalg.norm(units[:, None] - units[ids], axis=2), atol=1e-3
        )
        assert ids.shape == (40, self.settings["n_neighbors"])
        assert self.settings["random_state"] == 5
        return self.settings["init"]


def test_umap_is_given_the_exact_neighbours(two_topics, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", types.SimpleNamespace(UMAP=FakeUMAP))
    assert are_apart(project(two_topics, "umap", seed=5))


@pytest.mark.data
def test_umap_keeps_neighbours_together_and_repeats_itself():
    # Not among the quick tests: umap-learn compiles for many seconds.
    pytest.importorskip("umap")
    file = Path(os.environ["WORDLOOM_DATA"], "vectors/glove/glove.6B.50d.top10k.txt")
    with file.open(encoding="utf-8") as lines:
        rows = [next(lines).split(" ")[1:] for _ in range(300)]
    words = embedded(np.array(rows, np.float32))
    positions = project(words, "umap")
    nearest = neighbor_graph(words, 1).ids[:, 0]
    distances = np.linalg.norm(positions[:, None] - positions, axis=2)
    ranks = (distances < distances[np.arange(300), nearest][:, None]).sum(axis=1)
    assert np.median(ranks) < 15
    np.testing.assert_array_equal(project(words, "umap"), positions)


def test_what_cannot_be_laid_out_is_refused(two_topics):
    with pytest.raises(InputError, match="one of pca, tsne, umap"):
        project(two_topics, "lda")
    with pytest.raises(InputError, match=r"finite.*'w1'"):
        project(embedded([[1.0, 0.0], [np.nan, 1.0]]))
    pytest.importorskip("openTSNE")
    with pytest.raises(InputError, match="at least 10 words"):
        project(embedded(np.eye(9)), "tsne")


@pytest.mark.parametrize(("method", "package"), [("tsne", "openTSNE"), ("umap", "umap")])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, method, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"'{package}'.*wordloom\[{method}\]"):
        check_installed(method)


def test_few_words_are_laid_out_by_pca():
    assert best_method(9) == "pca"
    assert best_method(10) in ("pca", "tsne")
